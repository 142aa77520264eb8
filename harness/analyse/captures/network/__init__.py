"""Packets of a network as records: IP with UDP and TCP out of Ethernet, Linux cooked and raw frames, streams in order, TLS opened."""

from __future__ import annotations

from harness.analyse.captures.network.ip import LINK_TYPES, Other, Segment, Udp, parse
from harness.analyse.captures.network.reading import Packet, is_network, read_network

__all__ = ["LINK_TYPES", "Other", "Packet", "Segment", "Udp", "is_network", "parse", "read_network"]
