"""Two recordings side by side: where the second one, which is suspected, first leaves the path of the first one, which is good.

Sessions of real vehicles never agree frame by frame, so four things are compared that do agree between good sessions:

* *order*: the first occurrence of each event (``CRM(AA)``, ``BRM``), none missing, none new, none earlier than another;
* *timing*: the delay from one event to the next, and the longest gap between two of the same kind;
* *length*: the payload of each message;
* *value*: a state that the good session never shows, or a quantity outside of the range it has there.

What the parties only tell about themselves (VIN, versions, numbers) is listed apart and is no deviation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from harness.analyse.analysis import CaptureAnalysis, LinkAnalysis
from harness.core import ConfigError, Frame, Limits, Message, Problem, Record, Session, SignalInfo, Standard, format_s, ns_from

__all__ = ["KINDS", "Comparison", "Deviation", "Sight", "compare"]

KINDS = ("order", "timing", "length", "value")
_ANNOUNCEMENT = ".RTS"
_CYCLIC = 3
"""From so many occurrences on, the gaps of an event tell something."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A frame to look at."""

    frame: int
    t_ns: int
    """In the recording."""
    text: str
    """``ID#DATA`` of the frame that completed the message."""
    word: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """One way in which the sessions differ."""

    kind: str
    """A word of ``KINDS``."""
    at_ns: int
    """Since the start of the suspected session: when it was due or came."""
    text: str
    good: Sight | None
    bad: Sight | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result."""

    good: Path
    bad: Path
    standard: str
    sessions: tuple[Session, Session]
    deviations: tuple[Deviation, ...]
    """The first of each kind and event, by time."""
    facts: tuple[tuple[str, str, str], ...]
    """What the parties told differently: name, good, bad."""
    notes: tuple[str, ...]

    @property
    def first(self) -> Deviation | None:
        """The first deviation, ``None`` if there is none."""
        return self.deviations[0] if self.deviations else None


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two sessions."""

    session: Session
    records: Sequence[Record]
    events: Sequence[tuple[str, Message]]
    """Words and messages in order."""
    first: Mapping[str, Message]
    """First message of each word."""

    def sight(self, word: str, message: Message) -> Sight:
        """*message* as a reader sees it."""
        number = message.frames[-1] if message.frames else 0
        pdu = self.records[number - 1].pdu if 0 < number <= len(self.records) else None
        data = f" ({message.name} {message.data.hex(' ').upper()})" if len(message.frames) > 1 else ""
        return Sight(number, message.t_ns, f"{pdu if isinstance(pdu, Frame) else message.name}{data}", word)

    def since(self, message: Message) -> int:
        """Instant of *message* since the start of the session."""
        return message.t_ns - self.session.start_ns

    def last_before(self, at_ns: int) -> Sight | None:
        """The last event up to *at_ns* of the session."""
        found = None
        for word, message in self.events:
            if self.since(message) > at_ns:
                break
            found = (word, message)
        return self.sight(*found) if found else None


@dataclass(frozen=True, slots=True)
class _Tolerance:
    delay_ns: int | None
    """``None``: timing is not compared."""
    value_share: float


def compare(good: CaptureAnalysis, bad: CaptureAnalysis) -> Comparison:
    """Compare the first session of each recording.

    Raises:
        ConfigError: a recording shows no session, or they are of different standards.
    """
    (good_link, one), (bad_link, other) = _session(good), _session(bad)
    standard = good_link.standard
    assert standard is not None
    assert bad_link.standard is not None
    if bad_link.standard.name != standard.name:
        text = f"a session of {bad_link.standard.title} cannot be compared with one of {standard.title}"
        raise ConfigError(Problem(text, bad.capture.path))
    sides = _side(good, good_link, one, standard), _side(bad, bad_link, other, standard)
    tolerance, notes = _tolerance(good_link.limits or bad_link.limits, (good_link, bad_link))
    notes += [
        f"{analysis.capture.path.name} holds {count} sessions, the first one is compared"
        for analysis in (good, bad)
        if (count := sum(len(link.sessions) for link in analysis.links)) > 1
    ]
    found = [*_order(*sides, tolerance), *_timing(*sides, tolerance), *_lengths(*sides), *_values(*sides, standard, tolerance)]
    ordered = tuple(sorted(found, key=lambda item: (item.at_ns, KINDS.index(item.kind))))
    facts = tuple(
        (name, one.facts.get(name, "-"), other.facts.get(name, "-"))
        for name in dict.fromkeys((*one.facts, *other.facts))
        if one.facts.get(name) != other.facts.get(name)
    )
    return Comparison(good.capture.path, bad.capture.path, standard.title, (one, other), ordered, facts, tuple(notes))


