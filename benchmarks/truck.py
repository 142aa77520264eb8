"""Recording of a truck's network, 35,000 frames: read and analysed, against reading it alone and against python-can with can-j1939.

The peer reads the same file with python-can and puts long messages together with can-j1939, whose own threads are left out. We also count
every bit of the bus, every distance, and judge. Long messages and counts of both must agree before anything is timed.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import can
from j1939.j1939_21 import J1939_21
from measure import Comparison, compare, report

from harness.analyse.analysis import LinkAnalysis, analyse_capture
from harness.analyse.captures import read_capture
from harness.core import Standard
from harness.rig.registry import standards

FRAMES = 35_000
CYCLES = (
    *((0x0CF00203, 10), (0x0CF00400, 20), (0x0CF00300, 20), (0x18FEDF00, 20), (0x0CF00C03, 20), (0x0CF00331, 50), (0x18F00E00, 50)),
    *((0x18F00100 + source, 100) for source in (0x00, 0x03, 0x0B, 0x31)),
    *((0x18FEF100 + source, 100) for source in (0x00, 0x31)),
    *((0x18FE0000 + 0x100 * group + 0x31, 250) for group in range(0xA0, 0xC0)),
    *((0x18FECA00 + source, 1000) for source in (0x00, 0x03, 0x0B, 0x31)),
)
"""Identifiers and their periods in milliseconds, about as on a heavy truck."""
LONG_EVERY_MS = 1500

Answer = tuple[list[tuple[int, int, bytes]], Counter[int]]


def main() -> int:
    """Write the recording, compare, report; 1 if a goal is missed."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "truck.log")
        path.write_text("".join(lines()), encoding="ascii")
        return report("recording of a truck's network", comparisons(path, standards()))


def lines() -> Iterator[str]:
    """The recording as candump writes it."""
    source = random.Random(1939)
    rows = [(at_ms + source.random(), ident, content(ident, source)) for ident, every in CYCLES for at_ms in range(0, 100_000, every)]
    for number, at_ms in enumerate(range(0, 100_000, LONG_EVERY_MS)):
        text = source.randbytes(20 + number % 30)
        packets = -(-len(text) // 7)
        rows.append((float(at_ms), 0x1CECFF31, bytes((0x20, len(text), 0, packets, 0xFF, 0xEB, 0xFE, 0))))
        rows += [(at_ms + 60.0 * n, 0x1CEBFF31, bytes((n,)) + text[7 * n - 7 : 7 * n].ljust(7, b"\xff")) for n in range(1, packets + 1)]
    for at_ms, ident, data in sorted(rows)[:FRAMES]:
        yield f"({1_700_000_000 + at_ms / 1000:.6f}) can0 {ident:08X}#{data.hex().upper()}\n"


def content(ident: int, source: random.Random) -> bytes:
    """Eight bytes; a list without troubles for DM1."""
    return bytes.fromhex("00FF00000000FFFF") if ident >> 8 & 0xFFFF == 0xFECA else source.randbytes(8)


def by_peer(path: Path) -> Answer:
    """Long messages and counts of identifiers, from python-can and can-j1939."""
    found: list[tuple[int, int, bytes]] = []
    count: Counter[int] = Counter()

    def told(_priority: int, pgn: int, source: int, _to: int, _at: float, data: object) -> None:
        if isinstance(data, list):
            found.append((pgn, source, bytes(data)))

    layer = J1939_21(lambda *_: None, lambda: None, told, 1, None, None, lambda _: False)
    with can.LogReader(path) as reader:
        for frame in reader:
            count[frame.arbitration_id] += 1
            layer.notify(frame.arbitration_id, frame.data, frame.timestamp)
    return found, count


def analysed(path: Path, known: list[Standard]) -> LinkAnalysis:
    """Our analysis of the only channel."""
    return analyse_capture(read_capture(path), known).links[0]


def our_answer(link: LinkAnalysis) -> Answer:
    """The same from our analysis."""
    assert link.bus is not None
    long = [message for message in link.messages if len(message.frames) > 1]
    found = [
        (pgn, source, message.data)
        for message in long
        if isinstance(pgn := message["pgn"], int) and isinstance(source := message["source"], int)
    ]
    return found, Counter({row.can_id: row.count for row in link.bus.cycles})


def comparisons(path: Path, known: list[Standard]) -> Iterator[Comparison]:
    """Against reading alone, and against the peer."""
    link = analysed(path, known)
    expected = by_peer(path)
    if our_answer(link) != expected or len(expected[0]) < 40 or not link.checks:
        raise SystemExit("not the same long messages and counts; nothing was timed")
    yield compare(
        "truck network, reading alone against reading and analysing",
        "frames",
        FRAMES,
        ("our own reader alone", lambda: read_capture(path)),
        lambda: analysed(path, known),
        goal=0.5,
        ambition=0.75,
        rounds=5,
    )
    yield compare(
        "truck network, read and analysed",
        "frames",
        FRAMES,
        ("python-can + can-j1939", lambda: by_peer(path)),
        lambda: analysed(path, known),
        goal=0.5,
        ambition=1,
        rounds=5,
    )


if __name__ == "__main__":
    sys.exit(main())
