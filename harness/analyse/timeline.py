"""Recordings as one page with zoomable timelines: self-contained, without any request, under a content security policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness import __version__
from harness.analyse.analysis import CaptureAnalysis, LinkAnalysis
from harness.analyse.lanes import findings_of, lanes_of
from harness.analyse.strings import load_strings, phase_words
from harness.analyse.tables import cell_text, cycle_cells, load_text
from harness.core import Check, Finding, Verdict, format_s, resource, worst
from harness.core.selfcontained import page_policy, script_json

__all__ = ["render_timelines"]


@dataclass(frozen=True, slots=True)
class _View:
    """One channel as the template needs it."""

    number: int
    capture: CaptureAnalysis
    link: LinkAnalysis
    data: str
    """JSON of the lanes, empty if there is no timeline."""
    thinned: bool
    findings: Sequence[Finding]
    rules: Sequence[tuple[str, str, Verdict, int]]
    load: str
    """Load of the bus in words, empty for a network."""
    identifiers: Sequence[tuple[str, ...]]
    """Rows of the list of identifiers."""


def render_timelines(analyses: Sequence[CaptureAnalysis]) -> str:
    """The page for all recordings of one call; texts that the analysis made are English."""
    folder = resource("reports", "templates")
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["bi"] = _inline
    environment.filters["seconds"] = format_s
    css = (folder / "timeline.css").read_text(encoding="utf-8")
    script = "\n".join((folder / name).read_text(encoding="utf-8") for name in ("axis.js", "timeline.js"))
    return environment.get_template("timeline.html.j2").render(
        s=load_strings(),
        views=list(_views(analyses)),
        css=Markup(css),
        script=Markup(script),
        policy=page_policy([css], [script]),
        phase_words=phase_words,
        cell_text=cell_text,
        version=__version__,
    )


def _views(analyses: Sequence[CaptureAnalysis]) -> Iterator[_View]:
    number = 0
    for analysis in analyses:
        for link in analysis.links:
            number += 1
            name_of = link.recognition.name_of if link.recognition else None
            data: Mapping[str, Any] = lanes_of(link, analysis.capture.on(link.link)) if link.standard is not None else {}
            yield _View(
                number=number,
                capture=analysis,
                link=link,
                data=script_json(data) if data else "",
                thinned=bool(data.get("thinned")),
                findings=findings_of(link),
                rules=list(_rules(link)),
                load=load_text(link.bus) if link.bus else "",
                identifiers=cycle_cells(link.bus, name_of) if link.bus and (name_of or link.standard is None) else (),
            )


def _rules(link: LinkAnalysis) -> Iterator[tuple[str, str, Verdict, int]]:
    if link.standard is None:
        return
    for rule, text in link.standard.rules.items():
        checks: list[Check] = [check for check in link.checks if check.name.split(" ", 1)[0] == rule]
        if checks:
            yield rule, text, worst(check.verdict for check in checks), len(checks)


def _inline(words: Mapping[str, str]) -> Markup:
    """Chinese, then English on the same line."""
    if words["zh"] == words["en"]:
        return Markup("<span>{}</span>").format(words["en"])
    return Markup('<span lang="zh-CN">{}</span> <span class="en" lang="en">{}</span>').format(words["zh"], words["en"])
