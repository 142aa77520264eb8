"""The codec of the 2015 edition: published examples, filler bits, shortened forms, refusals."""

from __future__ import annotations

import pytest

from harness.core.errors import LocalProtocolError
from harness.core.message import Value
from harness.protocols.gbt27930.codec import codec_2015
from harness.protocols.gbt27930.messages import MESSAGES

EXAMPLES: dict[str, tuple[str, dict[str, Value]]] = {
    "BHM": ("A5 10", {"max_voltage_v": 426.1}),
    "BCP": (
        "72 01 DA 05 2A 02 A5 10 73 08 03 C6 0E",
        {
            "max_cell_voltage_v": 3.7,
            "max_current_a": -250.2,
            "energy_kwh": 55.4,
            "max_voltage_v": 426.1,
            "max_temp_degc": 65,
            "soc_pct": 77.6,
            "voltage_v": 378.2,
        },
    ),
    "CML": ("1C 25 7C 01 DC 05 A0 0F", {"max_voltage_v": 950.0, "min_voltage_v": 38.0, "max_current_a": -250.0, "min_current_a": 0.0}),
    "BCL": ("A5 10 D8 0E 02", {"voltage_v": 426.1, "current_a": -20.0, "mode": 2}),
    "CCS": ("24 0B A0 0F 00 00 FD", {"voltage_v": 285.2, "current_a": 0.0, "elapsed_min": 0, "permitted": 1}),
    "BCS": (
        "C5 0E A0 0F 4C 61 4D 00 00",
        {"voltage_v": 378.1, "current_a": 0.0, "max_cell_voltage_v": 3.32, "max_cell_group": 6, "soc_pct": 77, "remaining_min": 0},
    ),
    "BSD": (
        "4D 4D 01 4E 01 35 36",
        {"soc_pct": 77, "min_cell_voltage_v": 3.33, "max_cell_voltage_v": 3.34, "min_temp_degc": 3, "max_temp_degc": 4},
    ),
}
"""Frames of a real session and what they say."""

STOPS = {"CST": ("04 00 F0 F0", "manual"), "BST": ("40 00 00 00", "charger_stopped")}


@pytest.mark.parametrize("name", EXAMPLES)
def test_published_examples_decode_to_their_values(name: str) -> None:
    text, values = EXAMPLES[name]
    assert codec_2015().decode(name, bytes.fromhex(text)) == values


@pytest.mark.parametrize("name", EXAMPLES)
def test_published_examples_encode_to_their_bytes(name: str) -> None:
    data = bytes.fromhex(EXAMPLES[name][0])
    assert codec_2015().encode(name, EXAMPLES[name][1], length=len(data)) == data


@pytest.mark.parametrize("name", STOPS)
def test_a_stop_has_one_reason_in_the_published_frame(name: str) -> None:
    text, reason = STOPS[name]
    values = codec_2015().decode(name, bytes.fromhex(text))
    assert [signal for signal, value in values.items() if value and not signal.startswith("reserved")] == [reason]


BEM = dict.fromkeys((f"timeout_{name}" for name in ("crm00", "crmaa", "cml", "cro", "ccs", "cst", "csd")), 0)
CEM = dict.fromkeys((f"timeout_{name}" for name in ("brm", "bcp", "bro", "bcs", "bcl", "bst", "bsd")), 0)


@pytest.mark.parametrize(
    ("name", "values", "sent"),
    [
        ("BEM", BEM, "F0F0F0FC"),
        ("BEM", BEM | {"timeout_crmaa": 1}, "F4F0F0FC"),
        ("BEM", BEM | {"timeout_cml": 1}, "F0F1F0FC"),
        ("BEM", BEM | {"timeout_ccs": 1}, "F0F0F1FC"),
        ("CEM", CEM, "FCF0C0FC"),
        ("CRM", {"recognition": 0xAA, "charger_number": 1}, "AA01000000FFFFFF"),
        ("CTS", {}, "FF" * 7),
        ("BSP", {}, "FF" * 16),
    ],
)
def test_bits_without_a_value_are_sent_as_one(name: str, values: dict[str, Value], sent: str) -> None:
    assert codec_2015().encode(name, values).hex().upper() == sent


