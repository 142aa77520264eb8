"""The lists of a truck's network: controllers, transfers, trouble codes, lamps, identification, diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from harness.core.standard import Cell, Column, Table
from harness.protocols.vehicle.sessions.troubles import LAMPS
from harness.protocols.vehicle.sessions.view import View
from harness.protocols.vehicle.sessions.words import TEXTS, address_text

__all__ = ["tables_of"]

_MAX_ROWS = 5000
_NUMBERS = frozenset(("frames", "frame", "bytes", "packets", "seen", "spn", "fmi", "count", "told", "manufacturer", "function", "instance"))
_TIMES = frozenset(("from", "to", "at", "gone"))
_MILLISECONDS = frozenset(("fastest", "slowest", "first"))


def tables_of(view: View) -> tuple[Table, ...]:
    """The tables that have a row; of more than 5000 rows the first ones."""
    made = (_table(name, keys, list(rows(view))) for name, (keys, rows) in _TABLES.items())
    return tuple(table for table in made if table.rows)


def _table(name: str, keys: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    return Table(name, TEXTS.both(f"table.{name}"), tuple(_column(key) for key in keys), rows[:_MAX_ROWS])


def _column(key: str) -> Column:
    title = TEXTS.both(f"column.{key}")
    if key in _TIMES:
        return Column(key, title, "time_ns")
    if key in _MILLISECONDS:
        return Column(key, title, "number", 1)
    if key in ("did", "dtc"):
        return Column(key, title, key)
    return Column(key, title, "number", 0) if key in _NUMBERS or key == "pending" else Column(key, title)


def _controllers(view: View) -> Iterator[Sequence[Cell]]:
    for one in view.controllers:
        own: Sequence[Cell] = (f"{one.address:02X}", one.frames, one.first_ns, one.last_ns)
        names = one.names
        if not names:
            yield (*own, None, None, None, None)
        for name in names:
            yield (*own, f"{int(name):016X}", name.manufacturer, name.function, name.function_instance)


def _transfers(view: View) -> Iterator[Sequence[Cell]]:
    for one in view.transfers:
        gaps = [gap / 1e6 for gap, _ in one.spacing()]
        ways = f"{one.source:02X}", f"{one.destination:02X}"
        sizes = one.length, one.packets, one.seen
        paces = (min(gaps), max(gaps)) if gaps else (None, None)
        yield (one.start_ns, one.frame, one.kind, *ways, one.name, *sizes, one.fate.value, *paces, one.note)


def _troubles(view: View) -> Iterator[Sequence[Cell]]:
    for one in view.troubles.codes:
        note = "old layout of the code" if one.old_layout else ""
        place = one.first_ns, one.first_frame, one.told, one.gone_ns
        yield (one.list_name, f"{one.source:02X}", one.spn, one.fmi, one.count, *place, note)


def _lamps(view: View) -> Iterator[Sequence[Cell]]:
    states = {0: "off", 1: "on", 2: "reserved", 3: "n/a"}
    rates = {0: "slow", 1: "fast"}
    for one in view.troubles.lamps:
        flashing = ", ".join(f"{lamp} {rates[rate]}" for lamp in LAMPS if (rate := getattr(one.flash, lamp)) in rates)
        shown = [states[getattr(one.lamps, lamp)] for lamp in LAMPS]
        yield (one.t_ns, one.frame, one.list_name, f"{one.source:02X}", *shown, flashing)


def _identity(view: View) -> Iterator[Sequence[Cell]]:
    for one in view.identifications:
        did = None if one.did is None else f"{one.did:04X}"
        yield (address_text(one.source), one.what, one.text, one.over, did, one.t_ns, one.frame)


def _exchanges(view: View) -> Iterator[Sequence[Cell]]:
    for one in view.exchanges:
        request = one.request
        unit = "all" if one.target is None else address_text(one.target)
        did = None if one.did is None else f"{one.did:04X}"
        first = None if one.first_ns is None else one.first_ns / 1e6
        codes = ", ".join(f"{code:06X}" for code in one.troubles) or None
        tester = request.values.get("source")
        place = request.t_ns, request.frames[0], address_text(tester) if isinstance(tester, int) else "?", unit
        yield (*place, one.asked, did, one.outcome, one.answered, len(one.pending), first, codes)


_TABLES: Mapping[str, tuple[tuple[str, ...], Callable[[View], Iterator[Sequence[Cell]]]]] = {
    "controllers": (("address", "frames", "from", "to", "name", "manufacturer", "function", "instance"), _controllers),
    "transfers": (
        ("at", "frame", "kind", "source", "destination", "group", "bytes", "packets", "seen", "fate", "fastest", "slowest", "note"),
        _transfers,
    ),
    "troubles": (("list", "source", "spn", "fmi", "count", "from", "frame", "told", "gone", "note"), _troubles),
    "lamps": (("at", "frame", "list", "source", *LAMPS, "flash"), _lamps),
    "identification": (("source", "what", "text", "over", "did", "at", "frame"), _identity),
    "exchanges": (
        ("at", "frame", "tester", "unit", "asked", "did", "outcome", "answered", "pending", "first", "dtc"),
        _exchanges,
    ),
}
"""Keys of the columns and the rows, by name of the table."""
