"""The kinds of deviation that the machines of a swap truck can have; a fault is a tuple of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from harness.core import Value, did_you_mean

__all__ = [
    "ACTIONS",
    "CHECKS",
    "Bits",
    "Cycle",
    "Delay",
    "Derive",
    "Effect",
    "Misread",
    "Moment",
    "OptionEffect",
    "Overlook",
    "Refrain",
    "Sense",
    "Suppress",
    "TimerEffect",
    "Twice",
    "Values",
]

Values = Mapping[str, Value]

CHECKS = {
    "length": "a frame has its length",
    "checksum": "its checksum is right",
    "counter": "its counter goes on",
    "repetition": "a command of a known number is not a new one",
    "session": "a command belongs to the session",
    "other_session": "no session is open when one is opened",
    "order": "a command comes in its turn",
    "authentication": "the station has authenticated this session",
    "fresh_challenge": "the challenge is one of the session",
    "brake": "the parking brake is applied",
    "speed": "the truck stands still",
    "key": "the key is not at ready",
    "gear": "the gear is neutral or park",
    "coupler": "no charging cable is plugged",
    "contactors": "the contactors are reported open",
    "weld": "no contactor is welded",
    "link": "the link is below the limit",
    "permit": "the permit is given",
    "station_ready": "the station is ready",
    "connector": "the connector is mated",
    "seat": "the pack is seated",
    "coolant": "the coolant coupler is mated",
    "interlock": "the interlock loop is closed",
    "emergency": "there is no emergency stop",
    "runaway": "no thermal runaway is told",
    "station_link": "the station is heard",
    "feedback": "what was commanded has happened before it is acknowledged",
    "points": "every lock point has followed",
    "steady": "no lock point contradicts itself",
    "lock": "the lock is locked before there is power or drive",
    "protocol": "the version of the pack is known",
    "identity": "the identity of the pack is complete",
    "identity_form": "it is well formed",
    "expected_identity": "it is the one that the station told",
    "same_identity": "it stays the same without a swap",
    "limits": "the limits of the pack have come",
    "pack": "the pack is heard",
    "pack_fault": "the pack tells no fault that forbids its use",
    "insulation": "the insulation is high enough",
    "insulation_known": "it has been measured",
    "plausible": "the voltage of the pack fits its version",
    "limit": "no more current is drawn than the pack gives",
}
"""What the machines look at before they act."""

ACTIONS = {
    "discharge": "discharge the link",
    "open_first": "open the contactors before the discharge",
    "withdraw_permit": "take the permit back when a condition is lost",
    "time_out": "end a command that takes too long",
    "hold": "hold the lock when the station is lost or stops everything",
    "go_on": "go on with a lock that was held when the station is heard again",
    "tell_lost_station": "tell that the station is lost",
    "abandon": "end a swap whose station stays away",
    "relock": "lock the old pack again when a swap is given up",
    "recover": "take a new session after a swap that was given up",
    "abort": "obey an abort",
    "forget_pack": "forget the identity of a pack that was taken off",
    "forget_limits": "forget its limits",
    "forget_display": "forget what the displays showed of it",
    "ask_identity": "ask again for an identity that did not come",
    "warn": "warn of the insulation",
    "record": "record a trouble",
    "heal": "take a trouble for healed when it is",
    "inhibit": "forbid to drive with a fault of the swap",
    "keep_power": "keep the power at speed when the lock opens",
    "own_monitor_off": "switch the own insulation monitor off for that of the pack",
    "pump": "run the pump",
    "restore": "come back from the swap",
    "precharge": "wait for the end of the precharge",
    "give_up_precharge": "end a precharge that takes too long",
    "error": "go to the mode error",
}
"""What the machines do, and may fail to do."""


@dataclass(slots=True)
class Moment:
    """Where the truck stands."""

    now_ns: int = 0
    phase: str = "idle"
    command: str = ""
    """The command that is being carried out; empty without one."""
    speed_kmh: float = 0.0
    lock: str = "locked"
    starts: int = 0
    """How often the truck had power."""
    swaps: int = 0
    """How many packs it was given."""
    sent: dict[str, int] = field(default_factory=dict)
    """How often each message was sent."""
    marks: dict[str, object] = field(default_factory=dict)
    """What effects noted, for those that need two things in a row."""


def _always(moment: Moment) -> bool:
    return True


def _require(name: str, known: Iterable[str], what: str) -> None:
    if name not in known:
        raise ValueError(f"no {what} is named '{name}'{did_you_mean(name, known)}")


@dataclass(frozen=True, slots=True)
class Derive:
    """The values of an own message are made from the right ones."""

    message: str
    make: Callable[[Values, Moment], Values]


@dataclass(frozen=True, slots=True)
class Bits:
    """The eight bytes of an own message are changed; with *sealed* before counter and checksum are put in, otherwise behind."""

    message: str
    make: Callable[[bytes, Moment], bytes]
    sealed: bool = True


@dataclass(frozen=True, slots=True)
class Suppress:
    """An own message does not leave."""

    message: str
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Twice:
    """A second sender of the truck says the same, with counters of its own."""

    message: str
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Misread:
    """The values of somebody else's message are taken for others; ``None``: it is not heard."""

    message: str
    make: Callable[[Values, Moment], Values | None]


@dataclass(frozen=True, slots=True)
class Sense:
    """The sensors are read otherwise than they are: fields of ``Sensors`` and their values."""

    make: Callable[[Mapping[str, object], Moment], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Overlook:
    """*check*, one of ``CHECKS``, is not made.

    Raises:
        ValueError: there is no such check.
    """

    check: str
    when: Callable[[Moment], bool] = _always

    def __post_init__(self) -> None:
        _require(self.check, CHECKS, "check")


@dataclass(frozen=True, slots=True)
class Refrain:
    """*action*, one of ``ACTIONS``, is not taken; with *about* only for that command or trouble.

    Raises:
        ValueError: there is no such action.
    """

    action: str
    about: str = ""
    when: Callable[[Moment], bool] = _always

    def __post_init__(self) -> None:
        _require(self.action, ACTIONS, "action")


@dataclass(frozen=True, slots=True)
class OptionEffect:
    """The option *name* of the machines or of the plant has this value."""

    name: str
    value: object


@dataclass(frozen=True, slots=True)
class Cycle:
    """The time from one message to its next one."""

    message: str
    make: Callable[[int, Moment], int]


@dataclass(frozen=True, slots=True)
class Delay:
    """A command, a trouble or what else has a name happens so much later."""

    about: str
    by_ns: int
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class TimerEffect:
    """The timer *name* of the profile runs so long; for a message of that name: it counts as heard for so long."""

    name: str
    value_ns: int


Effect = Cycle | Delay | TimerEffect | Derive | Bits | Suppress | Twice | Misread | Sense | Overlook | Refrain | OptionEffect
