"""Evidence of a network as pcapng: the records of one link as packets that other tools open, and back."""

from harness.bench.pcapng.blocks import BadFile, Packet, read_packets, write_packets
from harness.bench.pcapng.content import NotPackets, packets_of, records_of

__all__ = ["BadFile", "NotPackets", "Packet", "packets_of", "read_packets", "records_of", "write_packets"]
