from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.protocols.j1939 import GLOBAL, J1939Id, build_id, is_pdu1, split_id

KNOWN = [
    (0x1826F456, J1939Id(6, 0x2600, 0x56, 0xF4)),
    (0x1801F456, J1939Id(6, 0x0100, 0x56, 0xF4)),
    (0x100956F4, J1939Id(4, 0x0900, 0xF4, 0x56)),
    (0x081E56F4, J1939Id(2, 0x1E00, 0xF4, 0x56)),
    (0x1CEC56F4, J1939Id(7, 0xEC00, 0xF4, 0x56)),
    (0x1CEB56F4, J1939Id(7, 0xEB00, 0xF4, 0x56)),
    (0x18FECA00, J1939Id(6, 0xFECA, 0x00, GLOBAL)),
    (0x18EEFF13, J1939Id(6, 0xEE00, 0x13, GLOBAL)),
    (0x1DEF56F4, J1939Id(7, 0x1EF00, 0xF4, 0x56)),
    (0x1FFFFFFF, J1939Id(7, 0x3FFFF, 0xFF, GLOBAL)),
]


@pytest.mark.parametrize(("can_id", "parts"), KNOWN, ids=[f"{can_id:08X}" for can_id, _ in KNOWN])
def test_known_identifiers_are_taken_apart_and_rebuilt(can_id, parts):
    assert split_id(can_id) == parts
    assert parts.can_id == can_id


@pytest.mark.parametrize(("pgn", "expected"), [(0xEF00, True), (0xF000, False), (0x1EF00, True), (0x1F004, False), (0, True)])
def test_pdu_format_below_240_carries_a_destination(pgn, expected):
    assert is_pdu1(pgn) is expected


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ((0x2600, 0x56, 0xF4, 8), "priority"),
        ((0x40000, 0x56), "PGN"),
        ((0x2600, 0x100, 0xF4), "source address"),
        ((0x2600, 0x56, 0x100), "destination address"),
        ((0x2601, 0x56, 0xF4), "low byte"),
        ((0xFECA, 0x56, 0xF4), "no destination"),
    ],
)
def test_impossible_parts_are_refused_by_name(arguments, part):
    with pytest.raises(ValueError, match=part):
        build_id(*arguments)


def test_identifier_of_more_than_29_bits_is_refused():
    with pytest.raises(ValueError, match="0x20000000"):
        split_id(1 << 29)


@given(st.integers(0, (1 << 29) - 1))
def test_every_identifier_survives_the_round_trip(can_id):
    assert split_id(can_id).can_id == can_id
