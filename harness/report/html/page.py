"""From the view to the page: templates, style sheet and script, under a policy that permits nothing else."""

from __future__ import annotations

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.core import resource
from harness.core.selfcontained import page_policy
from harness.report.figures import Artwork
from harness.report.html.embedding import Embedding, evidence_href
from harness.report.html.facets import facets_of
from harness.report.html.words import css_text, inline, stacked, within_chinese, within_english
from harness.report.pages.sheets import anchor_of
from harness.report.strings import load_strings
from harness.report.view import ReportView

__all__ = ["render_html"]

_SCRIPTS = ("axis.js", "plot.js", "finder.js")


def render_html(view: ReportView, artwork: Artwork) -> bytes:
    """One self-contained page; *artwork* is what its figures show."""
    environment = _environment()
    embedding = Embedding(artwork)
    environment.filters["drawing"], environment.filters["photograph"] = embedding.drawing, embedding.photograph
    style = _file("report.css") + environment.from_string(_file("report-print.css")).render(r=view)
    script = "\n".join(_file(name) for name in _SCRIPTS)
    page = environment.get_template("report.html.j2").render(
        r=view,
        facets=facets_of(view),
        style=Markup(style),
        script=Markup(script),
        policy=page_policy([style], [script], pictures=True),
    )
    return page.encode("utf-8")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(resource("reports", "templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["s"] = load_strings()
    environment.filters.update(
        {
            "anchor": anchor_of,
            "bi": inline,
            "css_text": css_text,
            "en": within_english,
            "evidence_href": evidence_href,
            "stacked": stacked,
            "zh": within_chinese,
        }
    )
    return environment


def _file(name: str) -> str:
    return resource("reports", "templates", name).read_text(encoding="utf-8")
