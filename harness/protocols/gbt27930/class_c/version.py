"""The version negotiation of class C: the frame VC and its outcome."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from harness.core import LocalProtocolError

__all__ = ["CLASS_C", "Result", "Version", "VersionFrame"]

_CAN_2_0B = 0
_OWN_PILOT = _OWN_TRANSPORT = 1
"""Versions of control pilot and transport that our own frames tell; their values are not public."""


class Result(enum.IntEnum):
    """Second byte of VC."""

    OPEN = 0
    """Goes on."""
    AGREED = 1
    FAILED = 2


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A protocol version; the later one is the greater."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read ``2.0.0``.

        Raises:
            LocalProtocolError: *text* is no version.
        """
        parts = text.split(".")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and int(part) <= 0xFF for part in parts):
            raise LocalProtocolError(f"'{text}' is no version like 2.0.0")
        return cls(*map(int, parts))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


CLASS_C = Version(2, 0, 0)
"""Below it both sides go on as of 2015."""


@dataclass(frozen=True, slots=True)
class VersionFrame:
    """What one side says in VC."""

    version: Version
    result: int = Result.OPEN
    can_type: int = _CAN_2_0B
    pilot_version: int = _OWN_PILOT
    transport_version: int = _OWN_TRANSPORT

    @classmethod
    def parse(cls, data: bytes) -> VersionFrame | None:
        """The content of a frame, ``None`` if it is too short."""
        if len(data) < 7:
            return None
        return cls(Version(data[2], data[3], data[4]), data[1], data[0], data[5], data[6])

    def encode(self) -> bytes:
        """The eight bytes of the frame."""
        version = self.version
        told = (self.can_type, self.result, version.major, version.minor, version.patch, self.pilot_version, self.transport_version)
        return bytes((*told, 0xFF))
