"""The station link over a stream: a closed connection counts as lost commands, and the truck connects again."""

from __future__ import annotations

from harness.core import Message, s
from harness.protocols.swap.decoder import SwapDecoder
from harness.protocols.swap.profile import default_profile
from harness.protocols.swap.station import StationBus, StationNetwork
from harness.rig.build import build_bench
from harness.rig.loader import load_rig


def test_closed_connection_counts_as_lost_commands() -> None:
    with build_bench(load_rig("virtual-swap-stream.yaml")) as bench:
        station, _, network = bench.nodes("station")
        assert isinstance(station, StationBus)
        assert isinstance(network, StationNetwork)
        decoder, messages = SwapDecoder(default_profile()), list[Message]()

        def until(t_s: float) -> None:
            known = len(bench.trace.on("station"))
            bench.run_until(s(t_s))
            messages.extend(each for record in bench.trace.on("station")[known:] for each in decoder.feed(record))

        def latest(name: str) -> Message:
            return next(message for message in reversed(messages) if message.name == name)

        until(5)
        for t_s, order in (
            (5.5, lambda: station.command("session_open")),
            (6, lambda: station.challenge(1)),
            (15, lambda: station.command("prepare_swap")),
        ):
            bench.call("station", order)
            until(t_s)
        assert (latest("VEH_STS")["SwapPermit"], latest("VEH_STS")["DenyReason"]) == ("permitted", "none")
        bench.call("station", network.close)
        until(15.4)
        assert latest("VEH_STS").t_ns < s(15.1)
        until(22)
        again = next(message for message in messages if message.name == "VEH_STS" and message.t_ns > s(15.1))
        assert again["DenyReason"] == "communication"
        assert {message.name for message in messages if message.t_ns > again.t_ns} >= {"STA_CMD", "STA_STS", "LOCK_STS"}
