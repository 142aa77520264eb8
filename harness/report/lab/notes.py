"""What the laboratory file did to the verdicts, and what it cannot settle: told when the report is compiled."""

from __future__ import annotations

from collections.abc import Iterator

from harness.case.documents import ResultsDoc, Text
from harness.case.run.laboratory import foreign_vins
from harness.core import Reason
from harness.report.strings import text

__all__ = ["lab_notes"]

_LOWERED = {Reason.ITEM_CHANGED: "lab.item_changed", Reason.CAL_EXPIRED: "lab.calibration", Reason.NO_TIMEBASE: "lab.time_base"}


def lab_notes(results: ResultsDoc) -> Iterator[Text]:
    """Rows that instruments or the identity of the item lowered, and a VIN that was read and is not the one of the item."""
    for name, vin in foreign_vins(results["item"]).items():
        yield text("lab.other_vin", name=name, vin=vin, stated=results["item"].get("vin"))
    for code, key in _LOWERED.items():
        if rows := [row for row in results["results"] if row["reason_code"] == str(code)]:
            yield text(key, rows=len(rows), reason=rows[0]["reason"])
