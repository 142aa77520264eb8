"""PEAK trace files of every version, against python-can where it can read or write them."""

from __future__ import annotations

import can
import pytest

from harness.analyse.captures import read_capture
from harness.core import Frame, ms

CHM = Frame(0x1826F456, b"\x01\x01\x00")
STANDARD = Frame(0x123, b"\xab\xcd", extended=False)

V1_0 = """;##########################################################################
;   session.trc
;----+-   --+----  ----+---  +  -+ -- -- -- -- -- -- --
     1)      1000  1826F456  3  01 01 00
     2)      1250      0123  2  AB CD
     3)      1300  FFFFFFFF  4  00 00 00 08
"""
V1_1 = """;$FILEVERSION=1.1
;$STARTTIME=45286.6303385648
;---+--   ----+----  --+--  ----+---  +  -+ -- -- -- -- -- -- --
     1)      1000.1  Rx     1826F456  3  01 01 00
     2)      1250.1  Tx         0123  2  AB CD
     3)      1300.0  Warng  FFFFFFFF  4  00 00 00 04  BUSLIGHT
     4)      1400.1  Rx         0124  0  RTR
"""
V1_3 = """;$FILEVERSION=1.3
;$STARTTIME=45286.6303385648
     1)      1000.123 1  Rx    1826F456 -  3    01 01 00
     2)      1250.123 2  Rx        0123 -  2    AB CD
"""
V2_0 = """;$FILEVERSION=2.0
;$STARTTIME=45286.6303385648
;$COLUMNS=N,O,T,I,d,l,D
      1      1000.123 DT 1826F456 Rx 3  01 01 00
      2      1250.123 DT     0123 Rx 2  AB CD
      3      1300.000 ER          Rx    04 00 00
      4      1350.000 FB     0124 Rx 12 01 02 03 04 05 06 07 08 09 0A 0B 0C
"""
V2_1 = """;$FILEVERSION=2.1
;$STARTTIME=45286.6303385648
;$COLUMNS=N,O,T,B,I,d,R,L,D
      1      1000.123 DT 1  1826F456 Rx -  3    01 01 00
      2      1250.123 DT 2      0123 Rx -  2    AB CD
      3      1350.123 FD 1      0124 Rx -  9    01 02 03 04 05 06 07 08 09 0A 0B 0C
      4      1400.123 RR 1      0125 Rx -  8
      5      1500.000 ST 1         - Rx -  4    00 00 00 08
"""


@pytest.mark.parametrize("text", [V1_0, V1_1, V1_3, V2_0, V2_1], ids=["1.0", "1.1", "1.3", "2.0", "2.1"])
def test_version_is_read(write, text):
    capture = read_capture(write(text))
    assert capture.format == "PEAK TRC"
    first, second, *_ = capture.records
    assert [(first.t_ns, first.pdu), (second.t_ns, second.pdu)] == [(0, CHM), (ms(250), STANDARD)]


def test_buses_start_time_and_resolution(write):
    capture = read_capture(write(V2_1))
    assert capture.links == ("CAN 1", "CAN 2")
    assert capture.started.startswith("2023-12-26 15:07:41")
    assert capture.timing["CAN 2"].resolution_ns == 1000


def test_fd_remote_status_and_error_lines(write):
    capture = read_capture(write(V2_1))
    assert [record.pdu for record in capture.on("CAN 1")[1:]] == [
        Frame(0x124, bytes(range(1, 13)), extended=False, fd=True),
        Frame(0x125, extended=False, remote=True),
    ]
    assert capture.notes == ("1 lines that are no CAN frames were left out",)
    assert read_capture(write(V2_0)).notes == ("1 error frames were left out",)
    assert read_capture(write(V1_1)).records[-1].pdu == Frame(0x124, extended=False, remote=True)


@pytest.mark.parametrize("text", [V1_1, V1_3, V2_1.replace("FD 1", "ST 1")], ids=["1.1", "1.3", "2.1"])
def test_frames_are_those_of_python_can(write, text):
    path = write(text, "session.trc")
    theirs = [(message.arbitration_id, message.is_extended_id, bytes(message.data)) for message in can.TRCReader(path)]
    ours = [(record.pdu.can_id, record.pdu.extended, record.pdu.data) for record in read_capture(path).records]
    assert sorted(ours) == sorted(theirs)


def test_file_written_by_python_can_is_read_alike(tmp_path):
    path = tmp_path / "written.trc"
    messages = [can.Message(timestamp=100.0 + n / 4, arbitration_id=0x1826F456, data=bytes((n, 1)), channel=0) for n in range(5)]
    with can.TRCWriter(path) as writer:
        for message in messages:
            writer.on_message_received(message)
    records = read_capture(path).records
    assert [(record.t_ns, record.pdu.data) for record in records] == [(ms(250) * n, bytes((n, 1))) for n in range(5)]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (V1_1.replace(" 3  01 01 00", " 3  01 01"), 4, "3 data bytes announced, 2 follow"),
        (V1_1.replace("1826F456", "NOHEX"), 4, "'NOHEX' and '3' are no identifier and length"),
        (V2_1.replace("2.1", "9.9"), 1, "version 9.9 is not known (have: 1.0, 1.1"),
        (V2_1.replace(";$COLUMNS=N,O,T,B,I,d,R,L,D", ";"), 1, "needs a line ';$COLUMNS='"),
        (V1_3 + "nonsense\n" + V1_3, 5, "no line of a PEAK trace"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(write, refused, text, line, words):
    (number, seen) = refused(write(text))[0]
    assert number == line
    assert words in seen


def test_last_line_cut_off_is_left_out_with_a_note(write):
    capture = read_capture(write(V1_3 + "     3)      1300"))
    assert len(capture.records) == 2
    assert "cut off" in capture.notes[0]
