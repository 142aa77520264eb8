"""The exports: made of the results of a demonstration run with every verdict, checked against the structure of each format."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from harness.case.run.results import counted_as
from harness.report.campaign import load_campaign
from harness.report.claims_files import claims_in_files
from harness.report.exports import CrateFile, crate_bytes, ctrf_bytes, dtr_bytes, traceability_bytes
from harness.report.exports.dtr import DCC, SI
from harness.report.exports.traceability import COLUMNS
from harness.report.lab import issue, load_lab
from harness.report.strings import text
from harness.report.units import DSI, SYMBOLS, dsi


@pytest.fixture(scope="module")
def results(demo_run: Path) -> Any:
    return load_campaign([demo_run]).results


STATUS = {"enum": ["passed", "failed", "skipped", "pending", "other"]}
CTRF_SCHEMA: Mapping[str, Any] = {
    # What the format asks for, as far as it is used here; unknown members are refused where the format refuses them.
    "type": "object",
    "required": ["results", "reportFormat", "specVersion"],
    "properties": {
        "reportFormat": {"const": "CTRF"},
        "specVersion": {"pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"},
        "reportId": {"format": "uuid"},
        "timestamp": {"format": "date-time"},
        "results": {
            "required": ["tool", "summary", "tests"],
            "properties": {
                "tool": {"required": ["name"], "properties": {"name": {}, "version": {"type": "string"}}, "additionalProperties": False},
                "summary": {
                    "required": ["tests", "passed", "failed", "skipped", "pending", "other", "start", "stop"],
                    "additionalProperties": {"type": "integer"},
                },
                "tests": {
                    "type": "array",
                    "items": {
                        "required": ["name", "status", "duration"],
                        "properties": {
                            "id": {"format": "uuid"},
                            "name": {"minLength": 1},
                            "status": STATUS,
                            "duration": {"type": "integer", "minimum": 0},
                            "start": {"type": "integer"},
                            "stop": {"type": "integer"},
                            "suite": {"type": "array", "minItems": 1},
                            "message": {"type": "string"},
                            "rawStatus": {"type": "string"},
                            "attachments": {
                                "items": {
                                    "required": ["name", "contentType", "path"],
                                    "properties": {key: {} for key in ("name", "contentType", "path", "extra")},
                                    "additionalProperties": False,
                                }
                            },
                            "extra": {"type": "object"},
                        },
                        "additionalProperties": False,
                    },
                },
            },
        },
    },
}

# Children of each element in the order in which the schema of the digital calibration certificate wants them.
ORDER = {
    "digitalCalibrationCertificate": ("administrativeData", "measurementResults"),
    "administrativeData": ("dccSoftware", "coreData", "items", "calibrationLaboratory", "respPersons", "customer", "statements"),
    "software": ("name", "release"),
    "coreData": (
        "countryCodeISO3166_1", "usedLangCodeISO639_1", "mandatoryLangCodeISO639_1", "uniqueIdentifier", "beginPerformanceDate",
        "endPerformanceDate", "performanceLocation", "issueDate", "previousReport",
    ),
    "previousReport": ("referral", "referralID", "procedure", "value"),
    "item": ("name", "identifications"),
    "identification": ("issuer", "value"),
    "contact": ("name", "location"),
    "customer": ("name", "location"),
    "measurementResult": ("name", "usedMethods", "measuringEquipments", "results"),
    "usedMethod": ("name", "reference"),
    "measuringEquipment": ("name", "certificate", "model", "identifications"),
    "certificate": ("referral", "referralID", "procedure", "value"),
    "result": ("name", "description", "data"),
    "quantity": ("name", "noQuantity", "real", "measurementMetaData"),
    "metaData": ("norm", "reference", "declaration", "conformity"),
    "real": ("value", "unit", "expandedUnc"),
    "expandedUnc": ("uncertainty", "coverageFactor", "coverageProbability"),
}  # fmt: skip
ONLY_CHILD = {
    "dccSoftware": "software", "items": "item", "calibrationLaboratory": "contact", "respPersons": "respPerson", "respPerson": "person",
    "person": "name", "statements": "statement", "statement": "declaration", "measurementResults": "measurementResult",
    "usedMethods": "usedMethod", "measuringEquipments": "measuringEquipment", "results": "result", "data": "quantity",
    "measurementMetaData": "metaData", "identifications": "identification", "location": "further",
}  # fmt: skip
WORDS = {"pass", "fail", "conditionalPass", "conditionalFail", "noPass", "noFail"}


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def found(root: ET.Element, tag: str) -> list[ET.Element]:
    return list(root.iter(f"{{{DCC}}}{tag}"))


def check_structure(root: ET.Element) -> None:
    for element in root.iter():
        name, children = local(element), [local(child) for child in element]
        if name in ONLY_CHILD:
            assert children, f"{name} is empty"
            assert set(children) == {ONLY_CHILD[name]}, name
        elif name in ORDER:
            order = ORDER[name]
            assert set(children) <= set(order), name
            assert [order.index(child) for child in children] == sorted(order.index(child) for child in children), name
        elif children:
            assert set(children) == {"content"}, name
        else:
            assert element.text, name
            assert element.text == " ".join(element.text.split()), f"{name}: the schema wants no blanks at the ends"


def test_ctrf_has_the_form_of_the_format_and_every_row(results: Any) -> None:
    document = json.loads(ctrf_bytes(results))
    jsonschema.Draft7Validator(CTRF_SCHEMA, format_checker=jsonschema.FormatChecker()).validate(document)
    assert [test["extra"]["case"] for test in document["results"]["tests"]] == [row["id"] for row in results["results"]]
    assert len({test["id"] for test in document["results"]["tests"]}) == len(results["results"])


def test_in_ctrf_only_a_pass_is_passed(results: Any) -> None:
    document = json.loads(ctrf_bytes(results))["results"]
    told = {test["extra"]["case"]: test["status"] for test in document["tests"]}
    known = {"pass": "passed", "fail": "failed", "inconc": "other", "error": "other", "na": "skipped", "none": "pending"}
    assert told == {row["id"]: known[counted_as(row)] for row in results["results"]}
    assert {counted_as(row) for row in results["results"]} == set(known)
    summary = document["summary"]
    assert Counter(told.values()) == Counter({status: summary[status] for status in STATUS["enum"]})
    assert summary["tests"] == len(told)


def test_dtr_has_the_structure_of_the_schema(results: Any) -> None:
    root = ET.fromstring(dtr_bytes(results))
    assert root.tag == f"{{{DCC}}}digitalCalibrationCertificate"
    assert root.get("schemaVersion") == "3.1.2"
    check_structure(root)
    assert len(found(root, "result")) == len(results["results"])
    assert {element.text for element in found(root, "conformity")} <= WORDS


def test_dtr_says_conformity_of_passes_and_fails_only(results: Any) -> None:
    root = ET.fromstring(dtr_bytes(results))
    for element, row in zip(found(root, "result"), results["results"], strict=True):
        told = [each.text for each in found(element, "conformity")]
        assert told == ([row["verdict"]] if row["verdict"] in ("pass", "fail") else [])
        verdict = text(f"verdict.{counted_as(row)}")
        description = [content.text for content in element.find(f"{{{DCC}}}description") or ()]
        assert description[0].startswith(verdict["zh"])
        assert description[1].startswith(verdict["en"])


def test_dtr_carries_numbers_with_unit_and_uncertainty(results: Any) -> None:
    root = ET.fromstring(dtr_bytes(results))
    numbers = list(root.iter(f"{{{SI}}}real"))
    assert numbers
    for real in numbers:
        assert real.findtext(f"{{{SI}}}unit") in DSI.values()
        assert float(real.findtext(f"{{{SI}}}expandedUnc/{{{SI}}}uncertainty") or 0) > 0
        assert real.findtext(f"{{{SI}}}expandedUnc/{{{SI}}}coverageFactor") == "2"


def test_a_project_case_is_no_statement_about_a_standard(results: Any) -> None:
    root = ET.fromstring(dtr_bytes(results))
    for element, row in zip(found(root, "result"), results["results"], strict=True):
        assert bool(found(element, "norm")) == (row["basis"] != "project")


def test_a_conditional_result_has_its_own_word(results: Any) -> None:
    changed = json.loads(json.dumps(results))
    row = next(row for row in changed["results"] if row["verdict"] == "pass")
    check = next(check for check in row["checks"] if check["value"])
    row.update(verdict="inconc", reason="inside of the guard band", reason_code="GUARD_BAND", checks=[check])
    check.update(verdict="inconc", reason="GUARD_BAND")
    check["decision"].update(rule="NONBINARY_U", conformity="conditional_pass")
    root = ET.fromstring(dtr_bytes(changed))
    assert "conditionalPass" in {element.text for element in found(root, "conformity")}


def test_an_amended_dtr_names_the_report_before(results: Any) -> None:
    earlier = {"number": "PC-1", "sha256": "ab" * 32, "reason": "VIN corrected"}
    root = ET.fromstring(dtr_bytes({**results, "report": {**results["report"], "supersedes": earlier}}))
    check_structure(root)
    (previous,) = found(root, "previousReport")
    assert [element.text for element in previous][1:] == ["PC-1", "SHA-256", "ab" * 32]


def test_dtr_links_each_instrument_to_the_document_of_its_calibration(tmp_path: Path, vehicle_run: Any, lab_file: Any) -> None:
    lab = load_lab(lab_file(tmp_path))
    root = ET.fromstring(dtr_bytes(issue(load_campaign([vehicle_run(tmp_path / "run")]).results, lab)))
    check_structure(root)
    (certificate,) = found(root, "certificate")
    digest = hashlib.sha256((tmp_path / "EQ-001.txt").read_bytes()).hexdigest()
    assert [element.text for element in certificate][1:] == ["J2026-0815", "SHA-256", digest]
    assert [element.text for element in found(root, "model")] == ["CI-2", "TH-1", "CE-9"]


def test_dtr_survives_control_characters(results: Any) -> None:
    changed = json.loads(json.dumps(results))
    changed["results"][0].update(reason="bad \x00 \x1b[31mred\x1b[0m <tag> & more")
    assert "bad \\x00 red <tag> & more" in (ET.tostring(ET.fromstring(dtr_bytes(changed)), encoding="unicode", method="text"))


def test_every_unit_has_a_d_si_form_and_back() -> None:
    assert DSI.keys() == SYMBOLS.keys()
    assert len(set(DSI.values())) == len(DSI)
    assert dsi("furlong") is None


def test_traceability_has_a_line_for_every_requirement_of_every_case(results: Any) -> None:
    content = traceability_bytes(results)
    assert content.startswith(b"\xef\xbb\xbf")
    header, *rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert tuple(header) == COLUMNS
    assert all(len(row) == len(COLUMNS) for row in rows)
    table = [dict(zip(header, row, strict=True)) for row in rows]
    assert [(row["requirement"], row["case"]) for row in table] == [(ref, row["id"]) for row in results["results"] for ref in row["refs"]]
    words = {row["id"]: "not_applicable" if counted_as(row) == "na" else row["verdict"] for row in results["results"]}
    assert {row["case"]: row["verdict"] for row in table} == words


def test_no_spreadsheet_takes_a_text_for_a_formula(results: Any) -> None:
    changed = json.loads(json.dumps(results))
    changed["results"][0]["title"]["en"] = "=cmd|' /C calc'!A0"
    check = next(check for check in changed["results"][0]["checks"] if check["value"])
    check["value"]["v"] = "-0.5"
    changed["results"][0]["checks"] = [check]
    rows = list(csv.DictReader(io.StringIO(traceability_bytes(changed).decode("utf-8-sig"), newline="")))
    assert rows[0]["title_en"] == "'=cmd|' /C calc'!A0"
    assert rows[0]["value"] == "-0.5"


def test_crate_describes_every_file_and_only_those(results: Any) -> None:
    files = [CrateFile(path, len(path), hashlib.sha256(path.encode()).hexdigest()) for path in ("report.pdf", "plots/图 1.svg", "a b.blf")]
    document = json.loads(crate_bytes(results, [*files, CrateFile("ro-crate-metadata.json", 1, "0")]))
    graph = {entity["@id"]: entity for entity in document["@graph"]}
    assert len(graph) == len(document["@graph"])
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert graph["ro-crate-metadata.json"]["conformsTo"]["@id"].startswith("https://w3id.org/ro/crate/1.")
    root = graph["./"]
    assert {"name", "description", "datePublished", "license"} <= root.keys()
    assert [part["@id"] for part in root["hasPart"]] == ["a%20b.blf", "plots/%E5%9B%BE%201.svg", "report.pdf"]
    assert all(graph[part["@id"]]["@type"] == "File" for part in root["hasPart"])
    references = [value["@id"] for entity in graph.values() for value in entity.values() if isinstance(value, dict)]
    assert all(reference in graph or reference.startswith("https://") for reference in references)


def test_exports_are_the_same_bytes_for_the_same_results(results: Any) -> None:
    for make in (ctrf_bytes, dtr_bytes, traceability_bytes, lambda each: crate_bytes(each, [])):
        assert make(results) == make(json.loads(json.dumps(results)))


def test_exports_claim_nothing(results: Any) -> None:
    files = {
        "ctrf.json": ctrf_bytes(results),
        "dtr.xml": dtr_bytes(results),
        "traceability.csv": traceability_bytes(results),
        "ro-crate-metadata.json": crate_bytes(results, []),
    }
    assert claims_in_files(files) == []
