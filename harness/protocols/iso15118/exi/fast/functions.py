"""The compiled functions of a schema set, one for each type, made when they are first called."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic, ParamSpec, TypeVar

from harness.protocols.iso15118.exi.fast.layout import Irregular, NotFlat
from harness.protocols.iso15118.exi.schema import Element, SchemaSet

__all__ = ["Functions"]

P = ParamSpec("P")
R = TypeVar("R")


class Functions(ABC, Generic[P, R]):
    """Functions by number and by type; the source of one calls others as ``T[number](...)``."""

    NAME: str
    """What the source calls the function that it defines."""

    def __init__(self, schema: SchemaSet, scope: Mapping[str, object]) -> None:
        """*scope*: what the sources may use by name beside ``T``, ``Irregular`` and the constants."""
        self._schema = schema
        self._numbers: dict[str, int] = {}
        self._waiting: dict[str, int] = {}
        self.functions: list[Callable[P, R]] = []
        """By number; an entry changes when it is first called."""
        self._scope: dict[str, Any] = {"T": self.functions, "Irregular": Irregular, **scope}

    @abstractmethod
    def source(self, type_name: str) -> str:
        """Source of the function of a type, for those who want to read it.

        Raises:
            NotFlat: its content is not regular.
        """

    def number(self, type_name: str) -> int:
        """Place in ``functions`` of the content of an element of this type.

        It is the same for ever; a type's function is compiled when it is first called.
        """
        if type_name not in self._numbers:
            place = self._numbers[type_name] = self._waiting[type_name] = len(self.functions)
            self.functions.append(self._first_call(type_name, place))
        return self._numbers[type_name]

    def place(self, element: Element) -> int:
        """As :meth:`number`, for the content of *element*; an abstract one is never regular."""
        if element.qname not in self._schema.abstract:
            return self.number(element.type_name)
        if "" not in self._numbers:
            self._numbers[""] = len(self.functions)
            self.functions.append(_not_flat)
        return self._numbers[""]

    def constant(self, value: object) -> str:
        """Global name of *value*."""
        name = f"C{len(self._scope)}"
        self._scope[name] = value
        return name

    def compile_all(self) -> None:
        """Compile every function that does not exist yet, with all that it calls."""
        while self._waiting:
            type_name, place = self._waiting.popitem()
            self.functions[place] = self._compile(type_name)

    def _first_call(self, type_name: str, place: int) -> Callable[P, R]:
        def first_call(*arguments: P.args, **named: P.kwargs) -> R:
            self._waiting.pop(type_name, None)
            self.functions[place] = self._compile(type_name)
            return self.functions[place](*arguments, **named)

        return first_call

    def _compile(self, type_name: str) -> Callable[P, R]:
        try:
            source = self.source(type_name)
        except NotFlat:
            return _not_flat
        exec(compile(source, f"<{self.NAME} {type_name}>", "exec"), self._scope)
        return self._scope.pop(self.NAME)  # type: ignore[no-any-return]


def _not_flat(*_: object, **__: object) -> Any:
    raise Irregular
