"""The states of a vehicle that speaks ISO 15118-20, with what they choose, say and remember."""

from __future__ import annotations

from harness.protocols.iso15118.vehicle.iso20.rows import ISO_20_TABLE

__all__ = ["ISO_20_TABLE"]
