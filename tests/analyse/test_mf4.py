"""Bus logging in MDF files, as python-can writes it."""

from __future__ import annotations

import sys

import can
import pytest

from harness.analyse.captures import read_capture
from harness.core import Frame, ms


@pytest.fixture
def mf4(tmp_path):
    """A file of 40 frames on two channels, one of them remote."""
    pytest.importorskip("asammdf", reason="asammdf is not installed (extra 'mf4')")
    path = tmp_path / "session.mf4"
    with can.MF4Writer(path) as writer:
        start = writer.last_timestamp
        for number in range(40):
            message = can.Message(timestamp=start + number / 4, arbitration_id=0x1826F456, data=bytes((1, 1, number)), channel=number % 2)
            writer.on_message_received(message)
        remote = can.Message(timestamp=start + 10, arbitration_id=0x123, is_extended_id=False, is_remote_frame=True, channel=0, dlc=0)
        writer.on_message_received(remote)
        writer.on_message_received(can.Message(timestamp=start + 11, is_error_frame=True, channel=0))
    return path


def test_frames_channels_and_times(mf4):
    capture = read_capture(mf4)
    assert capture.format == "ASAM MDF 4"
    assert capture.links == ("CAN 0", "CAN 1")
    assert [record.t_ns for record in capture.on("CAN 0")] == [*(ms(500) * number for number in range(20)), ms(10_000)]
    assert [record.pdu.data[2] for record in capture.on("CAN 1")] == list(range(1, 40, 2))
    assert capture.on("CAN 0")[-1].pdu == Frame(0x123, extended=False, remote=True)
    assert capture.notes == ("1 error frames were left out",)


def test_frames_are_those_of_python_can(mf4):
    theirs = [(m.arbitration_id, m.is_extended_id, bytes(m.data)) for m in can.MF4Reader(mf4) if not m.is_error_frame]
    ours = [(record.pdu.can_id, record.pdu.extended, record.pdu.data) for record in read_capture(mf4).records]
    assert ours == theirs


def test_missing_package_is_named_with_what_to_do(write, refused, monkeypatch):
    monkeypatch.setitem(sys.modules, "asammdf", None)
    ((_, text),) = refused(write(b"MDF     4.10" + bytes(200)))
    assert "needs the package asammdf: python -m pip install 'precert[mf4]'" in text


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9])
def test_damaged_file_is_one_message_and_nothing_else(mf4, write, refused, capfd, share):
    content = mf4.read_bytes()
    ((_, text),) = refused(write(content[: max(12, int(len(content) * share))]))
    assert "the MDF file is damaged" in text
    assert "\n" not in text
    assert capfd.readouterr() == ("", "")


def test_signals_without_bus_logging_are_named(tmp_path, refused):
    asammdf = pytest.importorskip("asammdf", reason="asammdf is not installed (extra 'mf4')")
    path = tmp_path / "signals.mf4"
    with asammdf.MDF(version="4.10") as mdf:
        mdf.append(asammdf.Signal(samples=[1, 2, 3], timestamps=[0.0, 0.1, 0.2], name="speed"))
        mdf.save(path)
    ((_, text),) = refused(path)
    assert "without CAN bus logging" in text
