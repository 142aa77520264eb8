"""Readers of recordings: exact times, every form, every kind of bad input."""

from __future__ import annotations

import io
import struct
import zlib

import can
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.analyse.captures import read_capture
from harness.core import ConfigError, Frame, ms

LOG = "(1703560121.247259) can0 1826F456#010100\n(1703560121.747871) can0 123#\n"
SCREEN = " (2022-06-02 22:43:42.714008)  can1  1826F456   [3]  01 01 00\n (2022-06-02 22:43:42.714009)  can1  700   [2]  01 02\n"
CSV = "Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8\n1000,1826F456,true,Rx,0,3,01,01,00,00,00,00,00,00,\n"
ASC = """date Mon Jan 1 12:00:00.000 2024
base hex  timestamps absolute
internal events logged
// version 9.0.0
Begin Triggerblock Mon Jan 1 12:00:00.000 2024
   0.000000 Start of measurement
   0.010000 1  1826F456x       Rx   d 3 01 01 00  Length = 0 BitCount = 0 ID = 404878422x
   0.260001 1  700             Tx   d 2 01 02
   0.300000 1  ErrorFrame
   0.400000 1  18EF0001x       Rx   r
   0.500000 CANFD   2 Rx   18EBFF00x                       1 0 8  8 01 02 03 04 05 06 07 08   0 0 0
End TriggerBlock
"""


def outcome(path):
    """Records of a capture, or the problems for which it was refused."""
    try:
        return read_capture(path).records
    except ConfigError as error:
        return error.problems


def frames(capture):
    return [(record.t_ns, record.link, record.number, record.pdu) for record in capture.records]


class TestCandumpLog:
    def test_times_are_exact_and_relative_to_the_first_stamp(self, write):
        capture = read_capture(write(LOG))
        assert capture.format == "candump log"
        assert frames(capture) == [
            (0, "can0", 1, Frame(0x1826F456, b"\x01\x01\x00")),
            (500_612_000, "can0", 2, Frame(0x123, b"", extended=False)),
        ]
        assert capture.started == "2023-12-26 03:08:41.247259 UTC"
        assert capture.timing["can0"].resolution_ns == 1000

    def test_nanosecond_stamps_lose_nothing(self, write):
        capture = read_capture(write("(1703560121.000000001) can0 123#\n(1703560121.999999999) can0 123#\n"))
        assert capture.records[1].t_ns == 999_999_998

    def test_frames_are_numbered_per_channel(self, write):
        capture = read_capture(write("(1.0) can0 123#\n(2.0) can1 123#\n(3.0) can0 124#\n"))
        assert [(record.link, record.number) for record in capture.records] == [("can0", 1), ("can1", 1), ("can0", 2)]
        assert capture.links == ("can0", "can1")

    def test_remote_fd_and_error_frames(self, write):
        capture = read_capture(
            write("(1.0) can0 123#R\n(1.1) can0 123#R8\n(1.2) can0 123##1AABB\n(1.3) can0 20000004#0000\n(1.4) can0 123#11 R\n")
        )
        pdus = [record.pdu for record in capture.records]
        assert pdus[:2] == [Frame(0x123, extended=False, remote=True)] * 2
        assert pdus[2] == Frame(0x123, b"\xaa\xbb", extended=False, fd=True)
        assert len(pdus) == 4
        assert capture.notes == ("1 error frames were left out",)

    @pytest.mark.parametrize(
        "broken", ["garbage", "(x) can0 123#00", "(1.5) can0 123#0", "(1.5) can0 123#00112233445566778899", "(1.5) can0 12#00"]
    )
    def test_broken_line_in_the_middle_is_named(self, write, refused, broken):
        ((line, text),) = refused(write(LOG + broken + "\n" + LOG))
        assert line == 3
        assert broken in text

    def test_many_broken_lines_are_bounded(self, write, refused):
        found = refused(write(LOG + "junk\n" * 50 + LOG))
        assert [line for line, _ in found] == [3, 4, 5, 6, 7, None]
        assert found[-1][1] == "... and 45 more lines"

    def test_last_line_cut_off_by_a_crash_is_left_out_with_a_note(self, write):
        capture = read_capture(write(LOG + "(1703560122.0"))
        assert len(capture.records) == 2
        assert capture.notes == ("line 3 is cut off in the middle and was left out",)

    def test_windows_line_ends_and_byte_order_mark_are_read(self, write):
        assert len(read_capture(write(b"\xef\xbb\xbf" + LOG.replace("\n", "\r\n").encode())).records) == 2


