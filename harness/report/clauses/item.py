"""What was tested and what the report says of it in general: clauses 7.8.2.1 g, k, l, note, and 7.8.2.2."""

from __future__ import annotations

from collections.abc import Iterator

from harness.report.clauses.document import Finished
from harness.report.pdf_text import dense
from harness.report.strings import load_strings

__all__ = ["ITEM"]

_CLIENT_MARK = "◇"


def identity(report: Finished) -> Iterator[str]:
    item, part = report.results["item"], report.before_results
    yield from report.lacks("item", *(item.get(key) or "" for key in ("name", "condition")), within=part)
    yield from report.lacks("VIN or serial number", item.get("vin") or item.get("serial") or "", within=part)
    for key, columns in (("batteries", ("serial",)), ("ecus", ("part_number", "software"))):
        for each in item.get(key) or []:  # type: ignore[union-attr]
            yield from report.lacks(f"{key} of the item", *(each.get(column) or "—" for column in columns), within=part)  # type: ignore[union-attr]
    for inlet in item.get("inlets") or []:  # type: ignore[union-attr]
        yield from report.lacks("inlet", inlet, within=part)
    yield from photos(report)
    yield from readings(report)


def readings(report: Finished) -> Iterator[str]:
    """What cases read of the item to identify it, as printed; a value that two paths told differently is said to be."""
    told: dict[tuple[str, str], set[str]] = {}
    strings = load_strings()
    for row in report.results["results"]:
        for each in row.get("identified", []):
            words = (each["path"], each["value"] if each["value"] is not None else strings["identification.not_read"]["en"])
            yield from report.lacks(f"{each['item']} read by {row['id']}", *words, within=report.before_results)
            if each["value"] is not None:
                told.setdefault((each["item"], "" if each["item"] == "vin" else each["unit"]), set()).add(each["value"])
    if any(len(values) > 1 for values in told.values()):
        yield from report.lacks_texts("identification.disagree", within=report.before_results)


def photos(report: Finished) -> Iterator[str]:
    """The photos of the item as printed: caption and hash of each, under their heading."""
    named = report.results.get("photos", [])
    if named:
        yield from report.lacks_texts("item.photos", within=report.before_results)
    for number, each in enumerate(named, 1):
        words = (each["caption"]["zh"], each["caption"]["en"], f"SHA-256 {each['sha256']}")
        yield from report.lacks(f"photo {number}", *words, within=report.before_results)


def sampling(report: Finished) -> Iterator[str]:
    if plan := report.results["item"].get("sampling"):
        yield from report.lacks("sampling plan", plan, within=report.before_results)
    else:
        yield from report.lacks_texts("statement.as_received", within=report.before_results)


def only_item(report: Finished) -> Iterator[str]:
    yield from report.lacks_texts("statement.only_item", within=report.before_results)


def no_extract(report: Finished) -> Iterator[str]:
    yield from report.lacks_texts("statement.no_extract", within=report.before_results)


def client_data(report: Finished) -> Iterator[str]:
    disclaimer = load_strings()["statement.client_data"]
    for language in ("zh", "en"):
        count = report.whole.count(dense(disclaimer[language]))
        if count != 1:
            yield f"the disclaimer ({language}) stands {count} times"
    item = report.results["item"]
    declared = item.get("client_declared")
    for key in declared if isinstance(declared, list) else []:
        value = item.get(str(key))
        if isinstance(value, str) and dense(value) + _CLIENT_MARK not in report.before_results:
            yield f"'{value}' without the mark {_CLIENT_MARK}"


def as_received(report: Finished) -> Iterator[str]:
    yield from report.lacks_texts("statement.as_received", within=report.before_results)


def conditions(report: Finished) -> Iterator[str]:
    for each in report.results.get("conditions", []):
        for key in ("temperature", "humidity", "pressure"):
            if (shown := each.get(key)) is not None:
                words = (shown["lower"], shown["upper"], f"({shown['equipment']})")  # type: ignore[index]
                yield from report.lacks(key, *words, within=report.before_results)
        yield from report.lacks("supply", each["supply"], within=report.before_results)
    for run in report.runs:
        for name, link in run["rig"]["links"].items():
            bitrate = link.get("bitrate_bps") if isinstance(link, dict) else None
            if bitrate is not None:
                yield from report.lacks(f"bit rate of link {name}", bitrate, within=report.before_results)


def opinions(report: Finished) -> Iterator[str]:
    heading = load_strings()["section.opinions"]
    part = report.whole.rpartition(dense(heading["zh"] + heading["en"]))[2]
    for each in report.results.get("opinions", []):
        yield from report.lacks("opinion", each["text"]["zh"], each["text"]["en"], within=part)
        yield from report.lacks("author of the opinion", each["author"], within=part)
        yield from report.lacks("basis of the opinion", each["basis"], *each["refs"], within=part)


ITEM = {
    "RPT-ITEM": identity,
    "RPT-SAMPLING": sampling,
    "RPT-ONLYITEM": only_item,
    "RPT-NOEXTRACT": no_extract,
    "RPT-CLIENTDATA": client_data,
    "RPT-ASRECEIVED": as_received,
    "RPT-COND": conditions,
    "RPT-OPINION": opinions,
}
