"""Reading the options that a rig file gives to a port: typed, every problem collected, nothing unknown accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.core import ConfigError, Problem, did_you_mean

__all__ = ["Options", "place"]

_OF_THE_RIG = ("link", "kind", "interface", "driver")


class Options:
    """The options of one link. Values are taken key by key; ``finish`` raises what was wrong with them."""

    def __init__(self, options: Mapping[str, object]) -> None:
        self._options = options
        self._taken: set[str] = set(_OF_THE_RIG)
        self._problems: list[Problem] = []
        self.link = str(options.get("link") or "")
        """Name of the link, empty if the rig does not tell."""

    def problem(self, text: str) -> None:
        """Something is wrong; *text* says what and what to do."""
        self._problems.append(Problem(f"{place(self.link)}{text}"))

    def text(self, key: str, default: str = "", *, required: str = "") -> str:
        """A text, *default* if absent; *required* is the hint if it must not be."""
        value = self._take(key, required)
        if value is None:
            return default
        if isinstance(value, str) and value:
            return value
        self.problem(f"'{key}' must be a text, not {value!r}")
        return default

    def number(self, key: str) -> int | None:
        """A positive integer, ``None`` if absent."""
        value = self._take(key, "")
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        self.problem(f"'{key}' must be a positive integer, not {value!r}")
        return None

    def percentage(self, key: str, default: float) -> float:
        """A number between 0 and 100, *default* if absent."""
        value = self._take(key, "")
        if value is None:
            return default
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 100:
            return float(value)
        self.problem(f"'{key}' must be a number between 0 and 100, not {value!r}")
        return default

    def flag(self, key: str, default: bool) -> bool:
        """``true`` or ``false``, *default* if absent."""
        value = self._take(key, "")
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        self.problem(f"'{key}' must be true or false, not {value!r}")
        return default

    def address(self, key: str) -> tuple[str, int]:
        """A UDP address ``host:port``."""
        value = self._take(key, "name the address as 'host:port', for example '127.0.0.1:47001'")
        if value is None:
            return "", 0
        host, _, number = str(value).rpartition(":")
        if host and number.isascii() and number.isdecimal() and 0 < int(number) < 1 << 16:
            return host.strip("[]"), int(number)
        self.problem(f"'{key}' must be an address 'host:port', not {value!r}")
        return "", 0

    def table(self, key: str) -> Mapping[str, object] | None:
        """A table, ``None`` if absent."""
        value = self._take(key, "")
        if value is None:
            return None
        if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
            return value
        self.problem(f"'{key}' must be a table, not {value!r}")
        return None

    def take(self, key: str) -> object:
        """The raw value of *key*, ``None`` if absent."""
        return self._take(key, "")

    def rest(self) -> dict[str, object]:
        """Everything that has not been taken; taken with this."""
        rest = {key: value for key, value in self._options.items() if key not in self._taken}
        self._taken.update(rest)
        return rest

    def finish(self, known: Iterable[str]) -> None:
        """Reject what nobody took; *known* are the keys that the port knows.

        Raises:
            ConfigError: with every problem that was found.
        """
        for key in self.rest():
            self.problem(f"unknown key '{key}'{did_you_mean(key, known)}")
        if self._problems:
            raise ConfigError(self._problems)

    def _take(self, key: str, required: str) -> object:
        self._taken.add(key)
        value = self._options.get(key)
        if value is None and required:
            self.problem(f"key '{key}' is missing: {required}")
        return value


def place(link: str) -> str:
    """How a message about *link* begins."""
    return f"link '{link}': " if link else ""
