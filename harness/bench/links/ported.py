"""A link whose other end is a port: hardware, another process or an operator."""

from __future__ import annotations

from collections import deque

from harness.bench.kernel import Attachment, Kernel
from harness.bench.port import Port
from harness.core import Handshake, Listen, Pdu

__all__ = ["PortLink"]


class PortLink:
    """Nodes of this process on a link that others share.

    Interface stamps are moved to the time axis of the run by one constant offset, fixed with the first
    stamp, so that intervals between stamps stay what the interface measured. Where the port echoes our own
    transmissions, they enter the trace with their bus time; otherwise with the time of sending.
    """

    def __init__(self, name: str, port: Port) -> None:
        self.name = name
        self.port = port
        self._offset_ns: int | None = None
        self._sent: deque[tuple[Attachment, Pdu, int]] = deque()
        self.deviations_ns: list[int] = []
        """Of each own timed PDU: bus time minus the instant for which it was scheduled."""

    def bind(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def submit(self, sender: Attachment, pdu: Pdu) -> None:
        self.port.send(pdu)
        if isinstance(pdu, Listen) or (isinstance(pdu, Handshake) and pdu.settings is not None):
            return  # Said to the port, not to anybody on the link.
        if self.port.echoes:
            self._sent.append((sender, pdu, self._kernel.due_ns))
        else:
            self.deviations_ns.append(self._kernel.now_ns - self._kernel.due_ns)
            self._kernel.deliver(self.name, sender, pdu)

    def arrive(self, pdu: Pdu, host_ns: int, interface_ns: int | None, echo: bool) -> None:
        """*pdu* came in by the port; *host_ns* is on the time axis of the run."""
        t_ns = host_ns
        if interface_ns is not None:
            if self._offset_ns is None:
                self._offset_ns = host_ns - interface_ns
            t_ns = interface_ns + self._offset_ns
        sender = None
        if echo:
            sender, due_ns = self._owner(pdu)
            if sender is not None:
                self.deviations_ns.append(t_ns - due_ns)
        self._kernel.deliver(self.name, sender, pdu, t_ns=t_ns, host_ns=host_ns)

    def jitter_ns(self) -> int:
        """Spread of the deviations of our own PDUs from their schedule; a constant delay is none."""
        return max(self.deviations_ns) - min(self.deviations_ns) if self.deviations_ns else 0

    def _owner(self, pdu: Pdu) -> tuple[Attachment | None, int]:
        for index, (sender, sent, due_ns) in enumerate(self._sent):
            if sent == pdu:
                del self._sent[index]
                return sender, due_ns
        return None, 0
