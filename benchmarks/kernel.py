"""P9: the kernel against an event loop and a bare heap.

Two nodes exchange 248 frames per simulated second, as in a charging session: a sender with four cyclic messages and
a receiver. All three runs must see the same frames at the same instants.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import selectors
import sys
from collections.abc import Iterator, Sequence

from measure import Comparison, compare, report

from harness.bench.kernel import Kernel
from harness.bench.links import LineLink
from harness.core import Level, Pdu, ms, s

SECONDS = 40
PERIODS_NS = (ms(10), ms(10), ms(25), ms(125))
"""100 + 100 + 40 + 8 messages per second."""
MESSAGES = SECONDS * sum(s(1) // period_ns for period_ns in PERIODS_NS)

Seen = list[tuple[int, int]]
"""Instant and number of the message."""


class Sender:
    """Four cyclic messages, re-armed from their deadlines."""

    name = "sender"

    def __init__(self) -> None:
        self._due = [(period_ns, number) for number, period_ns in enumerate(PERIODS_NS)]
        self._pdus = [Level(f"m{number}", number) for number in range(len(PERIODS_NS))]

    def start(self, now_ns: int) -> Sequence[Pdu]:
        return ()

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        return ()

    def next_deadline_ns(self) -> int | None:
        return self._due[0][0]

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        due_ns, number = self._due[0]
        heapq.heapreplace(self._due, (due_ns + PERIODS_NS[number], number))
        return (self._pdus[number],)


class Receiver(Sender):
    """Remembers what it hears."""

    name = "receiver"

    def __init__(self) -> None:
        self.seen: Seen = []

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        assert isinstance(pdu, Level)
        self.seen.append((now_ns, int(pdu.value)))
        return ()

    def next_deadline_ns(self) -> int | None:
        return None


def on_our_kernel() -> Seen:
    """Trace included: it cannot be switched off."""
    kernel = Kernel()
    kernel.add_link(LineLink("line"))
    receiver = Receiver()
    kernel.attach(Sender(), "line")
    kernel.attach(receiver, "line")
    kernel.start()
    kernel.run_until(s(SECONDS))
    return receiver.seen


def on_a_bare_heap() -> Seen:
    """The least that a discrete-event loop can do: a heap of callbacks."""
    seen: Seen = []
    count = itertools.count()
    heap: list[tuple[int, int, object, int]] = []

    def deliver(now_ns: int, number: int) -> None:
        seen.append((now_ns, number))

    def fire(now_ns: int, number: int) -> None:
        heapq.heappush(heap, (now_ns, next(count), deliver, number))
        heapq.heappush(heap, (now_ns + PERIODS_NS[number], next(count), fire, number))

    for number, period_ns in enumerate(PERIODS_NS):
        heapq.heappush(heap, (period_ns, next(count), fire, number))
    while heap and heap[0][0] <= s(SECONDS):
        now_ns, _, action, number = heapq.heappop(heap)
        action(now_ns, number)  # type: ignore[operator]
    return seen


class JumpingSelector(selectors.SelectSelector):
    """Never waits: the time that it was asked to wait for has passed."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now_s += timeout or 0.0
        return super().select(0)


def on_asyncio() -> Seen:
    """One task per message and one that receives from a queue, on an event loop whose clock jumps."""
    selector = JumpingSelector()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now_s  # type: ignore[method-assign]
    seen: Seen = []

    async def main() -> None:
        queue: asyncio.Queue[tuple[int, int]] = asyncio.Queue()

        async def send(number: int, period_ns: int) -> None:
            for due_ns in range(period_ns, s(SECONDS) + 1, period_ns):
                await asyncio.sleep(due_ns / 1e9 - loop.time())
                queue.put_nowait((due_ns, number))

        async def receive() -> None:
            for _ in range(MESSAGES):
                seen.append(await queue.get())

        await asyncio.gather(receive(), *(send(number, period_ns) for number, period_ns in enumerate(PERIODS_NS)))

    try:
        loop.run_until_complete(main())
    finally:
        loop.close()
    return seen


def comparisons() -> Iterator[Comparison]:
    expected = sorted(on_our_kernel())
    if len(expected) != MESSAGES or any(sorted(run()) != expected for run in (on_a_bare_heap, on_asyncio)):
        raise SystemExit("P9: the runs do not see the same messages at the same instants; nothing was timed")
    yield compare("virtual time", "messages", MESSAGES, ("asyncio on a jumping clock", on_asyncio), on_our_kernel, goal=4, ambition=7)
    yield compare("virtual time", "messages", MESSAGES, ("bare heap", on_a_bare_heap), on_our_kernel, goal=0.3, ambition=0.4)


if __name__ == "__main__":
    sys.exit(report("P9: virtual time", comparisons()))
