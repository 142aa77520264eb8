"""The market pages: what a destination needs, and how far this report covers it."""

from __future__ import annotations

from harness.case.documents import MarketDoc, NeedDoc, ResultsDoc, Text
from harness.report.strings import text
from harness.report.view import Field, MarketView, NeedView, Table, VerdictView

__all__ = ["market_overview", "market_views"]

_COLOURS = {"covered": "pass", "failed": "fail", "open": "inconc", "not_needed": "na"}
"""Verdict whose colour a status has; the word is always printed."""
_RISKS = ("unknown", "high", "medium", "low")


def market_views(results: ResultsDoc) -> list[MarketView]:
    """One view for each market that was asked for."""
    return [
        MarketView(market["id"], market["title"], _facts(market), [_need(need) for need in market["needs"]]) for market in _markets(results)
    ]


def market_overview(results: ResultsDoc) -> Table | None:
    """One line for each market, ``None`` for fewer than two."""
    if len(_markets(results)) < 2:
        return None
    states = ("covered", "failed", "open", "not_needed")
    header = [text("market.market"), text("market.needs"), *(text(f"market.status_{state}") for state in states), text("market.longest")]
    rows = []
    for market in _markets(results):
        counts = market["counts"]
        numbers = (counts["needs"], counts["covered"], counts["failed"], counts["open"], counts["not_needed"])
        rows.append((f"{market['title']['zh']} {market['title']['en']}", *(str(number) for number in numbers), _longest(market)))
    return Table(header, rows)


def _longest(market: MarketDoc) -> str:
    """The longest lead time of what is not covered, and the highest risk, an unknown one being higher than any."""
    left = [need for need in market["needs"] if "risk" in need]
    if not left:
        return "—"
    risk = text(f"market.risk_{next(each for each in _RISKS if any(need.get('risk') == each for need in left))}")
    lead = max((need["lead_time"] for need in left if "lead_time" in need), key=lambda each: each["weeks_max"], default=None)
    weeks = text("market.weeks", lower=lead["weeks_min"], upper=lead["weeks_max"]) if lead else text("market.lead_unknown")
    return f"{weeks['zh']} {weeks['en']} · {risk['zh']} {risk['en']}"


def _markets(results: ResultsDoc) -> list[MarketDoc]:
    return results.get("markets", [])


def _facts(market: MarketDoc) -> list[Field]:
    rule, none = market["risk_rule"], text("market.official_none")
    confidence = text(f"confidence.{rule['confidence']}")
    risk = text(
        "market.risk_rule_value",
        high=rule["high_from_weeks"], medium=rule["medium_from_weeks"], source=rule["source"],
        confidence_zh=confidence["zh"], confidence_en=confidence["en"],
    )  # fmt: skip
    official = none if market["official_text"] == "none" else Text(zh=market["official_text"], en="")
    return [
        Field(text("market.profile"), f"{market['id']}@{market['version']} · {market['file']} · SHA-256 {market['sha256'][:16]}"),
        _words(text("market.official"), official),
        _words(text("market.note"), market["note"]),
        _words(text("market.risk_rule"), risk),
        _words(text("market.overview"), text("market.counts", **market["counts"])),
    ]


def _words(label: Text, value: Text) -> Field:
    return Field(label, value["zh"], value_en=value["en"])


def _need(need: NeedDoc) -> NeedView:
    status = text(f"market.status_{need['status']}")
    catalogue = "—" if need["catalogue"] is None else str(need["catalogue"])
    return NeedView(
        id=need["id"],
        title=need["title"],
        why=need["why"],
        kind=text(f"market.kind_{need['kind']}"),
        interface=f"{need['interface']}: {' '.join(need['cases'])}",
        necessity=_necessity(need),
        source=[text(f"basis.{need['basis']}"), text(f"confidence.{need['confidence']}"), Text(zh=need["source"], en="")],
        status=VerdictView(_COLOURS[need["status"]], status["zh"], status["en"]),
        coverage=f"{need['passed']} / {need['planned']} / {catalogue}",
        reasons=need["reasons"],
        next=need["next"],
        lead=_lead(need),
        risk=need.get("risk", ""),
    )


def _necessity(need: NeedDoc) -> Text:
    words = text(f"market.necessity_{need['necessity']}")
    if not need["applies_if"]:
        return words
    return {"zh": f"{words['zh']}（{need['applies_if']}）", "en": f"{words['en']} ({need['applies_if']})"}


def _lead(need: NeedDoc) -> list[Text]:
    if "risk" not in need:
        return []
    risk = text(f"market.risk_{need['risk']}")
    if (lead := need.get("lead_time")) is None:
        return [risk, text("market.lead_unknown")]
    confidence = text(f"confidence.{lead['confidence']}")
    origin = text("market.lead_source", source=lead["source"], confidence_zh=confidence["zh"], confidence_en=confidence["en"])
    return [risk, text("market.weeks", lower=lead["weeks_min"], upper=lead["weeks_max"]), origin]