@pytest.mark.parametrize(("permitted", "byte"), [(0, 0xFC), (1, 0xFD)])
def test_undefined_bits_of_ccs_are_one_in_either_length(permitted: int, byte: int) -> None:
    values = {"voltage_v": 600.0, "current_a": -100.0, "elapsed_min": 3, "permitted": permitted}
    assert codec_2015().encode("CCS", values)[6:] == bytes((byte, 0xFF))
    assert codec_2015().encode("CCS", values, length=7)[6:] == bytes((byte,))


def test_reserved_bits_can_be_set_to_what_some_vehicles_send() -> None:
    values = codec_2015().decode("BSM", bytes.fromhex("004B004A0000D0")) | {"reserved": 0}
    assert codec_2015().encode("BSM", values) == bytes.fromhex("004B004A000010")


def test_brm_of_the_old_length_has_no_software_version() -> None:
    codec = codec_2015()
    values: dict[str, Value] = {"protocol_version": b"\0\1\0", "battery_type": 3, "rated_capacity_ah": 470.0, "rated_voltage_v": 614.4}
    data = codec.encode("BRM", values | {"vin": b"LTESTHDTP00000001"}, length=41)
    assert len(data) == 41
    decoded = codec.decode("BRM", data)
    assert (decoded["vin"], decoded["rated_voltage_v"], decoded["protocol_version"]) == (b"LTESTHDTP00000001", 614.4, b"\0\1\0")
    assert {name for name, value in decoded.items() if value is None} == {name for name in decoded if name.startswith("software_")}


def test_cell_voltages_are_as_long_as_there_are_cells() -> None:
    codec = codec_2015()
    values: dict[str, Value] = {"cell_001_voltage_v": 3.31, "cell_001_group": 1, "cell_002_voltage_v": 3.32, "cell_002_group": 2}
    data = codec.encode("BMV", values, length=4)
    assert data == bytes.fromhex("4B114C21")
    assert {name: value for name, value in codec.decode("BMV", data).items() if value is not None} == values


def test_temperatures_are_as_long_as_there_are_points() -> None:
    data = codec_2015().encode("BMT", {"temp_001_degc": 25, "temp_002_degc": -50, "temp_003_degc": 200}, length=3)
    assert data == bytes((75, 0, 250))
    assert codec_2015().decode("BMT", data)["temp_004_degc"] is None


def test_a_signal_that_is_cut_is_not_supplied() -> None:
    decoded = codec_2015().decode("BCL", bytes.fromhex("A510D8"))
    assert decoded == {"voltage_v": 426.1, "current_a": None, "mode": None}


def test_an_empty_payload_supplies_nothing() -> None:
    assert codec_2015().decode("BHM", b"") == {"max_voltage_v": None}


def test_bytes_behind_the_message_are_ignored_when_decoding_and_filled_when_encoding() -> None:
    assert codec_2015().decode("BHM", bytes.fromhex("A510FF00")) == {"max_voltage_v": 426.1}
    assert codec_2015().encode("BHM", {"max_voltage_v": 426.1}, length=4) == bytes.fromhex("A510FFFF")


