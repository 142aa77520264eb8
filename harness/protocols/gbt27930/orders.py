"""What the steering wheels of charger and vehicle ask before they take an order: is there such a message, such a phase."""

from __future__ import annotations

import enum
from typing import TypeVar

from harness.core import LocalProtocolError, did_you_mean
from harness.protocols.gbt27930.messages import MESSAGES, Party

__all__ = ["own_message", "phase_named"]

_Phase = TypeVar("_Phase", bound=enum.Enum)


def own_message(party: Party, name: str) -> str:
    """*name*, if it is a message of *party*.

    Raises:
        LocalProtocolError: *party* sends no such message.
    """
    own = [known for known, row in MESSAGES.items() if row.sender == party]
    if name not in own:
        raise LocalProtocolError(f"the {party} sends no '{name}'{did_you_mean(name, own)}")
    return name


def phase_named(party: Party, phases: type[_Phase], name: str) -> _Phase:
    """The one of *phases* that is called *name*, in small letters or capitals.

    Raises:
        LocalProtocolError: *party* has no such phase.
    """
    known = {member.name.lower(): member for member in phases}
    if name.lower() not in known:
        raise LocalProtocolError(f"the {party} has no phase '{name}'{did_you_mean(name.lower(), known)}")
    return known[name.lower()]
