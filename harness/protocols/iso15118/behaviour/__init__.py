"""Deviations of a party from its protocol, as data.

A machine asks its ``Behaviour`` at a few fixed points: before a message leaves, when one is heard, when it checks what it heard, when a
timer is armed, when it acts on the truck around it. The healthy behaviour changes nothing. A fault is a tuple of effects; the machine
knows no fault. ``exchange`` is a name of the state tables, ``SupportedAppProtocol`` included; ``SECCDiscovery`` is that of discovery.
"""

from __future__ import annotations

from harness.protocols.iso15118.behaviour.effects import (
    Act,
    Bytes,
    Change,
    Delay,
    Derive,
    Effect,
    Instead,
    Leads,
    Misread,
    OptionEffect,
    Overlook,
    Refrain,
    SessionId,
    Suppress,
    TimerEffect,
    Twice,
)
from harness.protocols.iso15118.behaviour.index import Behaviour
from harness.protocols.iso15118.behaviour.moment import Content, Moment
from harness.protocols.iso15118.behaviour.paths import changed, leaf

__all__ = [
    "Act",
    "Behaviour",
    "Bytes",
    "Change",
    "Content",
    "Delay",
    "Derive",
    "Effect",
    "Instead",
    "Leads",
    "Misread",
    "Moment",
    "OptionEffect",
    "Overlook",
    "Refrain",
    "SessionId",
    "Suppress",
    "TimerEffect",
    "Twice",
    "changed",
    "leaf",
]
