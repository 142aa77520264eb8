"""Decoders: ``f(n, r)`` takes the payload as the integer *n* of which the last *r* bits are not read yet, and gives value and new *r*."""

from __future__ import annotations

from harness.protocols.iso15118.exi.fast.functions import Functions
from harness.protocols.iso15118.exi.fast.layout import Irregular, Item, NotFlat, Source, after, code_width, is_inline, items_of
from harness.protocols.iso15118.exi.schema import ComplexType, Element, SchemaSet, SimpleType

__all__ = ["Decoders"]


class Decoders(Functions[[int, int], tuple[object, int]]):
    """The decoders of a schema set."""

    NAME = "decode"

    def __init__(self, schema: SchemaSet) -> None:
        super().__init__(schema, {"more": _more, "B": (False, True)})

    def source(self, type_name: str) -> str:
        return _DecoderSource(self._schema, self, type_name).text()


def _more(n: int, r: int, first: int) -> tuple[int, int]:
    """The rest of an integer of variable length whose first group is *first*; ten groups hold 64 bits."""
    value = first & 127
    for shift in range(7, 70, 7):
        r -= 8
        group = n >> r & 255
        value |= (group & 127) << shift
        if group < 128:
            if not group:
                raise Irregular
            return value, r
    raise Irregular


class _DecoderSource:
    """Writes the decoder of one type.

    Fields of fixed width are collected until something depends on them, then read together; ``_kept`` are the children whose values
    are known and wait to be put into the dict.
    """

    def __init__(self, schema: SchemaSet, owner: Decoders, type_name: str) -> None:
        self._schema = schema
        self._owner = owner
        self._out = Source(["def decode(n, r):"])
        self._fields: list[tuple[int, str | None]] = []
        self._checks: list[str] = []
        kind = schema.type(type_name)
        value = self._simple_element(kind) if isinstance(kind, SimpleType) else self._complex(kind)
        self._flush()
        self._out.add(f"return {value}, r")

    def text(self) -> str:
        """The function."""
        return self._out.text()

    # -- bits -------------------------------------------------------------------------------------------------------------------

    def _field(self, width: int) -> str:
        name = self._out.name()
        self._fields.append((width, name))
        return name

    def _zero(self) -> None:
        self._fields.append((1, None))

    def _flush(self) -> None:
        """Read all collected fields with one shift."""
        total = sum(width for width, _ in self._fields)
        if total:
            self._read(total)
        for check in self._checks:
            self._out.add(f"if {check}: raise Irregular")
        self._checks = []

    def _read(self, total: int) -> None:
        out, fields = self._out, self._fields
        self._fields = []
        only = fields[0][1] if len(fields) == 1 else None
        out.add(f"r -= {total}")
        out.add(f"{only or 'v'} = n >> r & {(1 << total) - 1}")
        if only:
            return
        left, zeros, named = total, 0, []
        for width, name in fields:
            left -= width
            if name is None:
                zeros |= 1 << left
            else:
                named.append((name, left, width))
        if zeros:
            out.add(f"if v & {zeros}: raise Irregular")
        for name, shift, width in named:
            shifted = f"v >> {shift}" if shift else "v"
            out.add(f"{name} = {shifted} & {(1 << width) - 1}")

    # -- values -----------------------------------------------------------------------------------------------------------------

    def _simple_element(self, kind: SimpleType) -> str:
        self._zero()
        value = self._value(kind)
        self._zero()
        return value

    def _value(self, kind: SimpleType) -> str:
        """Expression of a value; valid after the next flush."""
        width = kind.bits
        if kind.kind == "bool":
            return f"B[{self._field(1)}]"
        if kind.kind == "enum":
            words = self._owner.constant(kind.words)
            return f"{words}[{self._field(width)}]" if width else f"{words}[0]"
        if kind.kind != "int":
            return self._octets(kind)
        if width is None:
            return self._integer(kind)
        return self._offset(kind, width)

    def _offset(self, kind: SimpleType, width: int) -> str:
        low, high = kind.low or 0, kind.high or 0
        if not width:
            return str(low)
        name = self._field(width)
        if high - low + 1 < 1 << width:
            self._checks.append(f"{name} > {high - low}")
        return f"{name} + {low}" if low > 0 else f"{name} - {-low}" if low else name

    def _integer(self, kind: SimpleType) -> str:
        out, low, high = self._out, kind.low, kind.high
        sign = None if kind.unsigned else self._field(1)
        symmetric = sign is None or (low is not None and -1 - low == high)
        name = self._first_group(high if symmetric else None)
        if sign:
            out.add(f"if {sign}: {name} = -1 - {name}")
        if sign is None and low:
            out.add(f"if {name} < {low}: raise Irregular")
        elif not symmetric and low is not None and high is not None:
            out.add(f"if not {low} <= {name} <= {high}: raise Irregular")
        return name

    def _first_group(self, high: int | None = None) -> str:
        """Name of an integer of variable length that is read completely and at most *high*, which is 127 or more."""
        name, out = self._field(8), self._out
        self._flush()
        out.add(f"if {name} > 127:")
        out.add("    r -= 8")
        out.add("    v = n >> r & 255")
        out.add(f"    if 0 < v < 128: {name} += (v << 7) - 128")
        out.add(f"    else: {name}, r = more(n, r + 8, {name})")
        if high is not None:
            out.add(f"    if {name} > {high}: raise Irregular")
        return name

    def _octets(self, kind: SimpleType) -> str:
        """Bytes, or a text of ASCII characters; both are as many bytes as they have characters."""
        out, shift = self._out, 2 if kind.kind == "string" else 0
        length = self._first_group()
        low = f"{length} < {(kind.low or 0) + shift}" if kind.low or shift else ""
        high = f"{length} > {kind.high + shift}" if kind.high is not None else ""
        if low or high:
            out.add(f"if {' or '.join(bound for bound in (low, high) if bound)}: raise Irregular")
        bits = f"8 * {length}" if not shift else f"8 * {length} - 16"
        name = out.name("s")
        out.add(f"w = {bits}")
        out.add("r -= w")
        decoded = '.decode("ascii")' if shift else ""
        out.add(f'{name} = (n >> r & (1 << w) - 1).to_bytes(w >> 3, "big"){decoded}')
        return name

    # -- types ------------------------------------------------------------------------------------------------------------------

    def _element(self, element: Element) -> str:
        """Expression of the content of *element*, its event code being read."""
        kind = self._schema.type(element.type_name)
        if isinstance(kind, SimpleType):
            return self._simple_element(kind)
        if is_inline(self._schema, kind) and element.qname not in self._schema.abstract:
            return self._complex(kind)
        self._flush()
        name = self._out.name("d")
        self._out.add(f"{name}, r = T[{self._owner.place(element)}](n, r)")
        return name

    def _complex(self, kind: ComplexType) -> str:
        """Expression of a dict; its children are read in order."""
        return _Children(self, kind).write()


