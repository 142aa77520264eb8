"""F1, F2 and F4 at their bounds: identifier and kind of frame, length, reserved bits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core import Check, Direction, Limit, Severity, Verdict, ms
from tests.protocols.gbt27930.traces.conftest import PAYLOADS, Tape

Judge = Callable[..., dict[str, Check]]
CM_VEHICLE, CM_CHARGER, DT_VEHICLE = 0x1CEC56F4, 0x1CECF456, 0x1CEB56F4


def told(judge: Judge, can_id: int, data: str, party: str = "vehicle", **kind: bool) -> Check:
    """F1 on a BHM and one more frame."""
    tape = Tape()
    tape.send(10, "BHM")
    tape.put(20, can_id, data, **kind)
    tape.send(30, "CHM")
    return judge(tape)[f"F1 {party} identifiers"]


@pytest.mark.parametrize(
    ("can_id", "data", "kind", "problem"),
    [
        (0x1C2756F4, "A510", {}, "1C2756F4#A510: BHM has the identifier 182756F4"),
        (0x1827F4F4, "A510", {}, "1827F4F4#A510: BHM has the identifier 182756F4"),
        (0x182756F4, "", {"remote": True}, "182756F4#R: BHM as a remote frame"),
        (0x182756F4, "A510", {"fd": True}, "182756F4##1A510: BHM as a CAN FD frame"),
        (0x182656F4, "010100", {}, "182656F4#010100: CHM is a message of the charger"),
        (0x1C1156F4, "A510000000000000", {}, "1C1156F4#A510000000000000: BCS as a single frame, it needs the transport protocol"),
        (0x18EC56F4, "10090002FF001100", {}, "18EC56F4#10090002FF001100: TP.CM has the identifier 1CEC56F4"),
        (0x1CEBF4F4, "0100000000000000", {}, "1CEBF4F4#0100000000000000: TP.DT has the identifier 1CEB56F4"),
    ],
)
def test_frame_of_the_vehicle_that_is_not_as_the_table_says(
    judge: Judge, can_id: int, data: str, kind: dict[str, bool], problem: str
) -> None:
    check = told(judge, can_id, data, **kind)
    assert (check.verdict, check.observed) == (Verdict.FAIL, "2 frames, 1 of them wrong")
    assert [finding.text for finding in check.findings] == [problem]
    assert (check.t_ns, check.frames, check.occurrences) == (ms(20), (2,), 1)


@pytest.mark.parametrize(
    ("can_id", "kind"),
    [(0x18FF56F4, {}), (0x182756F5, {}), (0x18275601, {}), (0x3F4, {"extended": False}), (0x1CFF56F4, {"remote": True})],
)
def test_frame_of_another_device_or_group_is_no_business_of_the_rule(judge: Judge, can_id: int, kind: dict[str, bool]) -> None:
    check = told(judge, can_id, "", **kind)
    assert (check.verdict, check.observed, check.t_ns) == (Verdict.PASS, "1 frames, all right", None)


@pytest.mark.parametrize(
    ("can_id", "data"), [(CM_VEHICLE, "10090002FF001100"), (DT_VEHICLE, "0100000000000000"), (0x181056F4, PAYLOADS["BCL"])]
)
def test_regular_frame_counts_as_right(judge: Judge, can_id: int, data: str) -> None:
    assert told(judge, can_id, data).observed == "2 frames, all right"


def test_messages_of_eight_bytes_need_no_transport(judge: Judge) -> None:
    tape = Tape()
    tape.send(10, "CSD")
    assert judge(tape)["F1 charger identifiers"].verdict is Verdict.PASS


def test_wrong_frames_are_counted_and_the_first_ten_shown(judge: Judge) -> None:
    tape = Tape()
    tape.every(250, "BHM", 0, 3000)
    for number in range(12):
        tape.put(1 + 250 * number, 0x1C2756F4, "A510")
    check = judge(tape)["F1 vehicle identifiers"]
    assert (check.observed, check.occurrences, len(check.findings)) == ("24 frames, 12 of them wrong", 12, 10)
    assert (check.t_ns, check.frames) == (ms(1), (2,))
    assert [finding.at_ns for finding in check.findings] == [ms(1 + 250 * number) for number in range(10)]


def test_recording_judges_frames_of_either_direction(judge: Judge) -> None:
    tape = Tape()
    tape.put(10, 0x1C2756F4, "A510")
    sent = [record._replace(direction=Direction.TX) for record in tape.records]
    assert judge(sent)["F1 vehicle identifiers"].verdict is Verdict.FAIL
    assert "F1 vehicle identifiers" not in judge(sent, ["vehicle"])


@pytest.mark.parametrize(
    ("name", "data", "observed"),
    [
        ("BHM", "A5", "1 By"),
        ("BHM", "A51000", "3 By"),
        ("CRO", "", "0 By"),
        ("CSD", "00000100010101", "7 By"),
        ("CCS", "240BA00F0000", "6 By"),
    ],
)
def test_length_beside_the_table_fails(judge: Judge, name: str, data: str, observed: str) -> None:
    tape = Tape()
    tape.send(10, name, data)
    check = judge(tape)[f"F2 {name} length"]
    assert (check.verdict, check.observed, check.note) == (Verdict.FAIL, observed, "1 messages")
    bounds = "7..8" if name == "CCS" else {"BHM": "2..2", "CRO": "1..1", "CSD": "8..8"}[name]
    assert [finding.text for finding in check.findings] == [f"{name} has {len(data) // 2} bytes, expected {bounds}"]
    assert (check.t_ns, check.frames, check.occurrences) == (ms(10), (1,), 1)


@pytest.mark.parametrize("name", ["CHM", "BHM", "CRM(00)", "CML", "BRO(00)", "CRO(00)", "BCL", "CCS", "BSM", "BST", "CST", "BSD", "CSD"])
def test_length_of_the_table_passes(judge: Judge, name: str) -> None:
    tape = Tape()
    tape.send(10, name)
    tape.send(260, name)
    check = judge(tape)[f"F2 {name.partition('(')[0]} length"]
    assert (check.verdict, check.observed, check.note) == (Verdict.PASS, f"{len(PAYLOADS[name]) // 2} By", "2 messages")
    assert (check.t_ns, check.frames, check.occurrences) == (ms(10), (1,), 0)


@pytest.mark.parametrize("lengths", [(2, 1, 5), (2, 5, 1), (5, 1, 2), (1, 2, 5)])
def test_the_length_that_is_farthest_out_is_shown(judge: Judge, lengths: tuple[int, ...]) -> None:
    tape = Tape()
    for index, length in enumerate(lengths):
        tape.send(10 + 250 * index, "BHM", "00" * length)
    check = judge(tape)["F2 BHM length"]
    assert (check.observed, check.occurrences, check.note) == ("5 By", 2, "3 messages")
    assert check.frames == (lengths.index(5) + 1,)


def test_length_without_a_limit_is_not_judged(judge: Judge, limits: Mapping[str, Limit]) -> None:
    rest = {key: limit for key, limit in limits.items() if key not in ("length.BHM", "length.TP.CM")}
    tape = Tape().handshake()
    tape.transfer(2020, "BRM")
    checks = judge(tape, limits=rest)
    assert not {"F2 BHM length", "F2 vehicle TP.CM length", "F2 charger TP.CM length"} & set(checks)
    assert {"F2 CHM length", "F2 vehicle TP.DT length", "F2 BRM length"} <= set(checks)


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"), [(None, 1, Verdict.FAIL), (None, 2, Verdict.PASS), (3, None, Verdict.FAIL), (2, None, Verdict.PASS)]
)
def test_length_may_be_bounded_on_one_side_only(
    judge: Judge, limits: Mapping[str, Limit], lower: int | None, upper: int | None, verdict: Verdict
) -> None:
    row = replace(
        limits["length.BHM"],
        lower=None if lower is None else Decimal(lower),
        upper=None if upper is None else Decimal(upper),
    )
    tape = Tape()
    tape.send(10, "BHM")
    check = judge(tape, limits={**limits, "length.BHM": row})["F2 BHM length"]
    assert (check.verdict, check.occurrences) == (verdict, int(verdict is Verdict.FAIL))


def test_long_message_is_judged_by_what_it_announces(judge: Judge) -> None:
    tape = Tape()
    tape.put(10, CM_VEHICLE, "103000" + "07FF" + "000200")
    check = judge(tape)["F2 BRM length"]
    assert (check.verdict, check.observed, check.occurrences) == (Verdict.FAIL, "48 By", 1)
    assert "the message table of 2015 prints 41" in check.note
    tape = Tape()
    tape.announce(10, "BRM")
    assert judge(tape)["F2 BRM length"].note == "1 messages"


def test_announcement_is_judged_for_the_party_that_is_judged(judge: Judge) -> None:
    tape = Tape()
    tape.announce(10, "BRM")
    assert "F2 BRM length" in judge(tape, ["vehicle"])
    assert "F2 BRM length" not in judge(tape, ["charger"])


@pytest.mark.parametrize(("cells", "verdict"), [("4A014B01", Verdict.PASS), ("4A014B0100", Verdict.FAIL)])
def test_bmv_has_whole_cells(judge: Judge, cells: str, verdict: Verdict) -> None:
    tape = Tape()
    for at_ms, data in ((10, "4A01" * 5), (10_010, "4A01" * 5 + cells)):
        tape.transfer(at_ms, "BMV", data)
    check = judge(tape)["F2 BMV cells"]
    odd = verdict is Verdict.FAIL
    assert (check.verdict, check.occurrences) == (verdict, int(odd))
    assert check.observed == ("1 of 2 with half a cell" if odd else "2 messages of whole cells")
    assert (check.t_ns, check.frames) == ((ms(10_010), (6,)) if odd else (None, ()))


@pytest.mark.parametrize(
    ("can_id", "rule", "name"),
    [
        (CM_VEHICLE, "F2 vehicle TP.CM length", "TP.CM"),
        (DT_VEHICLE, "F2 vehicle TP.DT length", "TP.DT"),
        (CM_CHARGER, "F2 charger TP.CM length", "TP.CM"),
        (0x1CEBF456, "F2 charger TP.DT length", "TP.DT"),
    ],
)
def test_transport_frame_has_eight_bytes(judge: Judge, can_id: int, rule: str, name: str) -> None:
    tape = Tape()
    for at_ms, data in ((10, "10090002FF001100"), (20, "10090002FF0011"), (30, "10090002")):
        tape.put(at_ms, can_id, data)
    check = judge(tape)[rule]
    assert (check.verdict, check.observed, check.note) == (Verdict.FAIL, "7 By", "3 frames")
    assert [(finding.text, finding.at_ns) for finding in check.findings] == [
        (f"{name} has 7 bytes", ms(20)),
        (f"{name} has 4 bytes", ms(30)),
    ]
    assert (check.t_ns, check.frames, check.occurrences) == (ms(20), (2,), 2)


def test_transport_frame_of_another_identifier_is_not_measured(judge: Judge) -> None:
    tape = Tape()
    tape.put(10, CM_VEHICLE, "10090002FF001100")
    tape.put(20, 0x18EC56F4, "1009")
    tape.put(30, 0x0F4, "1009", extended=False)
    check = judge(tape)["F2 vehicle TP.CM length"]
    assert (check.verdict, check.note, check.t_ns, check.frames) == (Verdict.PASS, "1 frames", ms(10), (1,))


RESERVED = {
    "CCS": {7: 0xFC, 8: 0xFF}, "BSM": {7: 0xC0}, "BST": {4: 0xF0}, "CST": {3: 0xF0, 4: 0xF0},
    "BEM": {1: 0xF0, 2: 0xF0, 3: 0xF0, 4: 0xFC}, "CEM": {1: 0xFC, 2: 0xF0, 3: 0xC0, 4: 0xFC},
}  # fmt: skip
"""Undefined bits of the message tables, by byte from 1."""
LENGTHS = {"CCS": 8, "BSM": 7, "BST": 4, "CST": 4, "BEM": 4, "CEM": 4}


def bits() -> Iterator[tuple[str, int]]:
    for name, masks in RESERVED.items():
        for byte in masks:
            yield name, byte


@pytest.mark.parametrize(("name", "byte"), list(bits()))
def test_each_reserved_bit_is_one_and_every_other_may_be_anything(judge: Judge, name: str, byte: int) -> None:
    mask = RESERVED[name][byte]
    for bit in range(8):
        data = bytearray(b"\xff" * LENGTHS[name])
        data[byte - 1] &= ~(1 << bit)
        tape = Tape()
        tape.put(10, {"BEM": 0x081E56F4, "CEM": 0x081FF456}.get(name) or _id(name), data.hex())
        check = judge(tape, strict=True)[f"F4 {name} reserved bits"]
        cleared = bool(mask & 1 << bit)
        assert check.verdict is (Verdict.FAIL if cleared else Verdict.PASS)
        text = f"byte {byte} 0x{data[byte - 1]:02X} (reserved 0x{mask:02X}) in 1 of 1 messages"
        assert check.observed == (text if cleared else "all 1 in 1 messages")
        assert (check.t_ns, check.frames, check.occurrences) == (ms(10), (1,), int(cleared))


def _id(name: str) -> int:
    return {"CCS": 0x1812F456, "BSM": 0x181356F4, "BST": 0x101956F4, "CST": 0x101AF456}[name]


def test_reserved_byte_of_brm_is_ff(judge: Judge) -> None:
    tape = Tape()
    tape.transfer(10, "BRM", PAYLOADS["BRM"][:46] + "FE" + PAYLOADS["BRM"][48:])
    assert judge(tape)["F4 BRM reserved bits"].observed == "byte 24 0xFE (reserved 0xFF) in 1 of 1 messages"


def test_reserved_bits_of_2011_are_others(judge: Judge) -> None:
    for data, right in (("FFFFFFFF", True), ("3FFFFFFF", False), ("FF00FFFF", True), ("FFFF0FFF", False), ("FFFFFF0F", False)):
        tape = Tape()
        tape.put(10, 0x101956F4, data)
        assert (judge(tape, edition="2011")["F4 BST reserved bits"].occurrences == 0) is right


def test_byte_that_a_short_message_does_not_have_is_not_missed(judge: Judge) -> None:
    tape = Tape()
    tape.send(10, "CCS", "240BA00F0000FD")
    assert judge(tape, strict=True)["F4 CCS reserved bits"].verdict is Verdict.PASS


def test_every_byte_with_cleared_bits_is_named_and_the_messages_counted(judge: Judge) -> None:
    tape = Tape()
    for at_ms, data in ((10, "F0F0F1FC"), (260, "00F0F1F0"), (510, "F0F001FC")):
        tape.put(at_ms, 0x081E56F4, data)
    check = judge(tape)["F4 BEM reserved bits"]
    assert check.observed == "byte 1 0x00 (reserved 0xF0), byte 4 0xF0 (reserved 0xFC) in 2 of 3 messages"
    assert (check.t_ns, check.frames, check.occurrences) == (ms(260), (2,), 2)
    assert [finding.severity for finding in check.findings] == [Severity.WARNING]
