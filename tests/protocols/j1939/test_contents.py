"""NAMEs, trouble codes, checksums and the table of groups, against the vectors of the reference."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.protocols.j1939.groups import BY_NAME, BY_PGN
from harness.protocols.j1939.integrity import tsc1_checksum, xbr_checksum
from harness.protocols.j1939.name import FIELDS, Name
from harness.protocols.j1939.trouble import Dtc, Lamps, read_troubles, write_troubles

SEVEN = bytes.fromhex("FCFFFA77FFFFFF")


def test_trouble_code_has_the_bytes_of_the_vector() -> None:
    assert Dtc(1208, 3, 10).data == bytes.fromhex("B804030A")
    assert Dtc.of(bytes.fromhex("B804030A")) == Dtc(1208, 3, 10)


@given(st.integers(0, (1 << 19) - 1), st.integers(0, 31), st.integers(0, 127), st.booleans())
def test_trouble_code_is_read_as_it_was_written(spn: int, fmi: int, count: int, old: bool) -> None:
    assert Dtc.of(Dtc(spn, fmi, count, old).data) == Dtc(spn, fmi, count, old)


def test_no_trouble_is_four_zeros_and_two_bytes_of_ff() -> None:
    assert write_troubles([], Lamps()).hex(" ").upper() == "00 FF 00 00 00 00 FF FF"
    assert read_troubles(write_troubles([], Lamps())).dtcs == ()
    assert read_troubles(write_troubles([], Lamps())).remarks == ()


@pytest.mark.parametrize("count", [1, 2, 5])
def test_list_of_troubles_is_read_as_it_was_written(count: int) -> None:
    dtcs = [Dtc(100 + index, index, index) for index in range(1, count + 1)]
    data = write_troubles(dtcs, Lamps(malfunction=1, amber_warning=1))
    assert len(data) == max(8, 2 + 4 * count)
    found = read_troubles(data)
    assert (list(found.dtcs), found.remarks) == (dtcs, ())
    assert found.lamps == Lamps(malfunction=1, amber_warning=1)
    assert data[0] == 0b01000100


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("00 FF", "too few"),
        ("00 FF B8 04 03 0A 00 00", "bytes 7 and 8 are 00 00"),
        ("00 FF FF FF FF FF FF FF", "by FF FF FF FF instead of zeros"),
        ("00 FF B8 04 03 0A B8 04 03", "no multiple of 4"),
        ("00 FF B8 04 03 0A 00 00 00 00", "stands among others"),
    ],
)
def test_what_does_not_follow_the_layout_is_remarked(text: str, remark: str) -> None:
    assert remark in "; ".join(read_troubles(bytes.fromhex(text)).remarks)


@given(st.binary(max_size=40))
def test_any_bytes_give_a_list(data: bytes) -> None:
    found = read_troubles(data)
    assert len(found.dtcs) <= len(data) // 4


@pytest.mark.parametrize(("can_id", "counter", "expected"), [(0x0C00000B, 0, 2), (0x0C00000B, 5, 7), (0x0C000003, 7, 7)])
def test_checksum_of_the_kind_of_tsc1(can_id: int, counter: int, expected: int) -> None:
    assert tsc1_checksum(can_id, SEVEN, counter) == expected


@pytest.mark.parametrize(("can_id", "counter", "expected"), [(0x0C040B2A, 0, 8), (0x0C040B2A, 9, 2), (0x10FF51D8, 3, 14)])
def test_checksum_of_the_kind_of_xbr(can_id: int, counter: int, expected: int) -> None:
    assert xbr_checksum(can_id, SEVEN, counter) == expected


def test_fields_of_a_name_fill_its_64_bits_without_overlap() -> None:
    bits = sorted((first, first + length) for first, length in FIELDS.values())
    assert bits[0][0] == 0
    assert bits[-1][1] == 64
    assert all(end == begin for (_, end), (begin, _) in pairwise(bits))


@given(st.integers(0, (1 << 64) - 1))
def test_name_is_read_as_it_was_written(whole: int) -> None:
    data = whole.to_bytes(8, "little")
    assert Name.of(data).data == data


def test_lower_name_is_the_smaller_number() -> None:
    assert Name(1, 2) < Name(2, 2) < Name(1, 3) < Name(1, 2, arbitrary_address_capable=True)
    with pytest.raises(ValueError, match="manufacturer 2048"):
        Name(1, 2048)
    with pytest.raises(ValueError, match="not 7"):
        Name.of(bytes(7))


def test_groups_are_found_by_number_and_by_name() -> None:
    assert len(BY_PGN) == len(BY_NAME)
    assert BY_PGN[65226].name == "DM1"
    assert BY_NAME["VehicleId"].pgn == 65260
