"""Parts of what is printed on the terminal, the same for one recording, a folder and a comparison."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.core import Verdict, format_s

__all__ = ["INDENT", "line_of", "print_indented", "print_pairs", "say", "table_of", "time_text", "verdict_text"]

INDENT = 2
WRAPPING = (
    *("what happened", "deciding check", "finding", "file", "ended", "why", "deviation", "fact", "good", "bad", ""),
    *("request", "answer", "note", "text", "DID name", "DTC name"),
)
"""Columns whose text may go on in the next line."""

_STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONC: "yellow", Verdict.ERROR: "bold red", Verdict.NONE: "dim"}


def line_of(label: str, *parts: Text) -> Text:
    """A label in bold and what belongs to it."""
    text = Text(f"{label}: ", style="bold")
    for index, part in enumerate(parts):
        text.append(Text("  ") if index else Text(""))
        text.append_text(Text.assemble(part))
    return text


def print_pairs(console: Console, pairs: Sequence[tuple[str, str]]) -> None:
    """Two columns, labels first."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in pairs:
        table.add_row(Text(label), Text(value))
    print_indented(console, table)


def table_of(*columns: tuple[str, str]) -> Table:
    """An empty table without lines; of each column its name and on which side it is aligned."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name, justify in columns:
        wraps = name in WRAPPING
        table.add_column(name, justify=justify, no_wrap=not wraps, overflow="fold")  # type: ignore[arg-type]
    return table


def print_indented(console: Console, table: Table) -> None:
    """Print a table a little to the right."""
    console.print(Padding(table, (0, 0, 0, INDENT)))


def say(console: Console, text: str, style: str = "") -> None:
    """Print one indented line."""
    console.print(Padding(Text(text, style=style), (0, 0, 0, INDENT)))


def verdict_text(verdict: Verdict) -> Text:
    """A verdict in its colour."""
    return Text(verdict.name, style=_STYLES[verdict])


def time_text(at_ns: int | None) -> str:
    """An instant in seconds, a dash if there is none."""
    return "-" if at_ns is None else format_s(at_ns, 6)
