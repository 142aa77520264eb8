"""Whether observations were put on record when they were made: how long after the last of them its evidence was closed.

In real time an observation lasts from the start of the attempt for as long as the recording, silence at its end included. In
virtual time a sample has no time of day: it was made, at the latest, when the attempt ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from harness.case.documents import JournalDoc, PlanDoc, RecordDoc

__all__ = ["late_closings"]

_ROUNDING_S = 1.0
"""Times of day are kept to the millisecond, by more than one process."""


def late_closings(plan: PlanDoc, journal: Sequence[JournalDoc], records: Sequence[RecordDoc], limit_s: float) -> Iterator[str]:
    """One line for each attempt whose evidence was closed *limit_s* or more after its last observation, or before it.

    What the journal does not know at all is not told here.
    """
    closed = {
        (line["data"].get("id"), line["data"].get("attempt")): datetime.fromisoformat(line["ts"])
        for line in journal
        if line["event"] == "case_finished"
    }
    for record in records:
        at = closed.get((record["id"], record["attempt"]))
        last = _last_observation(record, real=plan["rig"]["time"] == "real")
        if at is None or last is None or not record["evidence"]:
            continue
        late_s = (at - last).total_seconds()
        if late_s >= limit_s:
            yield f"{record['id']} attempt {record['attempt']}: evidence closed {late_s:.0f} s after the last sample (limit {limit_s:g} s)"
        elif late_s < -_ROUNDING_S:
            yield f"{record['id']} attempt {record['attempt']}: evidence closed {-late_s:.0f} s before the last sample was taken"


def _last_observation(record: RecordDoc, *, real: bool) -> datetime | None:
    execution = record["execution"]
    if execution["started_at"] is None or execution["ended_at"] is None:
        return None
    ended = datetime.fromisoformat(execution["ended_at"])
    if not real:
        return ended
    lengths = [Decimal(each["t1_s"]) for each in record["evidence"] if each["t1_s"] is not None]
    observed = max([*lengths, Decimal(execution["bus_time_s"] or 0)])
    return min(ended, datetime.fromisoformat(execution["started_at"]) + timedelta(seconds=float(observed)))
