"""The frames of class C: five services, each with one identifier per direction (source S11, confidence medium)."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from harness.protocols.gbt27930.messages import Party

__all__ = ["BY_ID", "FRAMES", "LENGTH", "FrameType", "Service"]

LENGTH = 8
"""Bytes of every frame."""


class Service(enum.StrEnum):
    """What a frame carries."""

    VC = "VC"
    """Version negotiation."""
    CONTROL = "CONTROL"
    """Confirms a short message or steers a long one."""
    RM = "RM"
    """Short message that wants a confirmation; the first byte is its parameter group."""
    URM = "URM"
    """Short message without confirmation; the first byte is its parameter group."""
    LM = "LM"
    """Part of a long message; the first byte is the number of the part."""


@dataclass(frozen=True, slots=True)
class FrameType:
    """One identifier."""

    service: Service
    sender: Party
    can_id: int
    title_en: str
    title_zh: str


_TAILS: Mapping[Party, int] = {"charger": 0xF456, "vehicle": 0x56F4}
"""Destination and source address by sender."""
_SERVICES = (
    (Service.VC, {"charger": 0x0C38, "vehicle": 0x0C39}, "version negotiation", "版本协商"),
    (Service.CONTROL, {"charger": 0x0C37, "vehicle": 0x0C37}, "control", "控制帧"),
    (Service.RM, {"charger": 0x1035, "vehicle": 0x1035}, "short message with confirmation", "需要确认短消息"),
    (Service.URM, {"charger": 0x1836, "vehicle": 0x1836}, "short message without confirmation", "不需要确认短消息"),
    (Service.LM, {"charger": 0x1834, "vehicle": 0x1834}, "long message", "长消息"),
)


def _rows() -> Iterator[FrameType]:
    for service, heads, title_en, title_zh in _SERVICES:
        for sender, tail in _TAILS.items():
            yield FrameType(service, sender, heads[sender] << 16 | tail, title_en, title_zh)


FRAMES: Mapping[tuple[Service, Party], FrameType] = MappingProxyType({(row.service, row.sender): row for row in _rows()})
"""Every identifier by service and sender."""
BY_ID: Mapping[int, FrameType] = MappingProxyType({row.can_id: row for row in FRAMES.values()})
