"""Short hands for the entries of the fault tables."""

from __future__ import annotations

from collections.abc import Callable

from harness.protocols.iso15118.behaviour import Content, Derive, Leads, Misread, Moment, changed, leaf
from harness.protocols.iso15118.physical import quantity_of
from harness.protocols.iso15118.rational import number_of

__all__ = ["LOOPS", "altered", "hides", "in_loops", "number", "reads", "stops_at", "told"]

LOOPS = ("CurrentDemand", "DC_ChargeLoop")
"""The energy loops of the protocols."""


def reads(exchange: str, path: str, said: object, taken: object) -> Misread:
    """Where a response says *said*, *taken* is read; ``None``: nothing."""

    def make(content: Content, moment: Moment) -> Content:
        return changed(content, {path: taken}) if leaf(content, path) == said else content

    return Misread(exchange, make)


def hides(exchange: str, path: str, said: object, taken: object, for_ns: int) -> Misread:
    """The same for so long, from the first time that it was said in a session."""

    def make(content: Content, moment: Moment) -> Content:
        if leaf(content, path) != said:
            return content
        key = f"{path}={said} {moment.sessions}@"
        began_ns = next((int(mark.partition("@")[2]) for mark in moment.marks if mark.startswith(key)), moment.now_ns)
        moment.marks.add(f"{key}{began_ns}")
        return content if moment.now_ns - began_ns >= for_ns else changed(content, {path: taken})

    return Misread(exchange, make)


def altered(exchange: str, path: str, make: Callable[[float, Moment], float]) -> Derive:
    """A number of a request is made from the right one; a request without it stays as it is."""

    def derive(content: Content, moment: Moment) -> Content:
        present = leaf(content, path)
        if present is None:
            return content
        value = make(number(present), moment)
        return changed(content, {path: round(value) if isinstance(present, int) else value})

    return Derive(exchange, derive)


def stops_at(exchange: str, count: int) -> Leads:
    """After so many requests of *exchange* in a session the vehicle sends nothing more."""
    return Leads(exchange, "nowhere", lambda moment: moment.asked(exchange) >= count)


def in_loops(make: Callable[[str], Leads]) -> tuple[Leads, ...]:
    """The same effect for the energy loop of each protocol."""
    return tuple(make(exchange) for exchange in LOOPS)


def told(moment: Moment, exchange: str, path: str) -> object:
    """What the last response of *exchange* said at *path*; ``None`` for nothing."""
    return leaf(moment.heard.get(exchange, {}), path)


def number(value: object) -> float:
    """A number of a message, physical values and rational numbers included.

    Raises:
        RemoteProtocolError: it is none.
    """
    if isinstance(value, int | float):
        return float(value)
    return quantity_of(value) if isinstance(value, dict) and "Multiplier" in value else number_of(value)
