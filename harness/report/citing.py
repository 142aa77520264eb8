"""How a report names the requirements that its rows refer to, and the standards that they are of."""

from __future__ import annotations

import re

from harness.case.documents import Text
from harness.report.strings import text

__all__ = ["cited", "made_here", "own_words", "printed_ref"]

_FAMILIES = {"GBT": "GB/T ", "GB": "GB ", "ISO": "ISO ", "IEC": "IEC ", "SAEJ": "SAE J", "DIN": "DIN ", "HJ": "HJ ", "JT": "JT ",
             "J": "SAE J", "R": "UN R"}  # fmt: skip
_OWN = {"HTSWAP": "profile", "CANBENCH": "house"}
"""Sets of requirements of the project's own, by how these begin: of a message profile, or checks of the house."""
_NUMBERED = {"V2G2": "ISO15118-2", "V2G3": "ISO15118-3", "V2G20": "ISO15118-20", "V2G-DC": "DIN70121"}
"""Standards whose requirements have numbers of their own, by how these begin."""


def cited(ref: str) -> tuple[str, str]:
    """The standard that *ref* is about, as people write it, and the requirement in it."""
    standard, colon, requirement = printed_ref(ref).partition(":")
    if colon:
        return _standard_name(standard), requirement or ref
    match = re.match(r"([A-Z][A-Z0-9-]*?)-[A-Z]?\d", ref)
    return _standard_name(_NUMBERED.get(match[1], ref) if match else ref), ref


def printed_ref(ref: str) -> str:
    """*ref* as a report prints it: a check of the house has no clause, not even one that is still to be looked up."""
    standard, _, requirement = ref.partition(":")
    return f"{standard}:{requirement.removeprefix('?/')}" if made_here(standard) == "house" else ref


def _standard_name(prefix: str) -> str:
    """``GBT27930-2015`` as people write it: ``GB/T 27930-2015``."""
    name, _, edition = prefix.partition("-")
    if name in _OWN:
        return f"{name} {edition}".rstrip()
    match = re.match(r"([A-Z]+)(\d.*)$", prefix)
    if match is None or match[1] not in _FAMILIES:
        return prefix
    return f"{_FAMILIES[match[1]]}{match[2]}"


def own_words(standard: str) -> Text | None:
    """How to call *standard* if the project made it itself and it is no standard at all."""
    kind = made_here(standard)
    return text(f"cover.basis_{kind}", standard=standard) if kind else None


def made_here(standard: str) -> str | None:
    """``profile`` or ``house`` if the project made *standard* itself, see ``_OWN``."""
    return _OWN.get(standard.partition(" ")[0])
