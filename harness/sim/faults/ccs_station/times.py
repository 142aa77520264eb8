"""Faults of the station in its times."""

from __future__ import annotations

from harness.core import ms
from harness.protocols.iso15118.station.orders.overlooking import Overlook
from harness.protocols.iso15118.station.orders.responses import Delay
from harness.sim.faults.ccs_station.fault import StationFault, StationOption

__all__ = ["TIME_FAULTS"]

_LOOPS = ("CurrentDemand", "DC_ChargeLoop")
_SLOW = (
    "SupportedAppProtocol", "SessionSetup", "ContractAuthentication", "ChargeParameterDiscovery", "CableCheck", "DC_CableCheck", *_LOOPS,
    "SessionStop",
)  # fmt: skip
_SLOW_MS, _SLOW_LOOP_MS = 1600, 100

TIME_FAULTS = (
    *(
        StationFault(
            f"slow.{name}",
            f"the response to {name} takes {_SLOW_LOOP_MS if name in _LOOPS else _SLOW_MS} ms longer",
            (Delay(name, by_ns=ms(_SLOW_LOOP_MS if name in _LOOPS else _SLOW_MS)),),
        )
        for name in _SLOW
    ),
    StationFault(
        "sequence_timeout_70s",
        "a silent vehicle keeps its connection for 70 s",
        (StationOption("sequence_s", 70.0), StationOption("loop_s", 70.0)),
    ),
    StationFault(
        "sequence_timeout_40s",
        "a silent vehicle loses its connection after 40 s",
        (StationOption("sequence_s", 40.0), StationOption("loop_s", 40.0)),
    ),
    StationFault("setup_timeout_30s", "discovery and TCP are there for 30 s without a session", (StationOption("setup_s", 30.0),)),
    StationFault("discovery_for_ever", "the discovery is answered after the setup time, too", (Overlook(check="setup of the discovery"),)),
    StationFault("tcp_for_ever", "connections are taken after the setup time, too", (Overlook(check="setup of connections"),)),
)
