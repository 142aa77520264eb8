"""What stands under the checks of a sheet: findings and the excerpt of a failure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.case.documents import CheckDoc, FindingDoc, RecordDoc
from harness.report.pages.sheets.words import seconds
from harness.report.strings import text
from harness.report.units import readable
from harness.report.view import FailureView, FindingView

__all__ = ["failure_view", "finding_views"]

_FINDINGS_SHOWN = 12


def finding_views(findings: Sequence[FindingDoc], checks: Sequence[CheckDoc]) -> list[FindingView]:
    """The findings, equal ones once, the first dozen of them; the last line says how many more there are."""
    views: dict[tuple[str, str], FindingView] = {}
    for finding in findings:
        where = [f"t = {seconds(finding['t_s'])}"] if finding["t_s"] is not None else []
        where += [f"{text('sheet.frame')['en']} {finding['frame']}"] if finding["frame"] is not None else []
        place = ", ".join(where)
        views.setdefault((finding["text"], place), FindingView(finding["severity"], readable(finding["text"]), place))
    shown = list(views.values())[:_FINDINGS_SHOWN]
    listed = sum(len(check["findings"]) for check in checks)
    hidden = len(views) - len(shown) + max(0, sum(check["occurrences"] for check in checks) - listed)
    if hidden > 0 and shown:
        words = text("sheet.more", count=hidden)
        shown.append(FindingView("info", f"{words['zh']} {words['en']}", ""))
    return shown


def failure_view(record: RecordDoc | None) -> FailureView | None:
    """The excerpt that shows a failure."""
    if record is None or (failure := record["failure"]) is None:
        return None
    step = "" if failure["step"] is None else str(failure["step"])
    return FailureView(step, readable(failure["expected"]), readable(failure["observed"]), failure["frames"])
