"""Frames, parameter groups, long messages and version negotiation of class C, from the facts of the reference."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core import Direction, Frame, LocalProtocolError, Record, ms, s
from harness.protocols.gbt27930 import STANDARD
from harness.protocols.gbt27930.class_c import FRAMES, GROUPS, ClassCDecoder, Result, Service, Version, VersionFrame
from harness.protocols.gbt27930.class_c.long_messages import parts_of
from harness.protocols.gbt27930.class_c.negotiation import Negotiation, Outcome
from harness.protocols.gbt27930.decoder import GbtDecoder

FAST = settings(max_examples=50, deadline=None, derandomize=True)
OF_CHARGER, OF_VEHICLE = "charger", "vehicle"


def records_of(*frames):
    return [Record(n, ms(10 * n), ms(10 * n), "charge", Direction.RX, "", frame) for n, frame in enumerate(frames, 1)]


def frame(service, sender, data):
    return Frame(FRAMES[service, sender].can_id, bytes.fromhex(data) if isinstance(data, str) else data)


def decoded(*frames):
    decoder = ClassCDecoder()
    return [message for record in records_of(*frames) for message in decoder.feed(record) or ()], decoder


def test_identifiers_are_those_of_the_reference() -> None:
    assert {(row.service.value, row.sender): f"{row.can_id:08X}" for row in FRAMES.values()} == {
        ("VC", OF_CHARGER): "0C38F456",
        ("VC", OF_VEHICLE): "0C3956F4",
        ("CONTROL", OF_CHARGER): "0C37F456",
        ("CONTROL", OF_VEHICLE): "0C3756F4",
        ("RM", OF_CHARGER): "1035F456",
        ("RM", OF_VEHICLE): "103556F4",
        ("URM", OF_CHARGER): "1836F456",
        ("URM", OF_VEHICLE): "183656F4",
        ("LM", OF_CHARGER): "1834F456",
        ("LM", OF_VEHICLE): "183456F4",
    }


def test_groups_and_their_senders_are_those_of_the_reference() -> None:
    of_charger = {0x01, 0x03, 0x05, 0x07, 0x08, 0x11, 0x21, 0x31, 0x33, 0x35, 0x39, 0x51, 0x71, 0x75, 0x76, 0x78, 0x92, 0x93}
    of_vehicle = {0x02, 0x04, 0x06, 0x09, 0x12, 0x22, 0x32, 0x36, 0x3A, 0x52, 0x72, 0x73, 0x74, 0x77, 0x79, 0x91, 0x94}
    assert {pgi for pgi, group in GROUPS.items() if group.sender == OF_CHARGER} == of_charger
    assert {pgi for pgi, group in GROUPS.items() if group.sender == OF_VEHICLE} == of_vehicle
    assert {pgi for pgi, group in GROUPS.items() if group.service is Service.LM} == {0x11, 0x21, 0x22}


@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda group: group.name)
def test_fields_of_a_group_do_not_overlap_and_fit_their_service(group) -> None:
    taken = [byte for item in group.fields for byte in range(item.byte, item.byte + item.size)]
    assert len(set(taken)) == len(taken)
    assert 0 not in taken
    assert group.service is Service.LM or group.length <= 8


@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda group: group.name)
@FAST
@given(data=st.data())
def test_group_survives_encoding_and_decoding(group, data) -> None:
    raw = data.draw(st.binary(min_size=group.length, max_size=group.length))
    values = group.decode(bytes([group.pgi]) + raw[1:])
    again = group.decode(group.encode(values))
    assert again == values


def test_demand_has_no_current_offset() -> None:
    (message,), _ = decoded(frame(Service.URM, OF_VEHICLE, "73 58 1B A0 0F 02 FF FF"))
    assert (message.name, message.sender) == ("PGI73", OF_VEHICLE)
    assert message.values == {"voltage_v": 700.0, "current_a": 400.0, "mode": 2}
    assert "constant current" in message.note


def test_cells_are_read_with_their_scales() -> None:
    (message,), _ = decoded(frame(Service.URM, OF_VEHICLE, "77 4D 01 49 01 4B 49 FF"))
    assert message.values == {"max_cell_voltage_v": 3.33, "min_cell_voltage_v": 3.29, "max_temp_degc": 25, "min_temp_degc": 23}


def test_stop_is_told_in_words() -> None:
    (message,), _ = decoded(frame(Service.RM, OF_CHARGER, "03 01 05 00 FF FF FF FF"))
    assert message.values == {"kind": 1, "reason_0": 5, "reason_1": 0, "reconnect": 0xFF}
    assert "kind charging ended" in message.note
    assert "reconnect no reconnect" in message.note


def test_unknown_group_keeps_its_number_and_bytes() -> None:
    (message,), _ = decoded(frame(Service.RM, OF_VEHICLE, "34 01 02 03 04 05 06 07"))
    assert (message.name, message["pgi"], message.note) == ("PGI.UNKNOWN", 0x34, "group 0x34 is not public")
    assert message.data.hex() == "3401020304050607"


def test_group_of_the_wrong_side_or_service_is_remarked() -> None:
    (message,), _ = decoded(frame(Service.RM, OF_CHARGER, "73 58 1B A0 0F 02 FF FF"))
    assert "PGI73 is a message of the vehicle by URM" in message.note


def test_short_frame_is_remarked_and_read() -> None:
    (message,), _ = decoded(frame(Service.URM, OF_CHARGER, "71 AA"))
    assert message["ready"] == 0xAA
    assert "2 bytes, a frame of class C has 8" in message.note


@pytest.mark.parametrize(
    ("data", "name", "values"),
    [
        ("00 FF 73 FF FF FF FF FF", "CONTROL.RECEIPT", {"pgi": 0x73}),
        ("01 01 02 FF FF FF FF FF", "CONTROL.GRANT", {"start": 1, "count": 2}),
        ("02 FF FF FF FF FF FF FF", "CONTROL.REPEAT", {}),
        ("03 02 0A 00 FF FF FF FF", "CONTROL.END", {"frames": 2, "length": 10}),
        ("09 FF FF FF FF FF FF FF", "CONTROL.UNKNOWN", {}),
    ],
)
def test_control_frames_confirm_and_steer(data, name, values) -> None:
    (message,), _ = decoded(frame(Service.CONTROL, OF_VEHICLE, data))
    assert (message.name, message.values) == (name, values)


CAPABILITY = GROUPS[0x21].encode(
    {"max_voltage_v": 1000.0, "min_voltage_v": 200.0, "max_current_a": 600.0, "min_current_a": 0.0, "restarts": 3}
)


def test_long_message_is_put_together() -> None:
    messages, _ = decoded(*(frame(Service.LM, OF_CHARGER, part) for part in parts_of(CAPABILITY)))
    start, message = messages
    assert (start.name, start.values) == ("LM.START", {"frames": 2, "length": 10})
    assert message.name == "PGI21"
    assert (message["max_voltage_v"], message["max_current_a"], message["restarts"]) == (1000.0, 600.0, 3)
    assert message.data == CAPABILITY
    assert message.frames == (1, 2, 3)


def test_parts_of_both_sides_do_not_mix() -> None:
    battery = GROUPS[0x22].encode({"max_current_a": 250.0, "max_voltage_v": 700.8, "battery_type": 3})
    ours, theirs = parts_of(CAPABILITY), parts_of(battery)
    mixed = [item for pair in zip(ours, theirs, strict=True) for item in pair]
    senders = (OF_CHARGER, OF_VEHICLE) * len(ours)
    messages, _ = decoded(*(frame(Service.LM, sender, part) for sender, part in zip(senders, mixed, strict=True)))
    assert [message.name for message in messages if message.name.startswith("PGI")] == ["PGI21", "PGI22"]
    assert messages[-1].data == battery


@pytest.mark.parametrize(
    ("frames", "problem"),
    [
        (["00030A00FFFFFFFF"], "announces 10 bytes in 3 parts, 2 needed"),
        (["01FFFFFFFFFFFFFF"], "part 1: its announcement was not seen"),
        (["00020A00FFFFFFFF", "05FFFFFFFFFFFFFF"], "part 5 of 2"),
        (["00020A00FFFFFFFF", "0121FFFFFFFFFFFF", "00020A00FFFFFFFF"], "announced again before it was complete (1 of 2 parts seen)"),
    ],
)
def test_broken_long_message_is_an_error_message(frames, problem) -> None:
    messages, _ = decoded(*(frame(Service.LM, OF_CHARGER, data) for data in frames))
    assert [message.note for message in messages if message.name == "LM.ERROR"] == [problem]


def test_long_message_that_is_open_at_the_end_is_an_error_message() -> None:
    _, decoder = decoded(frame(Service.LM, OF_CHARGER, parts_of(CAPABILITY)[0]))
    (message,) = decoder.finish()
    assert (message.name, message["missing"]) == ("LM.ERROR", "1, 2")


@FAST
@given(content=st.binary(min_size=1, max_size=1785))
def test_any_long_message_survives_its_parts(content) -> None:
    messages, _ = decoded(*(frame(Service.LM, OF_VEHICLE, part) for part in parts_of(content)))
    assert messages[-1].data == content


@FAST
@given(data=st.lists(st.tuples(st.sampled_from(list(FRAMES.values())), st.binary(max_size=8)), max_size=30))
def test_anything_on_the_wire_is_taken(data) -> None:
    decoder = GbtDecoder()
    for record in records_of(*(Frame(row.can_id, content) for row, content in data)):
        assert decoder.feed(record) is not None
    decoder.finish()


def test_version_frame_has_its_fields_where_the_reference_says() -> None:
    told = VersionFrame(Version(2, 1, 3), Result.AGREED).encode()
    assert told.hex() == "00010201030101ff"
    assert VersionFrame.parse(told) == VersionFrame(Version(2, 1, 3), 1)


@pytest.mark.parametrize("text", ["2.0", "2.0.x", "", "2.0.256", "-1.0.0"])
def test_what_is_no_version_is_refused(text) -> None:
    with pytest.raises(LocalProtocolError, match=r"no version like 2\.0\.0"):
        Version.parse(text)


def talk(charger: str, vehicle: str | None):
    """Both sides against each other in steps of 10 ms; what each sent."""
    ours, theirs = Negotiation("charger", Version.parse(charger)), Negotiation("vehicle", Version.parse(vehicle or "0.0.0"))
    sent: list[Frame] = []
    for now_ns in range(0, s(8), ms(10)):
        out = ours.begin(now_ns) if now_ns == 0 else ours.handle_timers(now_ns)
        for told in out:
            sent.append(told)
            answers = theirs.hear(now_ns, told) if vehicle else []
            out_v = [*answers, *theirs.handle_timers(now_ns)] if vehicle else []
            for answer in out_v:
                sent.append(answer)
                ours.hear(now_ns, answer)
    return ours, theirs, sent


@pytest.mark.parametrize(("charger", "vehicle"), [("2.0.0", "2.0.0"), ("2.1.0", "3.0.0")])
def test_two_versions_from_2_0_0_on_agree(charger, vehicle) -> None:
    ours, theirs, sent = talk(charger, vehicle)
    assert (ours.outcome, theirs.outcome) == (Outcome.CLASS_C, Outcome.CLASS_C)
    assert VersionFrame.parse(sent[-1].data).result == Result.AGREED


@pytest.mark.parametrize(("charger", "vehicle"), [("2.0.0", "1.9.9"), ("1.1.0", "2.0.0"), ("1.1.0", "1.1.0")])
def test_a_version_below_2_0_0_leads_back_to_2015(charger, vehicle) -> None:
    ours, theirs, sent = talk(charger, vehicle)
    assert (ours.outcome, theirs.outcome) == (Outcome.AS_OF_2015, Outcome.AS_OF_2015)
    assert VersionFrame.parse(sent[-1].data).result == Result.FAILED


def test_charger_that_is_not_answered_goes_on_as_of_2015_after_its_patience() -> None:
    ours, _, sent = talk("2.0.0", None)
    assert ours.outcome is Outcome.AS_OF_2015
    assert len(sent) == 100
    assert {VersionFrame.parse(told.data).result for told in sent} == {Result.OPEN}


VC = [
    frame(Service.VC, OF_CHARGER, VersionFrame(Version(2, 0, 0)).encode()),
    frame(Service.VC, OF_VEHICLE, VersionFrame(Version(2, 0, 0)).encode()),
    frame(Service.VC, OF_CHARGER, VersionFrame(Version(2, 0, 0), Result.AGREED).encode()),
]
SESSION = [
    *VC,
    *(frame(Service.LM, OF_CHARGER, part) for part in parts_of(CAPABILITY)),
    frame(Service.CONTROL, OF_VEHICLE, "03 02 0A 00 FF FF FF FF"),
    frame(Service.URM, OF_VEHICLE, "73 58 1B A0 0F 02 FF FF"),
    frame(Service.RM, OF_VEHICLE, "04 01 05 00 FF FF FF FF"),
    frame(Service.RM, OF_CHARGER, "93 7B 00 00 00 FF FF FF"),
]


def sessions_of(records):
    decoder = STANDARD.decoder()
    return STANDARD.sessions([message for record in records for message in decoder.feed(record)], records)


def test_recording_is_recognised_as_class_c_and_says_what_is_not_judged() -> None:
    found = STANDARD.recognise(records_of(*SESSION))
    assert (found.dialect, found.matched, found.foreign) == ("2024C", len(SESSION), 0)
    assert "not judged" in found.evidence
    assert "charger 2.0.0, vehicle 2.0.0: agreed" in found.evidence


def test_session_of_class_c_has_phases_limits_and_the_side_that_stopped() -> None:
    (session,) = sessions_of(records_of(*SESSION))
    assert [phase.name for phase in session.phases] == [
        "version negotiation",
        "parameter configuration",
        "pre-charge and energy transfer",
        "end",
    ]
    assert session.ended_by == OF_VEHICLE
    assert "charging ended" in session.end_reason
    assert session.facts["version negotiation"] == "charger 2.0.0, vehicle 2.0.0: agreed"
    assert session.facts["charger range"].startswith("max_voltage_v 1000.0 V")
    assert session.facts["charger statistics"].startswith("charged_kwh 12.3 kWh")
    assert "not judged" in session.findings[0].text
    assert session.complete


def test_negotiation_below_2_0_0_alone_is_no_session_of_class_c() -> None:
    records = records_of(frame(Service.VC, OF_CHARGER, VersionFrame(Version(1, 1, 0)).encode()))
    assert sessions_of(records) == []
    assert STANDARD.recognise(records).dialect == ""


def test_decoder_of_class_c_is_the_usual_one() -> None:
    assert STANDARD.decoder("2024C").edition == "2015"