def _session(analysis: CaptureAnalysis) -> tuple[LinkAnalysis, Session]:
    for link in analysis.links:
        if link.sessions:
            return link, link.sessions[0]
    raise ConfigError(Problem("no session to compare was found in this recording", analysis.capture.path))


def _side(analysis: CaptureAnalysis, link: LinkAnalysis, session: Session, standard: Standard) -> _Side:
    events = [
        (word, message)
        for message in link.messages
        if session.start_ns <= message.t_ns <= session.end_ns and (word := standard.word(message))
    ]
    first: dict[str, Message] = {}
    for word, message in events:
        first.setdefault(word, message)
    return _Side(session, analysis.capture.on(link.link), events, first)


def _tolerance(limits: Limits, links: Sequence[LinkAnalysis]) -> tuple[_Tolerance, list[str]]:
    delay, value = limits.get("recording.compare_delay"), limits.get("recording.compare_value")
    delay_ns = None if delay is None or delay.upper is None else ns_from(delay.upper, delay.unit)
    notes = [f"timing is not compared: {link.clock.text}" for link in links if link.clock is not None and link.clock.base is None]
    share = 0.0 if value is None or value.upper is None else float(value.upper) / 100
    return _Tolerance(None if notes else delay_ns, share), notes[:1]


def _order(good: _Side, bad: _Side, tolerance: _Tolerance) -> Iterator[Deviation]:
    slack_ns = tolerance.delay_ns or 0
    before: str | None = None
    previous: str | None = None
    for word, message in good.first.items():
        here = bad.first.get(word)
        if here is None:
            due_ns = good.since(message) - (good.since(good.first[before]) if before else 0)
            due_ns = min(due_ns + (bad.since(bad.first[before]) if before else 0), bad.session.end_ns - bad.session.start_ns)
            after = f", there {_delay(message, good.first[before])} s after {before}" if before else ""
            yield Deviation("order", due_ns, f"{word} never comes{after}", good.sight(word, message), bad.last_before(due_ns))
            continue
        if previous and bad.first[previous].t_ns - here.t_ns > slack_ns:
            text = f"{word} comes {_delay(bad.first[previous], here)} s before {previous}, in the good recording after it"
            yield Deviation("order", bad.since(here), text, good.sight(word, message), bad.sight(word, here))
        else:
            previous = word
        before = word
    for word, message in bad.first.items():
        if word not in good.first:
            yield Deviation("order", bad.since(message), f"{word} is new", _next_step(good, bad, message), bad.sight(word, message))


def _next_step(good: _Side, bad: _Side, message: Message) -> Sight | None:
    """What the good session did where the bad one sent *message*: its next event behind the last common one."""
    reached = [word for word, other in bad.first.items() if other.t_ns < message.t_ns and word in good.first]
    last_ns = max((good.first[word].t_ns for word in reached), default=-1)
    following = next(((word, other) for word, other in good.first.items() if other.t_ns > last_ns), None)
    return good.sight(*following) if following else good.last_before(good.session.end_ns - good.session.start_ns)


def _timing(good: _Side, bad: _Side, tolerance: _Tolerance) -> Iterator[Deviation]:
    slack_ns = tolerance.delay_ns
    if slack_ns is None:
        return
    for before, word in pairwise(word for word in good.first if word in bad.first):
        there_ns = good.first[word].t_ns - good.first[before].t_ns
        here_ns = bad.first[word].t_ns - bad.first[before].t_ns
        if here_ns < 0 or abs(here_ns - there_ns) <= slack_ns:
            continue
        at_ns = bad.since(bad.first[before]) + min(here_ns, there_ns + slack_ns)
        text = f"{word} comes {format_s(here_ns)} s after {before}, in the good recording {format_s(there_ns)} s"
        yield Deviation("timing", at_ns, text, good.sight(word, good.first[word]), bad.sight(word, bad.first[word]))
    for word in good.first:
        yield from _gap(good, bad, word, slack_ns)


