"""N3: answers belong to requests, codes are defined, announced answers come."""

from __future__ import annotations

from decimal import Decimal

import pytest

from harness.core import Check, Direction, Frame, Limit, Record, Verdict, ms
from harness.core.standard import JudgeContext
from harness.core.uncertainty import TimeBase
from harness.protocols.j1939.name import Name
from harness.protocols.vehicle.decoder import VehicleDecoder
from harness.protocols.vehicle.judges import judge_all

TO_UNIT, TO_ALL, FROM_UNIT, CLAIM = 0x18DA27F1, 0x18DB33F1, 0x18DAF127, 0x18EEFF27
P2_STAR = Limit("uds.p2_star", "s", None, None, Decimal(5), "U1", "ISO14229:?/response-pending", "high")
PENDING, ANSWER = "03 7F 31 78", "05 71 01 02 03 00"
ROUTINE = (0, TO_UNIT, "04 31 01 02 03")


def judged(*rows: tuple[int, int, str]) -> list[Check]:
    """The rule over frames with their instants in ms."""
    decoder, messages, records = VehicleDecoder(), [], []
    for number, (t_ms, can_id, text) in enumerate(rows, 1):
        direction = Direction.RX if can_id in (FROM_UNIT, CLAIM) else Direction.TX
        record = Record(number, ms(t_ms), ms(t_ms), "can", direction, "", Frame(can_id, bytes.fromhex(text)))
        records.append(record)
        messages += decoder.feed(record)
    context = JudgeContext({"uds.p2_star": P2_STAR}, TimeBase("virtual", 0, 0, 0))
    return [check for check in judge_all(messages, records, context) if check.name.startswith("N3")]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([(0, TO_UNIT, "02 3E 00"), (10, FROM_UNIT, "02 7E 00")], ""),
        ([(0, TO_ALL, "02 3E 00"), (10, FROM_UNIT, "02 7E 00")], ""),
        ([(0, TO_UNIT, "01 BA"), (10, FROM_UNIT, "03 7F BA 11")], ""),
        ([(0, TO_UNIT, "02 50 01"), (10, FROM_UNIT, "03 7F 50 11")], ""),
        ([ROUTINE, (30, FROM_UNIT, PENDING), (5000, FROM_UNIT, PENDING), (9900, FROM_UNIT, ANSWER)], ""),
        ([ROUTINE, (30, FROM_UNIT, PENDING), (4000, TO_UNIT, "02 3E 80")], ""),
        ([ROUTINE, (30, FROM_UNIT, PENDING), (90, CLAIM, Name(1, 2).data.hex()), (9000, TO_UNIT, "02 3E 80")], ""),
        ([(10, FROM_UNIT, "02 7E 00")], "TesterPresent.Res of unit 27 to no request"),
        ([(0, 0x18DA55F1, "02 3E 00"), (10, FROM_UNIT, "02 7E 00")], "to no request"),
        ([(0, TO_UNIT, "01 BA"), (10, FROM_UNIT, "03 7F BA 05")], "the code 05"),
        ([ROUTINE, (30, FROM_UNIT, PENDING), (5100, FROM_UNIT, ANSWER)], "then RoutineControl.Res for 5.070 s"),
        ([ROUTINE, (30, FROM_UNIT, PENDING), (9000, TO_UNIT, "02 3E 80")], "then nothing for 8.970 s"),
    ],
)
def test_rule_on_answers(rows: list[tuple[int, int, str]], text: str) -> None:
    (check,) = judged(*rows)
    assert check.verdict is (Verdict.FAIL if text else Verdict.PASS)
    assert text in check.observed


def test_rule_has_nothing_to_say_without_answers() -> None:
    assert judged((0, TO_UNIT, "02 3E 00")) == []
