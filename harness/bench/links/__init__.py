"""Links: simulated CAN, datagram, stream, network and line in memory, and any of them behind a port."""

from harness.bench.links.can import CanLink
from harness.bench.links.memory import DatagramLink, LineLink, StreamLink
from harness.bench.links.network import NetworkLink
from harness.bench.links.ported import PortLink

__all__ = ["CanLink", "DatagramLink", "LineLink", "NetworkLink", "PortLink", "StreamLink"]
