"""Encoders: ``f(d, a)`` appends content *d* to the integer *a*, whose highest bit is the first bit of the stream, and gives the new *a*."""

from __future__ import annotations

from harness.protocols.iso15118.exi.bits import groups_of
from harness.protocols.iso15118.exi.fast.functions import Functions
from harness.protocols.iso15118.exi.fast.layout import Item, NotFlat, Source, after, code_width, is_inline, items_of
from harness.protocols.iso15118.exi.schema import ComplexType, Element, SchemaSet, SimpleType

__all__ = ["Encoders"]


_LONGEST = 8 * 32_768
"""Bits beyond which a list is left to the exact writer: each append copies the whole integer."""


class Encoders(Functions[[object, int], int]):
    """The encoders of a schema set."""

    NAME = "encode"

    def __init__(self, schema: SchemaSet) -> None:
        super().__init__(schema, {"many": _many, "from_bytes": int.from_bytes})

    def source(self, type_name: str) -> str:
        return _EncoderSource(self._schema, self, type_name).text()


def _many(a: int, value: int) -> int:
    """*a* with an integer of variable length appended."""
    groups = groups_of(value)
    return a << 8 * len(groups) | int.from_bytes(groups, "big")


class _EncoderSource:
    """Writes the encoder of one type.

    Fields of fixed width are collected until something of variable width comes, then appended together.
    """

    def __init__(self, schema: SchemaSet, owner: Encoders, type_name: str) -> None:
        self.schema = schema
        self.owner = owner
        self.out = Source(["def encode(d, a):"])
        self._fields: list[tuple[int, str]] = []
        kind = schema.type(type_name)
        if isinstance(kind, SimpleType):
            self._simple_element(kind, "d")
        else:
            self._complex(kind, "d")
        self.flush()
        self.out.add("return a")

    def text(self) -> str:
        """The function."""
        return self.out.text()

    # -- bits -------------------------------------------------------------------------------------------------------------------

    def field(self, width: int, value: str = "0") -> None:
        """Append *width* bits later."""
        self._fields.append((width, value))

    def flush(self) -> None:
        """Append all collected fields with one shift."""
        if self._fields:
            self.out.add(f"a = {self._appended(0)}")
            self._fields = []

    def take_zeros(self) -> int:
        """Width of the collected fields if they are zeros, which are forgotten; otherwise they are appended, and it is 0."""
        width = sum(width for width, value in self._fields if value == "0")
        if any(value != "0" for _, value in self._fields):
            self.flush()
            return 0
        self._fields = []
        return width

    def _appended(self, further: int) -> str:
        """*a* with the collected fields and room for *further* bits."""
        left = sum(width for width, _ in self._fields) + further
        parts = [f"a << {left}" if left else "a"]
        for width, value in self._fields:
            left -= width
            if value != "0":
                parts.append(f"({value}) << {left}" if left else f"({value})")
        return " | ".join(parts)

    # -- values -----------------------------------------------------------------------------------------------------------------

    def _simple_element(self, kind: SimpleType, value: str) -> None:
        self.field(1)
        self.value(kind, value)
        self.field(1)

    def value(self, kind: SimpleType, value: str) -> None:
        """Append the value in the expression *value*."""
        out, width = self.out, kind.bits
        if kind.kind == "enum":
            codes = self.owner.constant({word: code for code, word in enumerate(kind.words)})
            self._checked(f"{codes}[{value}]", width or 0)
            return
        name = out.name()
        out.add(f"{name} = {value}")
        if kind.kind == "bool":
            out.add(f"if {name} is not True and {name} is not False: raise Irregular")
            self.field(1, name)
        elif kind.kind != "int":
            self._octets(kind, name)
        else:
            self._refuse_outside(kind, name)
            if width is None:
                self._integer(kind, name)
            elif width:
                self.field(width, f"{name} - {kind.low}".replace("- -", "+ ") if kind.low else name)

    def _checked(self, lookup: str, width: int) -> None:
        name = self.out.name()
        self.out.add(f"{name} = {lookup}")
        if width:
            self.field(width, name)

    def _refuse_outside(self, kind: SimpleType, name: str) -> None:
        low, high = kind.low, kind.high
        bounds = f" or not {low} <= {name} <= {high}" if low is not None and high is not None else ""
        self.out.add(f"if type({name}) is not int{bounds}: raise Irregular")

    def _integer(self, kind: SimpleType, name: str) -> None:
        if not kind.unsigned:
            sign = self.out.name("g")
            self.out.add(f"if {name} < 0: {sign} = 1; {name} = -1 - {name}")
            self.out.add(f"else: {sign} = 0")
            self.field(1, sign)
        self._groups(name)

    def _groups(self, name: str) -> None:
        """Append the non-negative integer *name* in groups of seven bits."""
        out = self.out
        out.add(f"if {name} < 128: a = {self._appended(8)} | {name}")
        out.add(f"elif {name} < 16384: a = {self._appended(16)} | ({name} & 127 | 128) << 8 | {name} >> 7")
        out.add(f"else: a = many({self._appended(0)}, {name})")
        self._fields = []

    def _octets(self, kind: SimpleType, name: str) -> None:
        out, text = self.out, kind.kind == "string"
        if text:
            out.add(f'{name} = {name}.encode("ascii")')
        else:
            out.add(f"if type({name}) is not bytes: raise Irregular")
        length = out.name("w")
        out.add(f"{length} = len({name})")
        low = f"{length} < {kind.low}" if kind.low else ""
        high = f"{length} > {kind.high}" if kind.high is not None else ""
        if low or high:
            out.add(f"if {' or '.join(bound for bound in (low, high) if bound)}: raise Irregular")
        if text:
            out.add(f"{length} += 2")
        self._groups(length)
        bits = f"8 * {length} - 16" if text else f"8 * {length}"
        out.add(f'a = a << {bits} | from_bytes({name}, "big")')

    # -- types ------------------------------------------------------------------------------------------------------------------

    def element(self, element: Element, value: str) -> None:
        """Append the content of *element*, its event code being there."""
        kind = self.schema.type(element.type_name)
        if isinstance(kind, SimpleType):
            self._simple_element(kind, value)
        elif is_inline(self.schema, kind) and element.qname not in self.schema.abstract:
            name = self.out.name("d")
            self.out.add(f"{name} = {value}")
            self._complex(kind, name)
        else:
            self.flush()
            self.out.add(f"a = T[{self.owner.place(element)}]({value}, a)")

    def _complex(self, kind: ComplexType, value: str) -> None:
        _Children(self, kind, value).write()


