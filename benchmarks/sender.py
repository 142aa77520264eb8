"""P8: punctuality of 12 cyclic frames (10, 50 and 250 ms) on python-can's virtual bus.

Ours, one pump thread with absolute deadlines over a port, against ``send_periodic`` (one thread per frame) and asyncio
timers, in turns on the same interface with the same phases. Judged by the stamps that the virtual bus gives each
frame when it is sent: p50, p99 and maximum of the deviation of a period from its nominal value, and the drift of each
frame's schedule against the clock, the worst of the twelve. Ours runs in the default class and, where the system
permits, in the real-time class that it asks for.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import itertools
import json
import os
import platform
import statistics
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest import mock

import can

from harness.bench.drive import RealDrive
from harness.bench.kernel import Kernel
from harness.bench.links import PortLink
from harness.bench.ports import open_port
from harness.core import Frame, Pdu

PERIODS_MS = (10,) * 4 + (50,) * 4 + (250,) * 4
PHASE_NS = 500_000
"""Between the first transmissions of two frames: none of them waits for another if all are punctual."""
BASE_ID = 0x18FF0000
CHANNEL = "p8"

SEND_PERIODIC = "send_periodic"
ASYNCIO = "asyncio timers"
OURS = "precert, default class"
OURS_REALTIME = "precert, real-time class"

DRIFT_GOAL_US_PER_S = 10
SEND_PERIODIC_GOAL, SEND_PERIODIC_AMBITION = 1.5, 1.0
ASYNCIO_GOAL, ASYNCIO_AMBITION = 1 / 5, 1 / 10


@dataclass(frozen=True)
class Punctuality:
    """Of one sender over one round."""

    frames: int
    p50_us: float
    p99_us: float
    max_us: float
    drift_us_per_s: float


class CyclicNode:
    """Sends frame k every ``PERIODS_MS[k]``, each timer re-armed from its deadline."""

    name = "cyclic"

    def __init__(self) -> None:
        self._due = [PHASE_NS * (number + 1) for number in range(len(PERIODS_MS))]
        self._frames = [Frame(BASE_ID + number, bytes(8)) for number in range(len(PERIODS_MS))]

    def start(self, now_ns: int) -> Sequence[Pdu]:
        return ()

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        return ()

    def next_deadline_ns(self) -> int | None:
        return min(self._due)

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        sent = []
        for number, due_ns in enumerate(self._due):
            if due_ns <= now_ns:
                self._due[number] = due_ns + PERIODS_MS[number] * 1_000_000
                sent.append(self._frames[number])
        return sent


def run_ours(seconds: float) -> dict[str, str]:
    """Our kernel in real time over a port; what its threads obtained."""
    link = PortLink("can", open_port("virtual", {"channel": CHANNEL}))
    kernel = Kernel()
    kernel.add_link(link)
    kernel.attach(CyclicNode(), "can")
    drive = RealDrive(kernel, {"can": link})
    drive.start()
    try:
        drive.run_until(int(seconds * 1e9))
    finally:
        drive.close()
    return dict(drive.info) | {f"port {key}": value for key, value in link.port.info.items()}


def run_ours_by_default(seconds: float) -> dict[str, str]:
    """The same where the system grants no real-time class."""
    with mock.patch.object(os, "sched_setscheduler", side_effect=PermissionError(errno.EPERM, "not permitted")):
        return run_ours(seconds)


def run_send_periodic(seconds: float) -> dict[str, str]:
    """The peer: one thread per frame."""
    with can.Bus(CHANNEL, "virtual") as bus:
        pause = threading.Event()
        for number, period_ms in enumerate(PERIODS_MS):
            bus.send_periodic(can.Message(arbitration_id=BASE_ID + number, data=bytes(8)), period_ms / 1000)
            pause.wait(PHASE_NS / 1e9)
        pause.wait(seconds)
        bus.stop_all_periodic_tasks()
    return {}


def run_asyncio(seconds: float) -> dict[str, str]:
    """The other peer: one task per frame, absolute deadlines on the loop's clock."""

    async def cycle(bus: can.BusABC, number: int, start: float) -> None:
        message = can.Message(arbitration_id=BASE_ID + number, data=bytes(8))
        loop, due = asyncio.get_running_loop(), start + PHASE_NS * (number + 1) / 1e9
        while due < start + seconds:
            await asyncio.sleep(due - loop.time())
            bus.send(message)
            due += PERIODS_MS[number] / 1000

    async def main() -> None:
        with can.Bus(CHANNEL, "virtual") as bus:
            start = asyncio.get_running_loop().time()
            await asyncio.gather(*(cycle(bus, number, start) for number in range(len(PERIODS_MS))))

    asyncio.run(main())
    return {}