def test_a_longer_mandatory_signal_may_be_left_out_of_a_shorter_form() -> None:
    old_form = {"max_voltage_v": 750.0, "min_voltage_v": 200.0, "max_current_a": -250.0}
    assert codec_2015().encode("CML", old_form, length=6) == bytes.fromhex("4C1DD007DC05")


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"voltage_v": 600.0, "current_a": 0.5, "mode": 2}, "BCL.current_a: 0.5 A is outside -400..0 A"),
        ({"voltage_v": 600.0, "current_a": -400.1, "mode": 2}, "BCL.current_a: -400.1 A does not fit 16 bits (-400..0 A)"),
        ({"voltage_v": 6553.6, "current_a": 0, "mode": 2}, "BCL.voltage_v: 6553.6 V does not fit 16 bits (0..6553.5 V)"),
        ({"voltage_v": -0.04, "current_a": 0, "mode": 2}, "BCL.voltage_v: -0.04 V is outside 0..6553.5 V"),
        ({"voltage_v": 600.0, "current_a": 0, "mode": 0}, "BCL.mode: 0 is outside 1..2"),
        ({"voltage_v": 600.0, "current_a": 0}, "BCL.mode: no value given, 1..2 expected"),
        ({"voltage_v": 600.0, "current_a": 0, "mode": None}, "BCL.mode: no value given, 1..2 expected"),
        ({"voltage_v": float("nan"), "current_a": 0, "mode": 1}, "BCL.voltage_v: nan is not a finite number (0..6553.5 V)"),
        ({"voltage_v": float("inf"), "current_a": 0, "mode": 1}, "BCL.voltage_v: inf is not a finite number (0..6553.5 V)"),
        ({"voltage_v": "600", "current_a": 0, "mode": 1}, "BCL.voltage_v: '600' is not a number (0..6553.5 V)"),
        (
            {"voltage_v": 600.0, "current_a": 0, "mod": 1},
            "BCL has no signal 'mod' (did you mean 'mode'?); BCL.mode: no value given, 1..2 expected",
        ),
        ({"voltage_v": 600.0, "current_a": 0, "mode": 1, "x": 1}, "BCL has no signal 'x' (have: current_a, mode, voltage_v)"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_signal_value_and_range(values: dict[str, Value], complaint: str) -> None:
    with pytest.raises(LocalProtocolError) as refused:
        codec_2015().encode("BCL", values)
    assert str(refused.value) == complaint


@pytest.mark.parametrize("vin", [b"SHORT", b"x" * 18, "LTESTHDTP00000001", 17])
def test_opaque_fields_take_bytes_of_their_length_only(vin: Value) -> None:
    values: dict[str, Value] = {
        "protocol_version": b"\1\1\0",
        "battery_type": 3,
        "rated_capacity_ah": 1.0,
        "rated_voltage_v": 1.0,
        "vin": vin,
    }
    with pytest.raises(LocalProtocolError, match=r"BRM\.vin: .* is not 17 bytes"):
        codec_2015().encode("BRM", values)


def test_faulty_senders_may_leave_the_range_but_not_the_bits() -> None:
    codec = codec_2015()
    over = {"voltage_v": 600.0, "current_a": 12.5, "mode": 0x7F}
    assert codec.decode("BCL", codec.encode("BCL", over, strict=False)) == over
    with pytest.raises(LocalProtocolError, match="does not fit 8 bits"):
        codec.encode("BCL", over | {"mode": 256}, strict=False)


def test_unknown_messages_are_refused_with_a_suggestion() -> None:
    with pytest.raises(LocalProtocolError, match=r"no message 'BCX' \(did you mean"):
        codec_2015().encode("BCX", {})
    with pytest.raises(LocalProtocolError, match="no message 'bcl'"):
        codec_2015().decode("bcl", b"")


def test_multiplexed_frames_are_refused_with_the_reason() -> None:
    with pytest.raises(LocalProtocolError, match="'TP_CM_V' cannot be encoded or decoded: it is multiplexed"):
        codec_2015().decode("TP_CM_V", bytes(8))


def test_a_negative_length_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="BHM: a payload cannot have -1 bytes"):
        codec_2015().encode("BHM", {"max_voltage_v": 1}, length=-1)


def test_values_are_rounded_to_the_nearest_raw_value() -> None:
    codec = codec_2015()
    assert codec.decode("BCL", codec.encode("BCL", {"voltage_v": 600.04, "current_a": -99.96, "mode": 1.0})) == {
        "voltage_v": 600.0,
        "current_a": -100.0,
        "mode": 1,
    }
    assert codec.decode("BSD", codec.encode("BSD", codec.decode("BSD", bytes(7)) | {"soc_pct": 76.6}))["soc_pct"] == 77


def test_numbers_stay_whole_where_the_scale_is_whole() -> None:
    decoded = codec_2015().decode("BSM", bytes.fromhex("004B004A0000D0"))
    assert all(isinstance(value, int) for value in decoded.values())
    assert (decoded["max_cell_number"], decoded["max_temp_degc"], decoded["permitted"]) == (1, 25, 1)


def test_every_message_of_the_table_can_be_decoded() -> None:
    for name, row in MESSAGES.items():
        assert None not in codec_2015().decode(name, bytes(row.length)).values()


def test_signals_read_as_text_with_word_or_unit() -> None:
    layout = codec_2015().layout("BCL")
    assert layout.signal("mode").text(2) == "constant current (2)"
    assert layout.signal("voltage_v").text(426.1) == "426.1 V"
    assert layout.signal("voltage_v").text(None) == "not supplied"
    assert codec_2015().layout("BRM").signal("vin").text(b"LTESTHDTP00000001") == "LTESTHDTP00000001"
    assert codec_2015().layout("CHM").signal("protocol_version").text(b"\1\1\0") == "01 01 00"
