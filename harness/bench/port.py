"""The contract between a link and the hardware or process behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from harness.core import Pdu

__all__ = ["Port", "PortFactory", "Sink"]

Sink = Callable[[Pdu, int, int | None, bool], None]
"""``sink(pdu, host_ns, interface_ns, echo)``: called by the port in any thread, as soon as the PDU is there.

host_ns: ``time.monotonic_ns()`` when the harness saw it. interface_ns: the interface's own stamp in
nanoseconds on any fixed origin, ``None`` if it has none. echo: it is the transmission of our own PDU.
"""


class Port(Protocol):
    """One link end on hardware, another process or an operator."""

    echoes: bool
    """The port reports our own transmissions through the sink, with their bus time."""
    info: Mapping[str, str]
    """What an auditor wants to know: interface, channel, bit rate, driver version, stamp source."""

    def open(self, sink: Sink) -> None:
        """Open the device and begin to receive.

        Raises:
            ConfigError: it cannot be opened; says which device, why, and what to do.
        """
        ...

    def send(self, pdu: Pdu) -> None:
        """Hand *pdu* to the device without waiting for its transmission.

        Raises:
            RigError: the device is gone or does not take it.
        """
        ...

    def dropped(self) -> int:
        """PDUs known to be lost on reception since ``open``."""
        ...

    def close(self) -> None:
        """Stop receiving and release the device; safe to call twice."""
        ...


PortFactory = Callable[[Mapping[str, object]], Port]
"""Entry point ``precert.ports``: takes the link's options of the rig file, checks them, opens nothing."""
