"""The decoder names single frames, counts foreign ones, and reads a real session."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.message import Message
from harness.core.pdu import Frame, Level
from harness.core.trace import Direction, Record, Trace
from harness.protocols.gbt27930.decoder import GbtDecoder
from harness.protocols.gbt27930.messages import MESSAGES

CAPTURE = Path(__file__).parents[4] / "shared/captures/gbt27930/passenger-car-full-session.candump.log"

Feed = Callable[[Frame], list[Message]]


def record(frame: Frame, number: int = 1, t_ns: int = 0) -> Record:
    return Record(number, t_ns, t_ns, "charge", Direction.RX, "", frame)


def decode(can_id: int, data: str, decoder: GbtDecoder | None = None) -> list[Message]:
    return list((decoder or GbtDecoder()).feed(record(Frame(can_id, bytes.fromhex(data)), 7, 1000)))


@pytest.mark.parametrize("name", [name for name, row in MESSAGES.items() if not row.multi_packet])
def test_every_single_frame_message_is_named_with_its_sender(name: str) -> None:
    row = MESSAGES[name]
    (message,) = decode(row.can_id, "00" * row.length)
    assert (message.name, message.sender, message.link, message.frames, message.note) == (name, row.sender, "charge", (7,), "")
    assert (message.t_ns, message.start_ns) == (1000, 1000)


def test_values_are_those_of_the_codec() -> None:
    (message,) = decode(0x181056F4, "A510D80E02")
    assert message.values == {"voltage_v": 426.1, "current_a": -20.0, "mode": 2}
    assert message.data == bytes.fromhex("A510D80E02")


@pytest.mark.parametrize(
    ("can_id", "data", "note"),
    [
        (0x182756F4, "A5", "1 bytes, the table says 2"),
        (0x182756F4, "A510FF", "3 bytes, the table says 2"),
        (0x1812F456, "240BA00F0000", "6 bytes, the table says 7..8"),
        (0x1812F456, "240BA00F0000FD", ""),
        (0x1812F456, "240BA00F0000FDFF", ""),
        (0x1C1556F4, "4B114C", "3 bytes, the table says 2..512"),
        (0x1C1556F4, "4B114C21", ""),
        (0x1C1656F4, "4B", ""),
        (0x182756F4, "", "0 bytes, the table says 2"),
    ],
)
def test_lengths_that_the_edition_does_not_know_are_noted(can_id: int, data: str, note: str) -> None:
    (message,) = decode(can_id, data)
    assert message.note == note


def test_a_wrong_priority_is_noted_and_the_message_kept() -> None:
    (message,) = decode(0x101FF456, "FCF0C0FC")
    assert (message.name, message.note) == ("CEM", "priority 4, the table says 2")


@pytest.mark.parametrize("name", ["BRM", "BCP", "BCS", "BSP"])
def test_a_multi_packet_message_in_a_single_frame_is_an_error(name: str) -> None:
    (message,) = decode(MESSAGES[name].can_id, "00" * 8)
    assert (message.name, message["cause"], message["message"], message.sender) == ("TP.ERROR", "single_frame", name, "vehicle")


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (Frame(0x0070F4B5, b"\0\0\xb5"), "0070F4B5"),
        (Frame(0x123, b"\0", extended=False), "123"),
        (Frame(0x182756F4, remote=True), "182756F4 remote"),
        (Frame(0x182756F4, b"\0\0", fd=True), "182756F4 fd"),
        (Frame(0x182757F4, b"\0\0"), "182757F4"),
        (Frame(0x182756F5, b"\0\0"), "182756F5"),
        (Frame(0x1827F456, b"\0\0"), "1827F456"),
        (Frame(0x192756F4, b"\0\0"), "192756F4"),
        (Frame(0x1CEC00F4, bytes.fromhex("10310007FF000200")), "1CEC00F4"),
        (Frame(0x1CEB5603, bytes(8)), "1CEB5603"),
        (Frame(0x18FEF100, bytes(8)), "18FEF100"),
    ],
    ids=str,
)
def test_foreign_frames_are_counted_and_give_nothing(frame: Frame, text: str) -> None:
    decoder = GbtDecoder()
    assert list(decoder.feed(record(frame))) == []
    assert list(decoder.feed(record(frame))) == []
    assert decoder.foreign == Counter({text: 2})


def test_foreign_identifiers_are_bounded() -> None:
    decoder = GbtDecoder()
    for number in range(5000):
        decoder.feed(record(Frame(0x18FF0000 + number, b"")))
    assert len(decoder.foreign) == 4097
    assert decoder.foreign["other"] == 5000 - 4096


def test_pdus_of_other_links_are_ignored() -> None:
    decoder = GbtDecoder()
    assert list(decoder.feed(Record(1, 0, 0, "pilot", Direction.TX, "", Level("plug", 1)))) == []
    assert decoder.foreign == Counter()
    assert list(decoder.finish()) == []


@pytest.fixture(scope="module")
def session() -> tuple[GbtDecoder, list[Message]]:
    if not CAPTURE.exists():
        pytest.skip(f"no recordings beside the project ({CAPTURE.name})")
    trace = Trace()
    for line in CAPTURE.read_text("ascii").splitlines():
        parts = re.fullmatch(r"\((\d+)\.(\d{6})\) \S+ ([0-9A-F]{8})#([0-9A-F]*)", line)
        assert parts, line
        t_ns = int(parts[1]) * 10**9 + int(parts[2]) * 1000
        trace.append(t_ns, t_ns, "charge", Direction.RX, "", Frame(int(parts[3], 16), bytes.fromhex(parts[4])))
    decoder = GbtDecoder()
    messages = [message for item in trace for message in decoder.feed(item)]
    return decoder, [*messages, *decoder.finish()]


def test_real_session_has_the_expected_messages(session: tuple[GbtDecoder, list[Message]]) -> None:
    assert Counter(message.name for message in session[1]) == {
        "CHM": 66,
        "BHM": 67,
        "CRM": 2,
        "BRM.RTS": 1,
        "BRM": 1,
        "BCP.RTS": 1,
        "BCP": 1,
        "CTS": 3,
        "CML": 5,
        "BRO": 6,
        "CRO": 2,
        "BCL": 548,
        "BCS.RTS": 110,
        "BCS": 110,
        "CCS": 396,
        "BSM": 109,
        "CST": 26,
        "BST": 10,
        "BSD": 5,
        "CSD": 4,
        "TP.CTS": 112,
        "TP.EOMA": 112,
    }


def test_real_session_counts_its_foreign_frames(session: tuple[GbtDecoder, list[Message]]) -> None:
    assert session[0].foreign == {"0070F4B5": 42, "0073F4B5": 1}


def test_every_frame_of_the_real_session_is_used_once_or_is_foreign(session: tuple[GbtDecoder, list[Message]]) -> None:
    decoder, messages = session
    # An announcement is a message of its own and the first frame of what it announces.
    used = [number for message in messages if not message.name.endswith(".RTS") for number in message.frames]
    assert len(used) == len(set(used)) == 1857 - decoder.foreign.total()


def test_real_session_carries_the_vehicle_identification(session: tuple[GbtDecoder, list[Message]]) -> None:
    (brm,) = [message for message in session[1] if message.name == "BRM"]
    assert len(brm.data) == 49
    assert brm["vin"] == b"LTESTHDTP00000001"
    assert brm.frames == (147, 149, 150, 151, 152, 153, 154, 155)
    assert 60_000_000 < brm.t_ns - brm.start_ns < 95_000_000
    assert (brm.sender, brm.note) == ("vehicle", "")


def test_real_session_ends_by_a_manual_stop(session: tuple[GbtDecoder, list[Message]]) -> None:
    first_stop = next(message for message in session[1] if message.name in ("CST", "BST"))
    assert (first_stop.name, first_stop["manual"]) == ("CST", 1)


def test_real_session_agrees_with_itself_on_the_highest_voltage(session: tuple[GbtDecoder, list[Message]]) -> None:
    by_name = {message.name: message for message in session[1]}
    assert by_name["BHM"]["max_voltage_v"] == by_name["BCP"]["max_voltage_v"] == 426.1


def test_real_session_has_nothing_to_remark(session: tuple[GbtDecoder, list[Message]]) -> None:
    assert [message.note for message in session[1] if message.note] == []
