"""Tables of a standard and the figures of a bus: on the terminal, and as they stand in the JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from harness.analyse.bus import BusFigures, identifier_text
from harness.analyse.documents import BusCycleDoc, BusDoc, ColumnDoc, TableDoc
from harness.analyse.drawing import INDENT, print_indented, table_of
from harness.case.run.record import seconds
from harness.core import Column, Table, format_s
from harness.core.standard import Cell
from harness.protocols.uds.names import Names

__all__ = ["bus_document", "cell_text", "cycle_cells", "load_text", "print_cycles", "print_table", "table_document", "with_names"]

_SHOWN = 15
_MS = 1e6
_TOO_MUCH_PCT = 105
"""A full bus, with room for what stamps are off."""

NameOf = Callable[[int, bool], str] | None


def load_text(bus: BusFigures) -> str:
    """Load of a bus on average and at most, and the bit rate that it is told for, one line."""
    load, peak = bus.load, bus.load.peak
    parts = [f"{load.mean_pct:.1f} % on average"]
    if peak is not None:
        length = format_s(peak.end_ns - peak.start_ns, 1)
        parts.append(f"{peak.load_pct:.1f} % at most ({length} s from {format_s(peak.start_ns)} s)")
    if load.mean_pct > _TOO_MUCH_PCT:
        parts.append("more than a bus carries (another bit rate, or stamps taken in batches)")
    return f"{', '.join(parts)}, at {bus.rate_text}"


def cycle_cells(bus: BusFigures, name_of: NameOf) -> list[tuple[str, ...]]:
    """Identifier, name, count, period, shortest, longest distance, jitter in ms and load in % of each identifier, the busiest first."""
    rows = sorted(bus.cycles, key=lambda row: (-bus.share_pct(row), row.can_id))
    return [
        (
            identifier_text(row.can_id, row.extended),
            name_of(row.can_id, row.extended) if name_of is not None else "",
            str(row.count),
            f"{row.median_ns / _MS:.1f}" if row.is_cyclic else "on event",
            *(f"{value / _MS:.1f}" if row.count > 1 else "-" for value in (row.min_ns, row.max_ns, row.jitter_ns)),
            f"{bus.share_pct(row):.2f}",
        )
        for row in rows
    ]


def print_cycles(console: Console, bus: BusFigures, name_of: NameOf) -> None:
    """The busiest identifiers with their distances."""
    cells = cycle_cells(bus, name_of)
    told = f"Identifiers ({len(cells)}, the busiest first; period is the median, jitter the largest deviation from it)"
    console.print(Text(" " * INDENT + told, style="bold"))
    columns = ("identifier", "name", "n", "period ms", "min", "max", "jitter", "load %")
    table = table_of(*((name, "left" if name in ("identifier", "name") else "right") for name in columns))
    for row in cells[:_SHOWN]:
        table.add_row(*map(Text, row))
    if len(cells) > _SHOWN:
        table.add_row("", Text(f"... and {len(cells) - _SHOWN} more, all in --json and --html", style="dim"))
    print_indented(console, table)


def with_names(table: Table, names: Names) -> Table:
    """*table* with a column of names behind each column of numbers of diagnostics."""
    kinds = [(index, column) for index, column in enumerate(table.columns) if column.kind in ("did", "dtc")]
    columns, rows = list(table.columns), [list(row) for row in table.rows]
    for index, column in reversed(kinds):
        title = {"zh": f"{column.title['zh']}名称", "en": f"{column.title['en']} name"}
        columns.insert(index + 1, Column(f"{column.key}_name", title))
        name_of = names.did if column.kind == "did" else names.dtc
        for row in rows:
            row.insert(index + 1, _named(row[index], name_of))
    return replace(table, columns=tuple(columns), rows=rows)


def _named(cell: Cell, name_of: Callable[[int], str]) -> str | None:
    """Names of the hexadecimal numbers of a cell, ``None`` if it has none."""
    found = [name_of(int(number, 16)) for number in cell.split(", ")] if isinstance(cell, str) and cell else []
    return ", ".join(name or "?" for name in found) if any(found) else None


def print_table(console: Console, table: Table) -> None:
    """The first rows of a table of a standard, in English."""
    console.print(Text(f"{' ' * INDENT}{table.title['en']} ({len(table.rows)})", style="bold"))
    used = [index for index in range(len(table.columns)) if any(row[index] not in (None, "") for row in table.rows)]
    columns = [table.columns[index] for index in used]
    drawn = table_of(*((column.title["en"], "left" if column.kind in ("text", "did", "dtc") else "right") for column in columns))
    for row in table.rows[:_SHOWN]:
        drawn.add_row(*(Text(cell_text(table.columns[index], row[index])) for index in used))
    if len(table.rows) > _SHOWN:
        drawn.add_row(Text(f"... and {len(table.rows) - _SHOWN} more", style="dim"))
    print_indented(console, drawn)


def cell_text(column: Column, cell: Cell) -> str:
    """A cell as it is printed; empty for nothing."""
    if cell is None:
        return ""
    if column.kind == "time_ns" and isinstance(cell, int):
        return format_s(cell, column.digits)
    return f"{cell:.{column.digits}f}" if isinstance(cell, float) else str(cell)


def table_document(table: Table) -> TableDoc:
    """A table for the JSON: times in seconds."""

    def cell(column: Column, value: Cell) -> Cell:
        return seconds(value) if column.kind == "time_ns" and isinstance(value, int) else value

    columns: list[ColumnDoc] = [
        {"key": column.key, "title": dict(column.title), "kind": "time_s" if column.kind == "time_ns" else column.kind}
        for column in table.columns
    ]
    rows = [[cell(column, value) for column, value in zip(table.columns, row, strict=True)] for row in table.rows]
    return {"name": table.name, "title": dict(table.title), "columns": columns, "rows": rows}


def bus_document(bus: BusFigures, name_of: NameOf) -> BusDoc:
    """Load and cycles for the JSON."""
    load, peak = bus.load, bus.load.peak
    return {
        "bitrate_bps": bus.rate.bps,
        "bitrate_basis": bus.basis,
        "bitrate_shown_by": bus.rate.shown_by,
        "mean_pct": round(load.mean_pct, 4),
        "peak_pct": None if peak is None else round(peak.load_pct, 4),
        "peak_start_s": None if peak is None else seconds(peak.start_ns),
        "busy_s": seconds(load.busy_ns),
        "window_s": seconds(load.window_ns),
        "windows": [{"start_s": seconds(one.start_ns), "load_pct": round(one.load_pct, 4), "frames": one.frames} for one in load.windows],
        "identifiers": [_cycle(bus, index, name_of) for index in range(len(bus.cycles))],
    }


def _cycle(bus: BusFigures, index: int, name_of: NameOf) -> BusCycleDoc:
    row = bus.cycles[index]
    seen_twice = row.count > 1

    def milliseconds(value: float) -> float | None:
        return round(value / _MS, 6) if seen_twice else None

    return {
        "identifier": identifier_text(row.can_id, row.extended),
        "extended": row.extended,
        "name": (name_of(row.can_id, row.extended) if name_of is not None else "") or None,
        "count": row.count,
        "cyclic": row.is_cyclic,
        "mean_ms": milliseconds(row.mean_ns),
        "median_ms": milliseconds(row.median_ns),
        "min_ms": milliseconds(row.min_ns),
        "min_frame": row.min_frame or None,
        "max_ms": milliseconds(row.max_ns),
        "max_frame": row.max_frame or None,
        "deviation_ms": milliseconds(row.deviation_ns),
        "jitter_ms": milliseconds(row.jitter_ns),
        "load_pct": round(bus.share_pct(row), 4),
    }
