"""The view as PDF, set by typst: tagged, archival, the same bytes for the same view."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from harness.core import HarnessError, resource
from harness.report.fonts import only_fonts, printable_json
from harness.report.strings import load_strings
from harness.report.view import ReportView
from harness.report.watermark import draw_watermark

__all__ = ["render_pdf"]

_TEMPLATES = ("report.typ", "sheet.typ", "annex.typ", "markets.typ", "amendment.typ", "style.typ")


def render_pdf(view: ReportView, pictures: Mapping[str, bytes], author: str, results: bytes) -> bytes:
    """Typeset *view*; *pictures* are the files that its figures and photos name, *results* the results.json that goes into the PDF.

    Raises:
        ConfigError: the font is missing.
        HarnessError: the templates do not compile, which is a defect of the installation.
    """
    with TemporaryDirectory(prefix="precert-report-") as name:
        root = Path(name)
        for template in _TEMPLATES:
            shutil.copyfile(resource("reports", "templates", template), root / template)
        if view.simulated:
            words = f"{view.mode_label['zh']} {view.mode_label['en'].upper()}"
            (root / "watermark.svg").write_bytes(draw_watermark(words))
        for file, content in pictures.items():
            (root / file).parent.mkdir(exist_ok=True)
            (root / file).write_bytes(content)
        (root / "results.json").write_bytes(results)
        printed = replace(view, sheets=[sheet for sheet in view.sheets if sheet.row.has_sheet])
        data = {"report": printed, "strings": dict(load_strings()), "author": author}
        (root / "data.json").write_text(printable_json(json.dumps(data, ensure_ascii=False, default=_members)), encoding="utf-8")
        try:
            document = typst.compile(
                root / "report.typ",
                root=root,
                font_paths=only_fonts(root),
                format="pdf",
                pdf_standards=["a-3a", "ua-1"],
                timestamp=datetime.fromisoformat(view.issued).replace(microsecond=0),
            )
        except typst.TypstError as error:
            raise HarnessError(f"the report templates do not compile: {error.message}\n{error.diagnostic}") from error
    return bytes(document)


def _members(part: Any) -> dict[str, Any]:
    """A part of the view as JSON writes it; ``asdict`` would copy all that lies below it first."""
    return {each.name: getattr(part, each.name) for each in fields(part)}
