"""An analysis on the terminal: readable at a glance, in colour or without, in 80 columns or more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from harness.analyse.analysis import SINGLE_PROFILE, CaptureAnalysis, LinkAnalysis
from harness.analyse.drawing import INDENT, line_of, print_indented, print_pairs, say, table_of, time_text, verdict_text
from harness.analyse.tables import load_text, print_cycles, print_table
from harness.core import Check, Session, Severity, Verdict, format_s, worst

__all__ = ["print_analyses"]

_SHOWN_FINDINGS = 12
_SHOWN_PER_CHECK = 3
_WIDE = 120
"""From this width on the remarks on a measured value stand beside it, otherwise below the table where it did not pass."""


def print_analyses(console: Console, analyses: Sequence[CaptureAnalysis]) -> None:
    """Everything about all recordings, the overall verdict last."""
    for analysis in analyses:
        _print_capture(console, analysis)
    judged = [analysis for analysis in analyses if analysis.verdict is not Verdict.NONE]
    if len(analyses) > 1:
        overall = worst(analysis.verdict for analysis in analyses)
        told = f"{len(judged)} of {len(analyses)} recordings judged"
        console.print(line_of("Overall", verdict_text(overall) if judged else Text("nothing was judged"), Text(told)))


def _print_capture(console: Console, analysis: CaptureAnalysis) -> None:
    capture = analysis.capture
    console.rule(Text(capture.path.name, style="bold"), align="left", characters="-")
    about = [capture.format, f"{capture.size} bytes", f"{len(capture.records)} frames", f"{format_s(capture.duration_ns)} s"]
    if capture.started:
        about.append(f"from {capture.started}")
    say(console, ", ".join(about))
    say(console, f"SHA-256 {capture.sha256}", style="dim")
    for note in capture.notes:
        say(console, f"note: {note}")
    for link in analysis.links:
        console.print()
        _print_link(console, link)
    console.print()


def _print_link(console: Console, link: LinkAnalysis) -> None:
    recognition, standard = link.recognition, link.standard
    if recognition is None or standard is None:
        seen = ", ".join(f"{ident} ({count})" for ident, count in link.most_frequent)
        tried = " or ".join(link.tried) or "known"
        text = f"no {tried} session (seen: {link.timing.frames} frames, {link.identifiers} identifiers, most often {seen})"
        console.print(line_of(link.link, Text(text, style="yellow")))
        if link.bus is not None:
            print_pairs(console, [("bus load", load_text(link.bus))])
            print_cycles(console, link.bus, None)
        say(console, "Nothing was judged on this channel.")
        return
    no_edition = "" if link.profile == SINGLE_PROFILE else ", edition not recognisable"
    edition = f", edition {recognition.dialect}" if recognition.dialect else no_edition
    console.print(line_of(link.link, Text(f"{standard.title}{edition}", style="bold")))
    print_pairs(
        console,
        [
            ("evidence", recognition.evidence),
            ("frames", f"{recognition.matched} of the standard, {recognition.foreign} foreign"),
            ("time base", link.clock.text if link.clock else "not looked at"),
            *([("limits", link.profile)] if link.profile else []),
            *([("bus load", load_text(link.bus))] if link.bus else []),
        ],
    )
    if not link.sessions:
        say(console, "No session: frames of the standard, but no message of a session.")
    for number, session in enumerate(link.sessions, 1):
        _print_session(console, session, number, len(link.sessions))
    if link.bus is not None and recognition.name_of is not None:
        print_cycles(console, link.bus, recognition.name_of)
    if link.not_judged:
        console.print()
        say(console, f"Not judged: {link.not_judged}.")
        return
    _print_rules(console, link)
    _print_measured(console, link)
    _print_findings(console, link)
    console.print()
    console.print(line_of("Verdict", verdict_text(link.verdict), Text(_conclusion(link))))


def _print_session(console: Console, session: Session, number: int, total: int) -> None:
    console.print()
    state = "complete" if session.complete else "not complete"
    span = f"{format_s(session.start_ns)} s to {format_s(session.end_ns)} s"
    console.print(line_of(f"Session {number} of {total}", Text(f"{state}, {span}")))
    by = f"by the {session.ended_by}" if session.ended_by else "not shown by the recording"
    print_pairs(console, [("ended", by), ("why", session.end_reason)])
    table = table_of(("from s", "right"), ("for s", "right"), ("frame", "right"), ("phase", "left"), ("what happened", "left"))
    for phase in session.phases:
        row = (format_s(phase.start_ns), format_s(phase.end_ns - phase.start_ns), str(phase.first_frame), phase.name, phase.text)
        table.add_row(*map(Text, row))
    print_indented(console, table)
    for lines in session.story.values():
        console.print()
        for line in lines:
            say(console, line)
    if session.facts:
        console.print(Text(" " * INDENT + "What the parties told each other", style="bold"))
        print_pairs(console, list(session.facts.items()))
    for listed in session.tables:
        print_table(console, listed)


def _print_rules(console: Console, link: LinkAnalysis) -> None:
    assert link.standard is not None
    console.print()
    console.print(Text(" " * INDENT + "Rules", style="bold"))
    table = table_of(("rule", "left"), ("verdict", "left"), ("checks", "right"), ("deciding check", "left"))
    for rule, text in link.standard.rules.items():
        checks = [check for check in link.checks if check.name.split(" ", 1)[0] == rule]
        if not checks:
            table.add_row(Text(f"{rule} {text}"), Text("-", style="dim"), Text("0"), Text("nothing to judge", style="dim"))
            continue
        verdict = worst(check.verdict for check in checks)
        table.add_row(Text(f"{rule} {text}"), verdict_text(verdict), Text(str(len(checks))), Text(_deciding(checks, verdict)))
    print_indented(console, table)


def _deciding(checks: Sequence[Check], verdict: Verdict) -> str:
    """The worst check, or what there is to remark if all passed."""
    if verdict is Verdict.PASS:
        warned = [check for check in checks if check.findings]
        return f"all met, {len(warned)} with remarks" if warned else "all met"
    bad = [check for check in checks if check.verdict is verdict]
    first = max(bad, key=_excess)
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    if verdict is Verdict.INCONC:
        return f"{len(bad)} of {len(checks)} inconclusive, {first.reason}: {first.note}"
    return f"{first.name}: {first.observed}, expected {first.expected}{more}"


def _excess(check: Check) -> float:
    """How far a numeric check misses its limit, relative to the limit; 0 for a qualitative one."""
    if check.value is None or check.criterion is None:
        return 0.0
    lower, upper = check.criterion.lower, check.criterion.upper
    below = 0.0 if lower is None else float(lower - check.value)
    above = 0.0 if upper is None else float(check.value - upper)
    return max(below, above, 0.0) / abs(float(upper or lower or 1))


def _print_measured(console: Console, link: LinkAnalysis) -> None:
    measured = [check for check in link.checks if check.statistics is not None]
    if not measured:
        return
    unit = {check.criterion.unit for check in measured if check.criterion}
    console.print(Text(" " * INDENT + f"Measured intervals ({', '.join(sorted(unit))}); every single one decides", style="bold"))
    columns = [("check", "left"), ("n", "right"), ("min", "right"), ("mean", "right"), ("max", "right"), ("limit", "left"), ("", "left")]
    wide = console.width >= _WIDE
    table = table_of(*columns, *([("", "left")] if wide else []))
    for check in measured:
        statistics = check.statistics
        assert statistics is not None
        numbers = (f"{value:.3f}" for value in (statistics.minimum, statistics.mean, statistics.maximum))
        row = [*map(Text, (check.name, str(statistics.n), *numbers, check.expected)), verdict_text(check.verdict)]
        table.add_row(*row, *([Text(check.note, style="dim")] if wide else []))
    print_indented(console, table)
    if not wide:
        print_pairs(console, [(check.name, check.note) for check in measured if check.verdict is not Verdict.PASS])


def _print_findings(console: Console, link: LinkAnalysis) -> None:
    failed = [check for check in link.checks if check.verdict >= Verdict.FAIL]
    remarks = [finding for finding in link.findings if finding.severity is not Severity.FAILURE]
    if not failed and not remarks:
        return
    console.print(Text(" " * INDENT + "Findings", style="bold"))
    table = table_of(("time s", "right"), ("frame", "right"), ("", "left"), ("finding", "left"))
    rows = list(_failure_rows(failed))
    for row in rows[: _SHOWN_FINDINGS * 2]:
        table.add_row(*row)
    for finding in remarks[:_SHOWN_FINDINGS]:
        place = (time_text(finding.at_ns), str(finding.frame or "-"))
        table.add_row(*map(Text, place), Text(finding.severity.value, style="yellow"), Text(finding.text))
    rest = max(0, len(rows) - _SHOWN_FINDINGS * 2) + max(0, len(remarks) - _SHOWN_FINDINGS)
    if rest:
        table.add_row("", "", "", Text(f"... and {rest} more", style="dim"))
    print_indented(console, table)


def _failure_rows(checks: Sequence[Check]) -> Iterator[tuple[Text, Text, Text, Text]]:
    for check in checks:
        place = str(check.frames[-1]) if check.frames else "-"
        worst_text = (
            f"{check.name}: {'worst ' if check.is_numeric and check.occurrences > 1 else ''}{check.observed}, expected {check.expected}"
        )
        yield Text(time_text(check.t_ns)), Text(place), verdict_text(check.verdict), Text(worst_text)
        shown = [finding for finding in check.findings if finding.severity is Severity.FAILURE and finding.at_ns != check.t_ns]
        for finding in shown[:_SHOWN_PER_CHECK]:
            yield Text(time_text(finding.at_ns)), Text(str(finding.frame or "-")), Text(""), Text(finding.text)
        rest = check.occurrences - 1 - len(shown[:_SHOWN_PER_CHECK])
        if rest > 0:
            yield Text(""), Text(""), Text(""), Text(f"... and {rest} more, {check.occurrences} in all", style="dim")


def _conclusion(link: LinkAnalysis) -> str:
    counts = {verdict: sum(check.verdict is verdict for check in link.checks) for verdict in Verdict}
    words = [
        f"{counts[verdict]} {verdict.word}" for verdict in (Verdict.PASS, Verdict.FAIL, Verdict.INCONC, Verdict.ERROR) if counts[verdict]
    ]
    warnings = sum(finding.severity is Severity.WARNING for finding in link.findings)
    told = f"{len(link.checks)} checks: {', '.join(words)}" if words else "nothing was judged"
    return f"{told}{f'; {warnings} warnings' if warnings else ''}"
