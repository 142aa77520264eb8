"""A J1939 bus as a listener reads it: groups by name, long messages, lists of trouble, and a recording of a real truck."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import Direction, Frame, Message, Record
from harness.protocols.j1939.listener import J1939Listener, group_name

CAPTURES = Path(__file__).resolve().parents[4] / "shared" / "captures" / "j1939"
SCREEN = re.compile(r"\s*\((\d+)\.(\d+)\)\s+\S+\s+([0-9A-F]{8})\s+\[\d\]\s*([0-9A-F ]*)")


def read(frames: Sequence[tuple[int, int, bytes]]) -> list[Message]:
    """The messages of frames given by time in microseconds, identifier and data."""
    listener, found = J1939Listener(), list[Message]()
    for number, (t_us, can_id, data) in enumerate(frames, 1):
        found += listener.feed(Record(number, t_us * 1000, t_us * 1000, "bus", Direction.RX, "", Frame(can_id, data)))
    return found


def frames(*rows: tuple[int, str]) -> list[tuple[int, int, bytes]]:
    return [(index * 1000, can_id, bytes.fromhex(text)) for index, (can_id, text) in enumerate(rows)]


def test_request_and_its_refusal_name_the_group_that_was_asked_for() -> None:
    request, refusal = read(frames((0x18EA10F9, "EC FE 00"), (0x18E8FF10, "01 FF FF FF F9 EC FE 00")))
    assert (request.name, request["requested"], request["destination"], request.sender) == ("Request", 0xFEEC, 0x10, "F9")
    assert (refusal.name, refusal["control"], refusal["address"], refusal["about"]) == ("Acknowledgment", 1, 0xF9, 0xFEEC)


def test_claim_tells_the_fields_of_its_name() -> None:
    (claim,) = read(frames((0x18EEFF80, "64 00 80 25 00 09 00 80")))
    assert claim.name == "AddressClaimed"
    assert (claim["identity"], claim["manufacturer"], claim["function"], claim["arbitrary_address_capable"]) == (100, 300, 9, 1)


def test_long_message_comes_with_its_last_packet_under_its_own_name() -> None:
    found = read(
        frames(
            (0x1CECFF00, "20 12 00 03 FF EC FE 00"),
            (0x1CEBFF00, "01 4C 5A 5A 54 45 53 54"),
            (0x1CEBFF00, "02 30 31 41 31 32 33 34"),
            (0x1CEBFF00, "03 35 36 37 2A FF FF FF"),
        )
    )
    assert [message.name for message in found] == ["TP.BAM", "TP.DT", "TP.DT", "TP.DT", "VehicleId"]
    assert found[-1]["text"] == "LZZTEST01A1234567*"
    assert (found[-1]["pgn"], found[-1]["source"], found[-1].frames) == (0xFEEC, 0, (1, 2, 3, 4))
    assert found[-1].t_ns - found[-1].start_ns == 3_000_000


def test_list_of_trouble_is_read() -> None:
    (dm1,) = read(frames((0x18FECA00, "04 FF B8 04 03 0A FF FF")))
    assert (dm1.name, dm1["dtcs"], dm1["count"], dm1["amber_warning"]) == ("DM1", "SPN 1208 FMI 3 x10", 1, 1)


def test_group_that_the_table_lacks_has_its_number_as_name() -> None:
    assert group_name(0xFF50) == "PG_0FF50"
    assert read(frames((0x18FF5010, "00")))[0].name == "PG_0FF50"


def test_broken_transfer_is_told_in_words() -> None:
    found = read(frames((0x1CECFF00, "20 12 00 03 FF EC FE 00"), (0x1CECFF00, "20 12 00 03 FF EC FE 00"), (0x1CEBFF00, "")))
    errors = [message.note for message in found if message.name == "TP.ERROR"]
    assert errors[0].startswith("VehicleId: announced again")
    assert "TP.DT with 0 data bytes" in errors[1]


@given(st.lists(st.tuples(st.integers(0, (1 << 29) - 1), st.binary(max_size=8)), max_size=40))
def test_any_frames_are_read_without_an_error(rows: list[tuple[int, bytes]]) -> None:
    for message in read([(index, can_id, data) for index, (can_id, data) in enumerate(rows)]):
        assert message.values["source"] is not None


@pytest.fixture(scope="module")
def truck() -> list[Message]:
    """Every message of the recording of a heavy truck."""
    file = CAPTURES / "kenworth-truck.candump.txt"
    if not file.is_file():
        pytest.skip("the recording of the truck is not here")
    rows = []
    for line in file.read_text(encoding="ascii", errors="replace").splitlines():
        if found := SCREEN.match(line):
            seconds, micro, can_id, data = found.groups()
            rows.append((int(seconds) * 1_000_000 + int(micro), int(can_id, 16), bytes.fromhex(data)))
    return read(sorted(rows, key=lambda row: row[0]))


def test_recording_of_a_truck_has_its_groups_claims_and_troubles(truck: list[Message]) -> None:
    names = Counter(message.name for message in truck)
    pairs = {(message["pgn"], message["source"]) for message in truck if len(message.data) <= 8 and message.name != "TP.ERROR"}
    assert len(pairs) == 107
    assert len({message["source"] for message in truck if message.name == "DM1"}) == 4
    assert {message["source"] for message in truck if message.name == "AddressClaimed"} == {0x00, 0x03, 0x29}
    assert names["EEC1"] > 1000


def test_long_messages_of_the_truck_are_complete(truck: list[Message]) -> None:
    announced = Counter(message["about"] for message in truck if message.name == "TP.BAM")
    complete = Counter(message["pgn"] for message in truck if len(message.data) > 8)
    assert announced
    assert sum(announced.values()) - sum(complete.values()) <= len(announced)
