"""Reading of recordings: who is on the truck's network, what long messages it carries, what is broken, what a tester asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.check import Finding, Severity
from harness.core.message import Message
from harness.core.standard import Session
from harness.core.trace import Record
from harness.protocols.vehicle.sessions.controllers import conflicts_of
from harness.protocols.vehicle.sessions.identity import vins_of
from harness.protocols.vehicle.sessions.phases import phases_of
from harness.protocols.vehicle.sessions.recognition import recognise, word_of
from harness.protocols.vehicle.sessions.story import story_of
from harness.protocols.vehicle.sessions.tables import tables_of
from harness.protocols.vehicle.sessions.transfers import Fate
from harness.protocols.vehicle.sessions.view import View, view_of

__all__ = ["read_sessions", "recognise", "word_of"]

_SHOWN = 8


def read_sessions(messages: Sequence[Message], records: Sequence[Record]) -> Sequence[Session]:
    """A bus has no sessions of its own: all of the recording is one."""
    if not records:
        return ()
    view = view_of(messages, records)
    reason = "the recording ends; a network of a truck has no end of its own"
    phases, facts, findings = phases_of(view), dict(_facts(view)), tuple(_findings(view))
    return (
        Session(records[0].link, view.start_ns, view.end_ns, phases, "", reason, facts, findings, False, story_of(view), tables_of(view)),
    )


def _facts(view: View) -> Iterator[tuple[str, str]]:
    if view.controllers:
        yield "source addresses", ", ".join(f"{one.address:02X}" for one in view.controllers)
    vins = vins_of(view.identifications)
    if vins:
        yield "VIN", ", ".join(vins)
    active = [one for one in view.troubles.codes if one.list_name == "DM1" and one.gone_ns is None]
    if view.troubles.lists:
        told = ", ".join(f"SPN {one.spn} FMI {one.fmi} ({one.source:02X})" for one in active[:_SHOWN])
        more = f" and {len(active) - _SHOWN} more" if len(active) > _SHOWN else ""
        yield "active trouble codes", f"{told}{more}" or "none"


def _findings(view: View) -> Iterator[Finding]:
    for one in view.transfers:
        if one.fate in (Fate.BROKEN, Fate.ABORTED):
            text = f"{one.name} of {one.source:02X} to {one.destination:02X}: {one.fate.value}, {one.note}"
            yield Finding(text, one.start_ns, one.frame, Severity.WARNING, "transfers")
    for controller, claim in conflicts_of(view.controllers):
        text = f"address {controller.address:02X} is claimed by a second NAME, {int(claim.name):016X}"
        yield Finding(text, claim.t_ns, claim.frame, Severity.WARNING, "addresses")
    for t_ns, frame, text in view.troubles.remarks:
        yield Finding(text, t_ns, frame, Severity.WARNING, "troubles")
    if len(vins := vins_of(view.identifications)) > 1:
        first = next(iter(vins.values()))[0]
        yield Finding(f"different VINs: {', '.join(vins)}", first.t_ns, first.frame, Severity.WARNING, "VIN")
