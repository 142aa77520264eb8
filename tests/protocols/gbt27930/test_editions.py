"""Message tables, codecs and rules of the editions, against the reference and against cantools."""

from __future__ import annotations

import random

import cantools.database
import pytest
from cantools.database.can import Database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.core import LocalProtocolError, Value, s
from harness.core.resources import resource
from harness.protocols.dbc import Presence
from harness.protocols.gbt27930.codec import codec_2011, codec_2015
from harness.protocols.gbt27930.editions import EDITIONS, Rule, edition_of
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.timers import CHARGER_TIMERS_2023A

CHANGED = {"BRM": 41, "CRM": 8, "CML": 6, "CCS": 6, "CSD": 5, "BST": 4}
"""Messages of 2011 with their lengths that are not those of 2015."""
FAST = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
BST_2011 = (
    "soc_reached", "voltage_reached", "cell_voltage_reached", "insulation_fault", "connector_over_temp", "component_over_temp",
    "connector_fault", "battery_over_temp", "other_fault", "over_current_error", "voltage_error",
)  # fmt: skip


@pytest.fixture(scope="module")
def oracle() -> Database:
    """Loaded with every check that cantools has."""
    loaded = cantools.database.load_file(resource("dbc", "gbt27930-2011", "gbt27930-2011.dbc"), strict=True)
    assert isinstance(loaded, Database)
    return loaded


def as_number(value: Value) -> float:
    assert value is not None
    assert not isinstance(value, str)
    return int.from_bytes(value, "little") if isinstance(value, bytes) else value


def test_every_edition_has_the_lengths_of_the_reference() -> None:
    lengths = {
        name: {message: (row.min_length, row.length) for message, row in edition.messages.items() if row != MESSAGES[message]}
        for name, edition in EDITIONS.items()
    }
    assert lengths == {
        "2011": {"BRM": (41, 41), "CML": (6, 6), "CCS": (6, 6), "CSD": (5, 5)},
        "2015": {},
        "2023A": {},
    }
    assert {name: edition.length("CCS") for name, edition in EDITIONS.items()} == {"2011": 6, "2015": None, "2023A": 7}


def test_only_2011_has_no_handshake_and_version_1_0() -> None:
    assert {name: (edition.has_handshake, edition.version.hex()) for name, edition in EDITIONS.items()} == {
        "2011": (False, "000100"),
        "2015": (True, "010100"),
        "2023A": (True, "010100"),
    }
    assert set(MESSAGES) - set(EDITIONS["2011"].messages) == {"CHM", "BHM"}


def test_added_rules_belong_to_2023_alone() -> None:
    assert {name: edition.rules for name, edition in EDITIONS.items() if edition.rules} == {"2023A": frozenset(Rule)}


def test_bsm_timeout_of_2023_is_five_seconds_without_a_reconnect() -> None:
    row = CHARGER_TIMERS_2023A["TC10"]
    assert (row.value_ns, row.reconnect, row.source) == (s(5), False, "S9")


def test_no_name_means_the_edition_of_2015() -> None:
    assert edition_of("").name == "2015"


def test_unknown_edition_is_refused_with_those_there_are() -> None:
    with pytest.raises(LocalProtocolError, match=r"'2016'.*2011, 2015, 2023A"):
        edition_of("2016")


@pytest.mark.parametrize("edition", EDITIONS.values(), ids=lambda edition: edition.name)
def test_message_table_and_codec_agree_on_lengths(edition: object) -> None:
    assert isinstance(edition, type(EDITIONS["2015"]))
    layouts = edition.codec().messages
    assert {name: layouts[name].length for name in edition.messages if name != "CCS"} == {
        name: row.length for name, row in edition.messages.items() if name != "CCS"
    }
    assert layouts["CCS"].length >= edition.messages["CCS"].length


def test_database_of_2011_has_what_differs_and_nothing_else(oracle: Database) -> None:
    assert {message.name: message.length for message in oracle.messages} == CHANGED
    same = {name for name in EDITIONS["2011"].messages if codec_2011().messages[name] is codec_2015().messages[name]}
    assert same == set(EDITIONS["2011"].messages) - set(CHANGED)


