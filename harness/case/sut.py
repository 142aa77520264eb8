"""The system under test as its cases see it: what is declared of it, and by which limits it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from harness.case.suites.pics import Declaration, PixitValue
from harness.core import ConfigError, Limit, Limits, did_you_mean

__all__ = ["Sut"]

T = TypeVar("T")


class Sut:
    """What is declared of the system under test, and the limits that it is judged by."""

    def __init__(self, declaration: Declaration, limits: Limits, edition: str = "") -> None:
        self._declaration = declaration
        self._limits = limits
        self.edition = edition
        """Edition of the standard that this run is for, empty if the suite knows none."""

    def pics(self, item: str) -> bool:
        """The declared value of a PICS item.

        Raises:
            ConfigError: the item is not declared.
        """
        return self._get(self._declaration.pics, item, "PICS item")

    def pixit(self, key: str) -> PixitValue:
        """A declared PIXIT value.

        Raises:
            ConfigError: the value is not declared.
        """
        return self._get(self._declaration.pixit, key, "PIXIT value")

    def limit(self, key: str) -> Limit:
        """A limit of the suite's profile.

        Raises:
            ConfigError: the profile has no such limit.
        """
        return self._get(self._limits, key, "limit")

    def _get(self, table: Mapping[str, T], key: str, what: str) -> T:
        try:
            return table[key]
        except KeyError:
            place = "the profile" if what == "limit" else f"{self._declaration.file}"
            raise ConfigError(f"{what} '{key}' is missing in {place}{did_you_mean(key, table)}") from None
