"""CAN frames as SocketCAN hands them to a packet capture: alone (link type 227) or behind a cooked header (113, 276)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from harness.analyse.captures.text import frame_of
from harness.core import Frame

__all__ = ["LINK_TYPES", "Unit", "byte_orders", "frame_of_unit", "link_type_name", "unit_of", "usual_order"]

_CAN, _COOKED, _COOKED_2 = 227, 113, 276
LINK_TYPES = (_CAN, _COOKED, _COOKED_2)
_NAMES = {_CAN: "SocketCAN", _COOKED: "Linux cooked", _COOKED_2: "Linux cooked v2", 0: "loopback", 1: "Ethernet", 101: "raw IP"}

_ARPHRD_CAN = 280
_PROTOCOLS = {0x000C: False, 0x000D: True}
"""Protocol number of a CAN frame and whether it is CAN FD."""
_HEAD_BYTES = 8
_EXTENDED, _REMOTE, _ERROR, _ID = 0x8000_0000, 0x4000_0000, 0x2000_0000, 0x1FFF_FFFF
_FD_FLAG = 0x04


@dataclass(frozen=True, slots=True)
class Unit:
    """The part of a packet that is a CAN frame."""

    data: bytes
    fd: bool
    interface: int | None = None
    """Number of the interface if the cooked header tells it."""


def link_type_name(link_type: int) -> str:
    """A link type in words."""
    return f"link type {_NAMES[link_type]} ({link_type})" if link_type in _NAMES else f"link type {link_type}"


def unit_of(link_type: int, data: bytes) -> Unit | None:
    """The CAN frame in a packet; ``None`` if it carries something else."""
    if link_type == _CAN:
        return Unit(data, len(data) > _HEAD_BYTES + 8) if len(data) >= _HEAD_BYTES else None
    if link_type == _COOKED and len(data) >= 16 + _HEAD_BYTES:
        kind, protocol = struct.unpack_from(">H", data, 2)[0], struct.unpack_from(">H", data, 14)[0]
        return Unit(data[16:], _PROTOCOLS[protocol]) if kind == _ARPHRD_CAN and protocol in _PROTOCOLS else None
    if link_type == _COOKED_2 and len(data) >= 20 + _HEAD_BYTES:
        protocol, interface, kind = struct.unpack_from(">HxxIH", data)
        return Unit(data[20:], _PROTOCOLS[protocol], interface) if kind == _ARPHRD_CAN and protocol in _PROTOCOLS else None
    return None


def usual_order(link_type: int, file_order: str) -> str:
    """Byte order of the identifier: network order alone, that of the recording machine behind a cooked header."""
    return ">" if link_type == _CAN else file_order


def byte_orders(units: Sequence[tuple[int, str, Unit | None]]) -> dict[tuple[int, str], str]:
    """Byte order of the identifiers by link type and order of the file: the usual one, unless it gives more impossible ones."""
    orders: dict[tuple[int, str], str] = {}
    for key in dict.fromkeys((link_type, file_order) for link_type, file_order, _ in units):
        mine = [unit for link_type, file_order, unit in units if unit is not None and (link_type, file_order) == key]
        usual = usual_order(*key)
        other = "<" if usual == ">" else ">"
        impossible = {order: sum(_is_impossible(unit, order) for unit in mine) for order in (usual, other)}
        orders[key] = other if impossible[other] < impossible[usual] else usual
    return orders


def frame_of_unit(unit: Unit, order: str) -> Frame | str | None:
    """The frame; ``None`` for an error frame, words if there is no such frame."""
    word = struct.unpack_from(f"{order}I", unit.data)[0]
    length, flags = unit.data[4], unit.data[5]
    if word & _ERROR:
        return None
    fd = unit.fd or bool(flags & _FD_FLAG) or length > 8
    remote = bool(word & _REMOTE) and not fd
    data = unit.data[_HEAD_BYTES : _HEAD_BYTES + length]
    if len(data) < length and not remote:
        return f"{length} data bytes announced, {len(data)} recorded"
    return frame_of(word & _ID, data, extended=bool(word & _EXTENDED), fd=fd, remote=remote)


def _is_impossible(unit: Unit, order: str) -> bool:
    word = struct.unpack_from(f"{order}I", unit.data)[0]
    return not word & (_EXTENDED | _ERROR) and word & _ID > 0x7FF
