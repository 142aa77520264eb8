"""Whole Ethernet frames of HomePlug Green PHY: reading them into messages, and writing messages, wrong ones included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.core.errors import LocalProtocolError, RemoteProtocolError
from harness.core.pdu import Datagram
from harness.core.problems import did_you_mean
from harness.protocols.iso15118.slac.layout import BY_TYPE, ETHERTYPE, LAYOUTS, Field, Kind, Layout

__all__ = ["BROADCAST", "Mme", "MmeError", "Values", "decode", "encode", "is_mme", "mac_text"]

BROADCAST = "FF:FF:FF:FF:FF:FF"
SHORTEST = 60
"""Bytes of the shortest Ethernet frame without its check sequence."""
_ADDRESSES = 14

Values = Mapping[str, int | bytes | str]


class MmeError(RemoteProtocolError):
    """A frame is no management message that can be read; says where and why."""


@dataclass(frozen=True, slots=True)
class Mme:
    """One management message."""

    name: str
    """As ``CM_SLAC_PARM.REQ``."""
    source: str
    destination: str
    values: Values
    """Numbers, addresses as ``02:00:00:00:00:01``, octets as bytes; every field of the layout."""
    trailing: bytes = b""
    """What stands behind the last field and is no padding."""

    def datagram(self) -> Datagram:
        """As the link carries it."""
        return Datagram(encode(self), self.source, self.destination)

    def changed(self, values: Values) -> Mme:
        """With other values for some fields, right or wrong."""
        return replace(self, values={**self.values, **values})


def is_mme(data: bytes) -> bool:
    """Whether *data* is an Ethernet frame with a HomePlug management message."""
    return len(data) > _ADDRESSES and data[12:14] == ETHERTYPE.to_bytes(2, "big")


def mac_text(octets: bytes) -> str:
    """``02:00:00:00:00:01``."""
    return octets.hex(":").upper()


def encode(mme: Mme) -> bytes:
    """The frame of *mme*, padded to the shortest length.

    A list takes its length from its bytes, not from the number that counts them, so that the two may disagree.

    Raises:
        LocalProtocolError: there is no such message, a field is missing or unknown, or a value does not fit its field.
    """
    layout = LAYOUTS.get(mme.name)
    if layout is None:
        raise LocalProtocolError(f"no management message is named '{mme.name}'{did_you_mean(mme.name, LAYOUTS)}")
    known = [field.name for field in layout.fields]
    unknown = next((name for name in mme.values if name not in known), None)
    if unknown is not None:
        raise LocalProtocolError(f"{mme.name} has no field '{unknown}'{did_you_mean(unknown, known)}")
    values = {**layout.fixed, **mme.values}
    body = b"".join(_written(layout.name, field, values) for field in layout.fields)
    head = _octets(mme.destination) + _octets(mme.source) + ETHERTYPE.to_bytes(2, "big")
    header = bytes((layout.version,)) + layout.mmtype.to_bytes(2, "little") + (bytes(2) if layout.version else b"")
    return (head + header + body + mme.trailing).ljust(SHORTEST, b"\0")


def decode(data: bytes) -> Mme:
    """The message of an Ethernet frame; zero bytes behind it are padding.

    Raises:
        MmeError: it is none, it is one of another kind, or it ends within a field.
    """
    if not is_mme(data):
        raise MmeError(f"no HomePlug frame: {len(data)} bytes, type {data[12:14].hex().upper() or 'missing'} where 88E1 is due")
    if len(data) < _ADDRESSES + 3:
        raise MmeError(f"HomePlug frame of {len(data)} bytes ends within its header")
    mmtype = int.from_bytes(data[15:17], "little")
    layout = BY_TYPE.get(mmtype)
    if layout is None:
        raise MmeError(f"management message 0x{mmtype:04X} is not read by this version")
    at = _ADDRESSES + (5 if data[14] else 3)
    values: dict[str, int | bytes | str] = {}
    for field in layout.fields:
        size = _size(field, values)
        piece = data[at : at + size]
        if len(piece) < size:
            raise MmeError(f"{layout.name} ends within '{field.name}': {size} bytes are due from byte {at} on, {len(piece)} are there")
        values[field.name] = _read(field, piece)
        at += size
    return Mme(layout.name, mac_text(data[6:12]), mac_text(data[:6]), values, data[at:].rstrip(b"\0"))


def deviations(mme: Mme) -> list[str]:
    """Fields that must have one value and have another."""
    layout: Layout = LAYOUTS[mme.name]
    return [name for name, value in layout.fixed.items() if mme.values.get(name) != value]


def _size(field: Field, values: dict[str, int | bytes | str]) -> int:
    if field.kind not in (Kind.LISTED, Kind.HALVES):
        return field.size
    count = next(value for name, value in reversed(values.items()) if isinstance(value, int) and name in ("num_groups", "am_len"))
    assert isinstance(count, int)
    return count if field.kind is Kind.LISTED else (count + 1) // 2


def _read(field: Field, piece: bytes) -> int | bytes | str:
    if field.kind is Kind.NUMBER:
        return int.from_bytes(piece, "little")
    return mac_text(piece) if field.kind is Kind.MAC else piece


def _written(message: str, field: Field, values: Values) -> bytes:
    value = values.get(field.name)
    what = f"{message}: field '{field.name}'"
    if value is None:
        raise LocalProtocolError(f"{what} is missing")
    if field.kind is Kind.NUMBER:
        if not isinstance(value, int) or not 0 <= value < 1 << 8 * field.size:
            raise LocalProtocolError(f"{what} takes a number of {field.size} bytes, not {value!r}")
        return value.to_bytes(field.size, "little")
    if field.kind is Kind.MAC:
        if not isinstance(value, str):
            raise LocalProtocolError(f"{what} takes an address as '02:00:00:00:00:01', not {value!r}")
        return _octets(value, what)
    if not isinstance(value, bytes) or (field.kind is Kind.OCTETS and len(value) != field.size):
        raise LocalProtocolError(f"{what} takes {field.size if field.kind is Kind.OCTETS else 'some'} bytes, not {value!r}")
    return value


def _octets(text: str, what: str = "address of a frame") -> bytes:
    try:
        octets = bytes.fromhex(text.replace(":", ""))
    except ValueError:
        octets = b""
    if len(octets) != 6:
        raise LocalProtocolError(f"{what}: '{text}' is no address; write '02:00:00:00:00:01'")
    return octets
