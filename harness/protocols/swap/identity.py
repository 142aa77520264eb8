"""The code of a pack (GB/T 34014-2017): which codes are well-formed, and the checksum by which a station names the one it expects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["CODE_LENGTH", "IdentityRule", "pack_crc"]

CODE_LENGTH = 24


@dataclass(frozen=True, slots=True)
class IdentityRule:
    """What a code must look like. The letter tables are data of the profile; they count in strict mode only."""

    pattern: str
    position_4: str
    strict: bool = False
    battery_types: str = ""
    years: str = ""
    months: str = ""
    days: str = ""

    def faults(self, code: str) -> list[str]:
        """What is wrong with *code*, one sentence each; empty for a good one."""
        return list(self._faults(code))

    def _faults(self, code: str) -> Iterator[str]:
        if not re.fullmatch(self.pattern.removeprefix("^").removesuffix("$"), code):
            yield f"'{code}' ({len(code)} characters) does not match {self.pattern}"
            return
        if self.position_4 and code[3:4] != self.position_4:
            yield f"position 4 is '{code[3:4]}', not '{self.position_4}'"
        if not self.strict:
            return
        tables = ((4, self.battery_types, "battery type"), (14, self.years, "year"), (15, self.months, "month"), (16, self.days, "day"))
        for index, letters, what in tables:
            if code[index : index + 1] not in letters:
                yield f"position {index + 1} ({what}) is '{code[index : index + 1]}', not one of {letters}"


def pack_crc(code: str) -> int:
    """CRC-16/CCITT-FALSE of the ASCII characters of *code* (polynomial 0x1021, start 0xFFFF, nothing reflected)."""
    crc = 0xFFFF
    for byte in code.encode("ascii", "replace"):
        crc ^= byte << 8
        for _ in range(8):
            crc = crc << 1 ^ (0x1021 if crc & 0x8000 else 0)
        crc &= 0xFFFF
    return crc
