"""P9 and the virtual campaign: the kernel against an event loop and a bare heap, and simulated time against the clock.

Two nodes exchange 248 frames per simulated second, as in a charging session: a sender with four cyclic messages and
a receiver. All three runs must see the same frames at the same instants. Then 60 s in which nobody answers the
charger, and the certification suite on the simulated truck, both as simulated seconds per second.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter_ns

from measure import Comparison, compare, report

from harness.bench.kernel import Kernel
from harness.bench.links import CanLink, LineLink
from harness.core import Level, Pdu, ms, s
from harness.protocols.gbt27930.charger import ChargerMachine

SECONDS = 40
PERIODS_NS = (ms(10), ms(10), ms(25), ms(125))
"""100 + 100 + 40 + 8 messages per second."""
MESSAGES = SECONDS * sum(s(1) // period_ns for period_ns in PERIODS_NS)
ROUNDS = 5
SILENCE_S = 60
RIG = "virtual-truck.yaml"

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


def nobody_answers() -> int:
    """The charger's handshake for a minute on a bus with nobody else; frames sent."""
    kernel = Kernel()
    kernel.add_link(CanLink("can"))
    charger = ChargerMachine()
    kernel.attach(charger, "can")
    kernel.start()
    charger.begin("handshake")
    kernel.poke(charger)
    kernel.run_until(s(SILENCE_S))
    return len(kernel.trace)


def run_suite() -> float:
    """Bus time in seconds of one run of the GB/T 27930 suite, every case with its checks, judges and evidence."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        rig = Path(__file__).resolve().parent.parent / "rigs" / RIG
        command = [sys.executable, "-c", "from harness.cli import main; main()", "run", "gbt27930", "--rig", str(rig), "--out", str(out)]
        subprocess.run(command, check=True, capture_output=True)
        lines = (out / "records.jsonl").read_text(encoding="utf-8").splitlines()
        return sum(float(json.loads(line)["execution"]["bus_time_s"]) for line in lines)


def against_the_clock(task: str, simulated_s: float, durations_ns: Sequence[int], *, goal: float, ambition: float) -> Comparison:
    """Simulated seconds per second; the peer is the clock itself."""
    rates = sorted(simulated_s / (duration_ns / 1e9) for duration_ns in durations_ns)
    middle = rates[len(rates) // 2]
    return Comparison(task, "simulated s", "real time", 1.0, (1.0, 1.0), middle, (rates[0], rates[-1]), goal, ambition, len(rates))


def timed(run: object, rounds: int) -> list[int]:
    """Durations of *rounds* calls after one that is not counted."""
    durations = []
    for _ in range(rounds + 1):
        start_ns = perf_counter_ns()
        run()  # type: ignore[operator]
        durations.append(perf_counter_ns() - start_ns)
    return durations[1:]


def comparisons() -> Iterator[Comparison]:
    expected = sorted(on_our_kernel())
    if len(expected) != MESSAGES or any(sorted(run()) != expected for run in (on_a_bare_heap, on_asyncio)):
        raise SystemExit("P9: the runs do not see the same messages at the same instants; nothing was timed")
    yield compare("virtual time", "messages", MESSAGES, ("asyncio on a jumping clock", on_asyncio), on_our_kernel, goal=4, ambition=7)
    yield compare("virtual time", "messages", MESSAGES, ("bare heap", on_a_bare_heap), on_our_kernel, goal=0.3, ambition=0.4)
    if nobody_answers() < SILENCE_S:
        raise SystemExit("60 s without an answer: the charger does not send; nothing was timed")
    silence = timed(nobody_answers, ROUNDS)
    yield against_the_clock(f"{SILENCE_S} s without an answer", SILENCE_S, silence, goal=1_000, ambition=5_000)
    # Starting pytest, reading the catalogue and writing evidence count in; the goal is a floor for that, not P10b.
    bus_s = run_suite()
    suite = timed(run_suite, 3)
    wall_s = sorted(suite)[1] / 1e9
    yield against_the_clock(f"GB/T 27930 suite, {bus_s:.0f} s of bus time in {wall_s:.1f} s", bus_s, suite, goal=10, ambition=50)


if __name__ == "__main__":
    sys.exit(report("P9: virtual time", comparisons()))
