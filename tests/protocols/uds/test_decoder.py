"""Diagnostics on a bus as a listener reads it: names, addresses, times, and what does not fit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import Direction, Frame, Message, Record
from harness.protocols.uds.decoder import UdsDecoder

REQUEST, RESPONSE, TO_ALL = 0x18DA10F1, 0x18DAF110, 0x18DB33F1


def read(*frames: tuple[int, str], extended: bool = True) -> list[Message]:
    """The messages of frames, one each millisecond."""
    decoder, found = UdsDecoder(), list[Message]()
    for number, (can_id, text) in enumerate(frames, 1):
        pdu = Frame(can_id, bytes.fromhex(text), extended=extended)
        found += decoder.feed(Record(number, number * 1_000_000, number * 1_000_000, "bus", Direction.RX, "", pdu))
    return found


def names(messages: Sequence[Message]) -> list[str]:
    return [message.name for message in messages]


def test_request_and_answer_have_service_identifier_and_addresses() -> None:
    request, answer = read((REQUEST, "03 22 F1 86 CC CC CC CC"), (RESPONSE, "04 62 F1 86 03 AA AA AA"))
    assert (request.name, request.sender, request["did"], request["target"]) == ("ReadDataByIdentifier.Req", "tester", 0xF186, 0x10)
    assert (answer.name, answer.sender, answer["did"], answer["source"]) == ("ReadDataByIdentifier.Res", "ecu", 0xF186, 0x10)
    assert answer["data"] == bytes.fromhex("F18603")


def test_sub_function_is_told_apart_from_its_suppress_bit() -> None:
    (kept, plain) = read((REQUEST, "02 3E 80"), (REQUEST, "02 10 03"))
    assert (kept.name, kept["sub_function"], kept["suppress"]) == ("TesterPresent.Req", 0, 1)
    assert (plain.name, plain["sub_function"], plain["suppress"]) == ("DiagnosticSessionControl.Req", 3, 0)


def test_negative_response_names_service_and_code() -> None:
    (message,) = read((RESPONSE, "03 7F 22 31"))
    assert (message.name, message["sid"], message["nrc"]) == ("NegativeResponse", 0x22, 0x31)


def test_time_of_the_first_frame_of_a_long_answer_is_kept() -> None:
    found = read(
        (REQUEST, "03 22 F1 90"),
        (RESPONSE, "10 0A 62 F1 90 41 42 43"),
        (REQUEST, "30 00 0A"),
        (RESPONSE, "21 44 45 46 47 AA AA AA"),
    )
    assert names(found) == ["ReadDataByIdentifier.Req", "TP.FF", "TP.FC", "TP.CF", "ReadDataByIdentifier.Res"]
    assert found[-1].start_ns == 2_000_000
    assert found[-1].t_ns == 4_000_000
    assert found[-1].frames == (2, 4)
    assert found[-1].data == bytes.fromhex("62F190") + b"ABCDEFG"
    assert (found[2]["status"], found[2]["st_min"], found[2].sender) == (0, 10, "tester")


def test_request_to_everybody_is_marked() -> None:
    (message,) = read((TO_ALL, "02 3E 00"))
    assert (message["functional"], message["target"], message.sender) == (1, 0x33, "tester")


def test_identifiers_of_11_bits_are_read_too() -> None:
    found = read((0x7DF, "02 3E 00"), (0x7E0, "02 10 01"), (0x7E8, "06 50 01 00 32 01 F4"), (0x123, "02 10 01"), extended=False)
    assert [(message.name, message.sender, message["functional"]) for message in found] == [
        ("TesterPresent.Req", "tester", 1),
        ("DiagnosticSessionControl.Req", "tester", 0),
        ("DiagnosticSessionControl.Res", "ecu", 0),
    ]
    assert found[2]["source"] == found[1]["target"] == 0x7E0


def test_unknown_service_has_its_number_as_name() -> None:
    assert names(read((REQUEST, "01 BA"), (RESPONSE, "01 FA"))) == ["Service_BA.Req", "Service_FA.Res".replace("FA", "BA")]


@pytest.mark.parametrize(
    ("frames", "note"),
    [
        ([(REQUEST, "21 00")], "without a first one"),
        ([(RESPONSE, "10 14 62 F1 90 41 42 43"), (RESPONSE, "22 00")], "sequence number 2 where 1 belongs"),
        ([(RESPONSE, "10 14 62 F1 90 41 42 43"), (RESPONSE, "02 50 01")], "6 of 20 bytes, then a new message began"),
        ([(REQUEST, "40")], "type 4"),
        ([(REQUEST, "10 05 00 00 00 00 00 00")], "fit a single one"),
    ],
)
def test_what_does_not_fit_is_told_in_words(frames: list[tuple[int, str]], note: str) -> None:
    errors = [message.note for message in read(*frames) if message.name == "TP.ERROR"]
    assert len(errors) == 1
    assert note in errors[0]


@given(st.lists(st.tuples(st.sampled_from([REQUEST, RESPONSE, TO_ALL, 0x0CF00400]), st.binary(max_size=8)), max_size=30))
def test_any_frames_are_read_without_an_error(frames: list[tuple[int, bytes]]) -> None:
    for message in read(*((can_id, data.hex()) for can_id, data in frames)):
        assert message.name
        assert message.values


@pytest.mark.parametrize(("source", "sender"), [(0xF1, "tester"), (0xF9, "tester"), (0xF3, "ecu"), (0x10, "ecu")])
def test_battery_controller_is_no_tester_although_its_address_is_near(source: int, sender: str) -> None:
    (message,) = read((0x18DA0000 | 0x27 << 8 | source, "02 3E 00"))
    assert message.sender == sender
