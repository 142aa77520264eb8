"""Capture files of Ethernet with IPv6, UDP and TCP, made byte by byte out of the records of a scripted session."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address

from harness.core import Chunk, Datagram


def host(name):
    address, _, port = name.rpartition(":")
    return IPv6Address(address.strip("[]")).packed, int(port)


def ip(kind, source, destination, content):
    return struct.pack(">IHBB", 6 << 28, len(content), kind, 64) + source + destination + content


def ethernet(packet, tags=b""):
    return bytes(12) + tags + b"\x86\xdd" + packet


def udp(pdu):
    (source, sport), (destination, dport) = host(pdu.source), host(pdu.destination)
    return ip(17, source, destination, struct.pack(">HHHH", sport, dport, 8 + len(pdu.data), 0) + pdu.data)


def tcp(source, destination, sequence, data=b"", flags=0x10):
    (left, sport), (right, dport) = host(source), host(destination)
    return ip(6, left, right, struct.pack(">HHIIBBHHH", sport, dport, sequence % (1 << 32), 0, 5 << 4, flags, 8192, 0, 0) + data)


def packets(records, first=0xFFFFFF00):
    """Time and IPv6 packet of every record; the sequence numbers turn over in between."""
    place = {}
    found = []
    for record in records:
        pdu = record.pdu
        if isinstance(pdu, Datagram):
            found.append((record.t_ns, udp(pdu)))
            continue
        assert isinstance(pdu, Chunk)
        sequence = place.setdefault(pdu.source, first)
        found.append((record.t_ns, tcp(pdu.source, pdu.destination, sequence, pdu.data, 0x10 | 2 * pdu.begin | pdu.end)))
        place[pdu.source] = sequence + len(pdu.data) + pdu.begin + pdu.end
    return found


def pcap(found, link_type=1, wrap=ethernet):
    content = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, link_type)
    for t_ns, packet in found:
        data = wrap(packet)
        content += struct.pack("<IIII", 1_700_000_000 + t_ns // 10**9, t_ns % 10**9, len(data), len(data)) + data
    return content
