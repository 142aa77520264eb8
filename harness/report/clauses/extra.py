"""What method, authority or client want in a report besides: clause 7.8.3.1 e. Each block that was asked for is looked for in print."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from harness.case.documents import MarketDoc, NeedDoc
from harness.report.clauses.document import Finished
from harness.report.pdf_text import dense
from harness.report.strings import load_strings, text

__all__ = ["EXTRA"]


def extra(report: Finished) -> Iterator[str]:
    if (stated := report.results.get("complaints")) is not None:
        sentence = text("statement.complaints", contact=stated["contact"], days=stated["days"])
        yield from report.lacks("complaints", sentence["zh"], sentence["en"], within=report.before_results)
    for market in report.results.get("markets", []):
        yield from _market(report, market)
    for each in report.results.get("required_content", []):
        missing = _BLOCKS[each["block"]](report)
        yield from (f"{each['block']}, asked for in '{each['ref']}': {miss}" for miss in missing)
        yield from report.lacks("where it is asked for", each["ref"], within=report.before_results)


def _market(report: Finished, market: MarketDoc) -> Iterator[str]:
    """The pages of a market: every need with its status, its counts, and what is to be done where it is not covered."""
    yield from report.lacks("market", market["title"]["zh"], market["title"]["en"])
    begin = report.whole.find(dense(market["needs"][0]["title"]["zh"])) if market["needs"] else -1
    part = report.before_results[begin:] if begin >= 0 else report.before_results
    for need in market["needs"]:
        yield from (f"market {market['id']}: {miss}" for miss in _need(report, need, part))


def _need(report: Finished, need: NeedDoc, part: str) -> Iterator[str]:
    status = load_strings()[f"market.status_{need['status']}"]
    catalogue = "—" if need["catalogue"] is None else need["catalogue"]
    yield from report.lacks(need["id"], need["title"]["zh"], need["title"]["en"], within=part)
    yield from report.lacks(f"{need['id']}: status", f"{status['zh']} {status['en']}", within=part)
    yield from report.lacks(f"{need['id']}: counts", f"{need['passed']} / {need['planned']} / {catalogue}", within=part)
    for each in (*need["reasons"], *need["next"]):
        yield from report.lacks(need["id"], each["zh"], each["en"], within=part)


def _photos(report: Finished) -> Iterator[str]:
    if not report.results.get("photos"):
        yield "the laboratory file names no photos of the item"
    yield from report.lacks_texts("item.photos", within=report.before_results)


def _identity(report: Finished) -> Iterator[str]:
    item = report.results["item"]
    if not item.get("identity_start") or not item.get("identity_end"):
        yield "the item was not read before and after the tests"
    yield from report.lacks_texts("item.identity", within=report.before_results)


def _opinions(report: Finished) -> Iterator[str]:
    if not report.results.get("opinions"):
        yield "the laboratory file holds no opinion"
    yield from report.lacks_texts("section.opinions")


def _markets(report: Finished) -> Iterator[str]:
    if not report.results.get("markets"):
        yield "no market was named with --market"
    yield from report.lacks_texts("section.markets", within=report.before_results)


def _conditions(report: Finished) -> Iterator[str]:
    if not report.results.get("conditions"):
        yield "the laboratory file states no conditions"
    yield from report.lacks_texts("condition.temperature", "condition.humidity", "condition.supply", within=report.before_results)


def _calibration(report: Finished) -> Iterator[str]:
    measuring = [each for each in report.results["equipment"] if each.get("kind") in ("instrument", "logger")]
    if not measuring:
        yield "the laboratory file lists no instrument"
    for each in measuring:
        if not each.get("cal", {}).get("sha256"):
            yield f"the calibration document of {each['id']} is not enclosed"


def _selfcheck(report: Finished) -> Iterator[str]:
    if report.selfcheck_version is None:
        yield "the software was not checked against known results"
    else:
        sentence = text("software.holds", version=report.selfcheck_version)
        yield from report.lacks("the statement", sentence["zh"], sentence["en"])


_BLOCKS: Mapping[str, Callable[[Finished], Iterator[str]]] = {
    "photos": _photos,
    "identity": _identity,
    "opinions": _opinions,
    "markets": _markets,
    "conditions": _conditions,
    "calibration": _calibration,
    "selfcheck": _selfcheck,
}
"""What finds the misses of a block that was asked for, by its name in the laboratory file."""

EXTRA = {"RPT-EXTRA": extra}
