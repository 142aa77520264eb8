"""Links in memory for everything that is not CAN: datagrams, byte streams, discrete lines."""

from __future__ import annotations

from harness.bench.kernel import Attachment, Kernel
from harness.core import Chunk, Datagram, Level, LocalProtocolError, Pdu

__all__ = ["DatagramLink", "LineLink", "StreamLink"]


class _DelayLink:
    """Delivers after a fixed latency, in the order of submission."""

    accepts: type[Pdu]

    def __init__(self, name: str, latency_ns: int = 0) -> None:
        if latency_ns < 0:
            raise ValueError(f"link '{name}': the latency must not be negative")
        self.name = name
        self.latency_ns = latency_ns

    def bind(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def submit(self, sender: Attachment, pdu: Pdu) -> None:
        if not isinstance(pdu, self.accepts):
            carried, got = self.accepts.__name__, type(pdu).__name__
            raise LocalProtocolError(f"'{sender.role}' sent a {got} to link '{self.name}', which carries {carried}")
        kernel = self._kernel
        kernel.push(kernel.now_ns + self.latency_ns, lambda: kernel.deliver(self.name, sender, pdu, t_ns=kernel.due_ns), sender.role)


class LineLink(_DelayLink):
    """Discrete and analogue lines: every new level reaches every other node."""

    accepts = Level


class DatagramLink(_DelayLink):
    """UDP-style: whole datagrams, to everybody; nodes filter by destination."""

    accepts = Datagram


class StreamLink(_DelayLink):
    """TCP-style: bytes in order between two nodes, in pieces of at most *segment* bytes."""

    accepts = Chunk

    def __init__(self, name: str, latency_ns: int = 0, segment: int | None = None) -> None:
        """*segment* cuts what a node sends, so that a receiver has to put messages together again.

        Raises:
            ValueError: the latency is negative or the segment not positive.
        """
        super().__init__(name, latency_ns)
        if segment is not None and segment <= 0:
            raise ValueError(f"link '{name}': a segment has at least one byte")
        self.segment = segment
        self._ended: set[str] = set()

    def submit(self, sender: Attachment, pdu: Pdu) -> None:
        if isinstance(pdu, Chunk):
            if sender.role in self._ended:
                raise LocalProtocolError(f"'{sender.role}' sent bytes on stream '{self.name}' after it had closed its direction")
            if pdu.end:
                self._ended.add(sender.role)
            if self.segment is not None and len(pdu.data) > self.segment:
                pieces = range(0, len(pdu.data), self.segment)
                for start in pieces:
                    last = start == pieces[-1]
                    super().submit(sender, Chunk(pdu.data[start : start + self.segment], pdu.end and last))
                return
        super().submit(sender, pdu)
