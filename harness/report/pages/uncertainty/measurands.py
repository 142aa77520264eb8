"""Which quantities were judged, how often, and with what uncertainty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from harness.case.documents import CheckDoc, ResultsDoc, RowDoc
from harness.core import is_time_unit, ns_from
from harness.report.pages.sheets.arithmetic import RATIO_WANTED, uncertainty_ratio
from harness.report.pages.sheets.checks import criterion_of
from harness.report.strings import text
from harness.report.units import shown_uncertainty, symbol
from harness.report.view import Table

__all__ = ["Kind", "Quantity", "measurand_table", "narrow_table", "quantities_of"]

Kind = Literal["interval", "period", "reading", "carried", "unclocked", "qualitative"]
KINDS: tuple[Kind, ...] = ("interval", "period", "reading", "carried", "unclocked", "qualitative")


@dataclass(frozen=True, slots=True)
class Quantity:
    """One judged quantity."""

    kind: Kind
    row: RowDoc
    check: CheckDoc

    @property
    def run(self) -> str:
        """Name of the run that the deciding attempt belongs to; empty in a report on a single run."""
        number = self.row["execution"]["attempt"]
        return next((each.get("run", "") for each in self.row["attempts"] if each["attempt"] == number), "")


def quantities_of(results: ResultsDoc) -> list[Quantity]:
    """Everything that was judged, in the order of the rows."""
    return [Quantity(_kind(check), row, check) for row in results["results"] for check in row["checks"]]


def measurand_table(quantities: Iterable[Quantity]) -> Table:
    """One line per kind: how many checks, in which units, smallest and largest U, how U was evaluated."""
    by_kind: dict[Kind, list[CheckDoc]] = {kind: [] for kind in KINDS}
    for each in quantities:
        by_kind[each.kind].append(each.check)
    rows = []
    for kind, checks in by_kind.items():
        if checks:
            name, how = text(f"measurand.{kind}"), text(f"measurand.{kind}_how")
            units = sorted({symbol(check["value"]["unit"]) or "1" for check in checks if check["value"] is not None})
            told = (f"{name['zh']} {name['en']}", str(len(checks)), ", ".join(units) or "—", _range(checks), f"{how['zh']} {how['en']}")
            rows.append(told)
    header = [text(f"uncertainty.{key}") for key in ("measurand", "checks", "unit", "range", "evaluation")]
    return Table(header, rows, text("uncertainty.measurands"))


def narrow_table(quantities: Iterable[Quantity]) -> Table:
    """Checks whose uncertainty takes more of the tolerance than it should."""
    rows: list[Sequence[str]] = []
    for each in quantities:
        ratio, value = uncertainty_ratio(each.check), each.check["value"]
        if ratio is not None and ratio < RATIO_WANTED and value is not None and value["U"] is not None:
            shown = shown_uncertainty(value["U"], value["unit"])
            rows.append((each.row["id"], each.check["name"], criterion_of(each.check), shown, f"{ratio:.2f}"))
    header = [text("results.id"), text("sheet.check"), text("sheet.criterion"), text("results.u"), text("uncertainty.tur")]
    return Table(header, rows, text("uncertainty.narrow"), note=None if rows else text("uncertainty.narrow_none"))


def _kind(check: CheckDoc) -> Kind:
    value = check["value"]
    if value is None:
        return "qualitative"
    if not is_time_unit(value["unit"]):
        return "carried" if value["U"] is None else "reading"
    if value["U"] is None:
        return "unclocked"
    return "interval" if value["n"] is None else "period"


def _range(checks: Sequence[CheckDoc]) -> str:
    found = [(Decimal(value["U"]), value["U"], value["unit"]) for check in checks if (value := check["value"]) is not None and value["U"]]
    if not found:
        return "—"
    # Times in several units are put into order by their nanoseconds.
    ordered = sorted(found, key=lambda each: each[0] * (ns_from(1, each[2]) if is_time_unit(each[2]) else 1))
    least, most = ordered[0], ordered[-1]
    shown = [shown_uncertainty(each[1], each[2]) for each in (least, most)]
    return shown[0] if shown[0] == shown[1] else " … ".join(shown)
