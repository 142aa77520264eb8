"""The message profiles that a rig names, and the standards as they are spoken on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.core import Limits, Standard
from harness.core.profiles import Profiled, limits_by
from harness.rig.spec import Rig

__all__ = ["profile_limits", "spoken", "unspoken"]


def spoken(standard: Standard, rig: Rig) -> Standard:
    """*standard* by the message profile that the rig names for it, or as it is.

    Raises:
        ConfigError: something is wrong with that profile.
    """
    folder = rig.profiles.get(standard.name)
    return standard if folder is None or not isinstance(standard, Profiled) else standard.with_profile(folder)


def profile_limits(standard: Standard, rig: Rig, limits: Limits, corrected: Iterable[str]) -> Limits:
    """*limits* with those of the rig's message profile in the place of the suite's own, but for what the laboratory *corrected*."""
    if standard.name not in rig.profiles or not isinstance(standard, Profiled):
        return limits
    return limits_by(standard, limits, corrected)


def unspoken(standard: Standard, rig: Rig, messages: Iterable[str]) -> Mapping[str, str]:
    """Those of *messages* that the rig's message profile lacks, each with the title of the profile; empty if it has all."""
    used = spoken(standard, rig)
    if not isinstance(used, Profiled):
        return {}
    return dict.fromkeys(used.lacking(messages), used.profile_title()["en"])
