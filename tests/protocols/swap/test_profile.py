"""The shipped profile against the reference and against cantools; what the loader says to a profile that is wrong."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import cantools
import pytest

from harness.core import ConfigError, Frame, LocalProtocolError
from harness.core.resources import resource
from harness.protocols.swap.identity import IdentityRule, pack_crc
from harness.protocols.swap.profile import default_profile, load_profile
from harness.protocols.swap.words import MESSAGES

FOLDER = resource("dbc", "htswap-0.1")
PROFILE = default_profile()
GUARD = {"Counter", "Check"}


@pytest.fixture(scope="module")
def oracle():
    return cantools.database.load_file(FOLDER / "htswap.dbc")


def test_check_vector_of_the_reference():
    frame = Frame(0x10FF51D8, bytes.fromhex("FCFFFA77FFFFFF") + bytes([14 << 4 | 3]))
    decoded = PROFILE.read(frame)
    assert decoded is not None
    assert (decoded.message, decoded.fault, decoded.values["Counter"], decoded.values["Check"]) == ("LOCK_STS", "", 3, 14)
    damaged = PROFILE.read(Frame(frame.can_id, frame.data[:7] + bytes([13 << 4 | 3])))
    assert damaged is not None
    assert damaged.fault == "checksum"


def test_nothing_is_missing_and_identifiers_are_those_of_the_reference():
    assert set(PROFILE.forms) == set(MESSAGES)
    assert PROFILE.missing() == ()
    assert {role: f"{PROFILE.can_id(role):08X}" for role in ("VEH_STS", "LOCK_STS", "STA_CMD", "STA_STS", "PACK_VER")} == {
        "VEH_STS": "10FF50D0",
        "LOCK_STS": "10FF51D8",
        "STA_CMD": "0CFF52E5",
        "STA_STS": "18FF53E5",
        "PACK_VER": "1CFF5CF4",
    }
    assert f"{PROFILE.can_id('ACK', PROFILE.address('bsc')):08X}" == "10FF59D8"
    assert (PROFILE.cycle_ns("LOCK_STS"), PROFILE.timeout_ns("LOCK_STS"), PROFILE.cycle_ns("ACK")) == (50_000_000, 250_000_000, None)


@pytest.mark.parametrize("role", sorted(set(MESSAGES) - {"PACK_ID"}))
@pytest.mark.parametrize("raw", [0, 1, 2])
def test_agrees_with_cantools(oracle, role, raw):
    """Bits, scales and words of every signal as an independent reader of the database has them."""
    form = PROFILE.form(role)
    database = oracle.get_message_by_name(form.layout.name)
    raws = {name: ord("A") + raw if field.kind == "letter" else raw for name, field in form.fields.items() if name not in GUARD}
    frame = PROFILE.frame(role, {name: form.fields[name].value(number) for name, number in raws.items()}, counter=5)
    told = database.decode(frame.data, decode_choices=True)
    decoded = PROFILE.read(frame)
    assert decoded is not None
    assert not decoded.fault
    assert told["Counter"] == 5
    for name, number in raws.items():
        field = form.fields[name]
        if field.words:
            assert str(told[name]) == decoded.values[name]
        elif field.kind == "quantity":
            assert told[name] == pytest.approx(decoded.values[name])
        else:
            assert told[name] == number


def test_what_has_no_value_is_all_ones_and_reads_as_not_available():
    frame = PROFILE.frame("VEH_STS", {"VehSpeed": "error", "KeyState": "ready"})
    decoded = PROFILE.read(frame)
    assert decoded is not None
    values = decoded.values
    assert (values["LinkVoltage"], values["VehSpeed"], values["KeyState"], values["ParkBrake"]) == (None, "error", "ready", "sna")


def test_long_message_comes_and_goes_whole():
    payload = PROFILE.payload("PACK_ID", {"Code": "ABCPB0100000001A71000001", "SlotIndex": 1, "PackCount": 1})
    assert len(payload) == 26
    assert PROFILE.content("PACK_ID", payload, 0xF4).values["Code"] == "ABCPB0100000001A71000001"
    assert PROFILE.content("PACK_ID", payload[:-1], 0xF4).fault == "length"
    with pytest.raises(LocalProtocolError, match="fits no frame"):
        PROFILE.frame("PACK_ID", {})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"LockState": "lokced"}, "did you mean 'locked'"),
        ({"Lock": "locked"}, "no signal 'Lock'"),
        ({"LockCycles": 70000}, "does not fit 16 bits"),
        ({"LockState": []}, "no word"),
    ],
)
def test_refuses_what_the_profile_has_no_number_for(values, said):
    with pytest.raises(LocalProtocolError, match=re.escape(said)):
        PROFILE.frame("LOCK_STS", values)


def test_crc_of_a_pack_is_ccitt_false():
    assert pack_crc("123456789") == 0x29B1


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("ABCPB0100000001A71000001", ""),
        ("abcpb0100000001a71000001", "does not match"),
        ("ABCPB0100000001A7100001", "23 characters"),
        ("ABCCB0100000001A71000001", "position 4 is 'C'"),
    ],
)
def test_codes_of_packs(code, fault):
    faults = PROFILE.identity.faults(code)
    assert bool(faults) == bool(fault)
    assert fault in " ".join(faults)


def test_strict_rule_reads_the_letter_tables():
    rule = IdentityRule("^[0-9A-Z]{24}$", "P", True, "B", "1", "7", "1")
    assert rule.faults("ABCPB01000000017A1000001") == ["position 17 (day) is 'A', not one of 1"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("locked = 2\n", "lokced = 2\n", "words.lock: unknown word 'lokced' (did you mean 'locked'?)"),
        ("unlocking = 3", "unlocking = 2", "words.lock: 'locked' and 'unlocking' have the same number 2"),
        ('unit = "ms"\nsource = "P"\nconfidence = "low"\ntext = "answer to a command"', "", "timers.T_ACK: 'unit' must be a unit of time"),
        ("[messages.PACK_THM]", "[messages.PACK_THR]", "messages: unknown role 'PACK_THR' (did you mean 'PACK_THM'?)"),
        ("missing = []", 'missing = ["PACK_TH"]', "missing: no role 'PACK_TH' (did you mean 'PACK_THM'?)"),
        ('name = "SWP_ACK"', 'name = "SWP_ACQ"', "the database has no message 'SWP_ACQ' (did you mean 'SWP_ACK'?)"),
        ('name = "SWP_ACK"', 'name = "SWP_PACK_VER"', "has no signal 'AckCmd' for the role 'AckCmd'"),
        ("bsc = 0xD8", "bsc = 0xD0", "addresses: 'vcu' and 'bsc' have the same address 0xD0"),
        ('checksum = "xbr"', 'checksum = "xrb"', "integrity: no checksum 'xrb' (did you mean 'xbr'?)"),
        ('checksum = "xbr"', 'checksum = "sum8"', "the checksum 'sum8' has 8 bits, its signal 4"),
        ("jammed = 5", "jammed = 50", "words.lock: jammed = 50 does not fit the 4 bits of LOCK_STS.LockState"),
        ("\nabort = 11", "", "words.command: the word 'abort' has no number"),
        ("missing = []", "missing = 3", "'missing' must be a list of roles"),
        ('name = "SWP_ACK"', 'name = ["SWP_ACK"]', "messages.ACK: the database has no message"),
        ('name = "SWP_ACK"', 'name = "SWP_ACK"\nsignals = "AckCmd"', "messages.ACK: 'signals' must be a table of roles and names"),
        ('checksum = "xbr"', 'checksum = ["xbr"]', "integrity: no checksum"),
        ("locked = 2\n", "locked = [2]\n", "words.lock: locked must be a whole number from 0"),
        ("value = 200\n", "value = nan\n", "timers.T_ACK: 'value' must be a positive number"),
        ("[timers.T_ACK]\nvalue = 200\n", "[timers]\nT_ACK = 200\n[timers.T_AK]\nvalue = 200\n", "timers: 'T_ACK' must be a table"),
        ("vcu = 0xD0", "vcu = true", "addresses: 'vcu' needs a source address from 0x00 to 0xFD"),
        ("schema = 1", "schema = ", "the swap profile is no TOML"),
        ('dbc = "htswap.dbc"', 'dbc = "other.dbc"', "cannot be read"),
    ],
)
def test_lint_names_file_and_line(tmp_path: Path, old, new, said):
    text = (FOLDER / "profile.toml").read_text(encoding="utf-8")
    assert old in text
    shutil.copy(FOLDER / "htswap.dbc", tmp_path)
    (tmp_path / "profile.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_profile(tmp_path)
    lines = str(error.value).splitlines()
    assert any(said in line and re.search(r"profile\.toml:\d+: |other\.dbc: ", line) for line in lines), lines


def test_overlapping_bits_are_told(tmp_path: Path):
    shutil.copy(FOLDER / "profile.toml", tmp_path)
    text = (FOLDER / "htswap.dbc").read_text(encoding="utf-8")
    (tmp_path / "htswap.dbc").write_text(text.replace("ParkBrake : 4|2@1+", "ParkBrake : 3|2@1+"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"htswap\.dbc.*SWP_VEH_STS\.ParkBrake overlaps"):
        load_profile(tmp_path)


def test_a_folder_that_is_no_profile_is_told(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"no swap profile here"):
        load_profile(tmp_path)
