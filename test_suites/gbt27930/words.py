"""What the cases of both roles call the messages of GB/T 27930: values, and fields that are set."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from harness.core import Limit, Message

Where = Callable[[Message], bool]

NO_HANDSHAKE = ("2011",)
"""Editions without CHM and BHM."""


def is_crm_00(message: Message) -> bool:
    """CRM with the value 00."""
    return message["recognition"] == 0x00


def is_crm_aa(message: Message) -> bool:
    """CRM with the value AA."""
    return message["recognition"] == 0xAA


def is_ready(message: Message) -> bool:
    """BRO or CRO with the value AA."""
    return message["ready"] == 0xAA


def is_not_ready(message: Message) -> bool:
    """BRO or CRO with the value 00."""
    return message["ready"] == 0x00


def bits_set(message: Message, names: Iterable[str]) -> str:
    """Those of the two-bit fields *names* that are 01, joined by ``+``; ``none`` if there is none.

    Fields that the edition does not have are none.
    """
    return "+".join(name for name in names if message.values.get(name) == 1) or "none"


def severity_of(limit: Limit) -> str:
    """What a breach of *limit* weighs: a row of low confidence warns, every other one fails."""
    return "warning" if limit.confidence == "low" else "failure"
