"""The checksums of the simulated units against the vectors of the reference, and against the implementation of the tester."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.protocols.canbus.checksums import RULES, crc8
from harness.sim.ecus.seals import brake_seal, crc8_seal, torque_seal

SEVEN = bytes.fromhex("FCFFFA77FFFFFF")


@pytest.mark.parametrize(("can_id", "counter", "expected"), [(0x0C00000B, 0, 2), (0x0C00000B, 5, 7), (0x0C000003, 7, 7)])
def test_torque_request_has_the_checksum_of_the_vector(can_id: int, counter: int, expected: int) -> None:
    assert torque_seal(can_id, SEVEN, counter) == expected


@pytest.mark.parametrize(("can_id", "counter", "expected"), [(0x0C040B2A, 0, 8), (0x0C040B2A, 9, 2), (0x10FF51D8, 3, 14)])
def test_brake_request_has_the_checksum_of_the_vector(can_id: int, counter: int, expected: int) -> None:
    assert brake_seal(can_id, SEVEN, counter) == expected


@pytest.mark.parametrize(("polynomial", "check"), [(0x1D, 0x4B), (0x2F, 0xDF)])
def test_crc8_gives_the_published_check_value(polynomial: int, check: int) -> None:
    assert crc8_seal(b"123456789", polynomial) == check


@given(st.integers(0, (1 << 29) - 1), st.binary(min_size=7, max_size=8), st.integers(0, 15))
def test_two_implementations_agree(can_id: int, data: bytes, counter: int) -> None:
    assert torque_seal(can_id, data, counter) == RULES["tsc1"](can_id, data, counter)
    assert brake_seal(can_id, data, counter) == RULES["xbr"](can_id, data, counter)
    assert crc8_seal(data, 0x1D) == crc8(data, 0x1D)
