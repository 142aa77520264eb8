"""What is broken in the truck by its own account: trouble codes and lamps of DM1, DM2 and DM12."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.core.message import Message
from harness.protocols.j1939.trouble import NO_COUNT, Dtc, Lamps, TroubleList, read_troubles

__all__ = ["LAMPS", "LampChange", "Trouble", "Troubles", "troubles_of"]

_LISTS = ("DM1", "DM2", "DM12")
LAMPS = ("malfunction", "red_stop", "amber_warning", "protect")


@dataclass(slots=True)
class Trouble:
    """One trouble code of one controller in one kind of list."""

    list_name: str
    source: int
    spn: int
    fmi: int
    count: int | None
    """Occurrences as told last, ``None`` if not available."""
    old_layout: bool
    first_ns: int
    first_frame: int
    last_ns: int
    told: int = 1
    """Lists that named it."""
    gone_ns: int | None = None
    """When a later list did not name it any more; ``None`` if the last one did."""


@dataclass(frozen=True, slots=True)
class LampChange:
    """The lamps of a controller as a list tells them, from here on."""

    list_name: str
    source: int
    t_ns: int
    frame: int
    lamps: Lamps
    flash: Lamps

    def lit(self) -> tuple[str, ...]:
        """Lamps that are on, with how they flash."""
        rates = {0: "_slow", 1: "_fast"}
        return tuple(name + rates.get(getattr(self.flash, name), "") for name in LAMPS if getattr(self.lamps, name) == 1)


@dataclass(slots=True)
class Troubles:
    """Everything of a link."""

    codes: list[Trouble] = field(default_factory=list)
    lamps: list[LampChange] = field(default_factory=list)
    lists: dict[tuple[str, int], int] = field(default_factory=dict)
    """How many lists of a kind each address sent."""
    remarks: list[tuple[int, int, str]] = field(default_factory=list)
    """Instant, frame and words of what does not follow the layout; each words of an address once."""


def troubles_of(messages: Sequence[Message]) -> Troubles:
    """The trouble codes of all lists in *messages*."""
    found, open_ = Troubles(), _Open()
    remarked: set[tuple[object, str]] = set()
    for message in messages:
        source = message.values.get("source") if message.name in _LISTS else None
        if not isinstance(source, int):
            continue
        told = read_troubles(message.data)
        key = message.name, source
        found.lists[key] = found.lists.get(key, 0) + 1
        open_.see(message, source, told, found)
        for text in told.remarks:
            if (source, text) not in remarked:
                remarked.add((source, text))
                found.remarks.append((message.t_ns, message.frames[0], f"{message.name} of {source:02X}: {text}"))
    return found


class _Open:
    """What each address told last."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, int], dict[tuple[int, int], Trouble]] = {}
        self._lamps: dict[tuple[str, int], tuple[Lamps, Lamps]] = {}

    def see(self, message: Message, source: int, told: TroubleList, found: Troubles) -> None:
        key, frame = (message.name, source), message.frames[-1]
        if self._lamps.get(key) != (told.lamps, told.flash):
            self._lamps[key] = told.lamps, told.flash
            found.lamps.append(LampChange(message.name, source, message.t_ns, frame, told.lamps, told.flash))
        known = self._codes.setdefault(key, {})
        named = {(dtc.spn, dtc.fmi): dtc for dtc in told.dtcs}
        for gone in [code for code in known if code not in named]:
            known.pop(gone).gone_ns = message.t_ns
        for code, dtc in named.items():
            if (trouble := known.get(code)) is None:
                trouble = known[code] = _trouble(message, source, dtc, frame)
                found.codes.append(trouble)
            else:
                trouble.told += 1
                trouble.last_ns = message.t_ns
                trouble.count = _count(dtc)


def _trouble(message: Message, source: int, dtc: Dtc, frame: int) -> Trouble:
    return Trouble(message.name, source, dtc.spn, dtc.fmi, _count(dtc), dtc.old_layout, message.t_ns, frame, message.t_ns)


def _count(dtc: Dtc) -> int | None:
    return None if dtc.count == NO_COUNT else dtc.count
