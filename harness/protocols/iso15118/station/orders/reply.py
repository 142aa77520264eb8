"""A response on its way out: what the row made of it, what orders make of it, and the bytes at last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.protocols.iso15118.envelope import Content, document_of
from harness.protocols.iso15118.exi import Deviation, codec, deviate
from harness.protocols.iso15118.v2gtp import encode_frame

__all__ = ["Reply"]


@dataclass(slots=True)
class Reply:
    """One response before it is sent."""

    exchange: str
    name: str
    """Of the response message."""
    schema: str
    payload_type: int
    content: Content
    session_id: bytes
    delay_ns: int
    """From the request to the first byte."""
    closes: bool = False
    """The station closes the connection behind it."""
    withheld: bool = False
    is_ordered: bool = False
    """An order had a hand in it."""
    copies: int = 1
    copies_gap_ns: int = 0
    segment: int = 0
    """Bytes of a piece, 0 for the whole frame at once."""
    segment_gap_ns: int = 0
    header: dict[str, int] = field(default_factory=dict)
    """Fields of the V2GTP header in the place of the right ones."""
    deviations: list[Deviation] = field(default_factory=list)
    """Of the EXI stream."""
    rewrites: list[Callable[[bytes], bytes]] = field(default_factory=list)
    """Of the whole frame, one after the other."""

    def frame(self, now_ns: int) -> bytes:
        """The V2GTP frame, made at *now_ns*.

        Raises:
            ExiEncodeError: the content has no encoding, not even an invalid one.
            LocalProtocolError: a deviation names what is not in the stream.
        """
        document = document_of(self.schema, self.name, self.content, self.session_id, now_ns)
        if self.deviations:
            payload = deviate(codec(self.schema).layout(document, allow_invalid=True), self.deviations)
        else:
            payload = codec(self.schema).encode(document, allow_invalid=True)
        header = dict(self.header)
        data = encode_frame(header.pop("payload_type", self.payload_type), payload, **header)
        for rewrite in self.rewrites:
            data = rewrite(data)
        return data

    def pieces(self, now_ns: int) -> list[tuple[int, bytes]]:
        """What is to be sent, each piece with its time after ``delay_ns``; nothing if it is withheld."""
        if self.withheld:
            return []
        data, found, start_ns = self.frame(now_ns), list[tuple[int, bytes]](), 0
        size = self.segment or max(1, len(data))
        cuts = range(0, len(data), size)
        for copy in range(self.copies):
            start_ns = copy * (self.copies_gap_ns + len(cuts) * self.segment_gap_ns)
            found += [(start_ns + number * self.segment_gap_ns, data[cut : cut + size]) for number, cut in enumerate(cuts)]
        return found
