"""What a link tells besides the course of single swaps: read once, since a recording may hold many swaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.core.message import Message, Value

__all__ = ["View", "view_of"]


@dataclass(slots=True)
class View:
    """One link."""

    codes: list[Message] = field(default_factory=list)
    """Messages with the code of a pack."""
    charges: list[tuple[int, float]] = field(default_factory=list)
    """States of charge in percent, with their instants."""
    parted_ns: list[int] = field(default_factory=list)
    """When the couplers of the pack were told to be open after they were not."""
    stations: dict[str, None] = field(default_factory=dict)
    vins: dict[str, None] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    """Names of all messages."""

    def is_parted(self, after_ns: int, until_ns: int) -> bool:
        """Whether the couplers opened in that time."""
        return any(after_ns < each <= until_ns for each in self.parted_ns)


def view_of(messages: Sequence[Message]) -> View:
    """The view of a link that carries *messages*."""
    view = View()
    coupler: Value = None
    for message in messages:
        name, values = message.name, message.values
        view.heard.add(name)
        if "vin" in values:
            view.vins[str(values["vin"])] = None
        if name == "VI":
            view.vins[message.data.rstrip(b"*\xff").decode("ascii", "replace")] = None
        elif name == "PACK_ID" and "Code" in values:
            view.codes.append(message)
        elif name == "PACK_STS1" and isinstance(charge := values.get("SOC"), int | float):
            view.charges.append((message.t_ns, charge))
        elif name == "STA_STS" and values.get("StationId") is not None:
            view.stations[str(values["StationId"])] = None
        elif name == "LOCK_STS" and (state := values.get("ElecConn")) != coupler:
            coupler = state
            if state == "open":
                view.parted_ns.append(message.t_ns)
    return view
