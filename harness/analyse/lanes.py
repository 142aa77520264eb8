"""What the timeline of one channel shows, as plain data: phases, messages, signals and findings with their times in microseconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.analyse.analysis import LinkAnalysis
from harness.analyse.strings import load_strings, phase_words
from harness.core import Finding, Message, Record, Severity, SignalInfo, Standard, Verdict
from harness.protocols.canbus.cycles import deviations_ns

__all__ = ["MAX_MESSAGES", "findings_of", "lanes_of"]

MAX_MESSAGES = 120_000
"""Messages on one page; of more, those that repeat the payload before them are thinned out."""
_MAX_WORDS = 20_000
"""Payloads that are spelled out for the tooltip."""
_MAX_SIGNALS_IN_WORDS = 16
_SHOWN_JITTER = 12
"""Identifiers whose jitter is drawn."""
_OPEN_JITTER = 4
"""How many of them are open at first."""
_SHOWN_SIGNALS = 10
"""Signal lanes that are open at first."""


def findings_of(link: LinkAnalysis) -> list[Finding]:
    """The findings of a channel that have a place in time, by time; a failed check without any gives one of its own."""
    found = [finding for finding in link.findings if finding.at_ns is not None]
    for check in link.checks:
        if check.verdict >= Verdict.FAIL and check.t_ns is not None and not any(one.at_ns == check.t_ns for one in check.findings):
            text = f"{check.name}: {check.observed}, expected {check.expected}"
            found.append(Finding(text, check.t_ns, check.frames[-1] if check.frames else None, severity=Severity.FAILURE))
    return sorted(found, key=lambda finding: (finding.at_ns or 0, finding.frame or 0))


def _bus_lanes(link: LinkAnalysis) -> list[dict[str, Any]]:
    """Load of the bus over time, and the jitter of the busiest cyclic identifiers that have a name."""
    bus = link.bus
    if bus is None:
        return []
    windows = bus.load.windows
    points = [(window.start_ns, round(window.load_pct, 3)) for window in windows]
    load = _series(f"{_both('bus')}.{_both('load')}", "%", points, windows[-1].end_ns if windows else 0)
    name_of = link.recognition.name_of if link.recognition else None
    if name_of is None:
        return [load | {"open": False}]
    lanes = [load | {"open": True}]
    for row in sorted(bus.cycles, key=lambda row: -bus.share_pct(row)):
        if row.is_cyclic and len(lanes) <= _SHOWN_JITTER:
            points = [(t_ns, round(off_ns / 1e6, 3)) for t_ns, off_ns in deviations_ns(bus.columns, row)]
            name = f"{name_of(row.can_id, row.extended).replace('.', ' ')}.{_both('jitter')}"
            lanes.append(_series(name, "ms", points, row.last_ns) | {"open": len(lanes) <= _OPEN_JITTER})
    return lanes


def _both(key: str) -> str:
    """A word of a lane in both languages; the label of a lane parts its two lines by a full stop."""
    words = load_strings()[f"lane.{key}"]
    return f"{words['zh']} {words['en']}"


def _series(name: str, unit: str, points: Sequence[tuple[int, float]], end_ns: int) -> dict[str, Any]:
    times, values = [_us(t_ns) for t_ns, _ in points], [value for _, value in points]
    return {"n": name, "p": "", "u": unit, "c": {}, "t": times, "v": values, "b": _us(end_ns)}


def lanes_of(link: LinkAnalysis, records: Sequence[Record]) -> dict[str, Any]:
    """The data of one timeline, ready for JSON."""
    standard = link.standard
    assert standard is not None
    messages, thinned = _thinned([message for message in link.messages if standard.word(message)])
    end_ns = max((record.t_ns for record in records), default=0)
    return {
        "from": _us(min((record.t_ns for record in records), default=0)),
        "to": max(1, _us(end_ns)),
        "thinned": thinned,
        "sessions": [[_us(session.start_ns), _us(session.end_ns)] for session in link.sessions],
        "phases": [
            {**phase_words(phase.name), "a": _us(phase.start_ns), "b": _us(phase.end_ns), "f": phase.first_frame, "x": phase.text}
            for session in link.sessions
            for phase in session.phases
        ],
        "lanes": _message_lanes(messages, records, standard),
        "signals": [*_bus_lanes(link), *_signal_lanes(messages, standard)],
        "findings": [{"t": _us(one.at_ns or 0), "s": one.severity.value, "f": one.frame, "x": one.text} for one in findings_of(link)],
    }


def _thinned(messages: Sequence[Message]) -> tuple[list[Message], bool]:
    if len(messages) <= MAX_MESSAGES:
        return list(messages), False
    step = -(-len(messages) // MAX_MESSAGES) * 2
    last: dict[str, bytes] = {}
    count: Counter[str] = Counter()
    kept = []
    for message in messages:
        count[message.name] += 1
        if last.get(message.name) != message.data or count[message.name] % step == 0:
            kept.append(message)
        last[message.name] = message.data
    return kept[: 2 * MAX_MESSAGES], True


def _message_lanes(messages: Sequence[Message], records: Sequence[Record], standard: Standard) -> list[dict[str, Any]]:
    lanes: dict[str, dict[str, Any]] = {}
    payloads: dict[str, dict[bytes, int]] = {}
    spelled = 0
    for message in messages:
        lane = lanes.setdefault(message.name, {"n": message.name, "p": message.sender, "t": [], "f": [], "d": [], "w": [], "h": []})
        known = payloads.setdefault(message.name, {})
        index = known.get(message.data)
        if index is None:
            index = known[message.data] = len(known)
            lane["h"].append(_hex(message, records))
            lane["w"].append(_words(message, standard.signals(message.name)) if spelled < _MAX_WORDS else "")
            spelled += 1
        lane["t"].append(_us(message.t_ns))
        lane["f"].append(message.frames[-1] if message.frames else 0)
        lane["d"].append(index)
    return sorted(lanes.values(), key=lambda lane: lane["t"][0])


def _signal_lanes(messages: Iterable[Message], standard: Standard) -> list[dict[str, Any]]:
    """One lane for each quantity and state; only changes are kept. Those that change come first, and are open at first."""
    lanes: dict[tuple[str, str], dict[str, Any]] = {}
    last: dict[str, Message] = {}
    for message in messages:
        infos = standard.signals(message.name)
        if not infos or len(infos) > 64 or not message.data:
            continue
        same = message.name in last and last[message.name].data == message.data
        last[message.name] = message
        for name, info in infos.items() if not same else ():
            value = info.number(message.values.get(name))
            if value is not None and (info.unit or info.choices):
                lane = lanes.setdefault((message.name, name), _lane(message, name, info))
                if not lane["v"] or lane["v"][-1] != value:
                    lane["t"].append(_us(message.t_ns))
                    lane["v"].append(round(value, 6))
    for (name, _), lane in lanes.items():
        lane["b"] = _us(last[name].t_ns)
    ordered = sorted(lanes.values(), key=lambda lane: (len(lane["v"]) < 2, not lane["u"]))
    for index, lane in enumerate(ordered):
        lane["open"] = index < _SHOWN_SIGNALS and len(lane["v"]) > 1
    return ordered


def _lane(message: Message, name: str, info: SignalInfo) -> dict[str, Any]:
    choices = {str(value): word for value, word in info.choices.items()}
    return {"n": f"{message.name}.{name}", "p": message.sender, "u": info.unit, "c": choices, "t": [], "v": []}


def _hex(message: Message, records: Sequence[Record]) -> str:
    number = message.frames[-1] if message.frames else 0
    if len(message.frames) == 1 and 0 < number <= len(records):
        return str(records[number - 1].pdu)
    return message.data.hex(" ").upper()


def _words(message: Message, infos: Mapping[str, SignalInfo]) -> str:
    shown = []
    for name, info in infos.items():
        value = message.values.get(name)
        if value is None:
            continue
        if isinstance(value, bytes):
            text = value.decode("ascii") if value.isascii() and value.decode("ascii").isprintable() else value.hex(" ").upper()
        else:
            word = info.choices.get(value) if isinstance(value, int) else None
            text = f"{word} ({value})" if word else f"{value:g} {info.unit}".rstrip() if isinstance(value, int | float) else str(value)
        shown.append(f"{name} = {text}")
    more = len(shown) - _MAX_SIGNALS_IN_WORDS
    return "\n".join(shown[:_MAX_SIGNALS_IN_WORDS] + ([f"... {more} more"] if more > 0 else []))


def _us(t_ns: int) -> int:
    return round(t_ns / 1000)
