"""Deviations of a machine from its standard, as data.

A machine asks its ``Behaviour`` at a few fixed points: before a message leaves, when a message starts or
should stop, when a message is heard, when a timer is armed, when an error is reported, when it acts on the
plant. The healthy behaviour changes nothing. A fault is a tuple of effects; the machine knows no fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from harness.core import Frame, Value
from harness.protocols.j1939 import J1939_21, OutgoingTp, TransportFaults, TransportTiming

__all__ = [
    "Behaviour",
    "Broadcast",
    "Change",
    "Close",
    "Deaf",
    "Delay",
    "Derive",
    "Effect",
    "Hinder",
    "Leads",
    "Lenient",
    "Linger",
    "Log",
    "Mishear",
    "Misread",
    "Mistake",
    "Moment",
    "OptionEffect",
    "Payload",
    "Period",
    "Premature",
    "Rearm",
    "Refrain",
    "Rewrite",
    "Suppress",
    "TimerEffect",
    "TransportEffect",
    "TransportHabit",
    "TransportStall",
    "TransportTime",
    "Values",
    "WrongError",
]

Values = Mapping[str, Value]


@dataclass(slots=True)
class Log:
    """What a machine sent and heard since it woke."""

    sent: dict[str, int] = field(default_factory=dict)
    sent_in_phase: dict[str, int] = field(default_factory=dict)
    heard: dict[str, Values] = field(default_factory=dict)
    heard_ns: dict[str, int] = field(default_factory=dict)
    first: dict[str, Values] = field(default_factory=dict)
    marks: set[str] = field(default_factory=set)
    ever: dict[str, Values] = field(default_factory=dict)
    """Values with which each message was sent first of all; they outlive the session."""


def _alone() -> Moment | None:
    return None


@dataclass(frozen=True, slots=True)
class Moment:
    """What a condition may look at."""

    now_ns: int
    phase: str
    """Name of the machine's phase."""
    phase_since_ns: int
    sent: Mapping[str, int]
    """How often each message was due for sending since the machine woke."""
    heard: Mapping[str, Values]
    """Last values of each message of the peer since the machine woke."""
    first: Mapping[str, Values]
    """Values with which each message was sent first since the machine woke."""
    marks: set[str] = field(default_factory=set)
    """What conditions noted since the machine woke, for effects that need two things in a row."""
    under_way: frozenset[str] = frozenset()
    """Own multi-packet messages that the peer granted and that are not complete."""
    unanswered: frozenset[str] = frozenset()
    """Own multi-packet messages whose announcement, or whose last packet, the peer has not answered."""
    ever: Mapping[str, Values] = field(default_factory=dict)
    """Values with which each message was sent first since the machine exists, in whichever session."""
    machine: str = ""
    """Name of the machine, which tells one inlet from another."""
    beside: Callable[[], Moment | None] = _alone
    """Asks the machine at the other inlet."""
    heard_ns: Mapping[str, int] = field(default_factory=dict)
    """When each message of the peer was heard last; ``TP.ABORT`` is its refusal of a multi-packet message."""

    @property
    def neighbour(self) -> str:
        """Phase of the machine at the other inlet, empty without one."""
        other = self.beside()
        return "" if other is None else other.phase

    def age_ns(self, message: str) -> int:
        """How long ago *message* of the peer was heard last; 0 if it was not heard yet."""
        return self.now_ns - self.heard_ns.get(message, self.now_ns)

    def last(self, message: str, signal: str) -> Value:
        """*signal* of the last *message* of the peer, ``None`` if there was none."""
        return self.heard.get(message, {}).get(signal)


def _always(moment: Moment) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Suppress:
    """*message* does not leave while *when* holds; its cycle goes on."""

    message: str
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Change:
    """*signals* of *message* have these values."""

    message: str
    signals: Values
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Derive:
    """The values of *message* are made from the right ones."""

    message: str
    make: Callable[[Values, Moment], Values]


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes of *message* are made from the right ones; nothing checks them any more."""

    message: str
    make: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The frame of the single-frame *message* is replaced."""

    message: str
    make: Callable[[Frame], Frame]


@dataclass(frozen=True, slots=True)
class Period:
    """*message* is sent every *period_ns*, if *when* holds as it is sent."""

    message: str
    period_ns: int
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Delay:
    """*message* starts so much later, if *when* holds as its phase is entered."""

    message: str
    delay_ns: int
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Hinder:
    """Every foreign frame on the bus puts the next *message* off by so much."""

    message: str
    by_ns: int


@dataclass(frozen=True, slots=True)
class Linger:
    """*message* goes on in *phases* in which it must have ended, if *when* holds on entering them."""

    message: str
    phases: frozenset[str]
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Premature:
    """*message* begins already in *phase*."""

    message: str
    phase: str


@dataclass(frozen=True, slots=True)
class Deaf:
    """*message* of the peer is not noticed while *when* holds."""

    message: str
    when: Callable[[Values, Moment], bool] = lambda values, moment: True


