"""results.json as JUnit XML (xunit2) for build servers. ``verdict`` is authoritative, the child element mirrors it."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

from junitparser import Error, Failure, Properties, Property, Skipped
from junitparser.xunit2 import JUnitXml, TestCase, TestSuite

from harness.case.documents import ResultsDoc, RowDoc
from harness.case.run.results import counted_as, deciding_check

__all__ = ["junit_bytes", "sanitise", "write_junit"]

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SKIPPED_TYPE = {"inconc": "inconclusive", "na": "not_applicable", "none": "not_tested"}


def sanitise(text: str) -> str:
    """*text* without terminal colours; what XML cannot carry is spelt out (``\\x00``)."""
    return _FORBIDDEN.sub(lambda match: f"\\x{ord(match[0]):02x}", _ANSI.sub("", text))


def junit_bytes(results: ResultsDoc) -> bytes:
    """The XML file, the same bytes for the same results."""
    xml = JUnitXml("precert")
    for suite in results["suites"]:
        junit_suite = TestSuite(f"{suite['name']}@{suite['version']}")
        # Before the cases: strict schemas want <properties> first.
        for name, value in _suite_properties(results):
            junit_suite.add_property(name, sanitise(value))
        for row in results["results"]:
            if row["suite"] == suite["name"]:
                junit_suite.add_testcase(_case(row))
        junit_suite.timestamp = results["run"]["started_at"]
        junit_suite.update_statistics()
        xml.add_testsuite(junit_suite)
    xml.update_statistics()
    ElementTree.indent(xml._elem, " ")
    content: bytes = ElementTree.tostring(xml._elem, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _case(row: RowDoc) -> TestCase:
    bus_time = row["execution"]["bus_time_s"]
    case = TestCase(sanitise(row["id"]), f"precert.{row['suite']}", float(Decimal(bus_time)) if bus_time else 0.0)
    properties = Properties()
    for name, value in _case_properties(row):
        properties.add_property(Property(name, sanitise(value)))
    case.append(properties)
    if (child := _child(row)) is not None:
        case.result = [child]
    return case


def _child(row: RowDoc) -> Error | Failure | Skipped | None:
    """The one element that mirrors the verdict; ``None`` for a pass and for nothing else."""
    word = counted_as(row)
    reason = sanitise(row["reason"] or word)
    code = sanitise(row["reason_code"] or word)
    if word == "pass":
        return None
    if word == "fail":
        return Failure(reason, code)
    if word == "error":
        return Error(reason, code)
    return Skipped(f"{code}: {reason}" if word == "inconc" else reason, _SKIPPED_TYPE[word])


def _suite_properties(results: ResultsDoc) -> Iterator[tuple[str, str]]:
    yield "report.no", results["report"]["number"]
    yield "report.revision", str(results["report"]["revision"])
    yield "plan.sha256", results["plan"]["sha256"]
    yield "harness.version", results["run"]["precert_version"]
    yield "item.vin", str(results["item"].get("vin") or "")
    yield "bench.mode", results["report"]["bench_mode"]
    yield "decision.rule", results["plan"]["decision_rule"]


def _case_properties(row: RowDoc) -> Iterator[tuple[str, str]]:
    for ref in row["refs"]:
        yield "requirement_id", ref
    for ref in row["refs"]:
        yield "clause", ref.partition(":")[2] or ref
    yield "title.zh", row["title"]["zh"]
    yield "title.en", row["title"]["en"]
    yield "verdict", "not_applicable" if counted_as(row) == "na" else row["verdict"]
    check = deciding_check(row)
    if check is not None and (value := check["value"]) is not None:
        if (decision := check["decision"]) is not None and decision["conformity"]:
            yield "conformity", decision["conformity"]
        criterion = check["criterion"]
        numbers = {
            "value": value["v"],
            "unit": value["unit"],
            "uncertainty": value["U"],
            "k": value["k"],
            "limit.lower": criterion["lower"],
            "limit.upper": criterion["upper"],
        }
        yield from ((name, text) for name, text in numbers.items() if text is not None)
    for evidence in row["evidence"]:
        yield "evidence", f"{evidence['path']}#sha256={evidence['sha256']}"
    for equipment in row["equipment"]:
        yield "equipment", equipment
    yield "attempt", str(row["execution"]["attempt"])
    for deviation in row["deviations"]:
        yield "deviation", str(deviation.get("reason") or deviation)


def write_junit(results: ResultsDoc, path: Path) -> None:
    """Write *results* as JUnit XML to *path*."""
    path.write_bytes(junit_bytes(results))
