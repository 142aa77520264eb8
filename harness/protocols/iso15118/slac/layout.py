"""The management messages of HomePlug Green PHY that matching uses, as tables of their fields.

The lowest two bits of a message type tell request, confirmation, indication and response. The link status of a modem is no message of
the standard but one of the widest spread modem maker, in the older header without fragmentation.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["BY_TYPE", "ETHERTYPE", "LAYOUTS", "NUMBER_OF_GROUPS", "Field", "Kind", "Layout", "Party"]

ETHERTYPE = 0x88E1
NUMBER_OF_GROUPS = 58
"""Groups of carriers for which attenuation is told."""


class Kind(enum.Enum):
    """How a field stands in the message."""

    NUMBER = "number"
    """Unsigned, least significant byte first."""
    MAC = "address"
    OCTETS = "octets"
    LISTED = "list"
    """As many bytes as the number before it says."""
    HALVES = "half bytes"
    """As many half bytes as the number before it says."""


class Party(enum.StrEnum):
    """Who sends a message; of some both do."""

    VEHICLE = "vehicle"
    CHARGER = "charger"
    EITHER = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message."""

    name: str
    size: int = 1
    kind: Kind = Kind.NUMBER
    value: int | bytes | str | None = None
    """What a conforming sender says where the standard leaves no choice."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One message."""

    name: str
    mmtype: int
    sender: Party
    fields: tuple[Field, ...]
    version: int = 1
    """Of the header; 0 has no fragmentation fields."""

    @property
    def fixed(self) -> Mapping[str, int | bytes | str]:
        """The fields that have only one right value."""
        return {field.name: field.value for field in self.fields if field.value is not None}


_MODES = {"REQ": 0, "CNF": 1, "IND": 2, "RSP": 3}
_EVERYONE = "FF:FF:FF:FF:FF:FF"
_TYPES = (Field("application_type", value=0), Field("security_type", value=0))
_RUN = Field("run_id", 8, Kind.OCTETS)
_PROFILE = (Field("num_groups", value=NUMBER_OF_GROUPS), Field("aag", kind=Kind.LISTED))
_SOUNDS = (Field("num_sounds"), Field("time_out"), Field("resp_type", value=1), Field("forwarding_sta", 6, Kind.MAC))
_NONCES = (
    Field("my_nonce", 4, value=0),
    Field("your_nonce", 4, value=0),
    Field("pid", value=4),
    Field("prn", 2, value=0),
    Field("pmn", value=0),
)
_PAIR = (
    Field("pev_id", 17, Kind.OCTETS),
    Field("pev_mac", 6, Kind.MAC),
    Field("evse_id", 17, Kind.OCTETS),
    Field("evse_mac", 6, Kind.MAC),
    _RUN,
    Field("reserved", 8, Kind.OCTETS, bytes(8)),
)
_ATTENUATION = (
    *_TYPES,
    Field("source_address", 6, Kind.MAC),
    _RUN,
    Field("source_id", 17, Kind.OCTETS, bytes(17)),
    Field("resp_id", 17, Kind.OCTETS, bytes(17)),
)
_MAKER = Field("oui", 3, Kind.OCTETS, b"\x00\xb0\x52")


def _layout(name: str, base: int, sender: Party, *fields: Field, version: int = 1) -> Layout:
    return Layout(name, base | _MODES[name.rpartition(".")[2]], sender, fields, version)


_EV, _SE, _BOTH = Party.VEHICLE, Party.CHARGER, Party.EITHER

LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout
    for layout in (
        _layout("CM_SLAC_PARM.REQ", 0x6064, _EV, *_TYPES, _RUN),
        _layout(
            "CM_SLAC_PARM.CNF", 0x6064, _SE, Field("m_sound_target", 6, Kind.MAC, _EVERYONE), *_SOUNDS, *_TYPES, _RUN,
        ),
        _layout("CM_START_ATTEN_CHAR.IND", 0x6068, _EV, *_TYPES, *_SOUNDS, _RUN),
        _layout(
            "CM_MNBC_SOUND.IND", 0x6074, _EV, *_TYPES, Field("sender_id", 17, Kind.OCTETS, bytes(17)), Field("cnt"), _RUN,
            Field("reserved", 8, Kind.OCTETS, bytes(8)), Field("random", 16, Kind.OCTETS),
        ),
        _layout("CM_ATTEN_PROFILE.IND", 0x6084, _SE, Field("pev_mac", 6, Kind.MAC), _PROFILE[0], Field("reserved", value=0), _PROFILE[1]),
        _layout("CM_ATTEN_CHAR.IND", 0x606C, _SE, *_ATTENUATION, Field("num_sounds"), *_PROFILE),
        _layout("CM_ATTEN_CHAR.RSP", 0x606C, _EV, *_ATTENUATION, Field("result", value=0)),
        _layout("CM_VALIDATE.REQ", 0x6078, _EV, Field("signal_type", value=0), Field("timer"), Field("result")),
        _layout("CM_VALIDATE.CNF", 0x6078, _SE, Field("signal_type", value=0), Field("toggle_num"), Field("result")),
        _layout("CM_SLAC_MATCH.REQ", 0x607C, _EV, *_TYPES, Field("mvf_length", 2, value=0x3E), *_PAIR),
        _layout(
            "CM_SLAC_MATCH.CNF", 0x607C, _SE, *_TYPES, Field("mvf_length", 2, value=0x56), *_PAIR,
            Field("nid", 7, Kind.OCTETS), Field("reserved_2", value=0), Field("nmk", 16, Kind.OCTETS),
        ),
        _layout(
            "CM_SET_KEY.REQ", 0x6008, _BOTH, Field("key_type", value=1), *_NONCES, Field("cco_capability", value=0),
            Field("nid", 7, Kind.OCTETS), Field("new_eks", value=1), Field("new_key", 16, Kind.OCTETS),
        ),
        _layout("CM_SET_KEY.CNF", 0x6008, _BOTH, Field("result", value=0), *_NONCES, Field("cco_capability", value=0)),
        _layout("CM_AMP_MAP.REQ", 0x601C, _BOTH, Field("am_len", 2), Field("am_data", kind=Kind.HALVES)),
        _layout("CM_AMP_MAP.CNF", 0x601C, _BOTH, Field("res_type", value=0)),
        _layout("VS_PL_LNK_STATUS.REQ", 0xA0B8, _BOTH, _MAKER, version=0),
        _layout("VS_PL_LNK_STATUS.CNF", 0xA0B8, _BOTH, _MAKER, Field("m_status", value=0), Field("link_status"), version=0),
    )
}  # fmt: skip
"""Every message by its name."""

BY_TYPE: Mapping[int, Layout] = {layout.mmtype: layout for layout in LAYOUTS.values()}
