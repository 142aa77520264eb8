"""N2 on diagnostics: a unit is blamed for frames that do not fit, not for an answer that it gave up without leave."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from harness.core import Check, Direction, Frame, JudgeContext, Limit, Record, Verdict, ms
from harness.protocols.vehicle.decoder import VehicleDecoder
from harness.protocols.vehicle.judges.transport import judge_transport

FIRST, SINGLE = "10 14 62 F1 90 41 42 43", "02 7E 00"


def judged(*frames: str) -> Sequence[Check]:
    """The rule over frames of a unit, 10 ms apart."""
    decoder = VehicleDecoder()
    messages = []
    for number, text in enumerate(frames, 1):
        t_ns = number * ms(10)
        messages += decoder.feed(Record(number, t_ns, t_ns, "can", Direction.RX, "", Frame(0x18DAF127, bytes.fromhex(text))))
    return list(judge_transport(messages, JudgeContext({}, None, parties=frozenset({"vehicle"}))))


@pytest.mark.parametrize(
    ("frames", "verdict"),
    [
        ((FIRST, "21 44 45 46 47 48 49 4A", "22 4B 4C 4D 4E 4F 50 51"), Verdict.PASS),
        ((FIRST, SINGLE), Verdict.PASS),
        ((FIRST, "22 44 45 46 47 48 49 4A"), Verdict.FAIL),
        (("21 44 45 46 47 48 49 4A",), Verdict.FAIL),
        (("10 05 62 F1 90 41 42 43",), Verdict.FAIL),
    ],
)
def test_rule_on_transfers(frames: tuple[str, ...], verdict: Verdict) -> None:
    (check,) = judged(*frames)
    assert check.verdict is verdict


def test_rule_has_nothing_to_say_without_transfers() -> None:
    assert judged(SINGLE) == []


@pytest.mark.parametrize(("seconds", "verdict"), [("0.01", Verdict.FAIL), ("0.1", Verdict.PASS)])
def test_packets_soon_after_the_start_of_a_recording_may_belong_to_what_began_before_it(seconds: str, verdict: Verdict) -> None:
    decoder, messages = VehicleDecoder(), []
    for number, text in enumerate((SINGLE, "21 00", FIRST), 1):
        t_ns = number * ms(50)
        messages += decoder.feed(Record(number, t_ns, t_ns, "can", Direction.RX, "", Frame(0x18DAF127, bytes.fromhex(text))))
    under_way = Limit("recording.under_way", "s", Decimal(seconds), None, None, "own", "J1939-21:?/recording-time", "low")
    (check,) = judge_transport(messages, JudgeContext({under_way.key: under_way}, None))
    assert check.verdict is verdict


def test_new_message_is_told_as_given_up() -> None:
    decoder = VehicleDecoder()
    found = []
    for number, text in enumerate((FIRST, SINGLE, "21 00"), 1):
        found += decoder.feed(Record(number, number, number, "can", Direction.RX, "", Frame(0x18DAF127, bytes.fromhex(text))))
    assert [message["abandoned"] for message in found if message.name == "TP.ERROR"] == [1, 0]


@pytest.mark.parametrize(("parties", "remarks"), [(frozenset[str](), 1), (frozenset({"vehicle"}), 0)])
def test_what_is_odd_about_a_whole_message_is_a_remark_in_a_recording(parties: frozenset[str], remarks: int) -> None:
    decoder, messages = VehicleDecoder(), []
    rows = [(0x18ECFF00, "10 09 00 02 FF CA FE 00"), (0x18EBFF00, "01 00 FF 00 00 00 00 00"), (0x18EBFF00, "02 00 00 FF FF FF FF FF")]
    for number, (can_id, data) in enumerate(rows, 1):
        messages += decoder.feed(Record(number, ms(number), ms(number), "can", Direction.RX, "", Frame(can_id, bytes.fromhex(data))))
    (check,) = judge_transport(messages, JudgeContext({}, None, parties=parties))
    assert (check.verdict, len(check.findings)) == (Verdict.PASS, remarks)
    assert all("announced to everybody by RTS; packet 1 sent before any CTS" in finding.text for finding in check.findings)