@dataclass(frozen=True, slots=True)
class Mistake:
    """*message* of the peer is taken for *event* while *when* holds."""

    message: str
    event: str
    when: Callable[[Values, Moment], bool] = lambda values, moment: True


@dataclass(frozen=True, slots=True)
class Mishear:
    """Frames on the bus are taken for what *make* says, before anything else looks at them."""

    make: Callable[[Frame], Frame]


@dataclass(frozen=True, slots=True)
class Misread:
    """The values of *message* of the peer are taken for others; the machine remembers the wrong ones."""

    message: str
    make: Callable[[Values, Moment], Values]


@dataclass(frozen=True, slots=True)
class Lenient:
    """*message* of the peer is taken in any length; a signal that is missing reads as ``None``."""

    message: str


@dataclass(frozen=True, slots=True)
class Leads:
    """In *phase* *event* leads to the phase *target*, nowhere if ``None``, while *when* holds. All three are names."""

    phase: str
    event: str
    target: str | None
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class TimerEffect:
    """The timer *name* runs *value_ns* long if *when* holds as it is armed.

    ``None``: it is not armed then; one that runs already goes on.
    """

    name: str
    value_ns: int | None
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Rearm:
    """The timer *name*, if it runs, is armed again by each *message* that is sent or heard while *when* holds."""

    name: str
    message: str
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Close:
    """The contactors close as *phase* is entered, if *when* holds then."""

    phase: str
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class WrongError:
    """The error *meant* is reported as *reported*."""

    meant: str
    reported: str


@dataclass(frozen=True, slots=True)
class Refrain:
    """*action* is not taken while *when* holds.

    Actions: ``close_contactors``, ``open_contactors``, ``stop_charging`` (of its own accord), ``reset`` (forget
    the session when the plug or the supply goes), ``finish_transfers`` (carry a granted one to its end when the phase ends),
    ``spare_transfers`` (announce nothing anew while the charger grants or holds it), ``announce_anew`` (what the charger does not
    answer), ``forget_reconnects`` (with the session).
    """

    action: str
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class TransportEffect:
    """Outgoing transport frames are replaced, see ``harness.protocols.j1939.faults``."""

    hook: Callable[[OutgoingTp], Frame | None]


@dataclass(frozen=True, slots=True)
class TransportHabit:
    """A named bad habit of ``TransportFaults``, for example ``unasked_data``."""

    name: str


@dataclass(frozen=True, slots=True)
class TransportStall:
    """Before packet *packet* of the message *pgn* the transport waits *wait_ns* longer."""

    pgn: int
    packet: int
    wait_ns: int


@dataclass(frozen=True, slots=True)
class TransportTime:
    """The time *name* of ``TransportTiming`` is *value_ns*."""

    name: str
    value_ns: int


@dataclass(frozen=True, slots=True)
class Broadcast:
    """The multi-packet *message* is announced to all (BAM) instead of to the peer while *when* holds."""

    message: str
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class OptionEffect:
    """The option *name* of the machine or its plant has this value."""

    name: str
    value: Value | bool


Effect = (
    Suppress | Change | Derive | Payload | Rewrite | Period | Delay | Hinder | Linger | Premature | Deaf | Mistake
    | Mishear | Misread | Lenient | Leads | TimerEffect | Rearm | Close | WrongError | Refrain | TransportEffect
    | TransportHabit | TransportStall | TransportTime | Broadcast | OptionEffect
)  # fmt: skip