class TestCandumpScreen:
    def test_date_stamps(self, write):
        capture = read_capture(write(SCREEN))
        assert capture.format == "candump screen output"
        assert [record.t_ns for record in capture.records] == [0, 1000]
        assert capture.started == "2022-06-02 22:43:42.714008 (clock of the logger)"

    def test_relative_stamps(self, write):
        capture = read_capture(write(" (000.000000)  can1  18F11031   [1]  00\n (001.000041)  can1  18F11031   [1]  00\n"))
        assert [record.t_ns for record in capture.records] == [0, 1_000_041_000]
        assert capture.started == ""

    def test_difference_stamps_are_added_up_with_a_note(self, write):
        stamps = ["000.000000", "000.250000", "000.010000", "000.240000", "000.010000"]
        capture = read_capture(write("".join(f" ({stamp})  can0  123   [0]\n" for stamp in stamps)))
        assert [record.t_ns for record in capture.records] == [0, ms(250), ms(260), ms(500), ms(510)]
        assert "differences" in capture.notes[0]

    def test_lines_without_stamps_are_read_and_said_to_have_none(self, write):
        capture = read_capture(write("  can0  123   [1]  00\n  can0  123   [1]  01\n"))
        assert capture.timing["can0"].duplicates == 1
        assert capture.notes == ("the lines carry no time stamps",)

    def test_flags_ascii_remote_and_error_lines(self, write):
        text = (
            " (1.0)  can0  RX - -  123   [2]  41 42   'AB'\n"
            " (1.1)  can0  123   [0]  remote request\n"
            " (1.2)  can0  20000004   [8]  00 00 00 00 00 00 00 00   ERRORFRAME\n"
            " (1.3)  can0  123  [08]  01 02 03 04 05 06 07 08\n"
        )
        pdus = [record.pdu for record in read_capture(write(text)).records]
        assert pdus == [
            Frame(0x123, b"AB", extended=False),
            Frame(0x123, extended=False, remote=True),
            Frame(0x123, bytes(range(1, 9)), extended=False, fd=True),
        ]

    def test_length_that_does_not_fit_the_bytes_is_named(self, write, refused):
        ((line, text),) = refused(write(SCREEN + " (2022-06-02 22:43:43.0)  can1  700   [3]  01 02\n" + SCREEN))
        assert line == 3
        assert "[3] announces another number of bytes than the 2" in text

    def test_impossible_date_is_named(self, write, refused):
        assert refused(write(SCREEN + " (2022-02-31 22:43:43.0)  can1  700   [1]  01\n" + SCREEN))[0][0] == 3


