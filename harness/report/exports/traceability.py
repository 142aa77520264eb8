"""Which requirement was tested by which case with what result: one line for each pair, for spreadsheets and requirement tools."""

from __future__ import annotations

import csv
import io

from harness.case.documents import ResultsDoc, RowDoc
from harness.case.run.results import counted_as, deciding_check
from harness.report.strings import text

__all__ = ["COLUMNS", "traceability_bytes"]

COLUMNS = (
    "requirement",
    "standard",
    "clause",
    "case",
    "title_en",
    "title_zh",
    "suite",
    "basis",
    "confidence",
    "verdict",
    "verdict_en",
    "verdict_zh",
    "reason_code",
    "check",
    "value",
    "unit",
    "U",
    "k",
    "lower",
    "upper",
    "rule",
    "conformity",
    "bench_mode",
    "attempt",
    "evidence",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def traceability_bytes(results: ResultsDoc) -> bytes:
    """CSV as RFC 4180 has it, UTF-8 with the mark that spreadsheets need for Chinese."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for row in results["results"]:
        for ref in row["refs"]:
            writer.writerow([_guarded(cell) for cell in _cells(ref, row)])
    return stream.getvalue().encode("utf-8-sig")


def _cells(ref: str, row: RowDoc) -> list[str]:
    standard, _, clause = ref.partition(":")
    word = counted_as(row)
    verdict = text(f"verdict.{word}")
    evidence = " ".join(f"{file['path']}#sha256={file['sha256']}" for file in row["evidence"])
    return [
        ref, standard, clause, row["id"], row["title"]["en"], row["title"]["zh"], row["suite"], row["basis"], row["confidence"],
        "not_applicable" if word == "na" else row["verdict"], verdict["en"], verdict["zh"], row["reason_code"],
        *_measured(row), row["bench_mode"], str(row["execution"]["attempt"]), evidence,
    ]  # fmt: skip


def _measured(row: RowDoc) -> list[str]:
    check = deciding_check(row)
    if check is None:
        return [""] * 9
    value, criterion, decision = check["value"], check["criterion"], check["decision"]
    numbers = (
        value and value["v"], value and value["unit"], value and value["U"], value and value["k"], criterion["lower"], criterion["upper"],
        decision and decision["rule"], decision and decision["conformity"],
    )  # fmt: skip
    return [check["name"], *(number or "" for number in numbers)]


def _guarded(cell: str) -> str:
    """*cell* so that no spreadsheet takes it for a formula; numbers stay numbers."""
    if not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
