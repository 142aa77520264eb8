"""What a listener makes of the bus and of the stream: roles, damaged frames, long messages, requests; it bears anything."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core import Chunk, Direction, Frame, Message, Record
from harness.core.pdu import Pdu
from harness.protocols.j1939 import GLOBAL, Transport, build_id
from harness.protocols.swap.decoder import SwapDecoder
from harness.protocols.swap.profile import default_profile
from harness.protocols.swap.stream import encode

PROFILE = default_profile()
CODE = "TSTPB01ABCDEF1A1B0000001"
VIN = "LZZTEST01A1234567"


def decoded(pdus: Sequence[Pdu]) -> list[Message]:
    decoder = SwapDecoder(PROFILE)
    found: list[Message] = []
    for number, pdu in enumerate(pdus, 1):
        t_ns = 60_000_000 * number
        found += decoder.feed(Record(number, t_ns, t_ns, "swap", Direction.RX, "node", pdu))
    return found


def test_roles_sender_and_source():
    (message,) = decoded([PROFILE.frame("ACK", {"AckCmd": "lock", "AckResult": "done"}, source=PROFILE.address("bsc"))])
    assert (message.name, message.sender, message["source"], message["AckCmd"]) == ("ACK", "bsc", 0xD8, "lock")


def test_damaged_and_short_frames_say_what_is_wrong():
    good = PROFILE.frame("LOCK_STS", {"LockState": "locked"})
    spoiled = Frame(good.can_id, good.data[:7] + bytes([good.data[7] ^ 0x10]))
    messages = decoded([spoiled, Frame(good.can_id, good.data[:6])])
    assert [(each.name, each["reason"], each["about"], each.sender) for each in messages] == [
        ("SWAP.ERROR", "checksum", "LOCK_STS", "bsc"),
        ("SWAP.ERROR", "length", "LOCK_STS", "bsc"),
    ]


def test_identity_comes_by_the_transport_protocol():
    address = PROFILE.address("bms")
    sender = Transport(address)
    content = PROFILE.payload("PACK_ID", {"Code": CODE, "SlotIndex": 1, "PackCount": 1})
    frames, now_ns = list(sender.send(0, PROFILE.pgn("PACK_ID"), GLOBAL, content)), 0
    while (due_ns := sender.next_deadline_ns()) is not None and due_ns > now_ns:
        now_ns = due_ns
        frames += sender.handle_timers(now_ns)
    messages = decoded(frames)
    assert [each.name for each in messages] == ["TP.BAM", *["TP.DT"] * 4, "PACK_ID"]
    assert (messages[-1]["Code"], messages[-1].sender, len(messages[-1].frames)) == (CODE, "bms", 5)


def test_request_for_a_message_of_the_profile_names_it():
    pgn = PROFILE.pgn("PACK_ID")
    request = Frame(build_id(0xEA00, PROFILE.address("vcu"), PROFILE.address("bms")), pgn.to_bytes(3, "little"))
    (message,) = decoded([request])
    assert (message.name, message["about"], message.sender) == ("Request", "PACK_ID", "vcu")


def test_stream_gives_the_same_messages_as_the_bus():
    frame = PROFILE.frame("VEH_STS", {"VehSwapMode": "swap_ready", "LinkVoltage": 12.3}, counter=7)
    raw = encode(PROFILE, frame, VIN)
    (on_bus,) = decoded([frame])
    (on_stream,) = decoded([Chunk(raw[:10], source="a", destination="b"), Chunk(raw[10:], source="a", destination="b")])
    assert (on_stream.name, on_stream.sender) == (on_bus.name, on_bus.sender)
    assert dict(on_stream.values) == {**on_bus.values, "vin": VIN}


def test_two_directions_of_a_stream_are_kept_apart():
    raw = encode(PROFILE, PROFILE.frame("VEH_STS", {}), VIN)
    half = Chunk(raw[:20], source="a", destination="b"), Chunk(raw[20:], source="b", destination="a")
    assert [each.name for each in decoded(half)] == ["SWAP.ERROR"]


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([PROFILE.can_id(role) for role in PROFILE.forms] + [0x1CECFFF4, 0x1CEBFFF4, 0x18DAD0F9]), st.binary(max_size=8)
        )
    )
)
def test_anything_on_the_bus_is_borne(frames):
    for message in decoded([Frame(can_id, data) for can_id, data in frames]):
        assert dict(message.values) is not None
