"""Recordings as columns: the same frames as python-can's readers give, the same numbers as cantools."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import can
import cantools.database
import numpy as np
import pytest
from cantools.database.can import Database
from hypothesis import given
from hypothesis import strategies as st

from harness.analyse.bulk import blf, decode, identifier_table, read_columns
from harness.analyse.bulk.candump import read_candump
from harness.analyse.bulk.columns import FrameColumns
from harness.core import ConfigError
from harness.core.resources import resource
from harness.protocols.dbc import load_codec
from harness.protocols.dbc.columns import decode_columns
from harness.protocols.dbc.layout import MessageLayout, SignalLayout

DBC = resource("dbc", "gbt27930-2015", "gbt27930-2015.dbc")


def frames(count: int = 500, seed: int = 1) -> list[can.Message]:
    draw = random.Random(seed)
    ids = [(0x181056F4, True), (0x1812F456, True), (0x181356F4, True), (0x123, False), (0x18FF1234, True)]
    out, t_us = [], 0
    for _ in range(count):
        t_us += draw.randrange(1, 5000)
        can_id, extended = draw.choice(ids)
        data = draw.randbytes(draw.randrange(0, 9))
        out.append(can.Message(timestamp=t_us / 1e6, arbitration_id=can_id, is_extended_id=extended, data=data, channel=draw.randrange(2)))
    return out


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def call(name: str, messages: Sequence[can.Message]) -> Path:
        with can.Logger(tmp_path / name) as logger:
            for message in messages:
                logger.on_message_received(message)
        return tmp_path / name

    return call


def rows(columns: FrameColumns) -> list[tuple[int, int, bool, bytes]]:
    words = [int(word).to_bytes(8, "little")[:length] for word, length in zip(columns.payload, columns.length, strict=True)]
    return list(zip(columns.t_ns.tolist(), columns.can_id.tolist(), columns.extended.tolist(), words, strict=True))


@pytest.mark.parametrize("suffix", ["blf", "log", "asc"])
def test_columns_are_the_frames_of_the_file(write, suffix):
    messages = frames()
    columns = read_columns(write(f"x.{suffix}", messages))
    first = messages[0].timestamp
    expected = [(m.arbitration_id, m.is_extended_id, bytes(m.data)) for m in messages]
    assert [row[1:] for row in rows(columns)] == expected
    assert [row[0] for row in rows(columns)] == pytest.approx([(m.timestamp - first) * 1e9 for m in messages], abs=2000)
    assert len(columns.channels) == 2


def test_both_files_that_are_read_quickly_take_the_quick_way(write):
    assert blf.read_blf(write("x.blf", frames())) is not None
    assert read_candump(write("x.log", frames())) is not None


def test_signals_are_those_of_cantools(write):
    columns = read_columns(write("x.blf", frames(2000)))
    database = cantools.database.load_file(DBC)
    assert isinstance(database, Database)
    found = decode(columns, load_codec(DBC).messages.values())
    assert {"BCL", "CCS", "BSM"} <= found.keys()
    for name in ("BCL", "CCS", "BSM"):
        message = database.get_message_by_name(name)
        payloads = [data for _, can_id, _, data in rows(columns) if can_id == message.frame_id]
        assert len(payloads) == len(found[name].t_ns) > 100
        for index, data in enumerate(payloads):
            if len(data) < message.length:
                continue
            for signal, value in message.decode(data, decode_choices=False).items():
                if signal in found[name].signals:
                    assert found[name].signals[signal][index] == pytest.approx(value, abs=1e-9)


def test_a_signal_that_the_frame_is_too_short_for_is_no_number(write):
    message = can.Message(arbitration_id=0x181056F4, data=b"\x10\x27\x01")
    found = decode(read_columns(write("x.blf", [message])), load_codec(DBC).messages.values())
    assert found["BCL"].signals["voltage_v"].tolist() == [1000.0]
    assert np.isnan(found["BCL"].signals["current_a"]).all()


@given(start=st.integers(0, 63), size=st.integers(1, 64), signed=st.booleans(), word=st.integers(0, 2**64 - 1))
def test_any_field_of_a_word_is_cut_out_right(start: int, size: int, signed: bool, word: int) -> None:
    size = min(size, 64 - start, 52)
    layout = MessageLayout("M", 1, 8, (SignalLayout("s", start, size, signed),))
    raw = word >> start & (1 << size) - 1
    value = raw - (1 << size) if signed and raw >> size - 1 else raw
    found = decode_columns(layout, np.array([word], np.uint64), np.array([8], np.uint8))
    assert found["s"].tolist() == [value]


def test_identifiers_are_counted_with_their_distances(write):
    stamps = (0.0, 0.010, 0.030, 0.060, 1.0)
    messages = [can.Message(timestamp=1 + t, arbitration_id=0x181056F4, data=b"1", channel=0) for t in stamps]
    messages.insert(2, can.Message(timestamp=1.02, arbitration_id=0x7FF, is_extended_id=False, data=b"", channel=0))
    wide, narrow = sorted(identifier_table(read_columns(write("x.blf", messages))), key=lambda row: row.count, reverse=True)
    assert (wide.can_id, wide.count, wide.extended) == (0x181056F4, 5, True)
    assert (wide.shortest_ns, wide.median_ns, wide.longest_ns) == (10_000_000, 25_000_000, 940_000_000)
    assert (narrow.can_id, narrow.count, narrow.shortest_ns) == (0x7FF, 1, None)


def test_remote_and_error_frames_are_left_out_and_counted(write):
    messages = [*frames(3), can.Message(timestamp=9, arbitration_id=1, is_remote_frame=True, dlc=2, channel=0)]
    columns = read_columns(write("x.blf", messages))
    assert (len(columns), columns.left_out) == (3, 1)


def test_can_fd_goes_the_thorough_way(write):
    messages = [*frames(3), can.Message(timestamp=9, arbitration_id=1, is_fd=True, data=bytes(12), channel=0)]
    path = write("x.blf", messages)
    assert blf.read_blf(path) is None
    assert (len(read_columns(path)), read_columns(path).left_out) == (3, 1)


def test_empty_recordings_have_empty_columns(write):
    columns = read_columns(write("x.blf", []))
    assert (len(columns), identifier_table(columns), decode(columns, load_codec(DBC).messages.values())) == (0, [], {})


@pytest.mark.parametrize(
    "line", ["(1.0) can0 123#1", "(1.0) can0 123#GG", "(x) can0 123#11", "(1.0)  can0 123#11", "(1.0) can0 12#11", "#"]
)
def test_lines_of_another_form_are_left_to_the_thorough_reader(tmp_path, line):
    path = tmp_path / "x.log"
    path.write_text(f"(1.5) can0 18FF0000#1122\n{line}\n", encoding="ascii")
    assert read_candump(path) is None


def test_damaged_file_is_refused_with_its_place(write):
    path = write("x.blf", frames(3000))
    content = bytearray(path.read_bytes())
    content[-40:] = bytes(40)
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="damaged"):
        read_columns(path)


@given(cut=st.integers(0, 4000), flips=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=4))
def test_no_damage_makes_the_quick_readers_crash(tmp_path_factory, cut, flips):
    folder = tmp_path_factory.mktemp("damage")
    for name in ("x.blf", "x.log"):
        path = folder / name
        with can.Logger(path) as logger:
            for message in frames(40):
                logger.on_message_received(message)
        content = bytearray(path.read_bytes())
        for place, value in flips:
            content[place % len(content)] = value
        path.write_bytes(content[: max(8, len(content) - cut % len(content))])
        with contextlib.suppress(ConfigError):
            read_columns(path)
