"""What happened on a truck's network, line by line, in Chinese and English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from harness.core.durations import format_s
from harness.core.words import Words
from harness.protocols.vehicle.sessions.controllers import Controller, conflicts_of
from harness.protocols.vehicle.sessions.identity import vins_of
from harness.protocols.vehicle.sessions.transfers import Fate
from harness.protocols.vehicle.sessions.troubles import Trouble
from harness.protocols.vehicle.sessions.view import View
from harness.protocols.vehicle.sessions.words import TEXTS, address_text

__all__ = ["story_of"]

_SHOWN = 12
"""Lines of one kind; the tables hold all."""


def story_of(view: View) -> Mapping[str, Sequence[str]]:
    """The lines by language."""
    return TEXTS.story(_lines(view))


def _lines(view: View) -> Iterator[Words]:
    if view.controllers:
        yield from _bus(view)
    if view.over_ip:
        yield "over_ip", {"shown": ", ".join(f"{name} ({count})" for name, count in view.over_ip.items())}
    yield from _some(list(_claims(view.controllers)))
    yield from _transfers(view)
    yield from _some(list(_troubles(view)))
    yield from _some(list(_lamps(view)))
    yield from _some(list(_identity(view)))
    yield from _diagnostics(view)


def _some(lines: Sequence[Words]) -> Iterator[Words]:
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield "more", {"count": len(lines) - _SHOWN}


def _bus(view: View) -> Iterator[Words]:
    busiest = sorted(view.controllers, key=lambda one: -one.frames)
    shown = ", ".join(f"{one.address:02X} ({one.frames})" for one in busiest[:_SHOWN])
    more = " ..." if len(busiest) > _SHOWN else ""
    span = format_s(view.end_ns - view.start_ns)
    frames = sum(one.frames for one in view.controllers)
    yield "bus", {"frames": frames, "span": span, "count": len(busiest), "shown": shown + more}


def _claims(controllers: Sequence[Controller]) -> Iterator[Words]:
    for one in controllers:
        for name in one.names:
            claims = [claim for claim in one.claims if claim.name == name]
            yield (
                "claim",
                {
                    "address": f"{one.address:02X}",
                    "name": f"{int(name):016X}",
                    "manufacturer": name.manufacturer,
                    "function": name.function,
                    "count": len(claims),
                    "at": format_s(claims[0].t_ns),
                    "frame": claims[0].frame,
                },
            )
    for one, claim in conflicts_of(controllers):
        place = {"at": format_s(claim.t_ns), "frame": claim.frame}
        yield "conflict", {"address": f"{one.address:02X}", "name": f"{int(claim.name):016X}", **place}


def _transfers(view: View) -> Iterator[Words]:
    if not view.transfers:
        return
    fates = Counter(one.fate for one in view.transfers)
    kinds = Counter(one.kind for one in view.transfers)
    groups = Counter(f"{one.name} {one.source:02X}" for one in view.transfers)
    carried = ", ".join(f"{name} ({count})" for name, count in groups.most_common(_SHOWN))
    counts = {"count": len(view.transfers), "bam": kinds["BAM"], "rts": kinds["RTS"], "complete": fates[Fate.COMPLETE], "carried": carried}
    yield "transfers", counts
    for one in view.transfers:
        if one.fate in (Fate.BROKEN, Fate.ABORTED):
            values = {"name": one.name, "source": f"{one.source:02X}", "destination": f"{one.destination:02X}", "note": one.note}
            yield "broken", {**values, "fate": (f"fate.{one.fate.value}", {}), "at": format_s(one.start_ns), "frame": one.frame}


def _troubles(view: View) -> Iterator[Words]:
    for one in view.troubles.codes:
        yield (
            "trouble",
            {
                "list": one.list_name,
                "address": f"{one.source:02X}",
                "spn": one.spn,
                "fmi": one.fmi,
                "count": _times(one),
                "at": format_s(one.first_ns),
                "frame": one.first_frame,
                "end": ("trouble.stays", {}) if one.gone_ns is None else ("trouble.gone", {"at": format_s(one.gone_ns)}),
            },
        )
    told = {(one.list_name, one.source) for one in view.troubles.codes}
    for (name, source), count in sorted(view.troubles.lists.items()):
        if (name, source) not in told:
            yield "healthy", {"list": name, "address": f"{source:02X}", "count": count}


def _times(one: Trouble) -> Words:
    return ("trouble.unknown", {}) if one.count is None else ("trouble.count", {"count": one.count})


def _lamps(view: View) -> Iterator[Words]:
    was_lit: dict[tuple[str, int], tuple[str, ...]] = {}
    for one in view.troubles.lamps:
        lit, key = one.lit(), (one.list_name, one.source)
        place = {"list": one.list_name, "address": f"{one.source:02X}", "at": format_s(one.t_ns), "frame": one.frame}
        if lit:
            yield "lamps", {**place, "lamps": _all(lit)}
        elif was_lit.get(key):
            yield "dark", place
        was_lit[key] = lit


def _all(lamps: Sequence[str]) -> Words:
    if len(lamps) == 1:
        return f"lamp.{lamps[0]}", {}
    return "lamp.and", {"first": (f"lamp.{lamps[0]}", {}), "rest": _all(lamps[1:])}


def _identity(view: View) -> Iterator[Words]:
    for one in view.identifications:
        is_known = one.did is None or one.what == "vin"
        what: Words = (f"what.{one.what}", {}) if is_known else ("what.did", {"name": one.what, "did": f"{one.did:04X}"})
        yield "identity", {"address": address_text(one.source), "what": what, "text": one.text, "over": one.over, "frame": one.frame}
    vins = vins_of(view.identifications)
    if len(vins) > 1:
        told = {vin: ", ".join(f"{address_text(one.source)} {one.over}" for one in by) for vin, by in vins.items()}
        yield "vins", {"vins": ", ".join(f"{vin} ({by})" for vin, by in told.items())}
    elif any(len(by) > 1 for by in vins.values()):
        yield "vin", {"count": sum(len(by) for by in vins.values())}


def _diagnostics(view: View) -> Iterator[Words]:
    if not view.exchanges:
        return
    outcomes = Counter(one.outcome for one in view.exchanges)
    units = sorted({one.target for one in view.exchanges if one.target is not None})
    values = {name: outcomes[name] for name in ("answered", "refused", "silent", "unasked")}
    yield "diagnostics", {"count": len(view.exchanges), "units": ", ".join(map(address_text, units)) or "-", **values}
    slowest = max((one for one in view.exchanges if one.first_ns is not None), key=lambda one: one.first_ns or 0, default=None)
    if slowest is not None:
        first = f"{(slowest.first_ns or 0) / 1e6:.1f}"
        yield (
            "slowest",
            {"asked": slowest.asked, "unit": address_text(slowest.target or 0), "first": first, "frame": slowest.request.frames[0]},
        )
    refused = Counter((one.asked, one.answered) for one in view.exchanges if one.outcome == "refused")
    for (asked, answered), count in refused.most_common(_SHOWN):
        yield "refused", {"asked": asked, "answered": answered.removeprefix("refused, "), "count": count}
