"""Frame tables in the layouts of ZLG's tools: each known layout, both languages, and what is wrong with a line."""

from __future__ import annotations

import pytest

from harness.analyse.captures import read_capture
from harness.core import Frame, ms

CHM = Frame(0x1826F456, b"\x01\x01\x00")

CANTEST = """序号,系统时间,时间标识,CAN通道,传输方向,ID号,帧类型,帧格式,长度,数据
00000,="12:04:59.533",0x592897,ch1,接收,0x1826F456,数据帧,扩展帧,0x03,x| 01 01 00
00001,="12:04:59.783",0x59325B,ch2,发送,0x00000123,数据帧,标准帧,0x02,x| AB CD
"""
LAYOUTS = {
    "CANTest": (CANTEST, ms(250), "CAN 2"),
    "CANTest with seconds and half quotes": (
        "序号,系统时间,时间标识,CAN通道,ID号,帧类型,帧格式,CAN类型,长度,数据\n"
        '1000000,="17:54:13.761949,385.624895,ch1,0x1826F456,数据帧,扩展帧,CAN,3,x| 01 01 00\n'
        '1000001,="17:54:14.011949,385.874895,ch2,0x123,数据帧,标准帧,CAN,2,x| ab cd\n',
        ms(250),
        "CAN 2",
    ),
    "clock times with a second point": (
        "序号,传输方向,时间戳,ID,帧格式,帧类型,长度,数据,\n"
        "0,接收,16:44:48.459.0,0x1826F456,扩展帧,数据帧,0x03,01 01 00 ,\n"
        "1,接收,16:44:48.709.0,0x00000123,标准帧,数据帧,0x02,AB CD ,\n",
        ms(250),
        "CAN",
    ),
    "CANPro with names and addresses": (
        "序号,传输方向,时间戳,消息名,ID,PGN(H),源地址(H),目的地址(H),帧格式,帧类型,长度,数据,注释,\n"
        "1,接收,1572.2328,--,1826F456,2600,56,F4,扩展帧,数据帧,03,01 01 00 ,,\n"
        "2,接收,1572.4828,--,123,,,,标准帧,数据帧,02,AB CD ,,\n",
        ms(250),
        "CAN",
    ),
    "columns with remarks in brackets": (
        "序号,传输方向,时间标识(ms),名称,帧ID(靠右对齐),帧格式,帧类型,数据长度,数据(HEX)\n"
        "1,接收,100.5,车辆,1826F456,扩展帧,数据帧,3,01 01 00\n"
        "2,接收,350.5,车辆,123,标准帧,数据帧,2,AB CD\n",
        ms(250),
        "CAN",
    ),
    "ZCANPRO with combined words": (
        "序号,时间标识,源通道,帧ID,帧类型,CAN类型,方向,长度,数据\n"
        "1,0.100000,通道0,0x1826F456,扩展数据帧,CAN,接收,3,01 01 00\n"
        "2,0.350000,通道1,0x123,标准数据帧,CAN,接收,2,AB CD\n",
        ms(250),
        "CAN 1",
    ),
    "English headings": (
        "Index,System Time,Time Stamp,Channel,Direction,Frame ID,Type,Format,DLC,Data\n"
        "1,12:00:00.000,0x000003E8,ch1,Receive,0x1826F456,DATA,EXTENDED,0x03,01 01 00\n"
        "2,12:00:00.250,0x00000DAC,ch2,Receive,0x123,DATA,STANDARD,0x02,AB CD\n",
        ms(250),
        "CAN 2",
    ),
    "text with tabs": (CANTEST.replace(",", "\t"), ms(250), "CAN 2"),
    "text with blanks": (CANTEST.replace(",", "   "), ms(250), "CAN 2"),
    "lines before the heading, heading repeated": (
        "CANTest V2.70\n\n" + CANTEST.splitlines(keepends=True)[0] + CANTEST,
        ms(250),
        "CAN 2",
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout_is_read(write, name):
    text, step_ns, second = LAYOUTS[name]
    capture = read_capture(write(text))
    assert capture.format == "frame table (ZLG style)"
    assert [(record.t_ns, record.pdu) for record in capture.records] == [(0, CHM), (step_ns, Frame(0x123, b"\xab\xcd", extended=False))]
    assert capture.records[1].link == second


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_encodings_of_chinese_windows_are_read(write, encoding):
    assert len(read_capture(write(CANTEST.encode(encoding))).records) == 2


def test_clock_of_the_logger_and_resolution_are_kept(write):
    capture = read_capture(write(CANTEST))
    assert capture.started == "12:04:59.533 (clock of the logger)"
    assert capture.timing["CAN 1"].resolution_ns == 100_000


def test_clock_that_passes_midnight_goes_on(write):
    text = LAYOUTS["clock times with a second point"][0].replace("16:44:48.459", "23:59:59.900").replace("16:44:48.709", "00:00:00.150")
    capture = read_capture(write(text))
    assert [record.t_ns for record in capture.records] == [0, ms(250)]
    assert "midnight" in capture.notes[0]


def test_stamps_that_are_missing_are_replaced_by_the_clock(write):
    capture = read_capture(write(CANTEST.replace("0x592897", "无").replace("0x59325B", "无")))
    assert [record.t_ns for record in capture.records] == [0, ms(250)]


def test_bare_counts_are_told(write):
    capture = read_capture(write(CANTEST.replace("0x592897", "1000").replace("0x59325B", "3500")))
    assert capture.records[1].t_ns == ms(250)
    assert "counts of 0.1 ms" in capture.notes[0]


def test_remote_error_and_fd_frames(write):
    rows = (
        "2,,0x1,ch1,接收,0x123,远程帧,标准帧,0x00,x|\n"
        "3,,0x2,ch1,接收,0x123,错误帧,标准帧,0x08,x| 00 00 00 00 00 00 00 00\n"
        f"4,,0x3,ch1,接收,0x123,数据帧,标准帧,12,x| {'11 ' * 12}\n"
    )
    capture = read_capture(write(CANTEST.splitlines(keepends=True)[0] + rows))
    assert [record.pdu for record in capture.records] == [
        Frame(0x123, extended=False, remote=True),
        Frame(0x123, b"\x11" * 12, extended=False, fd=True),
    ]
    assert capture.notes == ("1 error frames were left out",)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("2,,0x1,ch1,接收,zz,数据帧,扩展帧,0x00,x|", "'zz' is no hexadecimal identifier"),
        ("2,,0x1,ch1,接收,,数据帧,扩展帧,0x00,x|", "there is no identifier"),
        ("2,,soon,ch1,接收,0x123,数据帧,扩展帧,0x00,x|", "'soon' is no time"),
        ("2,,0x1,ch1,接收,0x123,数据帧,扩展帧,many,x|", "'many' is no length"),
        ("2,,0x1,ch1,接收,0x123,数据帧,扩展帧,0x03,x| 01 02", "3 data bytes announced, 2 follow"),
        ("2,,0x1,ch1,接收,0x123,数据帧,扩展帧,0x02,x| 01 0G", "no whole hexadecimal bytes"),
    ],
)
def test_broken_row_is_named_with_its_line(write, refused, row, text):
    lines = CANTEST.splitlines(keepends=True)
    ((line, seen),) = refused(write("".join([*lines[:2], row + "\n", *lines[2:]])))
    assert line == 3
    assert text in seen


def test_last_row_cut_off_by_a_crash_is_left_out_with_a_note(write):
    capture = read_capture(write(CANTEST + "00002,=,0x1"))
    assert len(capture.records) == 2
    assert "line 4 is cut off" in capture.notes[0]


def test_table_without_data_is_no_frame_table(write, refused):
    ((_, text),) = refused(write("序号,时间,里程,车速,电压\n1,0.1,2,3,4\n"))
    assert "no recording of CAN traffic" in text
