"""The codec of the management messages: known frames, round trips, wrong content, frames that are none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import Datagram, LocalProtocolError
from harness.core.standard import JudgeContext
from harness.core.trace import Direction, Trace
from harness.protocols.iso15118 import STANDARD
from harness.protocols.iso15118.slac.frames import BROADCAST, Mme, MmeError, decode, encode, is_mme
from harness.protocols.iso15118.slac.layout import BY_TYPE, LAYOUTS, Kind
from harness.protocols.iso15118.slac.messages import UNREADABLE, SlacReader, mean_attenuation_db

EV, EVSE = "02:00:00:00:00:0A", "02:00:00:00:00:0B"
RUN = bytes(range(1, 9))

BASES = {
    "CM_SLAC_PARM": 0x6064, "CM_START_ATTEN_CHAR": 0x6068, "CM_ATTEN_CHAR": 0x606C, "CM_MNBC_SOUND": 0x6074, "CM_VALIDATE": 0x6078,
    "CM_SLAC_MATCH": 0x607C, "CM_ATTEN_PROFILE": 0x6084, "CM_SET_KEY": 0x6008, "CM_AMP_MAP": 0x601C,
}  # fmt: skip
MODES = {"REQ": 0, "CNF": 1, "IND": 2, "RSP": 3}


def test_types_are_those_of_the_reference():
    named = {name: layout.mmtype for name, layout in LAYOUTS.items() if not name.startswith("VS_")}
    assert named == {name: BASES[name.split(".")[0]] | MODES[name.split(".")[1]] for name in named}
    assert {name.split(".")[0] for name in named} == set(BASES)
    assert len(BY_TYPE) == len(LAYOUTS)


def test_parm_request_byte_for_byte():
    data = encode(Mme("CM_SLAC_PARM.REQ", EV, BROADCAST, {"run_id": RUN}))
    assert data.hex() == "ffffffffffff02000000000a88e1016460000000000102030405060708" + "00" * 31
    assert len(data) == 60


def test_parm_confirmation_byte_for_byte():
    values = {"num_sounds": 10, "time_out": 6, "forwarding_sta": EV, "run_id": RUN}
    data = encode(Mme("CM_SLAC_PARM.CNF", EVSE, EV, values))
    assert data[19:44].hex() == "ffffffffffff0a060102000000000a00000102030405060708"


def test_match_confirmation_counts_the_bytes_behind_its_length():
    values = {
        "pev_id": bytes(17), "pev_mac": EV, "evse_id": bytes(17), "evse_mac": EVSE, "run_id": RUN, "nid": bytes(7), "nmk": bytes(16),
    }  # fmt: skip
    data = encode(Mme("CM_SLAC_MATCH.CNF", EVSE, EV, values))
    assert int.from_bytes(data[21:23], "little") == 0x56 == len(data) - 23
    request = encode(
        Mme("CM_SLAC_MATCH.REQ", EV, EVSE, {name: values[name] for name in ("pev_id", "pev_mac", "evse_id", "evse_mac", "run_id")})
    )
    assert int.from_bytes(request[21:23], "little") == 0x3E == len(request) - 23


def test_link_status_has_no_fragmentation_fields():
    data = encode(Mme("VS_PL_LNK_STATUS.CNF", EVSE, EV, {"link_status": 1}))
    assert data[14:22].hex() == "00b9a000b0520001"
    assert decode(data).values["link_status"] == 1


def test_amplitude_map_packs_two_carriers_into_a_byte():
    mme = Mme("CM_AMP_MAP.REQ", EVSE, EV, {"am_len": 917, "am_data": bytes(459)})
    assert decode(encode(mme)) == mme
    assert encode(mme)[19:21] == (917).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("mme", "text"),
    [
        (Mme("CM_SLAC_PARM.RSP", EV, EVSE, {}), "no management message is named"),
        (Mme("CM_SLAC_PARM.REQ", EV, EVSE, {}), "field 'run_id' is missing"),
        (Mme("CM_SLAC_PARM.REQ", EV, EVSE, {"run_id": RUN, "runid": 1}), "no field 'runid'"),
        (Mme("CM_SLAC_PARM.REQ", EV, EVSE, {"run_id": b"short"}), "'run_id' takes 8 bytes"),
        (Mme("CM_SLAC_PARM.REQ", EV, EVSE, {"run_id": RUN, "security_type": 256}), "'security_type' takes a number of 1 bytes"),
        (Mme("CM_SLAC_PARM.REQ", "02:00", EVSE, {"run_id": RUN}), "'02:00' is no address"),
        (Mme("CM_SLAC_PARM.REQ", "two", EVSE, {"run_id": RUN}), "'two' is no address"),
    ],
)
def test_what_cannot_be_written_is_refused(mme, text):
    with pytest.raises(LocalProtocolError, match=text):
        encode(mme)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "no HomePlug frame: 0 bytes"),
        (bytes(60), "type 0000 where 88E1 is due"),
        (bytes(12) + b"\x88\xe1\x01", "ends within its header"),
        (bytes(12) + b"\x88\xe1\x01\x00\x70" + bytes(40), "0x7000 is not read"),
        (bytes(12) + b"\x88\xe1\x01\x64\x60\x00\x00\x00\x00\x01\x02", "ends within 'run_id': 8 bytes are due from byte 21 on, 2 are there"),
        (bytes(12) + b"\x88\xe1\x01\x86\x60\x00\x00" + bytes(6) + b"\x3a\x00" + bytes(20), "ends within 'aag': 58 bytes are due"),
    ],
)
def test_what_cannot_be_read_says_where(data, text):
    with pytest.raises(MmeError, match=text):
        decode(data)


def test_wrong_number_of_groups_can_be_written_and_is_noted():
    values = {"source_address": EV, "run_id": RUN, "num_sounds": 10, "num_groups": 57, "aag": bytes([10] * 57)}
    mme = Mme("CM_ATTEN_CHAR.IND", EVSE, EV, values)
    assert decode(encode(mme)).values["num_groups"] == 57
    (message,) = read(encode(mme))
    assert message.note == "num_groups not as the standard fixes it"
    assert message["attenuation_db"] == 10.0
    assert message.sender == "charger"


def read(*frames: bytes, source: str = EVSE):
    trace, reader, found = Trace(), SlacReader(), []
    for index, data in enumerate(frames):
        trace.append(index, index, "plc", Direction.RX, "x", Datagram(data, source))
    for record in trace:
        found += reader.feed(record)
    return found


def test_reader_tells_both_sides_apart_by_who_began():
    key = {"nid": bytes(7), "new_key": bytes(16)}
    found = read(
        encode(Mme("CM_SET_KEY.REQ", EVSE, BROADCAST, key)),
        encode(Mme("CM_SLAC_PARM.REQ", EV, BROADCAST, {"run_id": RUN})),
        encode(Mme("CM_SET_KEY.REQ", EV, BROADCAST, key)),
        bytes(12) + b"\x88\xe1\x01\x00\x70" + bytes(40),
        b"\x01\xfe" + bytes(60),
    )
    assert [(message.name, message.sender) for message in found] == [
        ("CM_SET_KEY.REQ", "charger"), ("CM_SLAC_PARM.REQ", "vehicle"), ("CM_SET_KEY.REQ", "vehicle"), (UNREADABLE, "charger"),
    ]  # fmt: skip
    assert "0x7000" in found[-1].note


def test_average_of_no_group_is_refused():
    assert mean_attenuation_db(bytes([10, 20])) == 15
    with pytest.raises(ValueError, match="without a group"):
        mean_attenuation_db(b"")


macs = st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":").upper())


@st.composite
def mmes(draw: st.DrawFn) -> Mme:
    layout = LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)))]
    values: dict[str, Any] = {}
    for field in layout.fields:
        match field.kind:
            case Kind.NUMBER:
                top = 600 if field.name == "am_len" else (1 << 8 * field.size) - 1
                values[field.name] = draw(st.integers(0, top))
            case Kind.MAC:
                values[field.name] = draw(macs)
            case Kind.OCTETS:
                values[field.name] = draw(st.binary(min_size=field.size, max_size=field.size))
            case Kind.LISTED:
                values[field.name] = draw(st.binary(min_size=values["num_groups"], max_size=values["num_groups"]))
            case Kind.HALVES:
                count = (values["am_len"] + 1) // 2
                values[field.name] = draw(st.binary(min_size=count, max_size=count))
    trailing = draw(st.sampled_from([b"", b"\x01", b"\x00\x02"]))
    return Mme(layout.name, draw(macs), draw(macs), values, trailing)


@given(mmes())
def test_every_message_comes_back_as_it_was_written(mme):
    data = encode(mme)
    assert len(data) >= 60
    assert is_mme(data)
    assert decode(data) == mme


@given(st.binary(max_size=200))
def test_noise_is_refused_with_a_clear_error(data):
    for frame in (data, bytes(12) + b"\x88\xe1" + data):
        try:
            mme = decode(frame)
        except MmeError:
            continue
        assert mme.name in LAYOUTS


@given(mmes(), st.integers(0, 500), st.integers(0, 255))
def test_damaged_frames_are_read_or_refused(mme, place, byte):
    data = bytearray(encode(mme))
    data[place % len(data)] = byte
    for frame in (bytes(data), bytes(data[: place % len(data)])):
        assert len(read(frame)) == is_mme(frame)


def test_standard_decodes_a_power_line_and_its_judges_pass_it_over():
    trace = Trace()
    parm = encode(Mme("CM_SLAC_PARM.REQ", EV, BROADCAST, {"run_id": RUN}))
    trace.append(1, 1, "plc", Direction.RX, "truck", Datagram(parm, EV))
    decoder = STANDARD.decoder()
    messages = [message for record in trace for message in decoder.feed(record)]
    assert [STANDARD.word(message) for message in messages] == ["CM_SLAC_PARM.REQ"]
    assert decoder.matched == 1
    assert STANDARD.judge(messages, list(trace), JudgeContext({}, None)) == []
    assert list(STANDARD.sessions(messages, list(trace))) == []
    recognition = STANDARD.recognise(list(trace))
    assert recognition is not None
    assert "1 messages of matching" in recognition.evidence