_E = TypeVar("_E")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The effects of all faults of one machine, in the order of their names."""

    effects: tuple[Effect, ...] = ()
    _by_message: Mapping[str, tuple[Effect, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index: dict[str, tuple[Effect, ...]] = {}
        for effect in self.effects:
            name = getattr(effect, "message", "")
            index[name] = (*index.get(name, ()), effect)
        object.__setattr__(self, "_by_message", index)

    def concerns(self, message: str) -> bool:
        """Whether any effect is about *message*; if not, nothing else need be asked."""
        return message in self._by_message

    def suppresses(self, message: str, moment: Moment) -> bool:
        """Whether this sending of *message* does not take place."""
        return any(effect.when(moment) for effect in self._of(message, Suppress))

    def values(self, message: str, values: Values, moment: Moment) -> Values:
        """What the signals of *message* are set to instead of *values*."""
        for effect in self._by_message.get(message, ()):
            if isinstance(effect, Change) and effect.when(moment):
                values = {**values, **effect.signals}
            elif isinstance(effect, Derive):
                values = effect.make(values, moment)
        return values

    def data(self, message: str, data: bytes) -> bytes:
        """What is sent as payload of *message* instead of *data*."""
        for effect in self._of(message, Payload):
            data = effect.make(data)
        return data

    def frame(self, message: str, frame: Frame) -> Frame:
        """The frame that leaves instead of *frame*."""
        for effect in self._of(message, Rewrite):
            frame = effect.make(frame)
        return frame

    def period_ns(self, message: str, period_ns: int, moment: Moment) -> int:
        """The period of *message* instead of *period_ns*."""
        return next((effect.period_ns for effect in self._of(message, Period) if effect.when(moment)), period_ns)

    def delay_ns(self, message: str, moment: Moment) -> int:
        """How much later *message* starts."""
        return sum(effect.delay_ns for effect in self._of(message, Delay) if effect.when(moment))

    def hindered(self) -> Mapping[str, int]:
        """By how much a foreign frame puts each message off."""
        return {effect.message: effect.by_ns for effect in self.effects if isinstance(effect, Hinder)}

    def lingers(self, message: str, phase: str, moment: Moment) -> bool:
        """Whether *message* goes on in *phase*, which is being entered."""
        return any(phase in effect.phases and effect.when(moment) for effect in self._of(message, Linger))

    def premature(self, phase: str) -> tuple[str, ...]:
        """Messages that begin in *phase* without right."""
        return tuple(effect.message for effect in self.effects if isinstance(effect, Premature) and effect.phase == phase)

    def is_deaf(self, message: str, values: Values, moment: Moment) -> bool:
        """Whether *message* of the peer goes unnoticed."""
        return any(effect.when(values, moment) for effect in self._of(message, Deaf))

    def mistaken_for(self, message: str, values: Values, moment: Moment) -> str | None:
        """The event that *message* of the peer is taken for, ``None`` for the right one."""
        return next((effect.event for effect in self._of(message, Mistake) if effect.when(values, moment)), None)

    def heard(self, frame: Frame) -> Frame:
        """The frame that *frame* on the bus is taken for."""
        for effect in self.effects:
            if isinstance(effect, Mishear):
                frame = effect.make(frame)
        return frame

    def misread(self, message: str, values: Values, moment: Moment) -> Values:
        """What is read in *message* of the peer instead of *values*."""
        for effect in self._of(message, Misread):
            values = effect.make(values, moment)
        return values

    def lenient(self) -> frozenset[str]:
        """Messages of the peer that are taken in any length."""
        return frozenset(effect.message for effect in self.effects if isinstance(effect, Lenient))

    def target(self, phase: str, event: str, target: str | None, moment: Moment) -> str | None:
        """The phase that follows instead of *target*; ``None``: *event* leads nowhere."""
        for effect in self.effects:
            if isinstance(effect, Leads) and (effect.phase, effect.event) == (phase, event) and effect.when(moment):
                return effect.target
        return target

    def timer_ns(self, name: str, value_ns: int, moment: Moment) -> int | None:
        """Length of the timer *name* instead of *value_ns*; ``None``: it is not armed."""
        for effect in self.effects:
            if isinstance(effect, TimerEffect) and effect.name == name and effect.when(moment):
                return effect.value_ns
        return value_ns

    def rearms(self, message: str, moment: Moment) -> tuple[str, ...]:
        """Timers that *message* arms again without right."""
        return tuple(effect.name for effect in self._of(message, Rearm) if effect.when(moment))

    def closes_in(self, phase: str, moment: Moment) -> bool:
        """Whether the contactors close as *phase* is entered."""
        return any(isinstance(e, Close) and e.phase == phase and e.when(moment) for e in self.effects)

    def error(self, signal: str) -> str:
        """The error that is reported instead of *signal*."""
        return next((e.reported for e in self.effects if isinstance(e, WrongError) and e.meant == signal), signal)

    def refrains(self, action: str, moment: Moment) -> bool:
        """Whether *action* is left out."""
        return any(isinstance(e, Refrain) and e.action == action and e.when(moment) for e in self.effects)

    def options(self) -> Mapping[str, Value | bool]:
        """Options that have another value."""
        return {effect.name: effect.value for effect in self.effects if isinstance(effect, OptionEffect)}

    def transport_faults(self) -> TransportFaults:
        """A fresh set of faults for the machine's transport."""
        faults = TransportFaults(outgoing=[effect.hook for effect in self.effects if isinstance(effect, TransportEffect)])
        for effect in self.effects:
            if isinstance(effect, TransportHabit):
                setattr(faults, effect.name, True)
            elif isinstance(effect, TransportStall):
                faults.stalls_ns[effect.pgn, effect.packet] = effect.wait_ns
        return faults

    def transport_timing(self) -> TransportTiming:
        """Times of the machine's transport."""
        times = {effect.name: effect.value_ns for effect in self.effects if isinstance(effect, TransportTime)}
        return replace(J1939_21, **times)

    def broadcasts(self, message: str, moment: Moment) -> bool:
        """Whether *message* is announced to all."""
        return any(effect.when(moment) for effect in self._of(message, Broadcast))

    def _of(self, message: str, kind: type[_E]) -> Iterable[_E]:
        return (effect for effect in self._by_message.get(message, ()) if isinstance(effect, kind))