def judge(stamps: dict[int, list[float]]) -> Punctuality:
    """Deviations of all periods of all frames, and the drift of the frame in the middle."""
    deviations, drifts = [], []
    for number, period_ms in enumerate(PERIODS_MS):
        times, period = stamps[BASE_ID + number], period_ms / 1000
        deviations += [abs(later - earlier - period) * 1e6 for earlier, later in itertools.pairwise(times)]
        drifts.append(drift_us_per_s(times, period))
    deviations.sort()
    return Punctuality(
        sum(len(times) for times in stamps.values()),
        deviations[len(deviations) // 2],
        deviations[len(deviations) * 99 // 100],
        deviations[-1],
        statistics.median(drifts),
    )


def drift_us_per_s(times: Sequence[float], period: float) -> float:
    """How much later than its schedule a frame gets per second: medians of the first and the last third compared.

    Medians, because single frames that a busy machine delays by milliseconds are no drift.
    """
    lateness = [at - times[0] - count * period for count, at in enumerate(times)]
    third = len(lateness) // 3
    elapsed = (len(lateness) - third) * period
    return (statistics.median(lateness[-third:]) - statistics.median(lateness[:third])) / elapsed * 1e6


@contextlib.contextmanager
def witness() -> Iterator[dict[int, list[float]]]:
    """Stamps by identifier of everything on the bus."""
    stamps: dict[int, list[float]] = defaultdict(list)
    with can.Bus(CHANNEL, "virtual") as bus:
        yield stamps
        # Read at the end only: a reader thread would compete with the sender for the interpreter.
        while (message := bus.recv(0)) is not None:
            stamps[message.arbitration_id].append(message.timestamp)


def measure(run: Callable[[float], dict[str, str]], seconds: float) -> tuple[Punctuality, dict[str, str]]:
    with witness() as stamps:
        info = run(seconds)
    expected = {BASE_ID + number: seconds * 1000 / period for number, period in enumerate(PERIODS_MS)}
    if set(stamps) != set(expected) or any(len(stamps[ident]) < 0.9 * count for ident, count in expected.items()):
        raise SystemExit(f"P8: {run.__name__}: frames are missing: { ({hex(i): len(t) for i, t in stamps.items()}) }")
    return judge(stamps), info


def median(rounds: Sequence[Punctuality]) -> Punctuality:
    """The median of each figure; of the drift the median of its size."""
    return Punctuality(
        min(item.frames for item in rounds),
        *(statistics.median(getattr(item, name) for item in rounds) for name in ("p50_us", "p99_us", "max_us")),
        statistics.median(abs(item.drift_us_per_s) for item in rounds),
    )


def verdicts(result: dict[str, Punctuality]) -> list[dict[str, object]]:
    """Each goal for the default class, which is what the peers run in."""
    ours = result[OURS]
    rows = (
        ("drift in us/s", ours.drift_us_per_s, DRIFT_GOAL_US_PER_S, DRIFT_GOAL_US_PER_S),
        (f"p50 against {SEND_PERIODIC}", ours.p50_us / result[SEND_PERIODIC].p50_us, SEND_PERIODIC_GOAL, SEND_PERIODIC_AMBITION),
        (f"p50 against {ASYNCIO}", ours.p50_us / result[ASYNCIO].p50_us, ASYNCIO_GOAL, ASYNCIO_AMBITION),
    )
    return [
        {"what": what, "figure": figure, "goal": goal, "ambition": ambition, "goal_met": figure <= goal}
        for what, figure, goal, ambition in rows
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args()
    senders = {SEND_PERIODIC: run_send_periodic, ASYNCIO: run_asyncio, OURS: run_ours_by_default, OURS_REALTIME: run_ours}
    rounds: dict[str, list[Punctuality]] = {name: [] for name in senders}
    info: dict[str, dict[str, str]] = {}
    for run in senders.values():
        run(0.5)
    for _ in range(options.rounds):
        for name, run in senders.items():
            figures, info[name] = measure(run, options.seconds)
            rounds[name].append(figures)
    result = {name: median(figures) for name, figures in rounds.items()}
    for name, figures in result.items():
        scheduler = info[name].get("scheduler", "default")
        print(
            f"{name} ({scheduler}): p50 {figures.p50_us:.0f} us, p99 {figures.p99_us:.0f} us, max {figures.max_us:.0f} us, "
            f"drift {figures.drift_us_per_s:.1f} us/s, {figures.frames} frames"
        )
    goals = verdicts(result)
    for goal in goals:
        met = "met" if goal["goal_met"] else "missed"
        print(f"{goal['what']}: {goal['figure']:.2f} (goal {goal['goal']:.2g}, ambition {goal['ambition']:.2g}) {met}")
    if options.json:
        document = {
            "title": "P8: cyclic sender",
            "python": sys.version.split()[0],
            "machine": platform.machine(),
            "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "results": {
                name: {"median": asdict(result[name]), "rounds": [asdict(item) for item in rounds[name]], "info": info[name]}
                for name in senders
            },
            "goals": goals,
        }
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0 if all(goal["goal_met"] for goal in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
