"""The tester's swap station: its control on the bus or over a stream. Sans-IO."""

from harness.protocols.swap.station.bus import StationBus
from harness.protocols.swap.station.control import StationControl
from harness.protocols.swap.station.network import StationNetwork, StationNetworkOptions

__all__ = ["StationBus", "StationControl", "StationNetwork", "StationNetworkOptions"]
