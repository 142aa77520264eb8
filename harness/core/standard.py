"""What a standard brings along beside its machines: decoder, rules for every case, reading of recordings.

One object per standard, found under the entry point group ``precert.standards``. The case framework and
the analyser know standards only through this interface.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.core.check import Check, Finding
from harness.core.decision import DecisionRule
from harness.core.limit import Limits
from harness.core.message import Decoder, Message, Value
from harness.core.trace import Record
from harness.core.uncertainty import TimeBase

__all__ = ["Cell", "Column", "JudgeContext", "Phase", "Recognition", "Session", "SignalInfo", "Standard", "Table"]

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class JudgeContext:
    """What the judges need besides the trace."""

    limits: Limits
    time_base: TimeBase | None
    """``None``: the time stamps are unusable, every timing verdict becomes INCONC, reason NO_TIMEBASE."""
    rule: DecisionRule = DecisionRule.SIMPLE
    parties: frozenset[str] = frozenset()
    """Whose messages are judged (``vehicle``, ``charger``); empty: everybody's."""
    tester_jitter_ns: int = 0
    """Largest deviation of the tester's own cyclic frames from their schedule in this trace."""
    declared: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    """PIXIT values by key."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """What the profile chooses between ways of judging, by name."""
    edition: str = ""
    """Edition of the standard that is spoken, empty for the usual one."""
    outages: tuple[tuple[int, int], ...] = ()
    """Begin and end in ns of every time in which the tester kept the link from carrying anything."""
    strict: bool = False
    """Judge reserved bits as failures instead of warnings."""


@dataclass(frozen=True, slots=True)
class SignalInfo:
    """What a reader needs to know about a signal besides its value."""

    unit: str = ""
    choices: Mapping[int, str] = field(default_factory=dict)
    """Words for the values of a state; empty for a quantity."""

    def number(self, value: Value) -> int | float | None:
        """What stands for *value* on an axis: a number itself, the number of a word; ``None`` for anything else."""
        if isinstance(value, int | float):
            return value
        return next((number for number, word in self.choices.items() if word == value), None)


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a session."""

    name: str
    start_ns: int
    end_ns: int
    first_frame: int
    text: str = ""
    """What happened in it, one line."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    key: str
    title: Mapping[str, str]
    """Heading by language (``zh``, ``en``)."""
    kind: str = "text"
    """``text``, ``number``, ``time_ns`` (an instant of the trace) or ``did`` and ``dtc``: a number of diagnostics that may have a name."""
    digits: int = 3
    """Decimals of a number or a time, as printed."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a standard lists about a session: as many cells in each row as there are columns."""

    name: str
    """Short and stable (``controllers``)."""
    title: Mapping[str, str]
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Session:
    """One communication session found in a trace."""

    link: str
    start_ns: int
    end_ns: int
    phases: tuple[Phase, ...]
    ended_by: str
    """Party that ended it, ``""`` if the trace does not show it."""
    end_reason: str
    """Why it ended, one line; says so if the recording begins or ends in mid-session."""
    facts: Mapping[str, str]
    """What the parties told each other, printable: VIN, voltages, versions."""
    findings: tuple[Finding, ...] = ()
    complete: bool = False
    """The trace shows it from its first message to its regular end."""
    story: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The session told line by line, by language (``zh``, ``en``); empty where phases, facts and end say all."""
    tables: tuple[Table, ...] = ()
    """What is best read as a list."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """A standard claims the frames of a link."""

    standard: str
    dialect: str
    """Edition, for example ``2015``; ``""`` if the trace does not tell."""
    matched: int
    """Frames of the standard."""
    foreign: int
    """Other frames on the same link."""
    evidence: str
    """Why it thinks so, one line."""
    messages: Sequence[Message] | None = field(default=None, repr=False, compare=False)
    """What ``decoder(dialect)`` makes of the records, if that was found out on the way; a standard may leave out what tells nothing."""
    is_own: Callable[[Record], bool] | None = field(default=None, repr=False, compare=False)
    """Whether a record of the link is of the standard; ``None``: the standard has the link for itself."""
    name_of: Callable[[int, bool], str] | None = field(default=None, repr=False, compare=False)
    """What the frames of an identifier (number, extended) are called; ``None``: nothing but their identifier."""


class Standard(Protocol):
    """A communication standard as the framework sees it.

    One that takes whatever has its general form, as SAE J1939 does with nearly every frame of 29 bits, has an attribute ``is_general``
    that is true: every other standard goes before it, and it gets what they leave. One whose sessions no model can replay has an
    attribute ``replays`` that is false.
    """

    name: str
    title: str
    rules: Mapping[str, str]
    """What the first word of a check's name stands for (``F5``: ``periods``)."""

    def decoder(self, edition: str = "") -> Decoder:
        """A fresh decoder for one link on which *edition* is spoken, empty for the usual one."""
        ...

    def recognise(self, records: Sequence[Record]) -> Recognition | None:
        """Whether the records of one link are of this standard; ``None`` if not."""
        ...

    def sessions(self, messages: Sequence[Message], records: Sequence[Record]) -> Sequence[Session]:
        """The sessions of one link with phases, end and end reason."""
        ...

    def word(self, message: Message) -> str:
        """What *message* means for the course of a session (``CRM(AA)``); empty for one that only helps to carry another."""
        ...

    def signals(self, name: str) -> Mapping[str, SignalInfo]:
        """The signals of message *name* in their order; empty for a message that has none."""
        ...

    def replay(self, messages: Sequence[Message], records: Sequence[Record], session: Session) -> Sequence[Mapping[str, object]]:
        """What the vehicle did in *session*, tied to what made it do so: the lines of a replay file; empty if it did nothing."""
        ...

    def judge(self, messages: Sequence[Message], records: Sequence[Record], context: JudgeContext) -> Sequence[Check]:
        """The rules that hold in every trace of one link, as checks; a rule that saw nothing gives no check."""
        ...