class TestSavvyCan:
    def test_microseconds_and_bus(self, write):
        capture = read_capture(write(CSV + "251000,00000700,false,Tx,1,2,01,02,00,00,00,00,00,00,\n"))
        assert capture.format == "SavvyCAN CSV"
        assert frames(capture) == [
            (0, "bus 0", 1, Frame(0x1826F456, b"\x01\x01\x00")),
            (ms(250), "bus 1", 1, Frame(0x700, b"\x01\x02", extended=False)),
        ]

    def test_negative_stamps_count_from_the_first_with_a_note(self, write):
        rows = "-2000,700,false,Rx,0,0,\n-1500,700,false,Rx,0,0,\n"
        capture = read_capture(write(CSV.splitlines(keepends=True)[0] + rows))
        assert [record.t_ns for record in capture.records] == [0, 500_000]
        assert "negative" in capture.notes[0]

    def test_descending_stamps_are_read_from_the_end(self, write):
        rows = "".join(f"{stamp},{ident},false,Rx,0,0,\n" for stamp, ident in ((3000, 703), (2000, 702), (1000, 701)))
        capture = read_capture(write(CSV.splitlines(keepends=True)[0] + rows))
        assert [(record.t_ns, record.pdu.can_id) for record in capture.records] == [(0, 0x701), (1_000_000, 0x702), (2_000_000, 0x703)]
        assert "descend" in capture.notes[0]

    def test_single_step_back_is_kept_and_counted(self, write):
        rows = "".join(f"{stamp},700,false,Rx,0,0,\n" for stamp in (1000, 3000, 2000, 4000))
        timing = read_capture(write(CSV.splitlines(keepends=True)[0] + rows)).timing["bus 0"]
        assert (timing.backward, timing.first_backward) == (1, 3)

    @pytest.mark.parametrize(
        ("header", "missing"),
        [
            ("Time Stamp,ID,Bus,LEN,D1", "columns missing: Extended"),
            ("ID,Extended,Bus", "columns missing: Time Stamp, LEN, D1"),
            ("Time Stamp,Extended,Bus,LEN,D1", "columns missing: ID"),
        ],
    )
    def test_missing_columns_are_named(self, write, refused, header, missing):
        ((line, text),) = refused(write(header + "\n1,2,3,4,5\n"))
        assert line == 1
        assert text.startswith(missing)

    @pytest.mark.parametrize(
        ("row", "text"),
        [
            ("x,700,false,Rx,0,0,", "'x' is no time in microseconds"),
            ("1,zz,false,Rx,0,0,", "'zz' is no hexadecimal identifier"),
            ("1,700,maybe,Rx,0,0,", "'Extended' must be true or false, not 'maybe'"),
            ("1,700,false,Rx,0,many,", "'LEN' must be a number, not 'many'"),
            ("1,700,false,Rx,0,3,01,02", "3 data bytes announced"),
            ("1,1826F456,false,Rx,0,0,", "does not fit 11 bits"),
        ],
    )
    def test_broken_row_is_named(self, write, refused, row, text):
        ((line, seen),) = refused(write(CSV + row + "\n" + CSV.splitlines()[1] + "\n"))
        assert line == 3
        assert text in seen


class TestAsc:
    def test_classic_fd_remote_and_other_events(self, write):
        capture = read_capture(write(ASC))
        assert capture.format == "Vector ASC"
        assert frames(capture) == [
            (0, "CAN 1", 1, Frame(0x1826F456, b"\x01\x01\x00")),
            (250_001_000, "CAN 1", 2, Frame(0x700, b"\x01\x02", extended=False)),
            (ms(390), "CAN 1", 3, Frame(0x18EF0001, remote=True)),
            (ms(490), "CAN 2", 1, Frame(0x18EBFF00, bytes(range(1, 9)), fd=True)),
        ]
        assert capture.notes == ("1 error frames were left out", "1 events that are no CAN frames were left out")
        assert capture.started.startswith("Mon Jan 1 12:00:00.000 2024")

    def test_relative_times_count_every_event(self, write):
        capture = read_capture(write(ASC.replace("absolute", "relative")))
        assert [record.t_ns for record in capture.records] == [0, 260_001_000, 960_001_000, 1_460_001_000]

    def test_decimal_numbers(self, write):
        text = "date x\nbase dec  timestamps absolute\n0.0 1 404878422x Rx d 3 1 1 255\n"
        (record,) = read_capture(write(text)).records
        assert record.pdu == Frame(404878422, b"\x01\x01\xff")

    @pytest.mark.parametrize(
        ("line", "text"),
        [
            ("   0.6 1  700  Rx   d 3 01 02", "3 data bytes announced, 2 follow"),
            ("   0.6 1  700  Rx   d 2 01 0G", "no hexadecimal numbers"),
            ("   0.6 1  700  Rx", "not complete"),
            ("nonsense", "no ASC event"),
        ],
    )
    def test_broken_line_is_named(self, write, refused, line, text):
        ((number, seen),) = refused(write(ASC.replace("End TriggerBlock", f"{line}\nEnd TriggerBlock")))
        assert number == 12
        assert text in seen

    def test_log_written_by_python_can_is_read_alike(self, write, tmp_path):
        path = tmp_path / "log.asc"
        with can.ASCWriter(path) as writer:
            for stamp, data in ((100.0, b"\x01\x01\x00"), (100.25, b"\x02")):
                writer.on_message_received(can.Message(timestamp=stamp, arbitration_id=0x1826F456, data=data, channel=0))
        capture = read_capture(path)
        assert [(record.t_ns, record.pdu) for record in capture.records] == [
            (0, Frame(0x1826F456, b"\x01\x01\x00")),
            (ms(250), Frame(0x1826F456, b"\x02")),
        ]


