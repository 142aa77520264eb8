"""The parameter groups that everybody knows, by number, name and length (section 2.2 of the reference)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["BY_NAME", "BY_PGN", "Group"]


@dataclass(frozen=True, slots=True)
class Group:
    """One parameter group."""

    pgn: int
    name: str
    """As messages are called."""
    length: int | None
    """Bytes; ``None`` if it varies."""
    priority: int = 6
    confidence: str = "high"


_ROWS = (
    Group(0xEA00, "Request", 3),
    Group(0xE800, "Acknowledgment", 8),
    Group(0xEE00, "AddressClaimed", 8),
    Group(0xFED8, "CommandedAddress", 9),
    Group(0xFECA, "DM1", None),
    Group(0xFECB, "DM2", None),
    Group(0xFECC, "DM3", 0),
    Group(0xFECD, "DM4", None),
    Group(0xFECE, "DM5", 8),
    Group(0xE300, "DM7", 8, confidence="medium"),
    Group(0xFED0, "DM8", None, confidence="medium"),
    Group(0xFED2, "DM10", 8, confidence="medium"),
    Group(0xFED3, "DM11", 0),
    Group(0xFED4, "DM12", None),
    Group(0xDF00, "DM13", 8, confidence="medium"),
    Group(0xD300, "DM19", None, confidence="medium"),
    Group(0xC200, "DM20", None, confidence="medium"),
    Group(0xC100, "DM21", 8, confidence="medium"),
    Group(0xFDB6, "DM24", None),
    Group(0xFDB7, "DM25", None),
    Group(0xFDB8, "DM26", 8),
    Group(0xA400, "DM30", None, confidence="medium"),
    Group(0xFEEB, "ComponentId", None),
    Group(0xFEEC, "VehicleId", None),
    Group(0xFEDA, "SoftwareId", None),
    Group(0xFDC5, "EcuId", None),
    Group(0xF004, "EEC1", 8, 3, "medium"),
    Group(0xFEF1, "CCVS1", 8, confidence="medium"),
    Group(0xFEC1, "VDHR", 8, confidence="medium"),
    Group(0xFEF7, "VEP1", 8, confidence="medium"),
    Group(0xFEF5, "AMB", 8, confidence="medium"),
    Group(0xF090, "HVESSD1", 8, confidence="medium"),
    Group(0xF091, "HVESSD2", 8, confidence="medium"),
    Group(0xF092, "HVESSD3", 8, confidence="medium"),
    Group(0x0000, "TSC1", 8, 3, "medium"),
    Group(0x0400, "XBR", 8, 3, "medium"),
)
BY_PGN: Mapping[int, Group] = {row.pgn: row for row in _ROWS}
BY_NAME: Mapping[str, Group] = {row.name: row for row in _ROWS}
