"""What a recorded vehicle answered, tied to what the charger had said: made from messages, written as lines, read again.

A replay is a list of sections. Each is opened by a word of the charger (``CHM``, ``CRM(00)``, ``CRM(AA)``, ``CML``, ``CRO(00)``,
``CRO(AA)``, ``CST``, ``CSD``, ``CEM``) and holds what the vehicle sent from then on, with the delay to the first such message. CTS and
CCS open none: the vehicle does not wait for the one and answers the other only by going on. A message that would have gone on for as
long as the charger let it carries the period at which it does.

The lines of a file, behind its head: ``{"dt_gap_ns": 10000000}``, then ``{"section": "CHM"}`` and, until the next section,
``{"send": "BHM", "after_ns": 2000000, "data": "A510", "repeat_ns": 250000000}``; a multi-packet message may have ``"max_per_cts"``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from harness.core.durations import ms, s
from harness.core.message import Message
from harness.core.trace import Record
from harness.protocols.gbt27930.messages import MESSAGES

__all__ = ["OPENINGS", "Answer", "Follower", "Script", "Section", "lines_of", "read_lines", "word_of"]

OPENINGS = ("CHM", "CRM(00)")
"""Words with which a session begins."""

_WITH_VALUE = ("CRM", "CRO")
_VALUES = {0x00: "00", 0xAA: "AA"}
_PLAIN = ("CHM", "CML", "CST", "CSD", "CEM")
_GOES_ON: Mapping[str, tuple[str, ...]] = {
    "CHM": ("BHM",),
    "CRM(00)": ("BRM",),
    "CRM(AA)": ("BCP",),
    "CML": ("BRO",),
    "CRO(00)": ("BRO",),
    "CRO(AA)": ("BCL", "BCS", "BSM", "BMV", "BMT", "BSP", "BST"),
    "CST": ("BSD",),
}
"""Messages that the vehicle repeats until the charger goes on; BEM everywhere. What else runs on in a section is a tail."""
_ENDS = ("BST", "BEM")
"""Messages that end all others."""
_SETTLED_NS = s(1)
"""After it, an earlier word is meant as a new start."""
_STILL_ALIVE = 1.5
"""A message is still sent while its last one is not older than so many periods."""
_DEFAULT_GAP_NS = ms(10)
_SHORTEST_NS = ms(1)
"""Shortest period at which a message may go on; no bus carries more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One message of the vehicle."""

    name: str
    after_ns: int
    """Behind the first message of the charger that opened the section."""
    data: bytes
    max_per_cts: int = 255
    """Byte 5 of the RTS of a multi-packet message."""
    repeat_ns: int | None = None
    """Period at which it goes on until the next section; ``None`` if it does not."""

    def line(self) -> dict[str, object]:
        """As a line of a file."""
        found: dict[str, object] = {"send": self.name, "after_ns": self.after_ns, "data": self.data.hex().upper()}
        if self.max_per_cts != 255:
            found["max_per_cts"] = self.max_per_cts
        if self.repeat_ns is not None:
            found["repeat_ns"] = self.repeat_ns
        return found


@dataclass(slots=True)
class Section:
    """What the vehicle does once the charger has said *word*."""

    word: str
    answers: list[Answer] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Script:
    """A whole session of the vehicle."""

    sections: Sequence[Section]
    dt_gap_ns: int = _DEFAULT_GAP_NS
    """Distance of the packets of a transfer."""


class Follower:
    """Tells which words of a charger begin something new: unheard ones, and earlier ones after what followed fell silent."""

    def __init__(self) -> None:
        self._heard: list[str] = []
        self._last_ns: dict[str, int] = {}

    def hear(self, word: str, now_ns: int) -> bool:
        """Whether *word* opens a section now."""
        before_ns, self._last_ns[word] = self._last_ns.get(word), now_ns
        if before_ns is None or word not in self._heard:
            self._heard.append(word)
            return True
        later = self._heard[self._heard.index(word) + 1 :]
        if later and all(now_ns - self._last_ns[other] >= _SETTLED_NS for other in later):
            del self._heard[self._heard.index(word) + 1 :]
            return True
        return False


def word_of(name: str, data: bytes) -> str:
    """The word that a message of the charger is, empty for one that opens nothing."""
    if name in _WITH_VALUE:
        value = _VALUES.get(data[0]) if data else None
        return f"{name}({value})" if value else ""
    return name if name in _PLAIN else ""


def lines_of(messages: Sequence[Message], records: Sequence[Record], start_ns: int, end_ns: int) -> list[dict[str, object]]:
    """The lines for what one link carried from *start_ns* to *end_ns*; empty if the vehicle sent nothing after an opening."""
    chosen = [message for message in messages if start_ns <= message.start_ns <= end_ns]
    script = _script_of(chosen, _packet_gap_ns(chosen, records))
    if not any(section.answers for section in script.sections) or script.sections[0].word not in OPENINGS:
        return []
    lines: list[dict[str, object]] = [{"dt_gap_ns": script.dt_gap_ns}]
    for section in script.sections:
        lines += [{"section": section.word}, *(answer.line() for answer in section.answers)]
    return lines


def read_lines(lines: Iterable[Mapping[str, object]]) -> Script:
    """The script that *lines* hold.

    Raises:
        ValueError: a line is none of a replay; the first argument is its position among *lines*, from 0.
    """
    sections: list[Section] = []
    dt_gap_ns = _DEFAULT_GAP_NS
    for index, line in enumerate(lines):
        try:
            if "dt_gap_ns" in line:
                dt_gap_ns = _whole(line, "dt_gap_ns")
            elif "section" in line:
                sections.append(Section(str(line["section"])))
            else:
                answer = _answer(line)
                if not sections:
                    raise ValueError("an answer before the first section")
                sections[-1].answers.append(answer)
        except ValueError as error:
            raise ValueError(index, str(error)) from error
    return Script(sections, dt_gap_ns)


def _answer(line: Mapping[str, object]) -> Answer:
    name = line.get("send")
    if name not in MESSAGES or MESSAGES[str(name)].sender != "vehicle":
        raise ValueError(f"'{name}' is no message of the vehicle")
    try:
        data = bytes.fromhex(str(line.get("data")))
    except ValueError:
        raise ValueError(f"'{line.get('data')}' are no hexadecimal bytes") from None
    repeat_ns = _whole(line, "repeat_ns") if "repeat_ns" in line else None
    if not data:
        raise ValueError("an answer without data")
    if repeat_ns is not None and repeat_ns < _SHORTEST_NS:
        raise ValueError(f"'repeat_ns' must be {_SHORTEST_NS} or more, not {repeat_ns}")
    return Answer(str(name), _whole(line, "after_ns"), data, _whole(line, "max_per_cts") if "max_per_cts" in line else 255, repeat_ns)


def _whole(line: Mapping[str, object], key: str) -> int:
    value = line.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"'{key}' must be a whole number from 0 on, not {value!r}")
    return value


def _script_of(messages: Sequence[Message], dt_gap_ns: int) -> Script:
    follower, sections, starts = Follower(), list[Section](), list[int]()
    contents, periods = _contents(messages), _periods(messages)
    for message in messages:
        if message.sender == "charger":
            word = word_of(message.name, message.data)
            if word and follower.hear(word, message.t_ns):
                sections.append(Section(word))
                starts.append(message.t_ns)
        elif sections and (answer := _answer_of(message, starts[-1], contents)) is not None:
            sections[-1].answers.append(answer)
    is_over = any(message.name in ("BSD", "CSD") for message in messages)
    ends = [*starts[1:], messages[-1].t_ns if messages else 0]
    for index, section in enumerate(sections):
        length_ns = ends[index] - starts[index]
        if index:
            section.answers += _carried_over(sections[index - 1], section, starts[index] - starts[index - 1], length_ns)
        if index + 1 < len(sections) or not is_over:
            section.answers = _going_on(section, length_ns, periods)
    return Script(sections, dt_gap_ns)


def _packet_gap_ns(messages: Iterable[Message], records: Sequence[Record]) -> int:
    """The usual distance of two packets of a transfer; its frames are the announcement and then the packets."""
    gaps: list[int] = []
    for message in messages:
        packets = message.frames[1:]
        if message.sender == "vehicle" and len(message.data) > 8 and packets and packets[-1] <= len(records):
            gaps += [records[later - 1].t_ns - records[earlier - 1].t_ns for earlier, later in pairwise(packets)]
    return max(0, int(median(gaps))) if gaps else _DEFAULT_GAP_NS


def _answer_of(message: Message, since_ns: int, contents: Mapping[str, Sequence[Message]]) -> Answer | None:
    row = MESSAGES.get(message.name.removesuffix(".RTS"))
    if row is None or message.sender != "vehicle" or row.sender != "vehicle":
        return None
    after_ns = max(0, message.start_ns - since_ns)
    if message.name == row.name:
        # A multi-packet message was already taken at its announcement.
        return Answer(row.name, after_ns, message.data) if len(message.data) <= 8 and message.data else None
    known = contents.get(row.name)
    if not known:
        return None
    content = next((other for other in known if other.start_ns >= message.t_ns), known[-1])
    limit = message.values.get("max_per_cts")
    return Answer(row.name, after_ns, content.data, limit if isinstance(limit, int) and limit else 255)


def _contents(messages: Iterable[Message]) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = {}
    for message in messages:
        if message.name in MESSAGES and message.sender == "vehicle" and len(message.data) > 8:
            found.setdefault(message.name, []).append(message)
    return found


def _periods(messages: Iterable[Message]) -> dict[str, int]:
    """The usual distance of each message; that of the table where it came once."""
    times: dict[str, list[int]] = {}
    for message in messages:
        times.setdefault(message.name.removesuffix(".RTS"), []).append(message.start_ns)
    found = {name: row.period_ns for name, row in MESSAGES.items() if row.period_ns}
    for name, starts in times.items():
        distinct = sorted(set(starts))
        if len(distinct) > 2:
            found[name] = max(_SHORTEST_NS, int(median(b - a for a, b in pairwise(distinct))))
    return found


def _carried_over(before: Section, section: Section, distance_ns: int, length_ns: int) -> list[Answer]:
    """Messages of the section *before* that go on in *section*, but were not due again while it was recorded."""
    sent = {answer.name for answer in section.answers}
    found = []
    for answer in before.answers:
        if answer.repeat_ns is None or answer.name in sent or answer.name not in _GOES_ON.get(section.word, ()):
            continue
        due_ns = answer.after_ns + answer.repeat_ns - distance_ns
        if due_ns >= length_ns:
            found.append(Answer(answer.name, due_ns, answer.data, answer.max_per_cts, answer.repeat_ns))
    return found


def _going_on(section: Section, length_ns: int, periods: Mapping[str, int]) -> list[Answer]:
    """The answers, the last one of each message that was still sent at the end with the period at which it goes on."""
    last = {answer.name: index for index, answer in enumerate(section.answers)}
    ended = max((last[name] for name in _ENDS if name in last), default=-1)
    answers = list(section.answers)
    for name, index in last.items():
        goes_on = name in _GOES_ON.get(section.word, ()) or name == "BEM"
        period_ns = periods.get(name)
        if not goes_on or period_ns is None or (index < ended and name not in _ENDS):
            continue
        answer = answers[index]
        if answer.repeat_ns is None and length_ns - answer.after_ns <= _STILL_ALIVE * period_ns:
            answers[index] = Answer(name, answer.after_ns, answer.data, answer.max_per_cts, period_ns)
    return answers
