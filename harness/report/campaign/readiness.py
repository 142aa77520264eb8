"""Readiness for a market: what its profile needs against what the report shows.

Nothing is covered but by cases that passed on the vehicle, all of them. Everything else is failed or open, with the
reasons, what to do next, and the risk of its lead time. That is no statement about the law of a market.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from harness.case.documents import MarketDoc, NeedDoc, PlanDoc, ResultsDoc, RowDoc, Text
from harness.case.run.results import counted_as
from harness.case.suites.catalogue import load_catalogue
from harness.case.suites.pics import parse_condition
from harness.report.campaign.market_file import Market
from harness.report.campaign.market_shape import NeedShape, RiskShape
from harness.report.strings import text

__all__ = ["Finding", "find_status", "readiness", "readiness_faults", "with_markets"]

Status = Literal["covered", "failed", "open", "not_needed"]
Risk = Literal["high", "medium", "low", "unknown"]

_SHOWN_IDS = 8
_ON_THE_ITEM = "vehicle"


class Finding(NamedTuple):
    """One reason why a need has its status."""

    code: str
    values: Mapping[str, object]

    def reason(self) -> Text:
        """In words."""
        return text(f"market.reason_{self.code}", **self.values)

    def next(self) -> Text:
        """What to do about it."""
        return text(f"market.next_{self.code}")


def with_markets(results: ResultsDoc, plan: PlanDoc, markets: Sequence[Market]) -> ResultsDoc:
    """*results* with the readiness for *markets*, measured against those cases of this installation that test what the item is.

    Raises:
        ConfigError: a suite of this installation is broken.
    """
    catalogue = load_catalogue()
    role = results["item"].get("role")
    tests_it = [source for source in catalogue.cases if role is None or source.sut == role]
    suites = {suite.name: [source.meta.id for source in tests_it if source.suite == suite.name] for suite in catalogue.suites}
    return {**results, "markets": [readiness(market, results, plan, suites) for market in markets]}


def readiness(market: Market, results: ResultsDoc, plan: PlanDoc, suites: Mapping[str, Sequence[str]]) -> MarketDoc:
    """How far *results* cover what *market* asks for; *suites* are the ids of all cases of the installed suites that test it, by suite."""
    shape = market.shape
    needs = [_need(need, shape.risk, results, plan, suites) for need in shape.needs]
    counts: dict[Status, int] = {
        status: sum(need["status"] == status for need in needs) for status in ("covered", "failed", "open", "not_needed")
    }
    return {
        "id": shape.id,
        "version": shape.version,
        "title": shape.title.text(),
        "file": market.file.name,
        "sha256": market.sha256,
        "official_text": shape.official_text,
        "note": shape.note.text(),
        "risk_rule": {
            "high_from_weeks": shape.risk.high_from_weeks,
            "medium_from_weeks": shape.risk.medium_from_weeks,
            "source": shape.risk.source,
            "confidence": shape.risk.confidence,
        },
        "counts": {
            "needs": len(needs),
            "covered": counts["covered"],
            "failed": counts["failed"],
            "open": counts["open"],
            "not_needed": counts["not_needed"],
        },
        "needs": needs,
    }


def find_status(rows: Sequence[RowDoc], catalogue: int | None, fitted: bool | None, undeclared: str = "") -> tuple[Status, list[Finding]]:
    """Status of a need and why.

    *rows* are the planned cases that cover it, *catalogue* how many the suite has (``None``: there is no suite), *fitted*
    whether the item is declared to have it (``None``: not declared, the items that are missing are *undeclared*).
    """
    if fitted is False:
        return "not_needed", [Finding("NOT_FITTED", {})]
    found = list(_findings(rows, catalogue))
    if fitted is None:
        found.append(Finding("UNDECLARED", {"items": undeclared}))
    if any(finding.code == "FAILED" for finding in found):
        return "failed", found
    return ("open", found) if found else ("covered", [])


def readiness_faults(results: ResultsDoc, plan: PlanDoc) -> list[str]:
    """Where a market block in *results* does not follow from the rows beside it."""
    return [
        f"market '{market['id']}': {fault}"
        for market in results.get("markets", [])
        for fault in [*_count_faults(market), *(line for need in market["needs"] for line in _need_faults(need, results, plan))]
    ]


def _need(
    need: NeedShape,
    risk: RiskShape,
    results: ResultsDoc,
    plan: PlanDoc,
    suites: Mapping[str, Sequence[str]],
) -> NeedDoc:
    known = suites.get(need.interface)
    catalogue = None if known is None else sum(_named(case_id, need.cases) for case_id in known)
    rows = _rows(results, need.interface, need.cases)
    status, findings = find_status(rows, catalogue, *_fitted(need.applies_if, plan))
    document: NeedDoc = {
        "id": need.id,
        "kind": need.kind,
        "interface": need.interface,
        "title": need.title.text(),
        "why": need.why.text(),
        "necessity": need.necessity,
        "applies_if": need.applies_if,
        "basis": need.basis,
        "confidence": need.confidence,
        "source": need.source,
        "cases": list(need.cases),
        "catalogue": catalogue,
        "planned": len(rows),
        "passed": sum(counted_as(row) == "pass" for row in rows),
        "status": status,
        "codes": [finding.code for finding in findings],
        "reasons": [finding.reason() for finding in findings],
        "next": [],
    }
    if status in ("covered", "not_needed"):
        return document
    document["next"] = [*(finding.next() for finding in findings), *([need.next.text()] if need.next is not None else [])]
    document["risk"] = _risk(need, risk)
    if (lead := need.lead_time) is not None:
        document["lead_time"] = {
            "weeks_min": lead.weeks[0],
            "weeks_max": lead.weeks[1],
            "source": lead.source,
            "confidence": lead.confidence,
        }
    return document


def _findings(rows: Sequence[RowDoc], catalogue: int | None) -> Iterator[Finding]:
    by_word: dict[str, list[str]] = {}
    for row in rows:
        by_word.setdefault(counted_as(row), []).append(row["id"])
    if failed := by_word.get("fail"):
        yield Finding("FAILED", {"n": len(failed), "ids": _listed(failed)})
    if catalogue is None and not rows:
        yield Finding("NO_SUITE", {})
        return
    if catalogue == 0 and not rows:
        yield Finding("NO_CASE", {})
        return
    if not rows:
        yield Finding("NOT_RUN", {"total": catalogue})
        return
    if catalogue is None:
        yield Finding("UNKNOWN_SUITE", {"n": len(rows)})
    elif len(rows) < catalogue:
        yield Finding("PARTIAL", {"n": len(rows), "total": catalogue})
    if len(by_word.get("na", [])) == len(rows):
        yield Finding("NOT_DECLARED", {"n": len(rows)})
    for word in ("inconc", "error", "none"):
        if ids := by_word.get(word):
            yield Finding(word.upper(), {"n": len(ids), "ids": _listed(ids)})
    if away := sorted({row["bench_mode"] for row in rows if counted_as(row) != "na" and row["bench_mode"] != _ON_THE_ITEM}):
        modes = [text(f"mode.{mode}") for mode in away]
        yield Finding(
            "NOT_ON_VEHICLE", {"mode_zh": "、".join(mode["zh"] for mode in modes), "mode_en": ", ".join(mode["en"] for mode in modes)}
        )


def _fitted(condition: str, plan: PlanDoc) -> tuple[bool | None, str]:
    if not condition:
        return True, ""
    parsed = parse_condition(condition)
    declared = {key: row["value"] for key, row in plan["pics"].items()}
    return parsed.value(declared), ", ".join(sorted(parsed.items() - declared.keys()))


def _rows(results: ResultsDoc, interface: str, patterns: Sequence[str]) -> list[RowDoc]:
    return [row for row in results["results"] if row["suite"] == interface and _named(row["id"], patterns)]


def _named(case_id: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(case_id, pattern) for pattern in patterns)


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_SHOWN_IDS]) + (f", +{len(ids) - _SHOWN_IDS}" if len(ids) > _SHOWN_IDS else "")


def _risk(need: NeedShape, rule: RiskShape) -> Risk:
    """The longer end of the lead time decides."""
    if need.lead_time is None:
        return "unknown"
    weeks = need.lead_time.weeks[1]
    if weeks >= rule.high_from_weeks:
        return "high"
    return "medium" if weeks >= rule.medium_from_weeks else "low"


def _count_faults(market: MarketDoc) -> Iterator[str]:
    counts = market["counts"]
    if counts["needs"] != len(market["needs"]):
        yield f"counts {counts['needs']} needs, lists {len(market['needs'])}"
    for status in ("covered", "failed", "open", "not_needed"):
        if counts[status] != (found := sum(need["status"] == status for need in market["needs"])):
            yield f"counts {counts[status]} {status}, lists {found}"


def _need_faults(need: NeedDoc, results: ResultsDoc, plan: PlanDoc) -> Iterator[str]:
    rows = _rows(results, need["interface"], need["cases"])
    status, findings = find_status(rows, need["catalogue"], *_fitted(need["applies_if"], plan))
    if need["status"] != status:
        yield f"need '{need['id']}' states {need['status']}, the rows give {status}"
    if need["codes"] != [finding.code for finding in findings]:
        yield f"need '{need['id']}' states {', '.join(need['codes']) or 'no reason'}, the rows give other reasons"
    if need["planned"] != len(rows) or need["passed"] != sum(counted_as(row) == "pass" for row in rows):
        yield f"need '{need['id']}' counts other rows than there are"
