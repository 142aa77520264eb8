"""Short hands for the entries of the fault tables of diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.sim.faults.network.fault import Change, UnitSetup

__all__ = ["deviation", "diagnosis", "flow", "flow_time", "refusal", "reply", "server_time"]

_NEGATIVE = 0x7F


def diagnosis(**changes: Any) -> Change:
    """Diagnostics made in another way."""
    return lambda setup: replace(setup, diagnostics=replace(setup.diagnostics, **changes))


def deviation(**changes: Any) -> Change:
    """Deviations of the server."""
    return _part("deviations", changes)


def server_time(**changes: Any) -> Change:
    """Other times of the server."""
    return _part("timing", changes)


def flow(**changes: Any) -> Change:
    """Bad habits of its ISO-TP."""
    return _part("isotp", changes)


def flow_time(**changes: Any) -> Change:
    """Other times of its ISO-TP."""
    return _part("isotp_timing", changes)


def reply(request: str, change: Callable[[bytes], bytes | None]) -> Change:
    """*change* on every positive answer to requests that begin with the hex digits *request*."""
    return _edit(bytes.fromhex(request), lambda answer: answer if answer[0] == _NEGATIVE else change(answer))


def refusal(request: str, change: Callable[[bytes], bytes | None]) -> Change:
    """*change* on every refusal of requests that begin with the hex digits *request*."""
    return _edit(bytes.fromhex(request), lambda answer: change(answer) if answer[0] == _NEGATIVE else answer)


def _edit(head: bytes, change: Callable[[bytes], bytes | None]) -> Change:
    def edit(request: bytes, answer: bytes | None) -> bytes | None:
        return answer if answer is None or not request.startswith(head) else change(answer)

    def add(setup: UnitSetup) -> UnitSetup:
        edits = (*setup.diagnostics.deviations.edits, edit)
        return deviation(edits=edits)(setup)

    return add


def _part(name: str, changes: dict[str, Any]) -> Change:
    def change(setup: UnitSetup) -> UnitSetup:
        part = replace(getattr(setup.diagnostics, name), **changes)
        return replace(setup, diagnostics=replace(setup.diagnostics, **{name: part}))

    return change
