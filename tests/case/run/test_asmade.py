"""Whether evidence was closed when its observations were made: in real time, in virtual time, around silence and a clock that was set."""

from __future__ import annotations

from typing import Any

import pytest

from harness.case.run.asmade import late_closings

STARTED = "2026-07-01T09:00:00.000+08:00"


def found(closed: str, *, ended: str, time: str = "real", t1_s: str | None = "4.0", bus_time_s: str = "4.5") -> list[str]:
    record = {
        "id": "X-1",
        "attempt": 1,
        "execution": {"started_at": STARTED, "ended_at": f"2026-07-01T{ended}+08:00", "bus_time_s": bus_time_s},
        "evidence": [{"t1_s": t1_s}],
    }
    line = {"event": "case_finished", "ts": f"2026-07-01T{closed}+08:00", "data": {"id": "X-1", "attempt": 1}}
    return list(late_closings({"rig": {"time": time}}, [line], [record], 60.0))  # type: ignore[list-item, typeddict-item]


@pytest.mark.parametrize(
    ("closed", "miss"),
    [
        ("09:00:04.600", None),
        ("09:01:04.400", None),
        ("09:01:04.500", "evidence closed 60 s after the last sample (limit 60 s)"),
        ("09:20:00.000", "evidence closed 1196 s after the last sample (limit 60 s)"),
        ("09:00:03.600", None),
        ("08:59:00.000", "evidence closed 64 s before the last sample was taken"),
    ],
)
def test_evidence_is_closed_within_a_minute(closed: str, miss: str | None) -> None:
    assert found(closed, ended="09:59:00.000") == ([f"X-1 attempt 1: {miss}"] if miss else [])


def test_silence_at_the_end_was_observed_too() -> None:
    """A case that waits for nothing to come ends long after its last frame."""
    assert found("09:02:10.000", ended="09:02:09.000", t1_s="4.0", bus_time_s="129.0") == []
    assert found("09:02:10.000", ended="09:02:09.000", t1_s="4.0", bus_time_s="4.5") != []


def test_samples_in_virtual_time_were_made_before_the_attempt_ended() -> None:
    """Minutes on the bus take a moment; the time of day is that of the end of the attempt."""
    assert found("09:00:01.200", ended="09:00:01.000", time="virtual", t1_s="600.0", bus_time_s="600.0") == []
    assert found("09:01:01.000", ended="09:00:01.000", time="virtual", t1_s="600.0", bus_time_s="600.0") != []


def test_an_attempt_that_recorded_nothing_has_nothing_to_close() -> None:
    record: Any = {"id": "X-1", "attempt": 1, "execution": {"started_at": STARTED, "ended_at": STARTED, "bus_time_s": "0"}, "evidence": []}
    line: Any = {"event": "case_finished", "ts": "2026-07-01T19:00:00+08:00", "data": {"id": "X-1", "attempt": 1}}
    plan: Any = {"rig": {"time": "real"}}
    assert list(late_closings(plan, [line], [record], 60.0)) == []
    assert list(late_closings(plan, [], [{**record, "evidence": [{"t1_s": "1"}]}], 60.0)) == [], "the journal is another's matter"


def test_attempts_of_a_retry_are_judged_each_by_its_own_line() -> None:
    plan: Any = {"rig": {"time": "virtual"}}
    records: Any = [
        {"id": "X-1", "attempt": n, "execution": {"started_at": STARTED, "ended_at": f"2026-07-01T09:0{n}:00+08:00", "bus_time_s": "1"},
         "evidence": [{"t1_s": "1"}]}
        for n in (1, 2)
    ]  # fmt: skip
    journal: Any = [
        {"event": "case_finished", "ts": f"2026-07-01T09:0{minute}:01+08:00", "data": {"id": "X-1", "attempt": n}}
        for n, minute in ((1, 1), (2, 5))
    ]
    assert list(late_closings(plan, journal, records, 60.0)) == ["X-1 attempt 2: evidence closed 181 s after the last sample (limit 60 s)"]
