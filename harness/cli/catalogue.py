"""``precert list``: the catalogue, read from the sources of the suites without importing them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from harness.case.metadata import CaseSource
from harness.case.suites.catalogue import load_catalogue

__all__ = ["list_cases"]


def list_cases(select: Sequence[str], *, as_json: bool) -> int:
    """Print the selected cases.

    Raises:
        ConfigError: a suite or case is wrong, or a selection names nothing.
    """
    cases = load_catalogue(select=select).select(select)
    if as_json:
        print(json.dumps([_row(source) for source in cases], ensure_ascii=False, indent=2))
        return 0
    _print_table(cases)
    print(f"{len(cases)} cases")
    return 0


def _print_table(cases: Sequence[CaseSource]) -> None:
    """One row per case. Editions stand beside the condition: together they would not fit a narrow terminal."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    narrow = console.width < 110
    table = Table(box=None, pad_edge=False)
    table.add_column("id", no_wrap=True)
    table.add_column("title")
    table.add_column("basis", max_width=8 if narrow else None)
    table.add_column("editions", max_width=9 if narrow else None)
    table.add_column("PICS")
    table.add_column("faults", justify="right", no_wrap=True, min_width=6)
    for source in cases:
        meta = source.meta
        basis = f"{meta.basis}, {meta.confidence}"
        table.add_row(meta.id, meta.title, basis, " ".join(meta.editions) or "—", meta.pics, str(len(meta.faults)))
    console.print(table)


def _row(source: CaseSource) -> dict[str, object]:
    meta = source.meta
    return {
        "id": meta.id,
        "title": meta.title,
        "suite": source.suite,
        "purpose": meta.purpose,
        "refs": list(meta.refs),
        "basis": meta.basis,
        "confidence": meta.confidence,
        "pics": source.condition,
        "sut": source.sut,
        "editions": list(meta.editions),
        "pixit": list(meta.pixit),
        "needs": list(meta.needs),
        "messages": list(meta.messages),
        "faults": list(meta.faults),
        "steps": [{"n": step.number, "text": step.text, "expect": step.expect} for step in source.steps],
    }
