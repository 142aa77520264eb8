"""60 s in which nobody answers, in virtual time against the clock: a charger without vehicle, a vehicle without charger.

The first sends CHM every 250 ms on a bus with nobody else. The second is woken by the auxiliary supply and hears
nothing: after 60 s it must report the missing CRM (TB1b), else nothing is timed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from measure import Comparison, against_the_clock, durations_ns, report

from harness.bench.kernel import Kernel
from harness.bench.links import CanLink
from harness.core import Frame, s
from harness.protocols.gbt27930.charger import ChargerMachine
from harness.protocols.gbt27930.messages import MESSAGES
from harness.rig import Rig, find_rig, load_rig
from harness.rig.build import build_bench

SILENCE_S = 60
WATCH_S = 62
"""The vehicle's error message may come a little after the minute."""
ROUNDS = 5
GOAL = 1_000


def charger_alone() -> int:
    """The charger's handshake for a minute; frames sent."""
    kernel = Kernel()
    kernel.add_link(CanLink("charge"))
    charger = ChargerMachine()
    kernel.attach(charger, "charge")
    kernel.start()
    charger.begin("handshake")
    kernel.poke(charger)
    kernel.run_until(s(SILENCE_S))
    return len(kernel.trace)


def vehicle_alone(rig: Rig) -> list[int]:
    """The whole bench with a charger that only switches the auxiliary supply on; when BEM came."""
    with build_bench(rig) as bench:
        _, pilot = bench.nodes("charger")
        bench.call("charger", pilot.plug_in)  # type: ignore[attr-defined]
        bench.run_until(s(WATCH_S))
        error = MESSAGES["BEM"].can_id
        return [record.t_ns for record in bench.trace if isinstance(record.pdu, Frame) and record.pdu.can_id == error]


def comparisons() -> Iterator[Comparison]:
    rig = load_rig(find_rig("virtual-truck-aux.yaml"))
    if charger_alone() < 4 * SILENCE_S - 1:
        raise SystemExit("the charger does not send CHM; nothing was timed")
    errors = vehicle_alone(rig)
    if not errors or not s(SILENCE_S) <= errors[0] <= s(WATCH_S):
        raise SystemExit(f"the vehicle does not report after {SILENCE_S} s that nobody spoke; nothing was timed")
    for task, seconds, run in (
        (f"{SILENCE_S} s of CHM without an answer", SILENCE_S, charger_alone),
        (f"{WATCH_S} s of a vehicle without a charger", WATCH_S, lambda: vehicle_alone(rig)),
    ):
        yield against_the_clock(task, seconds, durations_ns(run, ROUNDS), goal=GOAL, ambition=5 * GOAL)


if __name__ == "__main__":
    sys.exit(report("Silence in virtual time", comparisons()))
