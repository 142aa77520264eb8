"""The comparison of two recordings on the terminal and as JSON (schema ``precert-comparison/1``)."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from harness import __version__
from harness.analyse.comparison.deviation import KINDS, Comparison, Cycle, Deviation, Sight
from harness.analyse.documents import ComparedSessionDoc, ComparisonDoc, CycleDoc, DeviationDoc, SightDoc
from harness.analyse.drawing import line_of, print_indented, print_pairs, say, table_of
from harness.case.run.record import seconds
from harness.core import format_s

__all__ = ["comparison_document", "print_comparison"]

_SHOWN = 15


def print_comparison(console: Console, comparison: Comparison) -> None:
    """The first deviation with both frames, the first of each kind, all others, and what the parties told differently."""
    sessions = [
        ("good", f"{comparison.good}: session of {_length(comparison, 0)} s, {comparison.sessions[0].end_reason}"),
        ("bad", f"{comparison.bad}: session of {_length(comparison, 1)} s, {comparison.sessions[1].end_reason}"),
    ]
    console.print(line_of("Comparison", Text(comparison.standard, style="bold")))
    print_pairs(console, sessions)
    for note in comparison.notes:
        say(console, f"note: {note}")
    console.print()
    first = comparison.first
    if first is None:
        console.print(line_of("First deviation", Text("none", style="green")))
    else:
        console.print(
            line_of("First deviation", Text(f"{first.kind}, {_at(first)} s into the session", style="bold red"), Text(first.text))
        )
        print_pairs(console, [("中文", first.text_zh), ("good", _sight(first.good)), ("bad", _sight(first.bad))])
        _print_all(console, comparison)
    if comparison.facts:
        console.print()
        console.print(line_of("What the parties told differently", Text("no deviation by itself")))
        table = table_of(("fact", "left"), ("good", "left"), ("bad", "left"))
        for row in comparison.facts:
            table.add_row(*map(Text, row))
        print_indented(console, table)


def _print_all(console: Console, comparison: Comparison) -> None:
    deviations = comparison.deviations
    console.print()
    kinds = ", ".join(f"{count} {kind}" for kind in KINDS if (count := sum(one.kind == kind for one in deviations)))
    console.print(line_of("Deviations", Text(f"{len(deviations)}: {kinds}; what follows the first one is often its consequence")))
    table = table_of(("at s", "right"), ("kind", "left"), ("deviation", "left"), ("good", "left"), ("bad", "left"))
    first_of_kind = {next(index for index, one in enumerate(deviations) if one.kind == kind) for kind in {one.kind for one in deviations}}
    shown = sorted({*range(min(_SHOWN, len(deviations))), *first_of_kind})
    for index in shown:
        one = deviations[index]
        table.add_row(*map(Text, (_at(one), one.kind, one.text, _short(one.good), _short(one.bad))))
    print_indented(console, table)
    if len(deviations) > len(shown):
        say(console, f"... and {len(deviations) - len(shown)} more")


def comparison_document(comparison: Comparison) -> ComparisonDoc:
    """The comparison as JSON."""
    return {
        "schema": "precert-comparison/1",
        "precert_version": __version__,
        "standard": comparison.standard,
        "good": _session_document(comparison, 0),
        "bad": _session_document(comparison, 1),
        "first": _document(comparison.first) if comparison.first else None,
        "deviations": [_document(one) for one in comparison.deviations],
        "facts": [{"name": name, "good": good, "bad": bad} for name, good, bad in comparison.facts],
        "notes": list(comparison.notes),
    }


def _session_document(comparison: Comparison, index: int) -> ComparedSessionDoc:
    session = comparison.sessions[index]
    return {
        "file": str((comparison.good, comparison.bad)[index]),
        "link": session.link,
        "start_s": seconds(session.start_ns),
        "end_s": seconds(session.end_ns),
        "ended_by": session.ended_by or None,
        "end_reason": session.end_reason,
    }


def _document(one: Deviation) -> DeviationDoc:
    return {
        "kind": one.kind,  # type: ignore[typeddict-item]
        "at_s": seconds(one.at_ns),
        "text": one.text,
        "text_zh": one.text_zh,
        "cycle": _cycle(one.cycle),
        "good": _frame(one.good),
        "bad": _frame(one.bad),
    }


def _cycle(cycle: Cycle | None) -> CycleDoc | None:
    if cycle is None:
        return None
    return {"word": cycle.word, "last_seen_s": seconds(cycle.last_seen_ns), "period_s": seconds(cycle.period_ns)}


def _frame(sight: Sight | None) -> SightDoc | None:
    return None if sight is None else {"frame": sight.frame, "t_s": seconds(sight.t_ns), "word": sight.word, "data": sight.text}


def _length(comparison: Comparison, index: int) -> str:
    session = comparison.sessions[index]
    return format_s(session.end_ns - session.start_ns)


def _at(one: Deviation) -> str:
    return format_s(one.at_ns)


def _sight(sight: Sight | None) -> str:
    return "nothing" if sight is None else f"{sight.word}  frame {sight.frame}, t={format_s(sight.t_ns, 6)} s  {sight.text}"


def _short(sight: Sight | None) -> str:
    return "-" if sight is None else f"{sight.word} #{sight.frame}"
