"""Faults of heavy trucks: supply, currents beyond the encoding, packs of many cells, packs that are swapped."""

from __future__ import annotations

from collections.abc import Callable

from harness.core import Value
from harness.protocols.gbt27930.behaviour import Change, Deaf, Derive, Effect, Moment, OptionEffect, Payload, Values
from harness.sim.faults.fault import Fault

__all__ = ["HEAVY_FAULTS"]

_AT_CURRENT = 2
"""First byte of the current in BCP, BCL and BCS, counted from 0."""
_FULL, _NONE = 0, 4000
"""Raw values of -400 A and of 0 A."""
_WRAPPED = (_NONE - 6000) & 0xFFFF
"""What 16 bits make of the 600 A that the pack of the large truck takes."""


def _current(message: str, changes: Callable[[int], bool], raw: int) -> Payload:
    """The raw current of *message* is *raw* where *changes* says so of the right one."""

    def make(data: bytes) -> bytes:
        right = int.from_bytes(data[_AT_CURRENT : _AT_CURRENT + 2], "little")
        wrong = raw if changes(right) else right
        return data[:_AT_CURRENT] + wrong.to_bytes(2, "little") + data[_AT_CURRENT + 2 :]

    return Payload(message, make)


def _is_full(raw: int) -> bool:
    return raw == _FULL


def _of_the_first_session(message: str) -> Effect:
    """*message* says what it said first since the vehicle exists."""

    def make(values: Values, moment: Moment) -> dict[str, Value]:
        return dict(moment.ever.get(message, values))

    return Derive(message, make)


def _in_group_one(data: bytes) -> bytes:
    words = (int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2))
    return b"".join((word & 0x0FFF | 0x1000).to_bytes(2, "little") for word in words)


def _as_at_first(values: Values, moment: Moment) -> Values:
    return moment.first.get("BMV", values)


HEAVY_FAULTS = (
    Fault("sleeps_without_aux", "the vehicle does not wake without the auxiliary supply", (OptionEffect("aux_supply", True),)),
    Fault(
        "locks_up_after_broken_handshake",
        "after a handshake that ended before recognition no CHM is answered any more",
        (Deaf("CHM", lambda values, moment: "BHM" in moment.ever and "BHM" not in moment.sent and "BRM" not in moment.ever),),
    ),
    Fault("bcp_current_wraps", "more than 400 A wraps around in BCP", (_current("BCP", _is_full, _WRAPPED),)),
    Fault("bcl_current_wraps", "more than 400 A wraps around in BCL", (_current("BCL", _is_full, _WRAPPED),)),
    Fault("bcl_current_sign_lost", "a demand of 400 A is told as a discharge", (_current("BCL", _is_full, 2 * _NONE),)),
    Fault(
        "bcl_rounds_to_discharge",
        "a demand of almost nothing is rounded to a discharge",
        (_current("BCL", lambda raw: raw >= _NONE - 1, _NONE + 1),),
    ),
    Fault("bcs_current_wraps", "400 A measured are told as 65535", (_current("BCS", _is_full, 0xFFFF),)),
    Fault("brm_cached_from_old_pack", "BRM tells of the pack of the first session", (_of_the_first_session("BRM"),)),
    Fault("bcp_cached_from_old_pack", "BCP tells of the pack of the first session", (_of_the_first_session("BCP"),)),
    Fault("bmv_first_group_again", "every BMV tells of the cells of the first group", (Derive("BMV", _as_at_first),)),
    Fault("bmv_group_number_stuck", "every BMV says that its cells are those of group 1", (Payload("BMV", _in_group_one),)),
    Fault("bmv_groups_of_200", "the first group of BMV has 200 cells only", (Payload("BMV", lambda data: data[:400]),)),
    Fault("bcs_group_unknown", "BCS names a group of cells of which BMV never tells", (Change("BCS", {"max_cell_group": 9}),)),
)
"""Faults of the heavy-truck rules of phase 8.6 of the catalogue."""
