"""CAN in pcap and pcapng files: byte orders, link types, interfaces, damage. The files are built here byte by byte."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest

from harness.analyse.captures import read_capture
from harness.core import ConfigError, Frame, ms

CHM = Frame(0x1826F456, b"\x01\x01\x00")
STANDARD = Frame(0x123, b"\xab\xcd", extended=False)
WORD = 0x9826F456


def unit(word, data, order=">", flags=0, length=None):
    """A frame as SocketCAN captures it."""
    return struct.pack(f"{order}I4B", word, len(data) if length is None else length, flags, 0, 0) + data


def cooked(payload, protocol=0x000C, kind=280):
    return struct.pack(">HHH8sH", 1, kind, 0, b"", protocol) + payload


def cooked_2(payload, interface=3, protocol=0x000C):
    return struct.pack(">HHIHBB8s", protocol, 0, interface, 280, 1, 0, b"") + payload


def pcap(packets, link_type=227, order="<", magic=0xA1B2C3D4):
    head = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)
    return head + b"".join(struct.pack(f"{order}IIII", s, f, len(p), len(p)) + p for s, f, p in packets)


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    return struct.pack(f"{order}II", kind, len(body) + 12) + body + struct.pack(f"{order}I", len(body) + 12)


def section(order="<"):
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link_type=227, options=(), order="<"):
    packed = b"".join(struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4) for code, value in options)
    return block(1, struct.pack(f"{order}HHI", link_type, 0, 65535) + packed, order)


def packet(number, ticks, data, order="<"):
    return block(6, struct.pack(f"{order}IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)) + data, order)


FRAMES = [(1000, 500_000, unit(WORD, CHM.data)), (1000, 750_000, unit(0x123, STANDARD.data))]


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcap_of_socketcan_in_both_byte_orders(write, order):
    capture = read_capture(write(pcap(FRAMES, order=order)))
    assert capture.format == "pcap"
    assert [(record.t_ns, record.link, record.pdu) for record in capture.records] == [(0, "CAN 1", CHM), (ms(250), "CAN 1", STANDARD)]


def test_pcap_with_nanoseconds_loses_nothing(write):
    packets = [(1_703_560_121, 1, unit(WORD, CHM.data)), (1_703_560_121, 999_999_999, unit(WORD, CHM.data))]
    capture = read_capture(write(pcap(packets, magic=0xA1B23C4D)))
    assert capture.records[1].t_ns == 999_999_998
    assert capture.started == "2023-12-26 03:08:41.000000 UTC"


@pytest.mark.parametrize("order", ["<", ">"])
def test_cooked_captures_keep_the_byte_order_of_the_machine(write, order):
    packets = [(0, 0, cooked(unit(WORD, CHM.data, order))), (0, 250_000, cooked(unit(0x123, STANDARD.data, order)))]
    capture = read_capture(write(pcap(packets, 113, order)))
    assert [record.pdu for record in capture.records] == [CHM, STANDARD]
    assert capture.notes == ()


def test_identifiers_in_an_unusual_byte_order_are_read_with_a_note(write):
    packets = [(0, 0, unit(WORD, CHM.data, "<")), (0, 250_000, unit(0x123, STANDARD.data, "<"))]
    capture = read_capture(write(pcap(packets)))
    assert [record.pdu for record in capture.records] == [CHM, STANDARD]
    assert "other byte order" in capture.notes[0]


def test_cooked_v2_tells_the_interface(write):
    packets = [(0, 0, cooked_2(unit(WORD, CHM.data, "<"))), (0, 1, cooked_2(unit(0x123, STANDARD.data, "<"), 4))]
    capture = read_capture(write(pcap(packets, 276)))
    assert [(record.link, record.pdu) for record in capture.records] == [("CAN 3", CHM), ("CAN 4", STANDARD)]


def test_remote_error_fd_and_other_packets(write):
    packets = [
        (0, 0, unit(0x40000123, b"")),
        (0, 1, unit(0x20000004, bytes(8))),
        (0, 2, unit(0x123, bytes(range(12)) + bytes(52), flags=4, length=12)),
        (0, 3, unit(0x123, b"\x01\x02" + bytes(6), length=2)),
    ]
    capture = read_capture(write(pcap(packets)))
    assert [record.pdu for record in capture.records] == [
        Frame(0x123, extended=False, remote=True),
        Frame(0x123, bytes(range(12)), extended=False, fd=True),
        Frame(0x123, b"\x01\x02", extended=False),
    ]
    assert capture.notes == ("1 error frames were left out",)
    mixed = [(0, 0, cooked(unit(WORD, CHM.data, "<"))), (0, 1, cooked(bytes(40), 0x0800, 1))]
    assert "1 packets that are no CAN frames" in read_capture(write(pcap(mixed, 113))).notes[0]


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_with_names_resolutions_and_offset(write, order):
    content = section(order)
    content += interface(options=[(2, b"can0"), (9, b"\x09")], order=order)
    content += interface(options=[(2, b"can1"), (14, struct.pack(f"{order}q", 1000))], order=order)
    content += block(5, bytes(12), order)  # statistics, which nobody needs
    content += packet(0, 1_000_000_000_001, FRAMES[0][2], order) + packet(1, 250_000, FRAMES[1][2], order)
    capture = read_capture(write(content))
    assert capture.format == "pcapng"
    assert [(record.t_ns, record.link) for record in capture.records] == [(0, "can0"), (ms(250) - 1, "can1")]


def test_pcapng_leaves_other_interfaces_out_with_a_note(write):
    content = section() + interface(1) + interface() + packet(0, 0, bytes(60)) + packet(1, 5, FRAMES[0][2])
    capture = read_capture(write(content))
    assert [record.pdu for record in capture.records] == [CHM]
    assert capture.notes == ("1 packets of link type Ethernet (1) were left out",)


@pytest.mark.parametrize(
    "content",
    [pcap([(0, 0, bytes(60))], 1), section() + interface(1) + packet(0, 0, bytes(60)), section()],
    ids=["pcap", "pcapng", "empty"],
)
def test_recording_without_can_is_named_for_what_it_is(write, refused, content):
    ((_, text),) = refused(write(content))
    assert "without CAN traffic; readable are link types SocketCAN (227)" in text


@pytest.mark.parametrize("content", [pcap(FRAMES), section() + interface() + packet(0, 1, FRAMES[0][2]) + packet(0, 2, FRAMES[0][2])])
@pytest.mark.parametrize("cut", [1, 9, 17])
def test_end_cut_off_by_a_crash_is_left_out_with_a_note(write, content, cut):
    capture = read_capture(write(content[:-cut]))
    assert len(capture.records) == 1
    assert "cut off at byte offset" in capture.notes[0]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (pcap(FRAMES)[:20], "cut off in its header: 20 of 24 bytes"),
        (pcap(FRAMES)[:24] + struct.pack("<IIII", 0, 0, 0x7FFFFFFF, 0), "damaged at byte offset 24: a packet of 2147483647 bytes"),
        (section() + struct.pack("<II", 1, 7) + bytes(20), "damaged at byte offset 28: a block of 7 bytes"),
        (section() + packet(0, 0, b""), "the block at byte offset 28 (type 6) contradicts itself"),
        (pcap([(0, 0, unit(WORD, b"\x01", length=8))]), "the packet at byte offset 24: 8 data bytes announced, 1 recorded"),
    ],
)
def test_damage_is_named_with_its_place(write, refused, content, text):
    ((_, seen),) = refused(write(content))
    assert text in seen


@pytest.mark.parametrize("content", [pcap(FRAMES), section() + interface() + packet(0, 1, FRAMES[0][2])], ids=["pcap", "pcapng"])
def test_any_single_wrong_byte_is_read_or_refused(write, content):
    for position in range(4, len(content)):
        for value in (0x00, 0xFF, content[position] ^ 0x80):
            changed = content[:position] + bytes((value,)) + content[position + 1 :]
            with suppress(ConfigError):
                assert read_capture(write(changed)).records
