"""Which identifiers a message travels under: two CAN identifiers, one for each direction."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Address", "functional_fixed", "normal", "normal_fixed"]

_PHYSICAL, _FUNCTIONAL = 0x18DA0000, 0x18DB0000


@dataclass(frozen=True, slots=True)
class Address:
    """The way from a node to its peer and back, as the node sees it."""

    send_id: int
    receive_id: int
    extended: bool


def normal(send_id: int, receive_id: int, *, extended: bool = False) -> Address:
    """Identifiers that were agreed on (``normal(0x7E0, 0x7E8)``)."""
    return Address(send_id, receive_id, extended)


def normal_fixed(target: int, source: int) -> Address:
    """29-bit identifiers made of *target* and *source* address: ``0x18DA TA SA``."""
    return Address(_PHYSICAL | target << 8 | source, _PHYSICAL | source << 8 | target, True)


def functional_fixed(target: int, source: int) -> int:
    """The 29-bit identifier of a message to everybody in the group *target*: ``0x18DB TA SA``."""
    return _FUNCTIONAL | target << 8 | source