class _Children:
    """Writes the appending of the children in the dict expression *value*."""

    def __init__(self, source: _EncoderSource, kind: ComplexType, value: str) -> None:
        self._source = source
        self._out = source.out
        self._kind = kind
        self._value = value
        self._items = items_of(kind)
        self._code, self._width = self._out.name("c"), self._out.name("b")
        self._count = self._out.name("u")

    def write(self) -> None:
        fixed = sum(1 for item in self._items if item.low)
        constant = fixed == len(self._items)
        if constant:
            self._out.add(f"if len({self._value}) != {fixed}: raise Irregular")
        else:
            self._out.add(f"{self._count} = {fixed}")
        open_state = False
        for index, item in enumerate(self._items):
            if not open_state and item.single:
                self._source.field(1)
                self._content(item)
                continue
            if not open_state:
                self._enter(after(self._items, index))
            open_state = self._branch(index, item)
        if open_state:
            self._append_code()
        else:
            self._source.field(1)
        if not constant:
            self._out.add(f"if len({self._value}) != {self._count}: raise Irregular")

    def _enter(self, events: int, code: int = 0) -> None:
        """A state whose event code is not written yet; *code* counts what was passed over. Zeros before it are added to its width."""
        self._out.add(f"{self._code} = {code}; {self._width} = {code_width(events) + self._source.take_zeros()}")

    def _append_code(self, add: str = "") -> None:
        self._source.flush()
        self._out.add(f"a = a << {self._width} | {self._code}{add}")

    def _content(self, item: Item, value: str = "") -> None:
        """The content of an item of one alternative whose event code is there."""
        if not item.alternatives:
            assert self._kind.value is not None
            self._source.value(self._kind.value, f"{self._value}['value']")
            return
        element = item.alternatives[0]
        expression = value or f"{self._value}[{element.name!r}]"
        kind = self._source.schema.type(element.type_name)
        if item.attribute and isinstance(kind, SimpleType):
            self._source.value(kind, expression)
        else:
            self._source.element(element, expression)

    def _branch(self, index: int, item: Item) -> bool:
        """An item in a state whose code is in variables; gives whether that is so afterwards."""
        out = self._out
        present = self._find(item)
        if item.low:
            out.add(f"if not ({present}): raise Irregular")
            self._some(index, item)
            return item.high != 1
        out.add(f"if {present}:")
        out.depth += 1
        out.add(f"{self._count} += 1")
        self._some(index, item)
        if item.high == 1:
            self._enter(after(self._items, index + 1))
        out.depth -= 1
        out.add(f"else: {self._code} += {item.size}")
        return True

    def _find(self, item: Item) -> str:
        """Condition under which the item is there; the value is in ``y`` then, the name of a choice in ``k``."""
        if item.size == 1:
            name = item.alternatives[0].name if item.alternatives else "value"
            self._out.add(f"y = {self._value}.get({name!r})")
            return "y is not None"
        codes = {element.name: code for code, element in enumerate(item.alternatives)}
        places = tuple(self._source.owner.place(element) for element in item.alternatives)
        self._table = self._source.owner.constant({name: (code, places[code]) for name, code in codes.items()})
        self._out.add(f"for k in {self._value}:")
        self._out.add(f"    if k in {self._table}: break")
        self._out.add("else: k = None")
        return "k is not None"

    def _some(self, index: int, item: Item) -> None:
        if item.high != 1:
            self._list(index, item)
        elif item.size == 1:
            self._append_code()
            self._content(item, "y")
        else:
            self._out.add(f"y, p = {self._table}[k]")
            self._append_code(" + y")
            self._out.add(f"a = T[p]({self._value}[k], a)")

    def _list(self, index: int, item: Item) -> None:
        """A repeated child; afterwards the variables hold the state behind the list."""
        if item.size > 1:
            raise NotFlat(self._kind.name)
        out, following = self._out, after(self._items, index + 1)
        items, number, one = out.name("l"), out.name("m"), out.name("y")
        out.add("if type(y) is not list or not y: raise Irregular")
        out.add(f"{items} = y; {number} = len(y)")
        bounds = [f"{number} < {item.low}" if item.low > 1 else "", f"{number} > {item.high}" if item.high is not None else ""]
        if any(bounds):
            out.add(f"if {' or '.join(bound for bound in bounds if bound)}: raise Irregular")
        rest = out.name("i")
        out.add(f"for {rest}, {one} in enumerate({items}, 1):")
        out.depth += 1
        out.add(f"if a.bit_length() > {_LONGEST}: raise Irregular")
        self._append_code()
        self._content(item, one)
        self._source.flush()
        if item.low > 1:
            out.add(f"{self._code} = 0; {self._width} = {code_width(1)} if {rest} < {item.low} else {code_width(1 + following)}")
        else:
            self._enter(1 + following)
        out.depth -= 1
        if item.high is None:
            out.add(f"{self._code} = 1")
        else:
            out.add(f"if {number} == {item.high}: {self._width} = {code_width(following)}")
            out.add(f"else: {self._code} = 1")
