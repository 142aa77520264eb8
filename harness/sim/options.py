"""From the options of a role in a rig file to the dataclasses of a model; every problem is reported at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, ClassVar, Protocol, TypeVar

from harness.core import ConfigError, Problem, did_you_mean

__all__ = ["OptionReader", "speaks"]


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


_T = TypeVar("_T", bound=_Dataclass)
_F = TypeVar("_F", bound=Callable[..., object])
_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "bool": ((bool,), "true or false"),
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "str": ((str,), "text"),
    "tuple[str, ...]": ((list, tuple), "a list of names"),
}


def speaks(standard: str) -> Callable[[_F], _F]:
    """Mark the factory of a model that speaks *standard* by a message profile: the folder that a rig names comes as option ``profile``."""

    def mark(factory: _F) -> _F:
        factory.speaks = standard  # type: ignore[attr-defined]
        return factory

    return mark


class OptionReader:
    """Reads the options of one model; ``finish`` raises if anything was wrong."""

    def __init__(self, model: str, options: Mapping[str, object]) -> None:
        self.model = model
        self.options = options
        self._problems: list[str] = []
        self._known: set[str] = set()

    def read(self, kind: type[_T]) -> _T:
        """The options that are fields of the dataclass *kind*; the others have their defaults."""
        values = {}
        for field in fields(kind):
            self._known.add(field.name)
            if field.name in self.options and self._fits(field.name, str(field.type)):
                value = self.options[field.name]
                values[field.name] = tuple(value) if isinstance(value, list) else value
        return kind(**values)

    def names(self, option: str, known: Iterable[str], what: str) -> tuple[str, ...]:
        """A list of names, each of which must be one of *known*."""
        self._known.add(option)
        value = self.options.get(option, ())
        if isinstance(value, str) or not isinstance(value, list | tuple):
            self.complain(f"option '{option}' must be a list of names, not {value!r}")
            return ()
        choices = tuple(known)
        for name in value:
            if name not in choices:
                self.complain(f"no {what} is named '{name}'{did_you_mean(str(name), choices)}")
        return tuple(name for name in value if name in choices)

    def complain(self, text: str) -> None:
        """Add a problem."""
        self._problems.append(f"model '{self.model}': {text}")

    def require(self, condition: bool, text: str) -> None:
        """Add a problem unless *condition* holds."""
        if not condition:
            self.complain(text)

    def finish(self) -> None:
        """Report all problems, those of unknown options included.

        Raises:
            ConfigError: there is at least one.
        """
        for name in self.options:
            if name not in self._known:
                self.complain(f"unknown option '{name}'{did_you_mean(name, self._known)}")
        if self._problems:
            raise ConfigError([Problem(text) for text in self._problems])

    def _fits(self, name: str, kind: str) -> bool:
        types, text = _KINDS[kind]
        value = self.options[name]
        if isinstance(value, types) and not (isinstance(value, bool) and bool not in types):
            return True
        self.complain(f"option '{name}' must be {text}, not {value!r}")
        return False
