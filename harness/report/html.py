"""The view as one HTML file: no network, no scripts, readable on screen and on paper."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.case.documents import Text
from harness.core import resource
from harness.report.strings import load_strings
from harness.report.view import ReportView

__all__ = ["render_html"]


def render_html(view: ReportView, pictures: Mapping[str, bytes]) -> bytes:
    """One self-contained page; *pictures* are the SVG files that its figures name."""
    folder = resource("reports", "templates")
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["bi"] = _inline
    environment.filters["stacked"] = _stacked
    environment.filters["css_text"] = _css_text
    environment.filters["data_uri"] = lambda file: Markup("data:image/svg+xml;base64,") + base64.b64encode(pictures[file]).decode("ascii")
    css = Markup((folder / "report.css").read_text(encoding="utf-8"))
    page = environment.get_template("report.html.j2").render(r=view, s=load_strings(), css=css)
    return page.encode("utf-8")


def _inline(words: Text) -> Markup:
    """Chinese, then English on the same line."""
    english = Markup(' <span class="en" lang="en">{}</span>').format(words["en"]) if words["en"] else Markup("")
    return Markup('<span lang="zh-CN">{}</span>').format(words["zh"]) + english


def _stacked(words: Text) -> Markup:
    """Chinese above English."""
    english = Markup('<br><span class="en" lang="en">{}</span>').format(words["en"]) if words["en"] else escape("")
    return Markup('<span lang="zh-CN">{}</span>').format(words["zh"]) + english


def _css_text(value: str) -> Markup:
    """*value* as it may stand between the quotes of a style sheet's string."""
    return Markup("".join(char if char.isalnum() or char in " -._" else f"\\{ord(char):06x}" for char in value))
