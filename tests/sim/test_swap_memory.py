"""Truck, station and packs hold no more after many swaps than after a few."""

from __future__ import annotations

import gc
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from harness.core import ms, s
from harness.protocols.swap.profile import SwapProfile, default_profile
from harness.rig import load_rig
from harness.rig.build import build_bench

_SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType, CodeType, SwapProfile)
"""Code, and the profile, which remembers a bounded number of frames."""
_SPREAD = 12
"""Objects that come and go: frames on their way, instants that are due."""


def held(roots: list[Any]) -> int:
    """How many objects are held by *roots*, what all share left out."""
    gc.collect()
    seen: dict[int, Any] = {}
    waiting = list(roots)
    while waiting:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, _SHARED):
            continue
        seen[id(found)] = found
        waiting += gc.get_referents(found)
    return len(seen)


@pytest.mark.slow
def test_models_hold_no_more_after_many_swaps() -> None:
    bench = build_bench(load_rig("virtual-swap"))
    bench.start()
    station: Any = bench.nodes("station")[0]
    yard: Any = bench.nodes("station")[1]
    profile = default_profile()

    def order(act: Any, for_ns: int) -> None:
        bench.call("station", act)
        bench.run_until(bench.now_ns() + for_ns)

    def swap(name: str) -> object:
        order(lambda: station.command("session_open"), ms(300))
        order(lambda: station.challenge(0x1234ABCD), ms(300))
        order(lambda: station.command("prepare_swap"), s(3))
        order(lambda: station.command("unlock"), s(4))
        order(lambda: station.command("pack_removing"), ms(100))
        order(yard.remove_pack, s(2))
        order(lambda: station.command("pack_installing"), ms(100))
        order(lambda: yard.seat(name), s(2))
        order(lambda: station.command("pack_placed"), ms(100))
        order(yard.mate, s(1))
        order(lambda: station.command("lock"), s(4))
        order(lambda: station.command("post_check"), s(3))
        order(lambda: station.command("success"), s(3))
        last = [
            decoded for record in bench.trace.on("swap")[-200:] if (decoded := profile.read(record.pdu)) and decoded.message == "VEH_STS"
        ]
        return last[-1].values["VehSwapMode"]

    bench.run_until(s(4))
    nodes = [*bench.nodes("truck"), *bench.nodes("station")]
    counts = []
    for number in range(6):
        assert swap("old" if number % 2 else "new") == "restored"
        counts.append(held(nodes))
    bench.close()
    assert max(counts[1:]) - min(counts[1:]) <= _SPREAD, counts
