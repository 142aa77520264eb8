"""Timing for the benchmarks: peer and project in turns, medians, ratio, JSON."""

from __future__ import annotations

import argparse
import gc
import json
import platform
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter_ns

__all__ = ["Comparison", "against_the_clock", "compare", "durations_ns", "report"]


@dataclass(frozen=True)
class Comparison:
    """Rates of one task, in units per second, by peer and project."""

    task: str
    unit: str
    peer: str
    peer_rate: float
    peer_range: tuple[float, float]
    project_rate: float
    project_range: tuple[float, float]
    goal: float
    """Ratio that must be reached."""
    ambition: float
    rounds: int

    @property
    def ratio(self) -> float:
        """How many times faster the project is."""
        return self.project_rate / self.peer_rate


def compare(
    task: str,
    unit: str,
    count: int,
    peer: tuple[str, Callable[[], object]],
    project: Callable[[], object],
    *,
    goal: float,
    ambition: float,
    rounds: int = 7,
) -> Comparison:
    """Run peer and project alternately, each doing *count* units per call; one round of each is not counted."""
    peer_name, peer_run = peer
    peer_rates, project_rates = [], []
    for turn in range(rounds + 1):
        for run, rates in ((peer_run, peer_rates), (project, project_rates)):
            rate = count / (_duration_ns(run) / 1e9)
            if turn:
                rates.append(rate)
    return Comparison(
        task,
        unit,
        peer_name,
        statistics.median(peer_rates),
        (min(peer_rates), max(peer_rates)),
        statistics.median(project_rates),
        (min(project_rates), max(project_rates)),
        goal,
        ambition,
        rounds,
    )


def durations_ns(run: Callable[[], object], rounds: int) -> list[int]:
    """How long each of *rounds* calls took, after one that is not counted."""
    return [_duration_ns(run) for _ in range(rounds + 1)][1:]


def against_the_clock(task: str, simulated_s: float, durations: Sequence[int], *, goal: float, ambition: float) -> Comparison:
    """Simulated seconds per second, from the nanoseconds that each round took; the peer is the clock itself."""
    rates = sorted(simulated_s / (duration_ns / 1e9) for duration_ns in durations)
    middle = statistics.median(rates)
    return Comparison(task, "simulated s", "real time", 1.0, (1.0, 1.0), middle, (rates[0], rates[-1]), goal, ambition, len(rates))


def _duration_ns(run: Callable[[], object]) -> int:
    gc.collect()
    gc.disable()
    try:
        start = perf_counter_ns()
        run()
        return perf_counter_ns() - start
    finally:
        gc.enable()


def report(title: str, comparisons: Iterable[Comparison], arguments: list[str] | None = None) -> int:
    """Print the comparisons; ``--json FILE`` writes them; gives 1 if a goal is missed, else 0."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    done = []
    for item in comparisons:
        done.append(item)
        print(
            f"{item.task}: {item.peer} {item.peer_rate:,.0f} ({item.peer_range[0]:,.0f}..{item.peer_range[1]:,.0f}), "
            f"precert {item.project_rate:,.0f} ({item.project_range[0]:,.0f}..{item.project_range[1]:,.0f}) {item.unit}/s, "
            f"ratio {item.ratio:.2f} (goal {item.goal:g}, ambition {item.ambition:g})",
            flush=True,
        )
    if options.json:
        results = [asdict(item) | {"ratio": item.ratio, "goal_met": item.ratio >= item.goal} for item in done]
        document = {"title": title, "python": sys.version.split()[0], "machine": platform.machine(), "results": results}
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0 if all(item.ratio >= item.goal for item in done) else 1
