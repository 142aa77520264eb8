"""The shipped database is sound and agrees with the message table."""

from __future__ import annotations

from pathlib import Path

import cantools.database
import pytest
from cantools.database.can import Database

from harness.core.durations import ms
from harness.core.resources import resource
from harness.protocols.dbc import Content, Presence
from harness.protocols.gbt27930.codec import codec_2015
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.j1939.ids import split_id

TRANSPORT = {"TP_CM_V": 0x1CEC56F4, "TP_CM_C": 0x1CECF456, "TP_DT_V": 0x1CEB56F4, "TP_DT_C": 0x1CEBF456}


@pytest.fixture(scope="module")
def path() -> Path:
    return resource("dbc", "gbt27930-2015", "gbt27930-2015.dbc")


@pytest.fixture(scope="module")
def database(path: Path) -> Database:
    """Loaded with every check that cantools has, signals that overlap or leave their message included."""
    loaded = cantools.database.load_file(path, strict=True)
    assert isinstance(loaded, Database)
    return loaded


def test_database_has_the_message_table_and_the_transport_frames(database: Database) -> None:
    assert {message.name for message in database.messages} == set(MESSAGES) | set(TRANSPORT)


@pytest.mark.parametrize("name", MESSAGES)
def test_database_agrees_with_the_message_table(database: Database, name: str) -> None:
    row, message = MESSAGES[name], database.get_message_by_name(name)
    assert message.is_extended_frame
    assert (message.frame_id, message.length) == (row.can_id, row.length)
    assert ms(message.cycle_time or 0) == row.period_ns
    assert message.senders == [row.sender.capitalize()]
    assert {receiver for signal in message.signals for receiver in signal.receivers} == {
        "Vehicle" if row.sender == "charger" else "Charger"
    }


def test_transport_frames_have_the_identifiers_of_their_senders(database: Database) -> None:
    assert {name: database.get_message_by_name(name).frame_id for name in TRANSPORT} == TRANSPORT
    assert {split_id(can_id).pgn for can_id in TRANSPORT.values()} == {0xEC00, 0xEB00}


def test_every_signal_says_what_it_is(database: Database) -> None:
    silent = [f"{m.name}.{signal.name}" for m in database.messages for signal in m.signals if not signal.comment]
    assert silent == []


def test_spn_stand_in_attribute_and_comment_alike(database: Database) -> None:
    wrong = [
        f"{message.name}.{signal.name}"
        for message in database.messages
        for signal in message.signals
        if signal.spn and not (signal.comment or "").startswith(f"SPN {signal.spn}: ")
    ]
    assert wrong == []


def test_every_published_spn_is_in_its_message() -> None:
    published = {
        "CHM": {2600},
        "BHM": {2601},
        "CRM": {2560, 2561, 2562},
        "BRM": set(range(2565, 2577)),
        "BCP": set(range(2816, 2823)),
        "CTS": {2823},
        "CML": set(range(2824, 2828)),
        "BRO": {2829},
        "CRO": {2830},
        "BCL": {3072, 3073, 3074},
        "BCS": set(range(3075, 3080)),
        "CCS": {3081, 3082, 3083, 3929},
        "BSM": set(range(3085, 3097)),
        "BMV": set(range(3101, 3357)),
        "BMT": set(),
        "BSP": set(range(3491, 3507)),
        "BST": {3511, 3512, 3513},
        "CST": {3521, 3522, 3523},
        "BSD": set(range(3601, 3606)),
        "CSD": {3611, 3612, 3613},
        "BEM": set(range(3901, 3908)),
        "CEM": set(range(3921, 3928)),
    }
    found = {name: {signal.spn for signal in codec_2015().messages[name].signals} - {None} for name in MESSAGES}
    assert found == published


def test_file_is_plain_ascii_so_that_every_tool_reads_it(path: Path) -> None:
    assert path.read_bytes().isascii()


def test_opaque_fields_are_marked_as_bytes() -> None:
    opaque = {
        f"{layout.name}.{signal.name}": signal.size // 8
        for layout in codec_2015().messages.values()
        for signal in layout.signals
        if signal.content is Content.BYTES
    }
    assert opaque == {
        "CHM.protocol_version": 3,
        "CRM.region_code": 3,
        "BRM.protocol_version": 3,
        "BRM.maker": 4,
        "BRM.vin": 17,
        "BRM.software_reserved": 3,
        "TP_DT_V.packet": 7,
        "TP_DT_C.packet": 7,
    }


def test_what_a_sender_may_leave_out_is_marked() -> None:
    messages = codec_2015().messages
    mandatory = {
        name: {s.name for s in messages[name].signals if s.presence is Presence.MANDATORY} for name in ("CRM", "BRM", "CTS", "BSM")
    }
    assert mandatory["CRM"] == {"recognition", "charger_number"}
    assert mandatory["BRM"] == {"protocol_version", "battery_type", "rated_capacity_ah", "rated_voltage_v"}
    assert mandatory["CTS"] == set()
    assert {signal.name for signal in messages["BSM"].signals} - mandatory["BSM"] == {"reserved"}


def test_multiplexed_transport_control_decodes_by_its_control_byte(database: Database) -> None:
    control = database.get_message_by_name("TP_CM_V")
    announced = control.decode(bytes.fromhex("10310007FF000200"), decode_choices=False)
    assert announced == {"control": 16, "rts_length": 49, "rts_packets": 7, "rts_max_per_cts": 255, "pgn": 0x200}
