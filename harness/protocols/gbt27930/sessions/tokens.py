"""Events of a session: messages told apart by what they mean for its course.

``CRM(00)`` and ``CRM(AA)`` are one message and two events, ``BRM.RTS`` begins what ``BRM`` completes, and
a BEM without a set bit reports nothing. Phases and rules are written in these words.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from harness.core.message import Message
from harness.protocols.gbt27930.editions import USUAL, Edition
from harness.protocols.gbt27930.messages import MESSAGES, ODD_PRIORITY

__all__ = ["ERRORS", "PHASES", "PHASE_OF", "Event", "base_name", "event_of", "set_bits"]

ERRORS = ("BEM!", "CEM!")
"""An error message that reports something."""

PHASES = ("handshake", "recognition", "configuration a", "configuration b", "charging", "stop", "statistics")
"""Phases of a session in their order; errors stand outside of it."""

_EVENTS_OF_PHASE = (
    ("CHM", "BHM"),
    ("CRM(00)", "CRM(?)", "BRM.RTS", "BRM"),
    ("CRM(AA)", "BCP.RTS", "BCP"),
    ("CTS", "CML", "BRO(00)", "BRO(AA)", "BRO(?)", "CRO(00)", "CRO(?)"),
    ("CRO(AA)", "BCL", "BCS.RTS", "BCS", "CCS", "BSM", "BMV.RTS", "BMV", "BMT.RTS", "BMT", "BSP.RTS", "BSP"),
    ("BST", "CST"),
    ("BSD", "CSD"),
)
PHASE_OF = {word: rank for rank, words in enumerate(_EVENTS_OF_PHASE) for word in words}
"""Index into ``PHASES`` of the phase that an event belongs to."""

_UNTRUSTED = 2
"""A CST whose states are untrusted, and none named, leaves everything as it was."""
_WITH_VALUE = {"CRM": {0x00: "00", 0xAA: "AA"}, "BRO": {0x00: "00", 0xAA: "AA"}, "CRO": {0x00: "00", 0xAA: "AA"}}


class Event(NamedTuple):
    """A message with its meaning. A tuple, because every rule looks at all of them."""

    word: str
    """For example ``CRM(AA)``."""
    message: Message
    sound: bool
    """It has a length of this edition and its own priority. An unsound message may be taken for received or not: it permits,
    it never obliges."""
    t_ns: int
    """When it was complete."""


def event_of(message: Message, edition: Edition = USUAL) -> Event | None:
    """The event that *message* is in *edition*, ``None`` for the inner frames of a transport session."""
    name = message.name
    base = base_name(name)
    row = MESSAGES.get(base)
    if row is None:
        return None
    if name != base:
        return Event(name, message, True, message.t_ns)
    row = edition.messages.get(base, row)
    sound = row.min_length <= len(message.data) <= row.length and not message.note.startswith(ODD_PRIORITY)
    if base in _WITH_VALUE:
        value = _WITH_VALUE[base].get(message.data[0], "?") if message.data else "?"
        return Event(f"{base}({value})", message, sound, message.t_ns)
    if base in ("BEM", "CEM") and set_bits(message):
        return Event(f"{base}!", message, sound, message.t_ns)
    if base == "CST" and _UNTRUSTED in message.values.values() and not set_bits(message):
        return Event("CST(?)", message, sound, message.t_ns)
    return Event(base, message, sound, message.t_ns)


def set_bits(message: Message) -> tuple[str, ...]:
    """Signals of BEM, CEM, BST or CST that stand at 01."""
    values = message.values.items()
    return tuple(signal for signal, value in values if value == 1 and signal != "other" and not signal.startswith("reserved"))


@lru_cache(maxsize=1024)
def base_name(word: str) -> str:
    """The message behind an event: ``CRM`` of ``CRM(AA)``, ``BRM`` of ``BRM.RTS``."""
    return word.partition(".")[0].partition("(")[0].rstrip("!")