class _Children:
    """Writes the reading of the children of one type."""

    def __init__(self, source: _DecoderSource, kind: ComplexType) -> None:
        self._source = source
        self._out = source._out
        self._kind = kind
        self._items = items_of(kind)
        self._kept: list[tuple[str, str]] = []
        self._target: str | None = None
        self._code = self._out.name("c")

    def write(self) -> str:
        known = False
        for index, item in enumerate(self._items):
            if not known and item.single:
                self._one(item)
                continue
            if not known:
                self._read_code(after(self._items, index))
            known = self._branch(index, item)
        if known:
            self._out.add(f"if {self._code}: raise Irregular")
        else:
            self._source._zero()
        if self._target is None:
            return "{" + ", ".join(f"{key!r}: {value}" for key, value in self._kept) + "}"
        self._source._flush()
        self._store()
        return self._target

    def _one(self, item: Item) -> None:
        """A child that must come here: its event code is a zero."""
        self._source._zero()
        self._kept.append(self._content(item))

    def _content(self, item: Item) -> tuple[str, str]:
        """Key and expression of an item of one alternative whose event code is read."""
        source, schema = self._source, self._source._schema
        if not item.alternatives:
            assert self._kind.value is not None
            return "value", source._value(self._kind.value)
        element = item.alternatives[0]
        kind = schema.type(element.type_name)
        if item.attribute and isinstance(kind, SimpleType):
            return element.name, source._value(kind)
        return element.name, source._element(element)

    def _store(self) -> None:
        """Put what is known into the dict."""
        if self._target is None:
            self._target = self._out.name("o")
            self._out.add(f"{self._target} = {{{', '.join(f'{key!r}: {value}' for key, value in self._kept)}}}")
        else:
            for key, value in self._kept:
                self._out.add(f"{self._target}[{key!r}] = {value}")
        self._kept = []

    def _read_code(self, events: int) -> None:
        self._source._fields.append((code_width(events), self._code))
        self._source._flush()

    def _branch(self, index: int, item: Item) -> bool:
        """An item whose event code is in the code variable; gives whether the code of the next state is read afterwards."""
        out, size = self._out, item.size
        self._source._flush()
        self._store()
        present = f"{self._code} < {size}" if size > 1 else f"not {self._code}"
        if item.low:
            out.add(f"if not ({present}): raise Irregular" if size > 1 else f"if {self._code}: raise Irregular")
            self._some(index, item)
            return item.high != 1
        out.add(f"if {present}:")
        out.depth += 1
        self._some(index, item)
        if item.high == 1:
            self._read_code(after(self._items, index + 1))
            self._store()
        out.depth -= 1
        out.add(f"else: {self._code} -= {size}")
        return True

    def _some(self, index: int, item: Item) -> None:
        if item.high == 1:
            self._once(item)
        else:
            self._list(index, item)

    def _once(self, item: Item) -> None:
        if item.size == 1:
            self._kept.append(self._content(item))
        else:
            table = tuple((element.name, self._source._owner.place(element)) for element in item.alternatives)
            key, place, value = self._out.name("k"), self._out.name("p"), self._out.name("d")
            self._out.add(f"{key}, {place} = {self._source._owner.constant(table)}[{self._code}]")
            self._out.add(f"{value}, r = T[{place}](n, r)")
            self._out.add(f"{self._target}[{key}] = {value}")

    def _list(self, index: int, item: Item) -> None:
        """A repeated child; afterwards the code variable holds the code of the state behind the list."""
        if item.size > 1:
            raise NotFlat(self._kind.name)
        out, code, following = self._out, self._code, after(self._items, index + 1)
        name = out.name("l")
        out.add(f"{name} = {self._target}[{item.alternatives[0].name!r}] = []")
        out.add(f"while not {code}:")
        out.depth += 1
        _, value = self._content(item)
        self._source._flush()
        out.add(f"{name}.append({value})")
        steps = []
        if item.high is not None:
            steps.append((f"len({name}) == {item.high}", following, f"{code} += 1; break"))
        if item.low > 1:
            steps.append((f"len({name}) < {item.low}", 1, f"\nif {code}: raise Irregular"))
        for condition, events, then in steps:
            out.add(f"if {condition}:")
            out.depth += 1
            self._read_code(events)
            for line in then.strip().split("; "):
                out.add(line)
            out.depth -= 1
            out.add("else:")
            out.depth += 1
        self._read_code(1 + following)
        out.depth -= 1 + len(steps)
        out.add(f"{code} -= 1")
