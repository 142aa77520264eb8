"""Databases are read into layouts, or refused with file and reason."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from harness.core.errors import ConfigError, LocalProtocolError
from harness.protocols.dbc import Content, Presence, load_codec

HEADER = 'VERSION ""\nNS_ :\nBS_:\nBU_: A B\n'


def write(folder: Path, body: str) -> Path:
    path = folder / "own.dbc"
    path.write_text(HEADER + body, encoding="utf-8")
    return path


def test_parts_of_a_signal_are_read_exactly(tmp_path: Path) -> None:
    body = (
        'BO_ 2566844926 M: 3 A\n SG_ x : 4|12@1- (0.1,-40) [-50|100.5] "V" B\nCM_ SG_ 2566844926 x "text";\nVAL_ 2566844926 x 3 "three" ;\n'
    )
    layout = load_codec(write(tmp_path, body)).layout("M")
    signal = layout.signal("x")
    assert (layout.can_id, layout.length, layout.sender, layout.cycle_ms) == (0x18FEF1FE, 3, "A", None)
    assert (signal.start, signal.size, signal.signed, signal.needs) == (4, 12, True, 2)
    assert (signal.scale, signal.offset, signal.minimum, signal.maximum) == (Fraction(1, 10), -40, -50, Fraction("100.5"))
    assert (signal.unit, signal.comment, signal.choices, signal.spn) == ("V", "text", {3: "three"}, None)
    assert (signal.content, signal.presence) == (Content.NUMBER, Presence.MANDATORY)


def test_a_range_wider_than_the_bits_ends_with_the_bits(tmp_path: Path) -> None:
    signal = load_codec(write(tmp_path, 'BO_ 1 M: 1 A\n SG_ x : 0|4@1+ (2,-8) [-100|100] "" B\n')).layout("M").signal("x")
    assert (signal.minimum, signal.maximum) == (-8, 22)


def test_without_a_range_everything_that_fits_is_allowed(tmp_path: Path) -> None:
    signal = load_codec(write(tmp_path, 'BO_ 1 M: 1 A\n SG_ x : 0|8@1- (0.5,0) [0|0] "" B\n')).layout("M").signal("x")
    assert (signal.minimum, signal.maximum) == (-64, Fraction("63.5"))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (
            'BO_ 1 M: 1 A\n SG_ x : 0|5@1+ (1,0) [0|0] "" B\n SG_ y : 4|4@1+ (1,0) [0|0] "" B\n',
            "M.y overlaps another signal of the message",
        ),
        ('BO_ 1 M: 1 A\n SG_ x : 4|5@1+ (1,0) [0|0] "" B\n', "M.x ends in byte 2 of a message of 1 bytes"),
        (
            'BO_ 1 M: 2 A\n SG_ x : 4|8@1+ (1,0) [0|0] "" B\nBA_DEF_ SG_ "Content" ENUM "number","bytes";\n'
            'BA_DEF_DEF_ "Content" "number";\nBA_ "Content" SG_ 1 x 1;\n',
            "M.x has the content 'bytes' but does not fill whole bytes",
        ),
    ],
)
def test_impossible_signals_are_refused(tmp_path: Path, body: str, problem: str) -> None:
    path = write(tmp_path, body)
    with pytest.raises(ConfigError) as refused:
        load_codec(path)
    assert str(refused.value) == f"{path}: {problem}"


def test_all_impossible_signals_are_reported_together(tmp_path: Path) -> None:
    body = 'BO_ 1 M: 1 A\n SG_ x : 4|5@1+ (1,0) [0|0] "" B\nBO_ 2 N: 1 A\n SG_ y : 7|2@1+ (1,0) [0|0] "" B\n'
    with pytest.raises(ConfigError) as refused:
        load_codec(write(tmp_path, body))
    assert len(refused.value.problems) == 2


@pytest.mark.parametrize(
    "content", [b"no database", b"\x00\xff\xfe garbage", b"BO_ 1 M: x A\n", b'BO_ 1 M: 8 A\n SG_ x : 0|8@1+ (1,0) "" B\n']
)
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.dbc"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"bad\.dbc: cannot be read as a DBC file: "):
        load_codec(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.dbc: cannot be read: No such file"):
        load_codec(tmp_path / "none.dbc")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_codec(tmp_path)


def test_a_changed_file_is_loaded_again(tmp_path: Path) -> None:
    first = load_codec(write(tmp_path, 'BO_ 1 M: 1 A\n SG_ x : 0|8@1+ (1,0) [0|0] "" B\n'))
    assert load_codec(tmp_path / "own.dbc") is first
    second = load_codec(write(tmp_path, 'BO_ 1 M: 1 A\n SG_ longer : 0|8@1+ (1,0) [0|0] "" B\n'))
    assert [signal.name for signal in second.layout("M").signals] == ["longer"]


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        (' SG_ x : 7|8@0+ (1,0) [0|0] "" B\n', "signal 'x' is big-endian"),
        (' SG_ k M : 0|8@1+ (1,0) [0|0] "" B\n SG_ x m1 : 8|8@1+ (1,0) [0|0] "" B\n', "it is multiplexed"),
        (' SG_ x : 0|32@1- (1,0) [0|0] "" B\nSIG_VALTYPE_ 1 x : 1;\n', "signal 'x' is a floating-point number"),
    ],
)
def test_forms_that_the_codec_lacks_are_refused_on_use_only(tmp_path: Path, signals: str, reason: str) -> None:
    codec = load_codec(write(tmp_path, f'BO_ 1 M: 8 A\n{signals}\nBO_ 2 N: 1 A\n SG_ y : 0|8@1+ (1,0) [0|0] "" B\n'))
    assert codec.decode("N", b"\7") == {"y": 7}
    with pytest.raises(LocalProtocolError, match=reason):
        codec.encode("M", {"x": 1})


def test_a_signal_that_is_not_there_is_a_key_error(tmp_path: Path) -> None:
    layout = load_codec(write(tmp_path, 'BO_ 1 M: 1 A\n SG_ x : 0|8@1+ (1,0) [0|0] "" B\n')).layout("M")
    with pytest.raises(KeyError, match="M has no signal 'y'"):
        layout.signal("y")
