"""The DBC of a laboratory as the cases of the truck's network read it."""

from __future__ import annotations

from pathlib import Path

import cantools
import pytest

from harness.core import ConfigError, ms, resource
from harness.protocols.vehicle.database import find_database, raw_of

SHIPPED = find_database("truck-network")


def test_shipped_file_is_a_strict_dbc_whose_rows_are_found_by_group_and_source() -> None:
    loaded = cantools.database.load_file(resource("dbc", "truck-network", "truck-network.dbc"), strict=True)
    assert {row.name for row in SHIPPED.rows} == {message.name for message in loaded.messages}
    row = SHIPPED.row(0xFEF1, 0x27)
    assert row is not None
    assert (row.name, row.priority, row.period_ns) == ("CCVS1", 6, ms(100))
    assert SHIPPED.row(0xFEF1, 0x28) is None


def test_bits_without_a_signal_are_reserved() -> None:
    row = SHIPPED.row(0xFEF1, 0x27)
    assert row is not None
    assert row.reserved.to_bytes(8, "little").hex() == "ff0000cfffffffff"


def test_protected_message_names_its_counter_and_checksum() -> None:
    row = SHIPPED.row(0, 0x27)
    assert row is not None
    counter, checksum = row.protected("counter"), row.protected("tsc1", "xbr")
    assert counter
    assert checksum
    data = bytes.fromhex("FCFFFA77FFFFFF25")
    assert (raw_of(counter, data), raw_of(checksum, data)) == (5, 2)
    assert row.protected("xbr") is None


def test_signal_is_found_by_its_name_and_by_its_spn() -> None:
    assert SHIPPED.signal("CCVS1.speed_kmh")[1].spn == 84
    found = SHIPPED.spn(171)
    assert found
    assert found[0].name == "AMB"
    assert SHIPPED.spn(99999) is None
    with pytest.raises(ConfigError, match=r"no signal 'CCVS1.sped_kmh'.*CCVS1.speed_kmh"):
        SHIPPED.signal("CCVS1.sped_kmh")


def test_source_address_of_nobody_stands_for_any_controller(tmp_path: Path) -> None:
    file = tmp_path / "lab.dbc"
    file.write_text('VERSION ""\nBU_: A\nBO_ 2566844926 CCVS1: 8 A\n SG_ speed : 8|16@1+ (1,0) [0|1] "" A\n', encoding="utf-8")
    row = find_database(str(file)).row(0xFEF1, 0x33)
    assert row is not None
    assert (row.source, row.period_ns) == (None, None)


def test_signals_that_cannot_be_read_are_known_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "odd.dbc"
    file.write_text('VERSION ""\nBU_: A\nBO_ 2566844711 CCVS1: 8 A\n SG_ speed : 15|16@0+ (1,0) [0|1] "" A\n', encoding="utf-8")
    database = find_database(str(file))
    (row,) = database.rows
    assert (list(row.values), row.reserved, [signal.name for signal in row.told]) == ([], 0, ["speed"])
    with pytest.raises(ConfigError, match=r"'CCVS1.speed' .* cannot be read: signal 'speed' is big-endian"):
        database.signal("CCVS1.speed")


def test_signed_signal_goes_below_zero(tmp_path: Path) -> None:
    file = tmp_path / "signed.dbc"
    file.write_text('VERSION ""\nBU_: A\nBO_ 2566844711 CCVS1: 8 A\n SG_ grade : 8|8@1- (1,0) [-99|99] "" A\n', encoding="utf-8")
    _, signal = find_database(str(file)).signal("CCVS1.grade")
    assert [raw_of(signal, bytes((0, byte))) for byte in (1, 0x7F, 0x80, 0xFF)] == [1, 127, -128, -1]


@pytest.mark.parametrize(("name", "told"), [("no-such-truck", "there is no DBC 'no-such-truck'"), ("missing.dbc", "cannot be read")])
def test_wrong_name_is_told(name: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        find_database(name)