@pytest.mark.parametrize("name", CHANGED)
def test_database_of_2011_has_identifiers_and_periods_of_the_table(oracle: Database, name: str) -> None:
    message, row = oracle.get_message_by_name(name), MESSAGES[name]
    assert (message.frame_id, message.cycle_time) == (row.can_id, (row.period_ns or 0) // 1_000_000)
    assert all(signal.comment for signal in message.signals)


@pytest.mark.parametrize("name", CHANGED)
@FAST
@given(seed=st.integers(0, 2**32))
def test_any_payload_of_2011_decodes_as_with_cantools(oracle: Database, name: str, seed: int) -> None:
    data = random.Random(seed).randbytes(CHANGED[name])
    theirs = oracle.get_message_by_name(name).decode(data, decode_choices=False)
    ours = codec_2011().decode(name, data)
    assert {signal: as_number(value) for signal, value in ours.items()} == pytest.approx(theirs, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("name", CHANGED)
@FAST
@given(seed=st.integers(0, 2**32))
def test_payload_of_2011_survives_decoding_and_encoding(name: str, seed: int) -> None:
    data = random.Random(seed).randbytes(CHANGED[name])
    codec = codec_2011()
    assert codec.encode(name, codec.decode(name, data), strict=False) == data


def test_crm_of_2011_has_one_byte_of_number_and_six_of_region() -> None:
    assert codec_2011().encode("CRM", {"recognition": 0xAA, "charger_number": 1}) == bytes.fromhex("AA01FFFFFFFFFFFF")


def test_csd_of_2011_has_five_bytes() -> None:
    assert codec_2011().encode("CSD", {"elapsed_min": 3, "energy_kwh": 12.5, "charger_number": 1}) == bytes.fromhex("03007D0001")


def test_cml_of_2011_ends_with_the_largest_current() -> None:
    told = codec_2011().encode("CML", {"max_voltage_v": 750.0, "min_voltage_v": 100.0, "max_current_a": -250.0})
    assert told == bytes.fromhex("4C1DE803DC05")


@pytest.mark.parametrize(
    ("reason", "data"),
    [("soc_reached", "C100F0F0"), ("connector_fault", "C040F0F0"), ("other_fault", "C000F4F0"), ("voltage_error", "C000F0F4")],
)
def test_bst_of_2011_has_its_bits_where_the_sources_say(reason: str, data: str) -> None:
    assert codec_2011().encode("BST", {name: int(name == reason) for name in BST_2011}) == bytes.fromhex(data)


def test_other_fault_lies_elsewhere_than_in_2015() -> None:
    assert codec_2015().decode("BST", bytes.fromhex("C000F4F0"))["relay_fault"] == 1


def test_unused_bits_of_bst_are_reserved() -> None:
    reserved = {signal.name for signal in codec_2011().messages["BST"].signals if signal.presence is Presence.RESERVED}
    assert reserved == {"reserved_1", "reserved_3", "reserved"}


def test_content_of_2015_is_cut_to_what_2011_has() -> None:
    edition = EDITIONS["2011"]
    values: dict[str, Value] = {"recognition": 0, "charger_number": 7, "region_code": b"000"}
    assert edition.trim("CRM", values) == {"recognition": 0, "charger_number": 7, "region_code": None}
    assert edition.trim("CCS", {"voltage_v": 1.0, "permitted": 1}) == {"voltage_v": 1.0}
    assert edition.content("BRM", {"protocol_version": b"\x01\x01\x00"}) == {"protocol_version": b"\x00\x01\x00"}


@pytest.mark.parametrize("name", ["2015", "2023A"])
def test_content_of_2015_stays_as_it_is_where_the_messages_are_the_same(name: str) -> None:
    values: dict[str, Value] = {"recognition": 0, "charger_number": 7, "region_code": b"000"}
    assert EDITIONS[name].trim("CRM", EDITIONS[name].content("CRM", values)) is values
