"""What a listener understands of one of the truck's own links: J1939 and diagnostics on a CAN bus, DoIP on Ethernet.

The names of the messages are those of ``harness.protocols.j1939.listener``, ``harness.protocols.uds.decoder`` and
``harness.protocols.doip.decoder``.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.message import Message
from harness.core.pdu import Frame
from harness.core.trace import Record
from harness.protocols.doip.decoder import DoipDecoder
from harness.protocols.j1939.listener import J1939Listener
from harness.protocols.uds.decoder import UdsDecoder, way_of

__all__ = ["VehicleDecoder"]


class VehicleDecoder:
    """Decoder of one link; implements ``harness.core.Decoder``. Never raises for what is on the wire."""

    def __init__(self) -> None:
        self._groups = J1939Listener()
        self._diagnostics = UdsDecoder()
        self._over_ip = DoipDecoder()

    def feed(self, record: Record) -> Sequence[Message]:
        """Messages that this record completes or announces, in order."""
        frame = record.pdu
        if not isinstance(frame, Frame):
            return self._over_ip.feed(record)
        return self._diagnostics.feed(record) if way_of(frame) is not None else self._groups.feed(record)
