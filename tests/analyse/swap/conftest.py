"""Swaps between the simulated station and the simulated truck, as recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.analyse.analysis import CaptureAnalysis, LinkAnalysis, analyse_captures
from harness.core import Frame, Record, ms, s
from harness.protocols.swap.messages import Decoded
from harness.protocols.swap.profile import default_profile
from harness.rig import load_rig
from harness.rig.build import build_bench
from harness.rig.registry import standards


class Yard:
    """Station and truck on a bench; every order is followed by some time."""

    def __init__(self, rig: str | Path, faults: Sequence[str]) -> None:
        self.bench = build_bench(load_rig(rig), faults=faults)
        self.bench.start()
        self.station: Any = self.bench.nodes("station")[0]
        self.yard: Any = self.bench.nodes("station")[1]
        self.bench.run_until(s(2.5))

    def order(self, act: Callable[[], object], for_ns: int) -> None:
        self.bench.call("station", act)
        self.bench.run_until(self.bench.now_ns() + for_ns)

    def command(self, word: str, for_ns: int, **fields: object) -> None:
        self.order(lambda: self.station.command(word, **fields), for_ns)

    def opened(self) -> None:
        self.command("session_open", ms(50))
        self.order(lambda: self.station.challenge(0x1234ABCD), ms(50))

    def unlocked(self) -> None:
        self.opened()
        self.command("prepare_swap", s(2.2))
        self.command("unlock", s(3.2))

    def fitted(self, **mating: bool) -> None:
        """The old pack is gone, the new one sits on the truck and is mated."""
        self.unlocked()
        self.command("pack_removing", ms(50))
        self.order(self.yard.remove_pack, s(1.1))
        self.command("pack_installing", ms(50))
        self.order(lambda: self.yard.seat("new"), s(0.7))
        self.command("pack_placed", ms(50))
        self.order(lambda: self.yard.mate(**mating), s(0.3))

    def whole(self, **mating: bool) -> None:
        self.fitted(**mating)
        self.command("lock", s(3.2))
        self.command("post_check", s(0.8))
        self.command("success", s(1.5))

    def records(self, link: str = "swap") -> list[Record]:
        records = list(self.bench.trace.on(link))
        self.bench.close()
        return records


Script = Callable[[Yard], None]
Play = Callable[..., list[Record]]


@pytest.fixture(scope="session")
def play() -> Play:
    """The records that a script leaves on a link."""

    def run(script: Script, *faults: str, rig: str | Path = "virtual-swap", link: str = "swap") -> list[Record]:
        yard = Yard(rig, faults)
        script(yard)
        return yard.records(link)

    return run


@pytest.fixture(scope="session")
def nominal(play: Play) -> list[Record]:
    """A whole swap without a fault."""
    return play(Yard.whole)


def as_log(records: Sequence[Record]) -> str:
    return "".join(f"({1_700_000_000 + record.t_ns / 1e9:.6f}) can0 {record.pdu}\n" for record in records if isinstance(record.pdu, Frame))


@pytest.fixture
def analyse(write: Callable[..., Path]) -> Callable[[Sequence[Record]], CaptureAnalysis]:
    """The analysis of records as a candump log; frame numbers are places in *records*."""

    def run(records: Sequence[Record]) -> CaptureAnalysis:
        (analysis,) = analyse_captures([write(as_log(records), "swap.log")], standards())
        return analysis

    return run


@pytest.fixture
def judged(analyse: Callable[[Sequence[Record]], CaptureAnalysis]) -> Callable[[Sequence[Record]], LinkAnalysis]:
    """What is told of the swap in a recording."""
    return lambda records: next(link for link in analyse(records).links if link.standard and link.standard.name == "swap")


@pytest.fixture(scope="session")
def said() -> Callable[[Record], Decoded]:
    """One frame, taken apart without the analyser."""

    def decoded(record: Record) -> Decoded:
        assert isinstance(record.pdu, Frame)
        found = default_profile().read(record.pdu)
        assert found is not None
        return found

    return decoded
