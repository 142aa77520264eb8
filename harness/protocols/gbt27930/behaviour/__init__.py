"""Deviations of a machine from its standard, as data.

A machine asks its ``Behaviour`` at a few fixed points: before a message leaves, when a message starts or
should stop, when a message is heard, when a timer is armed, when an error is reported, when it acts on the
plant. The healthy behaviour changes nothing. A fault is a tuple of effects; the machine knows no fault.
"""

from __future__ import annotations

from harness.protocols.gbt27930.behaviour.effects import (
    Broadcast,
    Change,
    Close,
    Deaf,
    Delay,
    Derive,
    Effect,
    Hinder,
    Leads,
    Lenient,
    Linger,
    Mishear,
    Misread,
    Mistake,
    OptionEffect,
    Payload,
    Period,
    Premature,
    Rearm,
    Refrain,
    Rewrite,
    Suppress,
    TimerEffect,
    TransportEffect,
    TransportHabit,
    TransportStall,
    TransportTime,
    WrongError,
)
from harness.protocols.gbt27930.behaviour.index import Behaviour
from harness.protocols.gbt27930.behaviour.moment import Log, Moment, Values

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
