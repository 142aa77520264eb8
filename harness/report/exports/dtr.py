"""results.json as a digital test report: the schema of the digital calibration certificate, used for tests.

One result for each row. A number carries its unit and U in D-SI form, a row its conformity as far as the schema has
a word for it: what is inconclusive, not tested or not applicable has none, and its text says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast
from xml.etree import ElementTree as ET

from harness.case.documents import CheckDoc, ResultsDoc, RowDoc, Text
from harness.case.run.junit import sanitise
from harness.case.run.results import counted_as, deciding_check
from harness.report.strings import text
from harness.report.units import dsi

__all__ = ["CONFORMITY", "DCC", "SCHEMA_VERSION", "SI", "dtr_bytes"]

DCC = "https://ptb.de/dcc"
SI = "https://ptb.de/si"
SCHEMA_VERSION = "3.1.2"
CONFORMITY = {
    "pass": "pass",
    "fail": "fail",
    "conditional_pass": "conditionalPass",
    "conditional_fail": "conditionalFail",
}
"""Words of the schema by ours."""
_UNKNOWN_COUNTRY = "ZZ"


def dtr_bytes(results: ResultsDoc) -> bytes:
    """The document, the same bytes for the same results."""
    ET.register_namespace("dcc", DCC)
    ET.register_namespace("si", SI)
    root = ET.Element(f"{{{DCC}}}digitalCalibrationCertificate", {"schemaVersion": SCHEMA_VERSION})
    _administration(_add(root, "administrativeData"), results)
    measured = _add(_add(root, "measurementResults"), "measurementResult")
    _text(_add(measured, "name"), text("title.report"))
    _methods(measured, results)
    _equipment(measured, results)
    rows = _add(measured, "results")
    for row in results["results"]:
        _result(_add(rows, "result"), row)
    ET.indent(root, " ")
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _administration(parent: ET.Element, results: ResultsDoc) -> None:
    report, run = results["report"], results["run"]
    software = _add(_add(parent, "dccSoftware"), "software")
    _plain(_add(software, "name"), "precert")
    _add(software, "release", run["precert_version"])
    core = _add(parent, "coreData")
    _add(core, "countryCodeISO3166_1", _UNKNOWN_COUNTRY)
    for tag in ("usedLangCodeISO639_1", "mandatoryLangCodeISO639_1"):
        for language in report["languages"]:
            _add(core, tag, language[:2])
    _add(core, "uniqueIdentifier", report["number"])
    _add(core, "beginPerformanceDate", run["started_at"][:10])
    _add(core, "endPerformanceDate", run["ended_at"][:10])
    _add(core, "performanceLocation", "other")
    _add(core, "issueDate", report["issued_at"][:10])
    _previous(core, results)
    item = _add(_add(parent, "items"), "item")
    known = results["item"]
    _plain(_add(item, "name"), str(known.get("name") or known.get("model") or known.get("role") or "-"))
    _identification(item, str(known.get("vin") or known.get("serial") or known.get("role") or "-"))
    issuer = cast("Mapping[str, object]", results.get("issuer", {}))
    _contact(_add(_add(parent, "calibrationLaboratory"), "contact"), issuer)
    responsible = results["people"]["approved"]["name"] if "people" in results else run["operator"]
    persons = _add(_add(parent, "respPersons"), "respPerson")
    _plain(_add(_add(persons, "person"), "name"), responsible or text("cover.not_stated")["en"])
    _contact(_add(parent, "customer"), cast("Mapping[str, object]", results.get("client", {})))
    statements = _add(parent, "statements")
    for key in ("statement.not_accredited", "statement.only_item", f"mode.notice_{report['bench_mode']}"):
        if key != "mode.notice_vehicle":
            _text(_add(_add(statements, "statement"), "declaration"), text(key))


def _previous(core: ET.Element, results: ResultsDoc) -> None:
    """The report that this one replaces."""
    earlier = cast("Mapping[str, object]", results["report"]).get("supersedes")
    if not isinstance(earlier, Mapping):
        return
    reason = str(earlier.get("reason") or earlier["number"])
    _hash(_add(core, "previousReport"), reason, str(earlier["number"]), str(earlier["sha256"]))


def _methods(parent: ET.Element, results: ResultsDoc) -> None:
    methods = _add(parent, "usedMethods")
    for method, suite in dict.fromkeys((row["method"]["id"], row["method"]["suite"]) for row in results["results"]):
        used = _add(methods, "usedMethod")
        _plain(_add(used, "name"), method)
        _add(used, "reference", suite)
    rule = _add(methods, "usedMethod")
    _text(_add(rule, "name"), text("uncertainty.rule"))
    _add(rule, "reference", results["plan"]["decision_rule"])


def _equipment(parent: ET.Element, results: ResultsDoc) -> None:
    if not results["equipment"]:
        return
    listed = _add(parent, "measuringEquipments")
    for each in results["equipment"]:
        instrument = _add(listed, "measuringEquipment")
        _plain(_add(instrument, "name"), str(each.get("name") or each.get("id") or "-"))
        if digest := each.get("cal", {}).get("sha256"):
            _hash(_add(instrument, "certificate"), each["cal"].get("lab", ""), each["cal"].get("cert", ""), digest)
        if model := each.get("type"):
            _add(instrument, "model", model)
        _identification(instrument, str(each.get("id") or "-"))


def _result(parent: ET.Element, row: RowDoc) -> None:
    _text(_add(parent, "name"), {"zh": f"{row['id']} {row['title']['zh']}", "en": f"{row['id']} {row['title']['en']}"})
    word = counted_as(row)
    verdict = text(f"verdict.{word}")
    reason = f": {row['reason']}" if row["reason"] else ""
    _text(_add(parent, "description"), {"zh": verdict["zh"] + reason, "en": verdict["en"] + reason})
    check = deciding_check(row)
    quantity = _add(_add(parent, "data"), "quantity")
    if check is not None:
        _plain(_add(quantity, "name"), check["name"])
    _value(quantity, check, verdict)
    meta = _add(_add(quantity, "measurementMetaData"), "metaData")
    for ref in row["refs"]:
        # A case of our own is no statement about a standard.
        _add(meta, "reference" if row["basis"] == "project" else "norm", ref)
    if check is not None:
        _plain(_add(meta, "declaration"), check["expected"])
    if (conformity := _conformity(word, check)) is not None:
        _add(meta, "conformity", conformity)


def _value(parent: ET.Element, check: CheckDoc | None, verdict: Text) -> None:
    value = None if check is None else check["value"]
    unit = None if value is None else dsi(value["unit"])
    if check is None or value is None or unit is None:
        _text(_add(parent, "noQuantity"), verdict if check is None else {"zh": check["observed"], "en": check["observed"]})
        return
    real = ET.SubElement(parent, f"{{{SI}}}real")
    _si(real, "value", value["v"])
    _si(real, "unit", unit)
    if value["U"] is not None:
        expanded = ET.SubElement(real, f"{{{SI}}}expandedUnc")
        _si(expanded, "uncertainty", value["U"])
        _si(expanded, "coverageFactor", value["k"] or "2")
        _si(expanded, "coverageProbability", value["p"] or "0.95")


def _conformity(word: str, check: CheckDoc | None) -> str | None:
    if word in ("pass", "fail"):
        return CONFORMITY[word]
    decision = None if check is None else check["decision"]
    if word == "inconc" and decision is not None and (stated := decision["conformity"]) in ("conditional_pass", "conditional_fail"):
        return CONFORMITY[stated]
    return None


def _contact(parent: ET.Element, body: Mapping[str, object]) -> None:
    missing = text("cover.not_stated")
    name, address = (str(body.get(key) or "") for key in ("name", "address"))
    _text(_add(parent, "name"), {"zh": name or missing["zh"], "en": name or missing["en"]})
    _text(_add(_add(parent, "location"), "further"), {"zh": address or missing["zh"], "en": address or missing["en"]})


def _hash(parent: ET.Element, referral: str, number: str, sha256: str) -> None:
    """Another document, by its number and hash."""
    _plain(_add(parent, "referral"), referral)
    _add(parent, "referralID", number)
    _add(parent, "procedure", "SHA-256")
    _add(parent, "value", sha256)


def _identification(parent: ET.Element, value: str) -> None:
    identification = _add(_add(parent, "identifications"), "identification")
    _add(identification, "issuer", "other")
    _add(identification, "value", value)


def _text(parent: ET.Element, words: Text) -> None:
    for language, content in (("zh", words["zh"]), ("en", words["en"])):
        _add(parent, "content", content).set("lang", language)


def _plain(parent: ET.Element, content: str) -> None:
    _add(parent, "content", content)


def _add(parent: ET.Element, tag: str, content: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, f"{{{DCC}}}{tag}")
    if content is not None:
        element.text = " ".join(sanitise(content).split()) or "-"
    return element


def _si(parent: ET.Element, tag: str, content: str) -> None:
    ET.SubElement(parent, f"{{{SI}}}{tag}").text = content
