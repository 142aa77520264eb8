"""Management messages of a power line link as messages of the standard."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.message import Message, Value
from harness.core.pdu import Datagram
from harness.core.trace import Record
from harness.protocols.iso15118.slac.frames import Mme, MmeError, decode, deviations, is_mme
from harness.protocols.iso15118.slac.layout import LAYOUTS, Party

__all__ = ["UNREADABLE", "SlacReader", "mean_attenuation_db"]

UNREADABLE = "HomePlug"
"""Name of a management message that cannot be read; the note tells why."""


def mean_attenuation_db(groups: bytes) -> float:
    """The attenuation of all groups on the average.

    Raises:
        ValueError: there is no group.
    """
    if not groups:
        raise ValueError("an attenuation profile without a group has no average")
    return sum(groups) / len(groups)


class SlacReader:
    """Reads the frames of a link one by one. What both sides send it tells apart by the address that began a matching."""

    def __init__(self) -> None:
        self._vehicles: set[str] = set()
        self.frames = 0
        """Frames that were of HomePlug."""

    def concerns(self, pdu: object) -> bool:
        """Whether *pdu* is a frame for this reader: one between two Ethernet addresses."""
        return isinstance(pdu, Datagram) and pdu.source.count(":") == 5 and not pdu.source.startswith("[") and is_mme(pdu.data)

    def feed(self, record: Record) -> Sequence[Message]:
        """The message of *record*, none if it is not of HomePlug."""
        pdu = record.pdu
        if not isinstance(pdu, Datagram) or not self.concerns(pdu):
            return ()
        self.frames += 1
        try:
            mme = decode(pdu.data)
        except MmeError as error:
            return (self._message(record, pdu, UNREADABLE, {"source": pdu.source}, self._party(pdu.source), str(error)),)
        sender = LAYOUTS[mme.name].sender
        if sender is Party.VEHICLE:
            self._vehicles.add(mme.source)
        wrong = deviations(mme)
        note = f"{', '.join(wrong)} not as the standard fixes it" if wrong else ""
        return (self._message(record, pdu, mme.name, _values(mme), sender.value or self._party(mme.source), note),)

    def _party(self, source: str) -> str:
        return Party.VEHICLE.value if source in self._vehicles else Party.CHARGER.value

    def _message(self, record: Record, pdu: Datagram, name: str, values: dict[str, Value], sender: str, note: str) -> Message:
        return Message(name, record.t_ns, values, data=pdu.data, frames=(record.number,), link=record.link, sender=sender, note=note)


def _values(mme: Mme) -> dict[str, Value]:
    values: dict[str, Value] = {"source": mme.source, "destination": mme.destination, **mme.values}
    groups = values.get("aag")
    if isinstance(groups, bytes) and groups:
        values["attenuation_db"] = mean_attenuation_db(groups)
    if mme.trailing:
        values["trailing"] = mme.trailing
    return values
