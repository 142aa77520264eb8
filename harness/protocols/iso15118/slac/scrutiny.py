"""What a vehicle looks at in the messages of a station before it takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.protocols.iso15118.slac.frames import BROADCAST, Mme
from harness.protocols.iso15118.slac.layout import NUMBER_OF_GROUPS

__all__ = ["FIELDS", "Expected", "objection"]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the vehicle knows of the matching under way."""

    own_mac: str
    run_id: bytes
    sounds: int
    station: str
    """Address of the station that it chose, empty before that."""


_Right = Callable[[object, Expected], bool]


def _is(right: object) -> _Right:
    return lambda value, expected: value == right


def _own_address(value: object, expected: Expected) -> bool:
    return value == expected.own_mac


def _own_run(value: object, expected: Expected) -> bool:
    return value == expected.run_id


def _chosen(value: object, expected: Expected) -> bool:
    return not expected.station or value == expected.station


def _some_sounds(value: object, expected: Expected) -> bool:
    return isinstance(value, int) and 0 < value <= expected.sounds


def _some(value: object, expected: Expected) -> bool:
    return isinstance(value, int) and value > 0


_TYPES: Mapping[str, _Right] = {"application_type": _is(0), "security_type": _is(0)}

FIELDS: Mapping[str, Mapping[str, _Right]] = {
    "CM_SLAC_PARM.CNF": {
        **_TYPES,
        "m_sound_target": _is(BROADCAST), "num_sounds": _some, "resp_type": _is(1), "forwarding_sta": _own_address, "run_id": _own_run,
    },
    "CM_ATTEN_CHAR.IND": {
        **_TYPES, "source_address": _own_address, "run_id": _own_run, "num_sounds": _some_sounds, "num_groups": _is(NUMBER_OF_GROUPS),
    },
    "CM_VALIDATE.CNF": {"source": _chosen, "signal_type": _is(0)},
    "CM_SLAC_MATCH.CNF": {
        **_TYPES, "source": _chosen, "mvf_length": _is(0x56), "pev_mac": _own_address, "evse_mac": _chosen, "run_id": _own_run,
    },
}  # fmt: skip
"""By message, then by field: what a right value is. ``source`` is the sender's address."""


def objection(mme: Mme, expected: Expected, overlooks: Callable[[str, str], bool]) -> str:
    """The first field of *mme* for which the vehicle ignores it, empty for none."""
    if mme.destination not in (expected.own_mac, BROADCAST) and not overlooks(mme.name, "destination"):
        return "destination"
    for field, is_right in FIELDS.get(mme.name, {}).items():
        value = mme.source if field == "source" else mme.values[field]
        if not is_right(value, expected) and not overlooks(mme.name, field):
            return field
    return ""
