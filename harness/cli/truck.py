"""``precert truck``: the simulated SUT of a rig alone, on the clock, for a tester in another process."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from datetime import datetime

from harness.core import ConfigError, Problem, ms, ns_in, s

__all__ = ["truck"]

_TOLD_NS = ms(10)
"""Lateness from here on is told: of the order of the shortest period of a standard."""


def truck(rig_name: str, faults: Sequence[str]) -> int:
    """Play the SUT until SIGINT or SIGTERM; returns 0 then.

    Raises:
        ConfigError: the rig has no real link or no modelled SUT, or a port cannot be opened.
    """
    from harness.rig import load_rig
    from harness.rig.build import Side, build_bench

    rig = load_rig(rig_name)
    links = [rig.links[name] for role in rig.suts for name in role.links]
    if not any(not link.is_simulated for link in links):
        raise ConfigError(Problem("every link of the SUT is simulated, so no other process can reach it; use a rig such as vcan", rig.file))
    bench = build_bench(rig, side=Side.SUT, faults=faults)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with bench:
        names = ", ".join(f"{link.name} ({link.driver} {link.channel or ''})".replace(" )", ")") for link in links)
        injected = f" with {', '.join(faults)}" if faults else ""
        print(f"precert truck: playing '{rig.sut.model}'{injected} on {names}; Ctrl-C ends it", flush=True)
        while not ended.is_set():
            # Waits on the bench, so that a node that raised ends the process with its message.
            bench.run_until(bench.now_ns() + s(0.2), ended.is_set)
            if (late_ns := bench.take_lateness_ns()) >= _TOLD_NS:
                at = datetime.now().astimezone().isoformat(timespec="milliseconds")
                print(f"precert truck: {at} late by {ns_in(late_ns, 'ms'):.0f} ms: this machine is too busy to play on time", flush=True)
    print("precert truck: ended", flush=True)
    return 0
