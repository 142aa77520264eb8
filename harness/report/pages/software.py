"""The selfcheck as the report prints it: what the software was compared with before it was used, and its versions."""

from __future__ import annotations

from harness.report.fonts import fonts_used
from harness.report.selfcheck import SelfcheckDoc
from harness.report.strings import text
from harness.report.view import Field, SoftwareView, Table

__all__ = ["software_view"]


def software_view(selfcheck: SelfcheckDoc | None) -> SoftwareView:
    """The section on the software; without a selfcheck it says that there was none."""
    if selfcheck is None:
        return SoftwareView(text("software.not_done"), None, [], [], _fonts(), holds=False)
    version = selfcheck["precert_version"]
    header = [text("software.group"), text("software.compared"), text("software.failed")]
    rows = [
        (f"{group['title']['zh']} {group['title']['en']}", str(group["compared"]), str(group["failed"])) for group in selfcheck["groups"]
    ]
    return SoftwareView(
        text("software.holds" if selfcheck["holds"] else "software.fails", version=version),
        Table(header, rows),
        [failure for group in selfcheck["groups"] for failure in group["failures"]],
        [Field({"zh": name, "en": ""}, number) for name, number in selfcheck["tools"].items()],
        _fonts(),
        holds=selfcheck["holds"],
    )


def _fonts() -> Table:
    """The files that the report is set with: the same inputs give the same bytes with the same files only."""
    header = [text("software.font"), text("software.font_version"), text("software.font_sha"), text("software.font_state")]
    rows = []
    for each in fonts_used():
        words = text("software.font_known" if each.known else "software.font_unknown")
        rows.append((each.name, each.version, each.sha256, f"{words['zh']} {words['en']}"))
    return Table(header, rows, text("software.fonts"))
