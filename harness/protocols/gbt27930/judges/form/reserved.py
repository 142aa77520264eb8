"""F4: reserved and undefined bits are sent as 1. A warning unless the context is strict: vehicles and chargers in the field send 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.core.check import Check, Severity, judge_quality
from harness.core.message import Message
from harness.protocols.gbt27930.editions import edition_of
from harness.protocols.gbt27930.judges.view import View, place

__all__ = ["judge_reserved_bits"]

_RESERVED: Mapping[str, Mapping[int, int]] = {
    "BRM": {24: 0xFF},
    "CCS": {7: 0xFC, 8: 0xFF},
    "BSM": {7: 0xC0},
    "BST": {4: 0xF0},
    "CST": {3: 0xF0, 4: 0xF0},
    "BEM": {1: 0xF0, 2: 0xF0, 3: 0xF0, 4: 0xFC},
    "CEM": {1: 0xFC, 2: 0xF0, 3: 0xC0, 4: 0xFC},
}
"""Mask of the reserved bits by byte number, counted from 1, in 2015."""


def judge_reserved_bits(view: View) -> Iterator[Check]:
    """One check per message that has reserved bits."""
    for name, masks in {**_RESERVED, **edition_of(view.context.edition).reserved}.items():
        messages = view.named.get(name, ())
        if not messages:
            continue
        wrong = [message for message in messages if _has_cleared(message.data, masks)]
        first = (wrong or messages)[0]
        observed = (
            f"{_cleared(first, masks)} in {len(wrong)} of {len(messages)} messages" if wrong else f"all 1 in {len(messages)} messages"
        )
        yield judge_quality(
            f"F4 {name} reserved bits",
            not wrong,
            observed=observed,
            expected="all 1",
            severity=Severity.FAILURE if view.context.strict else Severity.WARNING,
            frames=place(first)[1],
            t_ns=first.t_ns,
            occurrences=len(wrong),
        )


def _has_cleared(data: bytes, masks: Mapping[int, int]) -> bool:
    return any(number <= len(data) and data[number - 1] & mask != mask for number, mask in masks.items())


def _cleared(message: Message, masks: Mapping[int, int]) -> str:
    """The bytes with reserved bits at 0, in words; empty if there are none."""
    present = {number: mask for number, mask in masks.items() if number <= len(message.data)}
    wrong = [number for number, mask in present.items() if message.data[number - 1] & mask != mask]
    return ", ".join(f"byte {number} 0x{message.data[number - 1]:02X} (reserved 0x{present[number]:02X})" for number in wrong)
