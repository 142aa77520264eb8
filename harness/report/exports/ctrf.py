"""results.json in the Common Test Report Format, for dashboards. Only a pass is ``passed``; what is open is ``other``."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import datetime

from pydantic import JsonValue

from harness.case.documents import EvidenceDoc, ResultsDoc, RowDoc
from harness.case.run.results import counted_as, deciding_check
from harness.case.run.runfolder import canonical_json

__all__ = ["STATUS", "ctrf_bytes"]

STATUS = {"pass": "passed", "fail": "failed", "inconc": "other", "error": "other", "na": "skipped", "none": "pending"}
"""Status of a row by the column in which it is counted."""

_SPEC = "1.0.0"
_IDS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:precert:ctrf")
_CONTENT_TYPES = {"blf": "application/octet-stream", "jsonl": "application/jsonl", "pcapng": "application/vnd.tcpdump.pcap"}


def ctrf_bytes(results: ResultsDoc) -> bytes:
    """The document, the same bytes for the same results."""
    report, run = results["report"], results["run"]
    statuses = Counter(STATUS[counted_as(row)] for row in results["results"])
    start, stop = _ms(run["started_at"]), _ms(run["ended_at"])
    return canonical_json(
        {
            "reportFormat": "CTRF",
            "specVersion": _SPEC,
            "reportId": str(uuid.uuid5(_IDS, f"{report['number']}/{report['revision']}/{results['plan']['sha256']}")),
            "timestamp": report["issued_at"],
            "generatedBy": f"precert {run['precert_version']}",
            "extra": {
                "report": report["number"],
                "revision": report["revision"],
                "accreditation": report["accreditation"],
                "bench_mode": report["bench_mode"],
                "decision_rule": results["plan"]["decision_rule"],
                "plan_sha256": results["plan"]["sha256"],
            },
            "results": {
                "tool": {"name": "precert", "version": run["precert_version"]},
                "summary": {
                    "tests": len(results["results"]),
                    **{status: statuses[status] for status in ("passed", "failed", "skipped", "pending", "other")},
                    "suites": len(results["suites"]),
                    "start": start,
                    "stop": stop,
                    "duration": stop - start,
                },
                "tests": [_test(row) for row in results["results"]],
                "environment": {"testEnvironment": run["rig"]["name"], "extra": {"bench_mode": report["bench_mode"]}},
            },
        }
    )


def _test(row: RowDoc) -> dict[str, JsonValue]:
    word = counted_as(row)
    started, ended = row["execution"]["started_at"], row["execution"]["ended_at"]
    test: dict[str, JsonValue] = {
        "id": str(uuid.uuid5(_IDS, f"{row['suite']}/{row['id']}")),
        "name": f"{row['id']} {row['title']['en']}",
        "status": STATUS[word],
        "rawStatus": "not_applicable" if word == "na" else row["verdict"],
        "duration": _ms(ended) - _ms(started) if started and ended else 0,
        "suite": [row["suite"]],
        "extra": {
            "case": row["id"],
            "title_zh": row["title"]["zh"],
            "requirements": list(row["refs"]),
            "basis": row["basis"],
            "confidence": row["confidence"],
            "bench_mode": row["bench_mode"],
            "attempts": len(row["attempts"]),
            **_measured(row),
        },
    }
    if started and ended:
        test |= {"start": _ms(started), "stop": _ms(ended)}
    if row["reason"]:
        test["message"] = f"{row['reason_code']}: {row['reason']}" if row["reason_code"] else row["reason"]
    if row["evidence"]:
        test["attachments"] = [_attachment(file) for file in row["evidence"]]
    return test


def _measured(row: RowDoc) -> dict[str, JsonValue]:
    check = deciding_check(row)
    if check is None or (value := check["value"]) is None:
        return {}
    decision, criterion = check["decision"], check["criterion"]
    return {
        "check": check["name"],
        "value": value["v"],
        "unit": value["unit"],
        "uncertainty": value["U"],
        "k": value["k"],
        "lower": criterion["lower"],
        "upper": criterion["upper"],
        "conformity": decision["conformity"] if decision else None,
    }


def _attachment(file: EvidenceDoc) -> dict[str, JsonValue]:
    run = f"{file['run']}/" if file.get("run") else ""
    return {
        "name": file["link"],
        "contentType": _CONTENT_TYPES.get(file["format"], "application/octet-stream"),
        "path": run + file["path"],
        "extra": {"sha256": file["sha256"], "frames": file["frames"]},
    }


def _ms(instant: str) -> int:
    """Milliseconds since the Unix epoch."""
    return round(datetime.fromisoformat(instant).timestamp() * 1000)