def _gap(good: _Side, bad: _Side, word: str, slack_ns: int) -> Iterator[Deviation]:
    there = [message for other, message in good.events if other == word]
    here = [message for other, message in bad.events if other == word]
    if len(there) < _CYCLIC:
        return
    usual_ns, after = max((b.t_ns - a.t_ns, index) for index, (a, b) in enumerate(pairwise(there)))
    for a, b in pairwise(here):
        if b.t_ns - a.t_ns > usual_ns + slack_ns:
            text = f"{word} pauses for {_delay(b, a)} s, in the good recording for at most {format_s(usual_ns)} s"
            at_ns = bad.since(a) + usual_ns + slack_ns
            yield Deviation("timing", at_ns, text, good.sight(word, there[after + 1]), bad.sight(word, b))
            return


def _lengths(good: _Side, bad: _Side) -> Iterator[Deviation]:
    known: dict[str, dict[int, tuple[str, Message]]] = {}
    for word, message in good.events:
        if not word.endswith(_ANNOUNCEMENT):
            known.setdefault(message.name, {}).setdefault(len(message.data), (word, message))
    told: set[str] = set()
    for word, message in bad.events:
        lengths = known.get(message.name)
        if word.endswith(_ANNOUNCEMENT) or lengths is None or len(message.data) in lengths or message.name in told:
            continue
        told.add(message.name)
        usual = " or ".join(map(str, sorted(lengths)))
        text = f"{message.name} has {len(message.data)} bytes, in the good recording {usual}"
        yield Deviation("length", bad.since(message), text, good.sight(*next(iter(lengths.values()))), bad.sight(word, message))


def _values(good: _Side, bad: _Side, standard: Standard, tolerance: _Tolerance) -> Iterator[Deviation]:
    seen = _seen_values(good, standard)
    told: set[tuple[str, str]] = set()
    for word, message in bad.events:
        for name, info in _compared(standard, word, message).items():
            value, key = message.values.get(name), (message.name, name)
            there = seen.get(key)
            if key in told or there is None or not isinstance(value, int | float) or _is_known(value, there, info, tolerance):
                continue
            told.add(key)
            usual = " or ".join(_shown(other, info) for other in sorted(there)) if info.choices else _range(there, info)
            text = f"{message.name}.{name} is {_shown(value, info)}, in the good recording {usual}"
            nearest = min(there, key=lambda other: abs(other - value))
            yield Deviation("value", bad.since(message), text, good.sight(message.name, there[nearest]), bad.sight(word, message))


def _compared(standard: Standard, word: str, message: Message) -> Mapping[str, SignalInfo]:
    """States and quantities; numbers and names without unit are facts about the parties."""
    if word.endswith(_ANNOUNCEMENT):
        return {}
    return {name: info for name, info in standard.signals(message.name).items() if info.unit or info.choices}


def _seen_values(side: _Side, standard: Standard) -> dict[tuple[str, str], dict[float, Message]]:
    """Every value of each compared signal with the first message that shows it."""
    seen: dict[tuple[str, str], dict[float, Message]] = {}
    for word, message in side.events:
        for name in _compared(standard, word, message):
            value = message.values.get(name)
            if isinstance(value, int | float):
                seen.setdefault((message.name, name), {}).setdefault(value, message)
    return seen


def _is_known(value: float, there: Mapping[float, Message], info: SignalInfo, tolerance: _Tolerance) -> bool:
    if info.choices:
        return value in there
    margin = tolerance.value_share * max(map(abs, there))
    return min(there) - margin <= value <= max(there) + margin


def _shown(value: float, info: SignalInfo) -> str:
    word = info.choices.get(int(value)) if info.choices else None
    return f"{word} ({value:g})" if word else f"{value:g} {info.unit}".rstrip()


def _range(values: Mapping[float, Message], info: SignalInfo) -> str:
    low, high = min(values), max(values)
    return _shown(low, info) if low == high else f"{low:g}..{high:g} {info.unit}".rstrip()


def _delay(later: Message, earlier: Message) -> str:
    return format_s(later.t_ns - earlier.t_ns)
