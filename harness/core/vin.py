"""Vehicle identification numbers: 17 characters of ISO 3779, and the check digit that China and North America put on place 9."""

from __future__ import annotations

import re

__all__ = ["LENGTH", "check_digit", "has_check_digit", "objection_to_vin"]

LENGTH = 17
_CHECK_PLACE = 8
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VALUES = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
"""Value of each character; I, O and Q are not used because they look like 1 and 0."""


def check_digit(vin: str) -> str:
    """What belongs on place 9 of *vin*: a digit, or X for ten. *vin* has 17 characters of the alphabet."""
    total = sum(_VALUES[char] * weight for char, weight in zip(vin, _WEIGHTS, strict=True))
    return "0123456789X"[total % 11]


def objection_to_vin(vin: str) -> str | None:
    """What is wrong with the characters of *vin*, ``None`` if nothing is. The check digit is another question."""
    if len(vin) != LENGTH:
        return f"a VIN has {LENGTH} characters, this one has {len(vin)}"
    if lower := re.search(r"[a-z]", vin):
        return f"a VIN has capital letters only, this one has '{lower[0]}'"
    if wrong := sorted(set(vin) - _VALUES.keys()):
        return f"a VIN has digits and the letters A to Z without I, O and Q, this one has {', '.join(repr(char) for char in wrong)}"
    return None


def has_check_digit(vin: str) -> bool:
    """Whether place 9 of *vin* is the check digit of the others."""
    return vin[_CHECK_PLACE] == check_digit(vin)
