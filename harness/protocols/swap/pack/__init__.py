"""A swap pack on the bus of a truck: its management system, sans-IO."""

from harness.protocols.swap.pack.bms import PackBms
from harness.protocols.swap.pack.facts import PackFacts, PackView

__all__ = ["PackBms", "PackFacts", "PackView"]
