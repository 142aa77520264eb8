"""F3 value by value: what the standard defines passes, its nearest neighbour does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from harness.core import Check, Limit, Severity, Verdict, ms
from tests.protocols.gbt27930.traces.conftest import PAYLOADS, Tape

Judge = Callable[..., dict[str, Check]]

BLANK = {
    "CRM": "0001010101313233", "BRO": "00", "CRO": "00", "BCL": "A510D80E02", "CCS": "240BA00F0000FDFF", "BSM": "1E3606350F00D0",
    "BST": "000000F0", "CST": "0000F0F0", "BEM": "F0F0F0FC", "CEM": "FCF0C0FC",
}  # fmt: skip
"""A payload of each single-frame message in which every state is defined."""

STATES = {
    "BST": {
        "soc_reached": 1.1, "voltage_reached": 1.3, "cell_voltage_reached": 1.5, "charger_stopped": 1.7, "insulation_fault": 2.1,
        "connector_over_temp": 2.3, "component_over_temp": 2.5, "connector_fault": 2.7, "battery_over_temp": 3.1, "relay_fault": 3.3,
        "cp2_fault": 3.5, "other_fault": 3.7, "over_current_error": 4.1, "voltage_error": 4.3,
    },
    "CST": {
        "condition_reached": 1.1, "manual": 1.3, "fault": 1.5, "bms_stopped": 1.7, "over_temp_fault": 2.1, "connector_fault": 2.3,
        "internal_over_temp": 2.5, "energy_fault": 2.7, "emergency_stop": 3.1, "other_fault": 3.3, "current_error": 4.1,
        "voltage_error": 4.3,
    },
    "BEM": {
        "timeout_crm00": 1.1, "timeout_crmaa": 1.3, "timeout_cml": 2.1, "timeout_cro": 2.3, "timeout_ccs": 3.1, "timeout_cst": 3.3,
        "timeout_csd": 4.1,
    },
    "CEM": {
        "timeout_brm": 1.1, "timeout_bcp": 2.1, "timeout_bro": 2.3, "timeout_bcs": 3.1, "timeout_bcl": 3.3, "timeout_bst": 3.5,
        "timeout_bsd": 4.1,
    },
    "BSM": {
        "cell_voltage_state": 6.1, "soc_state": 6.3, "over_current": 6.5, "over_temp": 6.7, "insulation": 7.1, "connector": 7.3,
    },
    "CCS": {"permitted": 7.1},
}  # fmt: skip
"""Two-bit states by message: byte and bit as the tables print them, both from 1."""


def states() -> Iterator[tuple[str, str, int, int]]:
    for name, signals in STATES.items():
        for signal, start in signals.items():
            yield name, signal, int(start), round(start * 10) % 10


def with_bits(name: str, byte: int, bit: int, value: int) -> str:
    """The blank payload with a two-bit state replaced."""
    data = bytearray.fromhex(BLANK[name])
    data[byte - 1] = data[byte - 1] & ~(3 << bit - 1) | value << bit - 1
    return data.hex()


def of(judge: Judge, name: str, data: str, rule: str = "") -> Check:
    """The check on one message that comes alone, at 10 ms."""
    tape = Tape()
    tape.send(10, name, data)
    return judge(tape)[rule or f"F3 {name} values"]


@pytest.mark.parametrize(("name", "signal", "byte", "bit"), list(states()))
def test_state_may_be_normal_named_or_untrusted(judge: Judge, name: str, signal: str, byte: int, bit: int) -> None:
    defined = [of(judge, name, with_bits(name, byte, bit, value)) for value in (0, 1, 2)]
    assert {check.observed for check in defined} == {"1 messages, all inside"}
    check = of(judge, name, with_bits(name, byte, bit, 3))
    assert (check.verdict, check.observed) == (Verdict.FAIL, f"1 in 1 messages, first {name} {signal} 0x03 is not defined")
    assert (check.t_ns, check.frames, check.occurrences) == (ms(10), (1,), 1)


@pytest.mark.parametrize(("value", "verdict"), [(0, Verdict.PASS), (1, Verdict.PASS), (2, Verdict.FAIL), (3, Verdict.FAIL)])
def test_permission_of_bsm_is_given_or_refused_and_nothing_else(judge: Judge, value: int, verdict: Verdict) -> None:
    check = of(judge, "BSM", with_bits("BSM", 7, 5, value))
    assert check.verdict is verdict
    assert (f"BSM permitted 0x0{value} is not defined" in check.observed) is (verdict is Verdict.FAIL)


@pytest.mark.parametrize(
    ("name", "byte", "signal", "defined", "undefined"),
    [
        ("CRM", 1, "recognition", (0x00, 0xAA), (0x01, 0xA9, 0xAB, 0xFF)),
        ("BRO", 1, "ready", (0x00, 0xAA, 0xFF), (0x01, 0xA9, 0xAB, 0xFE)),
        ("CRO", 1, "ready", (0x00, 0xAA, 0xFF), (0x01, 0xA9, 0xAB, 0xFE)),
        ("BCL", 5, "mode", (1, 2), (0, 3, 0xFF)),
        ("BRM", 4, "battery_type", (*range(1, 9), 0xFF), (0, 9, 0xFE)),
        ("BRM", 23, "ownership", (0, 1, 0xFF), (2, 0xFE)),
    ],
)
def test_byte_that_means_a_state_has_only_its_values(
    judge: Judge, name: str, byte: int, signal: str, defined: tuple[int, ...], undefined: tuple[int, ...]
) -> None:
    for value in (*defined, *undefined):
        data = bytearray.fromhex(PAYLOADS["BRM"] if name == "BRM" else BLANK[name])
        data[byte - 1] = value
        tape = Tape()
        if name == "BRM":
            tape.transfer(10, name, data.hex())
        else:
            tape.send(10, name, data.hex())
        check = judge(tape)[f"F3 {name} values"]
        seen = [finding.text for finding in check.findings if finding.severity is Severity.FAILURE]
        assert seen == ([f"{name} {signal} 0x{value:02X} is not defined"] if value in undefined else [])
        assert check.verdict is (Verdict.FAIL if value in undefined else Verdict.PASS)


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("BCL", "1027D80E02", ""),
        ("BCL", "1127D80E02", "BCL voltage_v 1000.1 V, expected 0..1000 V"),
        ("BCL", "A510A00F02", ""),
        ("BCL", "A510A10F02", "BCL current_a 0.1 A, expected -400..0 A"),
        ("CCS", "240BA00F5802FDFF", ""),
        ("CCS", "240BA00F5902FDFF", "CCS elapsed_min 601 min, expected 0..600 min"),
        ("BSM", "1EFA7F350F00D0", ""),
        ("BSM", "1EFB7F350F00D0", "BSM max_temp_degc 201 Cel, expected -50..200 Cel"),
        ("BSM", "1EFA80350F00D0", "BSM max_temp_point 129, expected 1..128"),
        ("BSD", "644D014E013536", ""),
        ("BSD", "654D014E013536", "BSD soc_pct 101 %, expected 0..100 %"),
        ("BSD", "4D4D0160093536", ""),
        ("BSD", "4D4D0161093536", "BSD max_cell_voltage_v 24.01 V, expected 0..24 V"),
    ],
)
def test_range_ends_at_its_bound(judge: Judge, name: str, data: str, text: str) -> None:
    check = of(judge, name, data)
    assert [finding.text for finding in check.findings] == ([text] if text else [])
    assert check.verdict is (Verdict.FAIL if text else Verdict.PASS)


def brm(**fields: int | bytes) -> str:
    """The usual BRM with other values in single fields."""
    places = {"capacity": 5, "year": 17, "month": 18, "day": 19, "vin": 25}
    data = bytearray.fromhex(PAYLOADS["BRM"])
    for field, value in fields.items():
        new = value if isinstance(value, bytes) else value.to_bytes(2 if field == "capacity" else 1, "little")
        data[places[field] - 1 : places[field] - 1 + len(new)] = new
    return data.hex()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"month": 1, "day": 1}, ""),
        ({"month": 12, "day": 31}, ""),
        ({"month": 0xFF, "day": 0xFF}, ""),
        ({"month": 0}, "BRM production_month 0, expected 1..12"),
        ({"month": 13}, "BRM production_month 13, expected 1..12"),
        ({"month": 0xFE}, "BRM production_month 254, expected 1..12"),
        ({"day": 0}, "BRM production_day 0, expected 1..31"),
        ({"day": 32}, "BRM production_day 32, expected 1..31"),
        ({"capacity": 10000}, ""),
        ({"capacity": 10001}, "BRM rated_capacity_ah 1000.1 A.h, expected 0..1000 A.h"),
    ],
)
def test_optional_field_outside_its_range_warns_unless_it_is_filler(judge: Judge, fields: dict[str, int], text: str) -> None:
    tape = Tape()
    tape.transfer(10, "BRM", brm(**fields))
    check = judge(tape)["F3 BRM values"]
    assert check.verdict is Verdict.PASS
    assert [(finding.text, finding.severity) for finding in check.findings] == ([(text, Severity.WARNING)] if text else [])


def test_failure_is_shown_before_what_only_warns(judge: Judge) -> None:
    tape = Tape()
    tape.transfer(10, "BRM", brm(month=13))
    tape.transfer(300, "BRM", brm(month=13).replace("010100" + "03", "010100" + "09"))
    check = judge(tape)["F3 BRM values"]
    assert check.verdict is Verdict.FAIL
    assert check.observed == "1 in 2 messages, first BRM battery_type 0x09 is not defined"
    assert (check.occurrences, check.frames, check.t_ns) == (1, (11,), ms(336))


VINS = [
    (b"LTESTHDTP00000001", True), (b"00000000000000000", True), (b"ZZZZZZZZZZZZZZZZZ", True), (b"LTESTHDTP0000000I", False),
    (b"LTESTHDTP0000000O", False), (b"QTESTHDTP00000001", False), (b"lTESTHDTP00000001", False), (b"LTESTHDTP 0000001", False),
    (b"LTESTHDTP0000000\xff", False), (b"LTESTHDTP0000000\x00", False), (b"[TESTHDTP00000001", False), (b":TESTHDTP00000001", False),
]  # fmt: skip


@pytest.mark.parametrize(("vin", "right"), VINS)
def test_vin_has_seventeen_characters_without_i_o_q(judge: Judge, vin: bytes, right: bool) -> None:
    tape = Tape()
    tape.transfer(10, "BRM", brm(vin=vin))
    check = judge(tape)["F3 BRM VIN"]
    shown = repr(vin.decode("ascii", "backslashreplace"))
    assert (check.verdict, check.observed) == (Verdict.PASS, shown)
    assert (check.t_ns, check.frames, check.occurrences) == (ms(46), (1,), 0 if right else 1)
    expected = f"F3 BRM VIN: {shown}, expected 17 characters A-Z without I, O, Q, or 0-9"
    assert [(finding.text, finding.severity) for finding in check.findings] == ([] if right else [(expected, Severity.WARNING)])


def test_vin_that_is_not_supplied_is_not_judged(judge: Judge) -> None:
    tape = Tape()
    tape.transfer(10, "BRM", brm(vin=b"\xff" * 17))
    assert "F3 BRM VIN" not in judge(tape)


def test_first_odd_vin_is_shown_and_all_are_counted(judge: Judge) -> None:
    tape = Tape()
    for at_ms, vin in ((10, b"LTESTHDTP00000001"), (300, b"LTESTHDTP0000000Q"), (600, b"LTESTHDTP0000000I")):
        tape.transfer(at_ms, "BRM", brm(vin=vin))
    check = judge(tape)["F3 BRM VIN"]
    assert (check.observed, check.t_ns, check.occurrences) == ("'LTESTHDTP0000000Q'", ms(336), 2)


@pytest.mark.parametrize(
    ("data", "right"),
    [
        ("59592331121520", True),
        ("09090909099999", True),
        ("5A592331121520", False),
        ("A0592331121520", False),
        ("FF592331121520", False),
        ("59592331121F20", False),
        ("595923311215F0", False),
    ],
)
def test_time_is_told_in_packed_decimal_digits(judge: Judge, data: str, right: bool) -> None:
    check = of(judge, "CTS", data, "F3 CTS time")
    shown = bytes.fromhex(data).hex(" ").upper()
    assert (check.verdict, check.observed) == (Verdict.PASS, shown)
    assert (check.t_ns, check.frames, check.occurrences) == (ms(10), (1,), 0 if right else 1)
    expected = f"F3 CTS time: {shown}, expected packed BCD digits, or FF where not supplied"
    assert [(finding.text, finding.severity) for finding in check.findings] == ([] if right else [(expected, Severity.WARNING)])


def test_time_that_is_not_supplied_is_not_judged(judge: Judge) -> None:
    tape = Tape()
    tape.send(10, "CTS", "FF" * 7)
    assert "F3 CTS time" not in judge(tape)


def test_first_odd_time_is_shown_and_all_are_counted(judge: Judge) -> None:
    tape = Tape()
    for at_ms, data in ((10, "59592331121520"), (510, "FFFFFFFFFFFFFF"), (1010, "3C592331121520"), (1510, "3D592331121520")):
        tape.send(at_ms, "CTS", data)
    check = judge(tape)["F3 CTS time"]
    assert (check.observed, check.t_ns, check.occurrences) == ("3C 59 23 31 12 15 20", ms(1010), 2)


@pytest.mark.parametrize(
    ("version", "observed"),
    [("010100", "V1.1 (01 01 00)"), ("000100", "V1.0 (00 01 00)"), ("020100", "V1.2 (02 01 00)"), ("010200", "V2.1 (01 02 00)")],
)
def test_vehicle_tells_the_version_of_the_edition(judge: Judge, version: str, observed: str) -> None:
    tape = Tape().handshake()
    tape.transfer(2020, "BRM", version + PAYLOADS["BRM"][6:])
    check = judge(tape)["F3 BRM version"]
    assert (check.observed, check.expected) == (observed, "V1.1 (01 01 00)")
    wrong = version != "010100"
    assert check.verdict is (Verdict.FAIL if wrong else Verdict.PASS)
    assert [finding.text for finding in check.findings] == ([f"BRM tells version {observed}"] if wrong else [])
    assert (check.t_ns, check.occurrences) == (ms(2056), int(wrong))


def test_version_is_not_judged_where_the_vehicle_is_the_tester(judge: Judge) -> None:
    tape = Tape().recognition()
    assert "F3 BRM version" in judge(tape, ["vehicle"])
    assert "F3 BRM version" not in judge(tape, ["charger"])


def test_version_is_judged_where_the_recording_begins_after_the_handshake(judge: Judge) -> None:
    tape = Tape().handshake().drop(lambda at_ms, frame: at_ms < 2005)
    tape.transfer(2020, "BRM", "020100" + PAYLOADS["BRM"][6:])
    assert judge(tape)["F3 BRM version"].verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("name", "at", "raw", "largest"), [("BCP", 2, 4001, 1), ("CML", 4, 4001, 2), ("CML", 6, 4001, 2), ("BCL", 2, 4002, 1)]
)
def test_raw_current_is_shown_as_it_was_sent(judge: Judge, name: str, at: int, raw: int, largest: int) -> None:
    data = bytearray.fromhex(PAYLOADS[name])
    data[at : at + 2] = raw.to_bytes(2, "little")
    tape = Tape()
    if name == "BCP":
        tape.transfer(10, name, data.hex())
    else:
        tape.send(10, name, data.hex())
    check = judge(tape)[f"F3 {name} current encoding"]
    assert (check.verdict, check.observed, check.expected) == (Verdict.FAIL, str(raw), "0..4000")
    assert [finding.text for finding in check.findings] == [f"{name} raw current {raw}, a discharge; charging ends at 4000"]
    assert (check.frames, check.occurrences, check.note) == ((1,), 1, f"largest of {largest} raw values")


@pytest.mark.parametrize(("data", "values"), [("A0A0A0A0DC05", 1), ("A0A0A0A0DC05A0", 1), ("A0A0A0A0DC05A00F", 2)])
def test_current_that_a_short_message_does_not_carry_is_not_made_up(judge: Judge, data: str, values: int) -> None:
    assert of(judge, "CML", data, "F3 CML current encoding").note == f"largest of {values} raw values"


def test_message_too_short_for_its_current_is_not_judged(judge: Judge) -> None:
    tape = Tape()
    tape.send(10, "BCL", "A510D8")
    assert "F3 BCL current encoding" not in judge(tape)


def test_encoding_is_not_judged_without_its_limit(judge: Judge, limits: Mapping[str, Limit]) -> None:
    rest = {key: limit for key, limit in limits.items() if key != "encoding.current_raw"}
    assert not [name for name in judge(Tape().charging(4000), limits=rest) if "encoding" in name]
