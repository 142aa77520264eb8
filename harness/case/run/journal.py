"""What the journal of a run, written at the time, says otherwise than its records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.case.documents import JournalDoc, RecordDoc

__all__ = ["journal_differences"]


def journal_differences(journal: Sequence[JournalDoc], records: Sequence[RecordDoc]) -> Iterator[str]:
    """One line for each attempt of which journal and records do not say the same."""
    told = {(line["data"].get("id"), line["data"].get("attempt")): line["data"] for line in journal if line["event"] == "case_finished"}
    for record in records:
        name = f"{record['id']} attempt {record['attempt']}"
        entry = told.get((record["id"], record["attempt"]))
        if entry is None:
            yield f"{name}: the journal does not know that it finished"
            continue
        evidence = {file["path"]: file["sha256"] for file in record["evidence"]}
        if entry.get("verdict") != record["verdict"]:
            yield f"{name}: the journal says {entry.get('verdict')}, the record {record['verdict']}"
        if entry.get("evidence") != evidence:
            yield f"{name}: journal and record name other recordings"
    for case_id, attempt in told.keys() - {(record["id"], record["attempt"]) for record in records}:
        yield f"{case_id} attempt {attempt}: the journal says that it finished, but its record is gone"
