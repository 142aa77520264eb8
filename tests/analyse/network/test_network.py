"""Network captures: link layers, TCP in and out of order, holes, and TLS; each end to end from the bytes of a file."""

from __future__ import annotations

import struct

import pytest

from harness.analyse.analysis import analyse_captures
from harness.analyse.captures import read_capture
from harness.analyse.captures.network import Other, parse
from harness.core import Chunk, Verdict
from harness.protocols.iso15118 import STANDARD
from tests.analyse.network.packets import ethernet, packets, pcap, tcp
from tests.protocols.iso15118.scripted import CHARGER, VEHICLE, place, records, session


@pytest.fixture
def analyse(write):
    def run(content):
        (analysis,) = analyse_captures([write(content, "capture.pcap")], [STANDARD])
        (link,) = analysis.links
        return analysis.capture, link

    return run


def names(link):
    return [message.name for message in link.messages]


def cooked(packet):
    return struct.pack(">HHH8sH", 0, 1, 6, bytes(8), 0x86DD) + packet


def cooked_2(packet):
    return struct.pack(">HHIHBB8s", 0x86DD, 0, 3, 1, 0, 6, bytes(8)) + packet


@pytest.mark.parametrize(
    ("link_type", "wrap"),
    [
        (1, ethernet),
        (1, lambda packet: ethernet(packet, b"\x81\x00\x00\x05")),
        (113, cooked),
        (276, cooked_2),
        (101, bytes),
        (229, bytes),
    ],
    ids=["ethernet", "vlan", "cooked", "cooked2", "raw", "ipv6"],
)
def test_session_is_read_from_every_link_layer(analyse, link_type, wrap):
    capture, link = analyse(pcap(packets(records(session())), link_type, wrap))
    assert capture.notes == ()
    assert link.verdict is Verdict.PASS
    assert [session.complete for session in link.sessions] == [True]
    assert (link.recognition.dialect, link.recognition.foreign, link.profile) == ("iso15118-2", 0, "profile-iso15118-2.toml")


def test_every_packet_is_a_frame_with_the_number_that_other_tools_give_it(write):
    found = packets(records(session()))
    found.insert(3, (found[3][0], tcp("[fe80::9]:1", "[fe80::8]:2", 0)))
    capture = read_capture(write(pcap(found)))
    assert [record.number for record in capture.records] == list(range(1, len(found) + 1))


def data_places(found, source):
    """Where the packets of *source* are that carry data."""
    port = int(source.rpartition(":")[2])
    return [i for i, (_, p) in enumerate(found) if p[6] == 6 and struct.unpack_from(">H", p, 40)[0] == port and len(p) > 60]


def test_packets_sent_again_count_once(analyse):
    found = packets(records(session()))
    index = data_places(found, VEHICLE)[4]
    found.insert(index + 1, found[index])
    capture, link = analyse(pcap(found))
    assert link.verdict is Verdict.PASS
    assert capture.notes == ("network 1: 1 TCP segments were sent again",)


def test_pieces_out_of_order_are_put_in_order(analyse):
    found = packets(records(session()))
    index = data_places(found, VEHICLE)[4]
    t_ns, packet = found[index]
    head, data = packet[:60], packet[60:]
    sequence = struct.unpack_from(">I", packet, 44)[0]
    parts = [tcp(VEHICLE, CHARGER, sequence + at, data[at : at + 5]) for at in range(0, len(data), 5)]
    found[index : index + 1] = [(t_ns, part) for part in reversed(parts)]
    capture, link = analyse(pcap(found))
    assert head
    assert link.verdict is Verdict.PASS
    assert f"{len(parts) - 1} TCP segments came out of order" in capture.notes[0]


def test_missing_packet_is_named_with_its_frame_and_nothing_is_found_kept_across_it(analyse):
    found = packets(records(session()))
    del found[data_places(found, CHARGER)[5]]
    capture, link = analyse(pcap(found))
    assert "bytes of TCP streams are missing in the recording" in capture.notes[0]
    (hole,) = [message for message in link.messages if message.name == "V2GTP"]
    assert "bytes of the TCP stream are missing" in hole.note
    assert hole.frames[0] == data_places(found, CHARGER)[5] + 1
    assert link.verdict is Verdict.INCONC
    assert len(names(link)) == len(records(session())) - 3


def test_recording_cut_by_a_snapshot_length_is_a_hole(analyse):
    found = packets(records(session()))
    index = data_places(found, CHARGER)[5]
    found[index] = (found[index][0], found[index][1][:-6])
    _, link = analyse(pcap(found))
    assert link.verdict is Verdict.INCONC
    assert "6 bytes of the TCP stream are missing" in next(message.note for message in link.messages if message.name == "V2GTP")


def test_recording_of_other_traffic_is_no_session(analyse):
    found = [(0, tcp("[fe80::9]:1", "[fe80::8]:80", 1, b"GET / HTTP/1.1\r\n"))]
    _, link = analyse(pcap(found))
    assert link.recognition is None
    assert link.most_frequent == (("[fe80::9]:1>[fe80::8]:80", 1),)


def test_tls_without_secrets_is_told_as_such(analyse):
    trace = records(session())
    hello = b"\x16\x03\x01\x00\x28\x01\x00\x00\x24\x03\x03" + bytes(34)
    server = b"\x16\x03\x03\x00\x32\x02\x00\x00\x2e\x03\x03" + bytes(32) + b"\x00\x13\x01\x00\x00\x06\x00\x2b\x00\x02\x03\x04"
    contents = {VEHICLE: [hello], CHARGER: [server]}
    sealed = []
    for record in trace:
        if isinstance(record.pdu, Chunk) and record.pdu.data:
            plain = contents[record.pdu.source].pop() if contents[record.pdu.source] else b"\x17\x03\x03\x00\x20" + bytes(32)
            record = record._replace(pdu=Chunk(plain, False, record.pdu.source, record.pdu.destination))
        sealed.append(record)
    capture, link = analyse(pcap(packets(sealed)))
    assert capture.notes == ("network 1: TLS 1.3 stays sealed: the recording carries no secrets for it",)
    (told,) = link.sessions
    assert "no usable keys" in "\n".join(told.story["en"])
    assert "没有可用的密钥" in "\n".join(told.story["zh"])
    assert link.checks == ()
    assert link.verdict is Verdict.NONE


@pytest.mark.parametrize("link_type", [1, 101, 113, 276, 228, 229, 999])
def test_no_bytes_upset_the_parsing_of_a_packet(link_type):
    whole = {1: ethernet, 113: cooked, 276: cooked_2}.get(link_type, bytes)(tcp(VEHICLE, CHARGER, 1, b"abc"))
    for length in range(len(whole)):
        assert parse(link_type, whole[:length]) is not None
    assert isinstance(parse(link_type, b""), Other)


def test_lines_of_a_session_are_where_tests_expect_them():
    assert place(session(), "SessionStopReq") == len(session()) - 2
