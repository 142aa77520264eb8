"""Lamps and trouble codes as DM1, DM2 and their kin carry them (section 2.3 of the reference)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["NO_COUNT", "Dtc", "Lamps", "TroubleList", "read_troubles", "write_troubles"]

NO_COUNT = 127
"""Occurrence count that is not available."""
_DTC_BYTES = 4
_LAMP_SHIFT = {"malfunction": 6, "red_stop": 4, "amber_warning": 2, "protect": 0}


@dataclass(frozen=True, slots=True)
class Dtc:
    """One trouble code."""

    spn: int
    fmi: int
    count: int = NO_COUNT
    old_layout: bool = False
    """The conversion bit is set: the number stands in one of the layouts of before."""

    def __post_init__(self) -> None:
        for name, value, bits in (("SPN", self.spn, 19), ("FMI", self.fmi, 5), ("count", self.count, 7)):
            if not 0 <= value < 1 << bits:
                raise ValueError(f"{name} {value} of a trouble code does not fit {bits} bits")

    @property
    def data(self) -> bytes:
        """Its four bytes."""
        return bytes((self.spn & 0xFF, self.spn >> 8 & 0xFF, self.spn >> 16 << 5 | self.fmi, self.old_layout << 7 | self.count))

    @classmethod
    def of(cls, data: bytes) -> Dtc:
        """The trouble code in four bytes."""
        return cls(data[0] | data[1] << 8 | data[2] >> 5 << 16, data[2] & 0x1F, data[3] & 0x7F, bool(data[3] & 0x80))

    def __str__(self) -> str:
        return f"SPN {self.spn} FMI {self.fmi}" + (f" x{self.count}" if self.count != NO_COUNT else "")


@dataclass(frozen=True, slots=True)
class Lamps:
    """States of the four lamps: 0 off, 1 on, 3 not available."""

    malfunction: int = 0
    red_stop: int = 0
    amber_warning: int = 0
    protect: int = 0

    @property
    def data(self) -> int:
        """As one byte."""
        return sum(getattr(self, name) << shift for name, shift in _LAMP_SHIFT.items())

    @classmethod
    def of(cls, byte: int) -> Lamps:
        """The lamps in a byte."""
        return cls(**{name: byte >> shift & 3 for name, shift in _LAMP_SHIFT.items()})


@dataclass(frozen=True, slots=True)
class TroubleList:
    """What a DM1 or DM2 tells."""

    lamps: Lamps
    flash: Lamps
    """0 slow, 1 fast, 3 does not flash."""
    dtcs: tuple[Dtc, ...]
    remarks: tuple[str, ...] = ()
    """What of it does not follow the layout."""


def write_troubles(dtcs: Sequence[Dtc], lamps: Lamps, flash: Lamps | None = None) -> bytes:
    """The content of a DM1 or DM2: two bytes of lamps, four for each code, filled up with FF to eight."""
    flash = Lamps(3, 3, 3, 3) if flash is None else flash
    codes = b"".join(dtc.data for dtc in dtcs) if dtcs else bytes(_DTC_BYTES)
    return (bytes((lamps.data, flash.data)) + codes).ljust(8, b"\xff")


def read_troubles(data: bytes) -> TroubleList:
    """What *data*, the content of a DM1 or DM2, tells. Never raises for what is on the wire."""
    if len(data) < 2 + _DTC_BYTES:
        return TroubleList(Lamps(), Lamps(), (), (f"{len(data)} bytes are too few for lamps and a trouble code",))
    codes, remarks = data[2:], []
    if len(data) == 8:
        codes, padding = codes[:_DTC_BYTES], codes[_DTC_BYTES:]
        if padding != b"\xff\xff":
            remarks.append(f"bytes 7 and 8 are {padding.hex(' ').upper()}, not FF FF")
    elif len(codes) % _DTC_BYTES:
        remarks.append(f"{len(codes)} bytes of trouble codes are no multiple of {_DTC_BYTES}")
        codes = codes[: len(codes) // _DTC_BYTES * _DTC_BYTES]
    pieces = [codes[start : start + _DTC_BYTES] for start in range(0, len(codes), _DTC_BYTES)]
    empty = (bytes(_DTC_BYTES), b"\xff" * _DTC_BYTES)
    if len(pieces) > 1 and any(piece in empty for piece in pieces):
        remarks.append("an empty trouble code stands among others")
    if pieces == [empty[1]]:
        remarks.append("no trouble is told by FF FF FF FF instead of zeros")
    dtcs = tuple(Dtc.of(piece) for piece in pieces if piece not in empty)
    return TroubleList(Lamps.of(data[0]), Lamps.of(data[1]), dtcs, tuple(remarks))
