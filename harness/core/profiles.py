"""Standards whose messages are a choice of the laboratory: what a message profile is to the framework."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from harness.core.limit import Limits
from harness.core.standard import Standard

__all__ = ["Profiled", "limits_by"]


@runtime_checkable
class Profiled(Protocol):
    """A standard that is spoken by a message profile, a folder of files; implemented beside ``harness.core.Standard``.

    A rig names another folder under ``profiles``. Whatever the standard decodes, judges and tells is then by that profile.
    """

    name: str

    @property
    def is_replaced(self) -> bool:
        """Whether another profile is spoken than the one that travels with the standard."""
        ...

    def with_profile(self, folder: Path) -> Standard:
        """The same standard, spoken by the profile in *folder*.

        Raises:
            ConfigError: everything that is wrong with that folder.
        """
        ...

    def profile_title(self) -> Mapping[str, str]:
        """What reports call the profile, by language (``zh``, ``en``)."""
        ...

    def profile_files(self) -> tuple[Path, ...]:
        """The files that it consists of, all in one folder."""
        ...

    def profile_limits(self) -> Limits:
        """The limits that the profile sets, by the keys of the suite's own."""
        ...

    def lacking(self, messages: Iterable[str]) -> tuple[str, ...]:
        """Those of *messages* (``NAME`` or ``NAME.Signal``) that the profile does not have."""
        ...


def limits_by(standard: Profiled, limits: Limits, corrected: Iterable[str] = ()) -> Limits:
    """*limits* with those of the message profile of *standard* in the place of the suite's own, but for what was *corrected*."""
    kept = frozenset(corrected)
    own = {key: limit for key, limit in standard.profile_limits().items() if key in limits and key not in kept}
    return {**limits, **{key: replace(limit, key=key, ref=limits[key].ref) for key, limit in own.items()}}
