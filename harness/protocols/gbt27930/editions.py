"""What the editions of GB/T 27930 do differently, as data: 2011, 2015 and 2023 class A.

The identifiers are the same in all of them. 2011 has no handshake, shorter messages and fewer reasons in BST. 2023
class A has the messages of 2015 and more rules for the charger. What each row rests on stands in the profile of the
edition, and for the bits of 2011 in ``dbc/gbt27930-2011``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from harness.core import LocalProtocolError, Value, did_you_mean
from harness.protocols.dbc import Codec, Content
from harness.protocols.gbt27930.codec import codec_2011, codec_2015
from harness.protocols.gbt27930.messages import MESSAGES, MessageType

__all__ = ["EDITIONS", "OF_2011", "USUAL", "VERSION_1_0", "VERSION_1_1", "Edition", "Rule", "Spoken", "edition_of"]

VERSION_1_0 = b"\x00\x01\x00"
"""Protocol version of 2011 on the wire."""
VERSION_1_1 = b"\x01\x01\x00"
"""Protocol version of 2015, and of 2023 class A."""


class Rule(enum.Enum):
    """What an edition demands of the charger beyond 2015."""

    BSM_TIMEOUT = "after the first BSM, five seconds without one end the charge for good (TC10)"
    STOP_BELOW_MINIMUM = "a demand below what the charger can put out ends the charge"
    STOP_ON_MISMATCH = "CML, then CST, if the battery voltage lies outside the charger's range"
    OUTPUT_WITHIN_DEMAND = "the output voltage stays within the voltage demand"


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of the standard."""

    name: str
    """As in rig files and profiles: ``2011``, ``2015``, ``2023A``."""
    title: str
    messages: Mapping[str, MessageType]
    """Message table with the lengths of this edition."""
    codec: Callable[[], Codec]
    version: bytes = VERSION_1_1
    """Protocol version that the vehicle tells in BRM, and the charger in CHM."""
    has_handshake: bool = True
    """CHM and BHM exist."""
    ccs_length: int | None = None
    """Bytes of CCS if the edition leaves no choice."""
    rules: frozenset[Rule] = frozenset()
    reserved: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    """Masks of reserved bits by byte number (from 1), for messages whose bits differ from 2015."""
    _told: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        """Whether its messages have another form than those of 2015."""
        return self.codec is not codec_2015

    def content(self, name: str, values: Mapping[str, Value]) -> Mapping[str, Value]:
        """What the message *name* of 2015 with *values* says in this edition."""
        return {**values, **self._told[name]} if name in self._told else values

    def trim(self, name: str, values: Mapping[str, Value]) -> Mapping[str, Value]:
        """*values* without signals that this edition does not have; text that does not fit counts as not supplied."""
        if not self.differs:
            return values
        known = {signal.name: signal for signal in self.codec().layout(name).signals if signal.name in values}
        return {
            signal.name: None
            if signal.content is Content.BYTES and isinstance(value := values[signal.name], bytes) and len(value) * 8 != signal.size
            else values[signal.name]
            for signal in known.values()
        }

    def length(self, name: str) -> int | None:
        """Bytes of the message *name* if the edition fixes what 2015 leaves open, otherwise ``None``."""
        return self.ccs_length if name == "CCS" else None


def _shorter(**lengths: int) -> Mapping[str, MessageType]:
    rows = {name: row for name, row in MESSAGES.items() if row.phase != "handshake"}
    return MappingProxyType(rows | {name: replace(rows[name], length=length, min_length=length) for name, length in lengths.items()})


_EDITIONS = (
    Edition(
        "2011",
        "GB/T 27930-2011",
        _shorter(BRM=41, CML=6, CCS=6, CSD=5),
        codec_2011,
        version=VERSION_1_0,
        has_handshake=False,
        ccs_length=6,
        reserved={"BST": {1: 0xC0, 3: 0xF0, 4: 0xF0}},
        # The charger number has one byte; the region code has another form, which no source fills.
        _told={"BRM": {"protocol_version": VERSION_1_0}, "CRM": {"region_code": None}},
    ),
    Edition("2015", "GB/T 27930-2015", MESSAGES, codec_2015),
    Edition(
        "2023A",
        "GB/T 27930-2023 class A",
        # CCS is sent with seven bytes here, but those of 2015 with eight are understood.
        MESSAGES,
        codec_2015,
        ccs_length=7,
        rules=frozenset(Rule),
    ),
)

OF_2011 = frozenset(("CRM", "BRM", "CML", "CCS", "CSD", "BST"))
"""Messages that have another form in 2011."""

EDITIONS: Mapping[str, Edition] = MappingProxyType({edition.name: edition for edition in _EDITIONS})
"""Every edition by its name."""
USUAL = EDITIONS["2015"]
"""The one that is meant where none is named."""


def edition_of(name: str) -> Edition:
    """The edition *name*, the usual one for an empty name.

    Raises:
        LocalProtocolError: there is none of that name.
    """
    if not name:
        return USUAL
    if name not in EDITIONS:
        raise LocalProtocolError(f"there is no edition '{name}'{did_you_mean(name, EDITIONS)} (have: {', '.join(EDITIONS)})")
    return EDITIONS[name]


class Spoken:
    """Which edition is spoken on a link, as a listener finds out: the usual one, or 2011 from a BRM of that form on.

    A BRM after BHM is never taken for one of 2011, because that edition has no handshake. CHM and BHM end it.
    """

    def __init__(self, usual: str = "") -> None:
        """*usual* is spoken where the messages tell nothing else.

        Raises:
            LocalProtocolError: there is no such edition.
        """
        self._usual = self.edition = edition_of(usual)
        self._shook_hands = False

    def follow(self, name: str, data: bytes = b"") -> None:
        """Note what the complete message *name* tells about the edition."""
        if name in ("CHM", "BHM"):
            self.edition, self._shook_hands = self._usual, self._shook_hands or name == "BHM"
        elif name in ("BSD", "CSD"):
            self._shook_hands = False
        elif name == "BRM" and not self._shook_hands and _is_of_2011(data):
            self.edition = EDITIONS["2011"]


def _is_of_2011(brm: bytes) -> bool:
    edition = EDITIONS["2011"]
    return len(brm) == edition.messages["BRM"].length and brm[: len(edition.version)] == edition.version
