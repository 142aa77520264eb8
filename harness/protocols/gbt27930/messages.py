"""The message table of GB/T 27930-2015: names, identifiers, senders, lengths, nominal periods.

The periods are the nominal values by which machines send. What a judge accepts comes from a profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from harness.core.durations import ms
from harness.protocols.j1939.ids import build_id

__all__ = [
    "BY_ID",
    "BY_PGN",
    "CHARGER",
    "MESSAGES",
    "ODD_PRIORITY",
    "VEHICLE",
    "MessageType",
    "Party",
    "address_of",
    "party_of",
]

Party = Literal["charger", "vehicle"]

CHARGER = 0x56
"""Address of the charger; fixed, never claimed."""
VEHICLE = 0xF4
"""Address of the BMS; fixed, never claimed."""


def party_of(address: int) -> Party | None:
    """Who has *address*, ``None`` if nobody on this bus may use it."""
    if address == CHARGER:
        return "charger"
    return "vehicle" if address == VEHICLE else None


def address_of(party: Party) -> int:
    """Address of a party."""
    return CHARGER if party == "charger" else VEHICLE


@dataclass(frozen=True, slots=True)
class MessageType:
    """One row of the message table."""

    name: str
    """Spelling of the standard, also the name in the database."""
    title_en: str
    title_zh: str
    pgn: int
    priority: int
    """Of the single frame; a multi-packet message is announced and carried with priority 7."""
    length: int
    """Payload bytes; the largest one if the length varies."""
    period_ns: int | None
    """Nominal period, of a multi-packet message from one complete message to the next; ``None`` if sent by event."""
    sender: Party
    phase: str
    """``handshake``, ``recognition``, ``configuration``, ``charging``, ``stop``, ``statistics`` or ``any``."""
    mandatory: bool = True
    min_length: int = 0
    """Shortest payload that this edition knows; equal to *length* if not given."""

    def __post_init__(self) -> None:
        if not self.min_length:
            object.__setattr__(self, "min_length", self.length)

    @property
    def source(self) -> int:
        """Address of the sender."""
        return address_of(self.sender)

    @property
    def destination(self) -> int:
        """Address of the receiver."""
        return VEHICLE if self.sender == "charger" else CHARGER

    @property
    def can_id(self) -> int:
        """Identifier of the single frame; for a multi-packet message only the key of the database, hardly ever on the wire."""
        return build_id(self.pgn, self.source, self.destination, self.priority)

    @property
    def multi_packet(self) -> bool:
        """Longer than one frame, therefore carried by the transport protocol."""
        return self.length > 8


def _rows() -> tuple[MessageType, ...]:
    m = MessageType
    return (
        m("CHM", "Charger handshake", "充电机握手", 0x2600, 6, 3, ms(250), "charger", "handshake"),
        m("BHM", "Vehicle handshake", "车辆握手", 0x2700, 6, 2, ms(250), "vehicle", "handshake"),
        m("CRM", "Charger recognition", "充电机辨识", 0x0100, 6, 8, ms(250), "charger", "recognition"),
        m("BRM", "BMS and vehicle recognition", "BMS和车辆辨识", 0x0200, 7, 49, ms(250), "vehicle", "recognition"),
        m("BCP", "Battery charging parameters", "动力蓄电池充电参数", 0x0600, 7, 13, ms(500), "vehicle", "configuration"),
        m("CTS", "Time synchronisation", "时间同步信息", 0x0700, 6, 7, ms(500), "charger", "configuration", mandatory=False),
        m("CML", "Maximum output capability", "最大输出能力", 0x0800, 6, 8, ms(250), "charger", "configuration"),
        m("BRO", "Battery ready for charging", "电池充电准备就绪", 0x0900, 4, 1, ms(250), "vehicle", "configuration"),
        m("CRO", "Charger output ready", "充电机输出准备就绪", 0x0A00, 4, 1, ms(250), "charger", "configuration"),
        m("BCL", "Battery charging demand", "电池充电需求", 0x1000, 6, 5, ms(50), "vehicle", "charging"),
        m("BCS", "Battery charging status", "电池充电总状态", 0x1100, 7, 9, ms(250), "vehicle", "charging"),
        m("CCS", "Charger charging status", "充电机充电状态", 0x1200, 6, 8, ms(50), "charger", "charging", min_length=7),
        m("BSM", "Battery state", "动力蓄电池状态信息", 0x1300, 6, 7, ms(250), "vehicle", "charging"),
        m("BMV", "Cell voltages", "单体动力蓄电池电压", 0x1500, 7, 512, ms(10_000), "vehicle", "charging", mandatory=False, min_length=2),
        m(
            "BMT",
            "Battery temperatures",
            "动力蓄电池温度",
            0x1600,
            7,
            128,
            ms(10_000),
            "vehicle",
            "charging",
            mandatory=False,
            min_length=1,
        ),
        m("BSP", "Reserved battery message", "动力蓄电池预留报文", 0x1700, 7, 16, ms(10_000), "vehicle", "charging", mandatory=False),
        m("BST", "BMS stops charging", "BMS中止充电", 0x1900, 4, 4, ms(10), "vehicle", "stop"),
        m("CST", "Charger stops charging", "充电机中止充电", 0x1A00, 4, 4, ms(10), "charger", "stop"),
        m("BSD", "BMS statistics", "BMS统计数据", 0x1C00, 6, 7, ms(250), "vehicle", "statistics"),
        m("CSD", "Charger statistics", "充电机统计数据", 0x1D00, 6, 8, ms(250), "charger", "statistics"),
        m("BEM", "BMS error", "BMS错误", 0x1E00, 2, 4, ms(250), "vehicle", "any"),
        m("CEM", "Charger error", "充电机错误", 0x1F00, 2, 4, ms(250), "charger", "any"),
    )


ODD_PRIORITY = "priority "
"""So begins the note of a message whose identifier has another priority than the table says."""

MESSAGES: Mapping[str, MessageType] = MappingProxyType({row.name: row for row in _rows()})
"""Every message by its name, in the order of a session."""
BY_ID: Mapping[int, MessageType] = MappingProxyType({row.can_id: row for row in MESSAGES.values()})
BY_PGN: Mapping[int, MessageType] = MappingProxyType({row.pgn: row for row in MESSAGES.values()})
