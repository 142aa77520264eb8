"""The tester on the bus of a truck."""

from harness.protocols.vehicle.tester.node import BusTester, BusTesterOptions

__all__ = ["BusTester", "BusTesterOptions"]
