"""Short hands for the entries of the fault tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.protocols.j1939.controller import Cyclic
from harness.protocols.j1939.faults import IncomingHook, OutgoingHook
from harness.protocols.j1939.groups import BY_NAME
from harness.sim.ecus.habits import Edit
from harness.sim.faults.network.fault import Change, UnitSetup

__all__ = [
    "also",
    "around",
    "charging",
    "claim",
    "cycle",
    "habit",
    "heard",
    "memory",
    "name_field",
    "own",
    "sent",
    "spec",
    "timing",
    "told",
    "transport",
    "transport_time",
]


def habit(**changes: Any) -> Change:
    """Other habits of the controller."""
    return lambda setup: replace(setup, habits=replace(setup.habits, **changes))


def claim(**changes: Any) -> Change:
    """Deviations of the address claim."""
    return lambda setup: replace(setup, habits=replace(setup.habits, claim=replace(setup.habits.claim, **changes)))


def timing(**changes: Any) -> Change:
    """Other times of the address claim."""
    return lambda setup: replace(setup, habits=replace(setup.habits, timing=replace(setup.habits.timing, **changes)))


def transport(**changes: Any) -> Change:
    """Bad habits of its transport."""
    return lambda setup: replace(setup, transport=replace(setup.transport, **changes))


def transport_time(**changes: Any) -> Change:
    """Other times of its transport."""
    return lambda setup: replace(setup, timing=replace(setup.timing, **changes))


def sent(hook: OutgoingHook) -> Change:
    """*hook* on every TP frame that it sends."""
    return lambda setup: replace(setup, transport=replace(setup.transport, outgoing=[*setup.transport.outgoing, hook]))


def heard(make: Callable[[], IncomingHook]) -> Change:
    """A hook, made anew for each truck, on every frame that its transport hears."""
    return lambda setup: replace(setup, transport=replace(setup.transport, incoming=[*setup.transport.incoming, make()]))


def spec(**changes: Any) -> Change:
    """Another unit than it should be."""
    return lambda setup: replace(setup, spec=replace(setup.spec, **changes))


def own(**changes: Any) -> Change:
    """Other habits of the unit."""
    return lambda setup: replace(setup, own=replace(setup.own, **changes))


def memory(**changes: Any) -> Change:
    """Other habits of its fault memory."""
    return lambda setup: replace(setup, own=replace(setup.own, memory=replace(setup.own.memory, **changes)))


def around(**changes: Any) -> Change:
    """Another life with its bus."""
    return lambda setup: replace(setup, around=replace(setup.around, **changes))


def also(*rows: Cyclic) -> Change:
    """Cyclic groups beside its own."""
    return lambda setup: replace(setup, spec=replace(setup.spec, cyclic=(*setup.spec.cyclic, *rows)))


def told(group: str | int, make: Callable[[], Edit]) -> Change:
    """An edit, made anew for each truck, of every content of *group* that it tells."""
    pgn = BY_NAME[group].pgn if isinstance(group, str) else group
    return lambda setup: replace(setup, own=replace(setup.own, edits=(*setup.own.edits, (pgn, make()))))


def cycle(group: str, **changes: Any) -> Change:
    """*group* sent in another way."""
    pgn = BY_NAME[group].pgn

    def change(setup: UnitSetup) -> UnitSetup:
        rows = tuple(replace(row, **changes) if row.pgn == pgn else row for row in setup.spec.cyclic)
        return replace(setup, spec=replace(setup.spec, cyclic=rows))

    return change


def charging(**changes: Any) -> Change:
    """Another charging inlet, or a network that knows less of it."""
    return lambda setup: replace(setup, charging=replace(setup.charging, **changes))


def name_field(**changes: Any) -> Change:
    """Other fields of its NAME."""

    def change(setup: UnitSetup) -> UnitSetup:
        return replace(setup, spec=replace(setup.spec, name_fields={**setup.spec.name_fields, **changes}))

    return change
