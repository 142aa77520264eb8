"""The exchanges of a station that speaks ISO 15118-20, and what its responses say."""

from __future__ import annotations

from harness.protocols.iso15118.station.iso20.rows import ISO_20_TABLE

__all__ = ["ISO_20_TABLE"]
