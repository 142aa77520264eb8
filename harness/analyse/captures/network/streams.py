"""TCP streams in order: every segment gives the bytes that it makes readable; retransmissions give none, and what is missing is told.

A recording is read as a whole, so that a hole is known to be one: bytes that no later segment brings are lost, all others are waited
for. What a segment brings twice is taken as it came first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from harness.analyse.captures.network.ip import Segment
from harness.core import Chunk

__all__ = ["Streams", "chunks_of"]

_TURN, _HALF = 1 << 32, 1 << 31


@dataclass(slots=True)
class Streams:
    """The chunks of a recording, and what there is to remark."""

    chunks: dict[int, Chunk] = field(default_factory=dict)
    """By the place of the segment among all packets."""
    repeated: int = 0
    """Segments that brought only what was there already."""
    disordered: int = 0
    """Segments that had to wait for an earlier one."""
    lost: int = 0
    """Bytes that the recording does not hold."""


@dataclass(slots=True)
class _Direction:
    """One direction of a connection from its opening on."""

    first: int
    segments: list[tuple[int, int, Segment]] = field(default_factory=list)
    """Place among all packets, offset in the stream, segment."""
    latest: int = 0

    def offset(self, sequence: int) -> int:
        """Where in the stream *sequence* is: the number next to the latest one, as it turns over."""
        near = (self.first + self.latest) % _TURN
        return self.latest + (sequence - near + _HALF) % _TURN - _HALF


def chunks_of(segments: Mapping[int, Segment]) -> Streams:
    """The streams of all connections in *segments*, given by their place among all packets."""
    found = Streams()
    for direction in _directions(segments):
        _follow(direction, found)
    return found


def _directions(segments: Mapping[int, Segment]) -> list[_Direction]:
    current: dict[tuple[str, str], _Direction] = {}
    every: list[_Direction] = []
    for place, segment in segments.items():
        way = (segment.source, segment.destination)
        direction = current.get(way)
        first = (segment.sequence + segment.begin) % _TURN
        if direction is None or (segment.begin and first != direction.first):
            direction = current[way] = _Direction(first)
            every.append(direction)
        offset = direction.offset(first)
        if segment.data:
            direction.latest = max(direction.latest, offset)
        direction.segments.append((place, offset, segment))
    return every


def _follow(direction: _Direction, found: Streams) -> None:
    pieces = sorted((offset, offset + len(segment.data)) for _, offset, segment in direction.segments if segment.data)
    starts = [start for start, _ in pieces]
    reach = list(accumulate((end for _, end in pieces), max))
    waiting: dict[int, bytes] = {}
    place_of_next = 0
    for place, offset, segment in direction.segments:
        data, ready, lost = segment.data, b"", 0
        if data and offset + len(data) <= place_of_next:
            found.repeated += 1
        elif data:
            if len(data) > len(waiting.get(offset, b"")):
                waiting[offset] = data
            hole = _hole(starts, reach, place_of_next)
            if hole and offset <= place_of_next + hole:
                lost, place_of_next = hole, place_of_next + hole
            ready, place_of_next = _take(waiting, place_of_next)
            found.disordered += not ready
            found.lost += lost
        found.chunks[place] = Chunk(ready, segment.end, segment.source, segment.destination, segment.begin, lost, reset=segment.reset)


def _hole(starts: Sequence[int], reach: Sequence[int], place: int) -> int:
    """How many bytes from *place* on no segment brings; *starts* in order, *reach* how far all segments up to each of them go."""
    index = bisect_right(starts, place)
    if index == len(starts) or (index and reach[index - 1] > place):
        return 0
    return starts[index] - place


def _take(waiting: dict[int, bytes], place: int) -> tuple[bytes, int]:
    """The bytes from *place* on as far as there are any, and where they end."""
    ready = bytearray()
    while waiting:
        start = next((start for start, data in waiting.items() if start <= place < start + len(data)), None)
        if start is None:
            break
        data = waiting.pop(start)[place - start :]
        ready += data
        place += len(data)
    for start in [start for start, data in waiting.items() if start + len(data) <= place]:
        del waiting[start]
    return bytes(ready), place
