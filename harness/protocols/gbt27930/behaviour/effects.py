"""The kinds of deviation a machine can have; a fault is a tuple of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.core import Frame, Value
from harness.protocols.gbt27930.behaviour.moment import Moment, Values
from harness.protocols.j1939 import OutgoingTp

__all__ = [
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
    "Mishear",
    "Misread",
    "Mistake",
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
    "WrongError",
]


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
