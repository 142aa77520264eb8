"""The message table agrees with itself and with the arithmetic of J1939 identifiers."""

from __future__ import annotations

import pytest

from harness.core.durations import ms
from harness.protocols.gbt27930.messages import BY_ID, BY_PGN, CHARGER, MESSAGES, VEHICLE, address_of, party_of

PRINTED = {
    "CHM": (0x1826F456, 3, 250),
    "BHM": (0x182756F4, 2, 250),
    "CRM": (0x1801F456, 8, 250),
    "BRM": (0x1C0256F4, 49, 250),
    "BCP": (0x1C0656F4, 13, 500),
    "CTS": (0x1807F456, 7, 500),
    "CML": (0x1808F456, 8, 250),
    "BRO": (0x100956F4, 1, 250),
    "CRO": (0x100AF456, 1, 250),
    "BCL": (0x181056F4, 5, 50),
    "BCS": (0x1C1156F4, 9, 250),
    "CCS": (0x1812F456, 8, 50),
    "BSM": (0x181356F4, 7, 250),
    "BMV": (0x1C1556F4, 512, 10_000),
    "BMT": (0x1C1656F4, 128, 10_000),
    "BSP": (0x1C1756F4, 16, 10_000),
    "BST": (0x101956F4, 4, 10),
    "CST": (0x101AF456, 4, 10),
    "BSD": (0x181C56F4, 7, 250),
    "CSD": (0x181DF456, 8, 250),
    "BEM": (0x081E56F4, 4, 250),
    "CEM": (0x081FF456, 4, 250),
}
"""Identifier, length and period in ms as published."""


def test_the_table_has_exactly_the_published_messages() -> None:
    assert list(MESSAGES) == list(PRINTED)


@pytest.mark.parametrize("name", PRINTED)
def test_identifier_length_and_period_are_the_published_ones(name: str) -> None:
    row = MESSAGES[name]
    assert (row.can_id, row.length, row.period_ns) == (PRINTED[name][0], PRINTED[name][1], ms(PRINTED[name][2]))


@pytest.mark.parametrize("name", PRINTED)
def test_identifier_is_made_of_priority_group_and_addresses(name: str) -> None:
    row = MESSAGES[name]
    receiver, sender = (VEHICLE, CHARGER) if row.sender == "charger" else (CHARGER, VEHICLE)
    assert row.can_id == row.priority * 2**26 + row.pgn * 2**8 + receiver * 2**8 + sender
    assert row.pgn & 0xFF == 0


def test_the_first_letter_tells_the_sender() -> None:
    assert {name[0] for name, row in MESSAGES.items() if row.sender == "charger"} == {"C"}
    assert {name[0] for name, row in MESSAGES.items() if row.sender == "vehicle"} == {"B"}


def test_messages_longer_than_a_frame_are_multi_packet() -> None:
    assert [name for name, row in MESSAGES.items() if row.multi_packet] == ["BRM", "BCP", "BCS", "BMV", "BMT", "BSP"]
    assert {MESSAGES[name].priority for name in ("BRM", "BCP", "BCS", "BMV", "BMT", "BSP")} == {7}


def test_optional_messages_are_marked() -> None:
    assert [name for name, row in MESSAGES.items() if not row.mandatory] == ["CTS", "BMV", "BMT", "BSP"]


def test_lengths_vary_only_where_the_sources_say_so() -> None:
    varying = {name: (row.min_length, row.length) for name, row in MESSAGES.items() if row.min_length != row.length}
    assert varying == {"CCS": (7, 8), "BMV": (2, 512), "BMT": (1, 128)}


def test_lookups_find_every_row() -> None:
    assert {row.name for row in BY_ID.values()} == {row.name for row in BY_PGN.values()} == set(MESSAGES)
    assert BY_ID[0x081E56F4].name == "BEM"
    assert BY_PGN[0x001200].name == "CCS"


def test_addresses_and_parties_belong_together() -> None:
    assert (address_of("charger"), address_of("vehicle")) == (0x56, 0xF4)
    assert (party_of(0x56), party_of(0xF4), party_of(0xFF)) == ("charger", "vehicle", None)


def test_titles_are_there_in_both_languages() -> None:
    assert all(row.title_en.isascii() and row.title_en for row in MESSAGES.values())
    assert not any(row.title_zh.isascii() for row in MESSAGES.values())
    assert len({row.title_zh for row in MESSAGES.values()}) == len(MESSAGES)
