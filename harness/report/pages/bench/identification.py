"""What the item told of itself, over every path that a case read, and whether the paths agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.case.documents import IdentifiedDoc, ResultsDoc
from harness.case.identification import ITEMS
from harness.report.pages.sheets.words import verdict_view
from harness.report.strings import text
from harness.report.view import IdentityView, VerdictView

__all__ = ["disagreements", "identification_views"]

_VIN = "vin"
_PATHS = ("J1939", "UDS", "DoIP", "GB/T 27930")
"""Ways to the VIN of a vehicle; one that no case took is printed as not read."""
_DIGITS = 8


@dataclass(slots=True)
class _Reading:
    """One value as told over one path by one unit, in whichever cases."""

    path: str
    unit: str
    value: str | None
    note: str
    sha256: str | None
    cases: list[str] = field(default_factory=list)


def identification_views(results: ResultsDoc) -> list[IdentityView]:
    """One for each item that was read; none if no case read any."""
    views = []
    for (item, _), readings in _grouped(results).items():
        title = ITEMS.get(item, {"zh": item, "en": item})
        views.append(IdentityView(title, _agreement(readings), [_cells(each) for each in readings]))
    return views


def disagreements(results: ResultsDoc) -> list[tuple[str, list[str]]]:
    """Items of which two paths, or a path and the declaration, told different values, with these."""
    found = []
    for (item, _), readings in _grouped(results).items():
        told = [each for each in readings if each.value is not None]
        if len({each.value for each in told}) > 1:
            found.append((item, [f"{' '.join(filter(None, (each.path, each.unit)))}: {each.value}" for each in told]))
    return found


def _grouped(results: ResultsDoc) -> Mapping[tuple[str, str], list[_Reading]]:
    """Readings that should be the same: of the VIN all, of other items those of one unit."""
    groups: dict[tuple[str, str], list[_Reading]] = {}
    for row in results["results"]:
        for each in row.get("identified", []):
            key = each["item"], "" if each["item"] == _VIN else each["unit"]
            _add(groups.setdefault(key, []), row["id"], each)
    if not groups:
        return {}
    vins = groups.setdefault((_VIN, ""), [])
    if declared := results["item"].get("vin"):
        told = text("identification.declared")
        vins.insert(0, _Reading(f"{told['zh']} {told['en']}", "", str(declared), "", None))
    absent = text("identification.no_case")
    vins += [
        _Reading(path, "", None, f"{absent['zh']} {absent['en']}", None) for path in _PATHS if path not in {each.path for each in vins}
    ]
    return dict(sorted(groups.items(), key=lambda group: (_order(group[0][0]), group[0][1])))


def _order(item: str) -> int:
    return list(ITEMS).index(item) if item in ITEMS else len(ITEMS)


def _add(readings: list[_Reading], case_id: str, told: IdentifiedDoc) -> None:
    """A reading that other cases made too is one."""
    for each in readings:
        if (each.path, each.unit, each.value, each.note) == (told["path"], told["unit"], told["value"], told["note"]):
            each.cases += [] if case_id in each.cases else [case_id]
            return
    readings.append(_Reading(told["path"], told["unit"], told["value"], told["note"], told["sha256"], [case_id]))


def _agreement(readings: Sequence[_Reading]) -> VerdictView:
    values = [each.value for each in readings if each.value is not None]
    if not values:
        return _words("not_read", "inconc")
    if len(set(values)) > 1:
        return _words("disagree", "fail")
    return _words("agree", "pass", n=len(values)) if len(values) > 1 else _words("alone", "na")


def _words(key: str, word: str, **values: object) -> VerdictView:
    told = text(f"identification.{key}", **values)
    return VerdictView(verdict_view(word).word, told["zh"], told["en"])


def _cells(each: _Reading) -> Sequence[str]:
    not_read = text("identification.not_read")
    value = f"{not_read['zh']} {not_read['en']}" if each.value is None else each.value
    shown = f"{value} ({each.note})" if each.note else value
    return each.path, each.unit or "—", shown, (each.sha256 or "—")[:_DIGITS], ", ".join(each.cases) or "—"
