"""What an instrument must have for its row to pass: a calibration valid on the day of the test, a known time base.

The report lowers rows by these rules, the verification of a package looks whether it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from harness.case.documents import EquipmentDoc, RowDoc
from harness.core import Reason, is_time_unit

__all__ = ["Lack", "days_of", "is_covered", "is_timing", "lacks_of", "span_of_calibration"]


@dataclass(frozen=True, slots=True)
class Lack:
    """Why an instrument cannot carry a pass."""

    instrument: str
    code: Reason
    detail: str
    """In words, for the reason of the row."""
    span: str = ""
    """From when to when it is calibrated."""


def lacks_of(row: RowDoc, listed: Mapping[str, EquipmentDoc]) -> Iterator[Lack]:
    """What the instruments that served *row* lack; those that are not *listed* are somebody else's finding."""
    for name in row["equipment"]:
        if (each := listed.get(name)) is None:
            continue
        days = days_of(row)
        if each.get("kind") != "auxiliary" and not is_covered(each, days):
            span = span_of_calibration(each)
            words = f"calibration {span}" if span else "no calibration"
            yield Lack(name, Reason.CAL_EXPIRED, f"{name}: {words}, tested on {' – '.join(days) or '?'}", span or "—")
        if each.get("kind") == "logger" and "clock" not in each and is_timing(row):
            yield Lack(name, Reason.NO_TIMEBASE, f"{name}: its time base is not stated (source, resolution, accuracy, drift, sync)")


def is_covered(each: EquipmentDoc, days: list[str]) -> bool:
    """Whether the calibration of an instrument covers all of *days*, those of begin and due included."""
    stated = each.get("cal", {})
    done, due = stated.get("date", ""), stated.get("due", "")
    return bool(days) and _is_date(done) and _is_date(due) and done <= days[0] and days[-1] <= due


def span_of_calibration(each: EquipmentDoc) -> str:
    """From when to when an instrument is calibrated; empty if it is not."""
    stated = each.get("cal")
    return f"{stated.get('date') or '?'} – {stated.get('due') or '?'}" if stated else ""


def days_of(row: RowDoc) -> list[str]:
    """The days on which the deciding attempt began and ended."""
    execution = row["execution"]
    return sorted({each[:10] for each in (execution["started_at"], execution["ended_at"]) if each})


def is_timing(row: RowDoc) -> bool:
    """Whether a number of *row* is a time."""
    return any(check["value"] is not None and is_time_unit(check["value"]["unit"]) for check in row["checks"])


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
