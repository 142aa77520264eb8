"""Deviations of what messages say: their length, their states, their quantities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.analyse.comparison.deviation import Deviation
from harness.analyse.comparison.side import ANNOUNCEMENT, Side
from harness.core import Message, SignalInfo, Standard

__all__ = ["compare_lengths", "compare_values"]


def compare_lengths(good: Side, bad: Side) -> Iterator[Deviation]:
    """The first message of each name with a length that the good session never has."""
    known: dict[str, dict[int, tuple[str, Message]]] = {}
    for word, message in good.events:
        if not word.endswith(ANNOUNCEMENT):
            known.setdefault(message.name, {}).setdefault(len(message.data), (word, message))
    told: set[str] = set()
    for word, message in bad.events:
        lengths = known.get(message.name)
        if word.endswith(ANNOUNCEMENT) or lengths is None or len(message.data) in lengths or message.name in told:
            continue
        told.add(message.name)
        parts = {"name": message.name, "here": str(len(message.data)), "there": [str(length) for length in sorted(lengths)]}
        usual = good.sight(*next(iter(lengths.values())))
        yield Deviation("length", bad.since(message), "length", parts, usual, bad.sight(word, message))


def compare_values(good: Side, bad: Side, standard: Standard, share: float) -> Iterator[Deviation]:
    """The first value of each signal that the good session does not have, quantities within *share* of its largest aside."""
    seen = _seen_values(good, standard)
    told: set[tuple[str, str]] = set()
    for word, message in bad.events:
        for name, info in _compared(standard, word, message).items():
            value, key = info.number(message.values.get(name)), (message.name, name)
            there = seen.get(key)
            if key in told or there is None or value is None or _is_known(value, there, info, share):
                continue
            told.add(key)
            usual = [_shown(other, info) for other in sorted(there)] if info.choices else _range(there, info)
            parts = {"name": message.name, "signal": name, "here": _shown(value, info), "there": usual}
            nearest = there[min(there, key=lambda other: abs(other - value))]
            yield Deviation("value", bad.since(message), "value", parts, good.sight(message.name, nearest), bad.sight(word, message))


def _compared(standard: Standard, word: str, message: Message) -> Mapping[str, SignalInfo]:
    """States and quantities; numbers and names without unit are facts about the parties."""
    if word.endswith(ANNOUNCEMENT):
        return {}
    return {name: info for name, info in standard.signals(message.name).items() if info.unit or info.choices}


def _seen_values(side: Side, standard: Standard) -> dict[tuple[str, str], dict[float, Message]]:
    """Every value of each compared signal with the first message that shows it."""
    seen: dict[tuple[str, str], dict[float, Message]] = {}
    for word, message in side.events:
        for name, info in _compared(standard, word, message).items():
            value = info.number(message.values.get(name))
            if value is not None:
                seen.setdefault((message.name, name), {}).setdefault(value, message)
    return seen


def _is_known(value: float, there: Mapping[float, Message], info: SignalInfo, share: float) -> bool:
    if info.choices:
        return value in there
    margin = share * max(map(abs, there))
    return min(there) - margin <= value <= max(there) + margin


def _shown(value: float, info: SignalInfo) -> str:
    word = info.choices.get(int(value)) if info.choices else None
    return f"{word} ({value:g})" if word else f"{value:g} {info.unit}".rstrip()


def _range(values: Mapping[float, Message], info: SignalInfo) -> str:
    low, high = min(values), max(values)
    return _shown(low, info) if low == high else f"{low:g}..{high:g} {info.unit}".rstrip()
