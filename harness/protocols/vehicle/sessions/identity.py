"""What controllers say they are: VIN, component, software and unit identification over J1939 and over diagnostics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.core.message import Message
from harness.protocols.uds.services import DIDS

__all__ = ["Identification", "identifications_of", "vins_of"]

_GROUPS = {"VehicleId": "vin", "ComponentId": "component", "SoftwareId": "software", "EcuId": "unit"}
_PARTS = {
    "component": ("make", "model", "serial number", "unit number"),
    "unit": ("part number", "serial number", "location", "type", "manufacturer"),
}
_VIN_DID = 0xF190
_TEXT_FORMS = ("printable", "vin")


@dataclass(frozen=True, slots=True)
class Identification:
    """One thing that one controller said of itself."""

    source: int
    what: str
    """``vin``, ``component``, ``software``, ``unit`` or the name of a data identifier."""
    text: str
    over: str
    """``J1939``, ``UDS`` (on CAN) or ``DoIP``."""
    did: int | None
    t_ns: int
    frame: int


def identifications_of(messages: Sequence[Message]) -> list[Identification]:
    """Each once, as it was said first."""
    found: dict[tuple[int, str, str, str], Identification] = {}
    for message in messages:
        for one in _told(message):
            found.setdefault((one.source, one.what, one.text, one.over), one)
    return list(found.values())


def vins_of(found: Sequence[Identification]) -> dict[str, list[Identification]]:
    """Who told which VIN."""
    vins: dict[str, list[Identification]] = {}
    for one in found:
        if one.what == "vin":
            vins.setdefault(one.text, []).append(one)
    return vins


def _told(message: Message) -> Iterator[Identification]:
    if message.name == "DoIP.Announcement":
        yield from _announced(message)
        return
    source = message.values.get("source") if message.frames else None
    if not isinstance(source, int):
        return
    place = message.t_ns, message.frames[0]
    over = "DoIP" if "origin" in message.values else "UDS"
    if (what := _GROUPS.get(message.name)) is not None:
        yield Identification(source, what, _spelled(what, message.data), "J1939", None, *place)
    elif message.name == "ReadDataByIdentifier.Res" and len(message.data) > 3:
        did = int.from_bytes(message.data[1:3], "big")
        row = DIDS.get(did)
        # Where several were asked for at once, only the length of each tells where the next one begins.
        if row is not None and (row.form not in _TEXT_FORMS or _is_text(message.data[3:])):
            text = _text(message.data[3:]) if row.form in _TEXT_FORMS else message.data[3:].hex(" ").upper()
            yield Identification(source, "vin" if did == _VIN_DID else row.name, text, over, did, *place)


def _announced(message: Message) -> Iterator[Identification]:
    """What the entity of a truck says of it."""
    address, vin = message.values.get("address"), message.values.get("vin")
    if isinstance(address, int) and isinstance(vin, bytes) and message.frames:
        yield Identification(address, "vin", _text(vin), "DoIP", None, message.t_ns, message.frames[0])


def _spelled(what: str, data: bytes) -> str:
    if what == "software":
        fields = [_text(part) for part in data[1:].split(b"*")]
        return "; ".join(field for field in fields if field)
    fields = [_text(part) for part in data.split(b"*")]
    if what == "vin":
        return fields[0]
    names = _PARTS[what]
    return "; ".join(f"{name} {field}" for name, field in zip(names, fields, strict=False) if field)


def _is_text(data: bytes) -> bool:
    return all(32 <= byte < 127 or byte in (0, 255) for byte in data)


def _text(data: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in data.rstrip(b"\0\xff")).strip()