@pytest.fixture
def blf():
    buffer = io.BytesIO()
    buffer.close = lambda: None  # type: ignore[method-assign]
    with can.BLFWriter(buffer) as writer:
        for number in range(200):
            stamp = 1_703_560_121.25 + number / 4
            writer.on_message_received(can.Message(timestamp=stamp, arbitration_id=0x1826F456, data=bytes((number,)), channel=1))
        writer.on_message_received(can.Message(timestamp=1_703_560_180.0, arbitration_id=0x123, is_extended_id=False, is_remote_frame=True))
    return buffer.getvalue()


class TestBlf:
    def test_frames_channels_and_exact_times(self, write, blf):
        capture = read_capture(write(blf))
        assert capture.format == "Vector BLF"
        assert capture.timing["CAN 2"].frames == 200
        assert [record.t_ns for record in capture.on("CAN 2")] == [ms(250) * number for number in range(200)]
        assert capture.on("CAN 1")[0].pdu == Frame(0x123, extended=False, remote=True)
        assert capture.started.startswith("2023-12-26 03:08:41")

    @pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.99, 0.999])
    def test_truncation_is_named_with_its_place(self, write, refused, blf, share):
        ((_, text),) = refused(write(blf[: int(len(blf) * share)]))
        assert "cut off" in text

    @pytest.mark.parametrize(("offset", "value"), [(144, b"JUNK"), (152, b"\xff\xff\xff\x7f"), (190, b"\x00" * 40)])
    def test_damage_is_named(self, write, refused, blf, offset, value):
        ((_, text),) = refused(write(blf[:offset] + value + blf[offset + len(value) :]))
        assert "damaged" in text or "cut off" in text

    def test_log_that_ends_within_an_object_is_named(self, write, refused, blf):
        size = struct.unpack_from("<L", blf, 152)[0]
        head, data = blf[144:176], zlib.decompress(blf[176 : 144 + size])
        packed = zlib.compress(data[:-20])
        container = head[:8] + struct.pack("<L", 32 + len(packed)) + head[12:24] + struct.pack("<L", len(data) - 20) + head[28:] + packed
        ((_, text),) = refused(write(blf[:16] + bytes(16) + blf[32:144] + container))
        assert "ends within an object" in text

    def test_header_of_another_size_is_no_traceback(self, write, refused, blf):
        ((_, text),) = refused(write(blf[:4] + struct.pack("<L", 10_000_000) + blf[8:]))
        assert text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "the file is empty"),
        (b"\n\n  \n", "only blank lines"),
        (b"hello world\n", "begins with 'hello world'; readable are candump"),
        (bytes(range(256)) * 40, "binary data in no known format (first at byte offset 0: 0x00)"),
        (b"UnFinMF 4.10", "an unfinished MDF/MF4 measurement file; finalise it"),
        (b"PK\x03\x04rest", "a ZIP archive; unpack it first"),
        (b"\x1f\x8b\x08rest", "compressed with gzip; unpack it first"),
        (LOG.encode("utf-16"), "UTF-16 text; save the file as UTF-8"),
        (b"Time Stamp,ID,Extended,Dir,Bus,LEN,D1\n", "there is no CAN frame in it"),
        (b"base hex timestamps absolute\n", "there is no CAN frame in it"),
    ],
)
def test_other_content_is_named_for_what_it_is(write, refused, content, text):
    ((_, seen),) = refused(write(content))
    assert text in seen


def test_missing_file_and_folder_are_refused(tmp_path, refused):
    assert refused(tmp_path / "absent.log") == [(None, "no such file")]
    assert refused(tmp_path) == [(None, "this is a folder; name the recordings in it")]


def test_the_name_of_the_file_does_not_matter(write):
    assert read_capture(write(LOG, "session.csv")).format == "candump log"


@pytest.mark.parametrize("content", [LOG, SCREEN, CSV, ASC])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_text_is_read_or_refused_but_never_raises_otherwise(write, content, data):
    raw = bytearray(content.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(raw) - 1))
        raw[position : position + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
        raw = raw or bytearray(b"x")
    assert outcome(write(bytes(raw)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_blf_is_read_or_refused_but_never_raises_otherwise(write, blf, data):
    raw = bytearray(blf)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(4, len(raw) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(write(bytes(raw)))
