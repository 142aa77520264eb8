"""Phases of a session with their times (section 4.1 of the reference)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.core.durations import format_s
from harness.core.standard import Phase
from harness.protocols.gbt27930.sessions.split import Attempt, Talk
from harness.protocols.gbt27930.sessions.tokens import ERRORS, PHASE_OF, PHASES, Event
from harness.protocols.gbt27930.sessions.words import reason_words

__all__ = ["phase_at_end", "phases_of"]

_ERROR = "error"

_REACTIONS = {
    "handshake": (("CHM", "BHM"),),
    "recognition": (("CRM(00)", "BRM.RTS"),),
    "configuration a": (("CRM(AA)", "BCP.RTS"),),
    "configuration b": (("CML", "BRO(00)"), ("CML", "BRO(AA)")),
    "charging": (("CRO(AA)", "BCL"), ("CRO(AA)", "CCS")),
    "stop": (("CST", "BST"), ("BST", "CST")),
    "statistics": (("BSD", "CSD"),),
}
"""Delays worth telling: from the first event to the first other one."""


def phases_of(talk: Talk) -> tuple[Phase, ...]:
    """The phases that *talk* went through, in order; a reconnect begins again at recognition."""
    pieces: list[tuple[str, list[Event], int]] = []
    for number, attempt in enumerate(talk.attempts):
        pieces += [(name, events, number) for name, events in _pieces(attempt)]
    phases = []
    for index, (name, events, number) in enumerate(pieces):
        end_ns = pieces[index + 1][1][0].t_ns if index + 1 < len(pieces) else events[-1].t_ns
        shown = f"{name} (reconnect {number})" if number and name == "recognition" else name
        first = events[0].message
        phases.append(Phase(shown, events[0].t_ns, end_ns, first.frames[0] if first.frames else 0, _text(name, events)))
    return tuple(phases)


def phase_at_end(talk: Talk) -> str:
    """Name of the last phase."""
    return _pieces(talk.attempts[-1])[-1][0]


def _pieces(attempt: Attempt) -> list[tuple[str, list[Event]]]:
    """The events of an attempt by phase. Late repetitions of earlier messages stay in the phase in which they come."""
    pieces: list[tuple[str, list[Event]]] = []
    reached = -1
    for event in attempt.events:
        rank = PHASE_OF.get(event.word, -1)
        if event.word in ERRORS:
            name = _ERROR
        elif rank > reached:
            reached, name = rank, PHASES[rank]
        else:
            name = pieces[-1][0] if pieces else PHASES[max(rank, 0)]
        if not pieces or pieces[-1][0] != name:
            pieces.append((name, []))
        pieces[-1][1].append(event)
    return pieces


def _text(name: str, events: Sequence[Event]) -> str:
    counts = Counter(event.word for event in events if not event.word.endswith(".RTS"))
    for word in {event.word for event in events} - set(counts):
        base = word.removesuffix(".RTS")
        if base not in counts:
            counts[f"{base} announced, never complete"] = sum(event.word == word for event in events)
    parts = [", ".join(f"{count} {word.rstrip('!')}" for word, count in sorted(counts.items(), key=lambda item: _order(item[0])))]
    first: dict[str, Event] = {}
    for event in events:
        first.setdefault(event.word, event)
    for trigger, reaction in _REACTIONS.get(name, ()):
        if trigger in first and reaction in first and first[reaction].t_ns >= first[trigger].t_ns:
            delay = format_s(first[reaction].t_ns - first[trigger].t_ns)
            parts.append(f"{reaction.removesuffix('.RTS')} {delay} s after {trigger}")
    if name == _ERROR:
        reasons = dict.fromkeys(f"{event.message.name}: {reason_words(event.message)}" for event in events if event.word in ERRORS)
        parts.append(", ".join(reasons))
    return "; ".join(parts)


def _order(word: str) -> tuple[int, str]:
    return PHASE_OF.get(word.partition(" ")[0], len(PHASES)), word
