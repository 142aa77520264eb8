"""P5: frames per second over the simulated CAN link in one process, against python-can's virtual bus.

Ours arbitrates, takes the exact bit time of each frame, stamps it in integer nanoseconds and keeps it on the trace;
the peer copies the message into the other end's queue. Both hand every frame to one receiver, which must see the same
frames in the same order. Two loads: payloads that repeat, as on a charging bus, and payloads that never do.
"""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Iterator, Sequence

import can
from measure import Comparison, compare, report

from harness.bench.kernel import Kernel
from harness.bench.links import CanLink
from harness.core import Frame, Pdu

FRAMES = 10_000
IDENTIFIERS = 40
REPEATED = 1_000
"""Different frames of the load that repeats."""
BITRATE_BPS = 250_000
GROUP = 20
"""Frames that a node hands over at once, as in a transport session."""
GAP_NS = 640_000
"""Longest extended frame of 8 bytes at this bit rate, intermission included."""


def draw_frames(distinct: int) -> list[Frame]:
    """*FRAMES* extended frames of 8 bytes, drawn with a fixed seed from *distinct* different ones."""
    draw = random.Random(27930)
    different = [Frame(0x18FF0000 + 256 * (number % IDENTIFIERS), draw.randbytes(8)) for number in range(distinct)]
    return [different[number % distinct] for number in range(FRAMES)]


class Sender:
    """Keeps the bus loaded: hands over a group of frames whenever the bus has carried the one before."""

    name = "sender"

    def __init__(self, frames: Sequence[Frame], gap_ns: int) -> None:
        self._frames = iter(frames)
        self._gap_ns = gap_ns
        self._deadline_ns: int | None = 0

    def start(self, now_ns: int) -> Sequence[Pdu]:
        return ()

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        return ()

    def next_deadline_ns(self) -> int | None:
        return self._deadline_ns

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        group = list(itertools.islice(self._frames, GROUP))
        self._deadline_ns = now_ns + GROUP * self._gap_ns if group else None
        return group


class Receiver:
    """Keeps what it gets with its time."""

    name = "receiver"

    def __init__(self) -> None:
        self.received: list[tuple[int, Pdu]] = []

    def start(self, now_ns: int) -> Sequence[Pdu]:
        return ()

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        self.received.append((now_ns, pdu))
        return ()

    def next_deadline_ns(self) -> int | None:
        return None

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        return ()


def over_our_link(frames: Sequence[Frame]) -> list[tuple[int, bytes]]:
    """Send *frames* over the simulated bus with the trace on."""
    kernel = Kernel()
    kernel.add_link(CanLink("can", BITRATE_BPS))
    receiver = Receiver()
    kernel.attach(Sender(frames, GAP_NS), "can")
    kernel.attach(receiver, "can")
    kernel.start()
    kernel.run_until(FRAMES * GAP_NS)
    assert len(kernel.trace) == len(frames)
    return [(pdu.can_id, pdu.data) for _, pdu in receiver.received if isinstance(pdu, Frame)]


def over_python_can(messages: Sequence[can.Message]) -> list[tuple[int, bytes]]:
    """Send *messages* over python-can's virtual bus; its receiver keeps the messages, which carry their stamp."""
    with can.Bus("p5", "virtual") as sender, can.Bus("p5", "virtual") as receiver:
        received = []
        for message in messages:
            sender.send(message)
            received.append(receiver.recv(0))
    return [(message.arbitration_id, bytes(message.data)) for message in received if message is not None]


def comparisons() -> Iterator[Comparison]:
    for load, distinct in (("repeating payloads", REPEATED), ("payloads that never repeat", FRAMES)):
        frames = draw_frames(distinct)
        messages = [can.Message(arbitration_id=frame.can_id, data=frame.data) for frame in frames]
        expected = [(frame.can_id, frame.data) for frame in frames]
        if over_our_link(frames) != expected or over_python_can(messages) != expected:
            raise SystemExit(f"P5: {load}: not every frame arrived, or not in order; nothing was timed")
        yield compare(
            f"in-process bus, {load}",
            "frames",
            FRAMES,
            ("python-can virtual", lambda messages=messages: over_python_can(messages)),
            lambda frames=frames: over_our_link(frames),
            goal=5,
            ambition=12,
        )


if __name__ == "__main__":
    sys.exit(report("P5: in-process bus", comparisons()))
