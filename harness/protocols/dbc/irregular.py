"""What compiled functions leave alone: shorter and longer payloads, values left out, values to refuse with an explanation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from harness.core.errors import LocalProtocolError
from harness.core.message import Value
from harness.core.problems import did_you_mean
from harness.protocols.dbc.compiler import Decode
from harness.protocols.dbc.layout import Content, MessageLayout, Presence, SignalLayout

__all__ = ["decode_ragged", "encode_irregular"]


def decode_ragged(layout: MessageLayout, regular: Decode, data: bytes) -> dict[str, Value]:
    """Decode a payload that is not as long as the database says; incomplete signals are ``None``."""
    values = regular(bytes(data[: layout.length]).ljust(layout.length, b"\xff"))
    if len(data) < layout.length:
        for signal in layout.signals:
            if signal.needs > len(data):
                values[signal.name] = None
    return values


def encode_irregular(layout: MessageLayout, values: Mapping[str, Value], *, length: int | None = None, strict: bool = True) -> bytes:
    """Encode any values; agrees with the compiled encoders, a value exactly between two raw values aside.

    Raises:
        LocalProtocolError: with one sentence for everything that is wrong.
    """
    room = layout.length if length is None else length
    problems = list(_unknown(layout, values))
    if room < 0:
        problems.append(f"{layout.name}: a payload cannot have {room} bytes")
    total = (1 << 8 * max(room, layout.length)) - 1
    for signal in layout.signals:
        value = values.get(signal.name)
        if signal.needs > room or (value is None and signal.presence is not Presence.MANDATORY):
            continue
        raw = _raw(signal, value, strict)
        if isinstance(raw, str):
            problems.append(f"{layout.name}.{signal.name}: {raw}")
        else:
            total += ((raw & signal.mask) - signal.mask) << signal.start
    if problems:
        raise LocalProtocolError("; ".join(problems))
    return total.to_bytes(max(room, layout.length), "little")[:room]


def _unknown(layout: MessageLayout, values: Mapping[str, Value]) -> Iterable[str]:
    known = {signal.name for signal in layout.signals}
    for name in values:
        if name not in known:
            yield f"{layout.name} has no signal '{name}'{did_you_mean(str(name), known)}"


def _raw(signal: SignalLayout, value: Value, strict: bool) -> int | str:
    """Raw value, or a sentence that says why there is none."""
    if value is None:
        return f"no value given, {_allowed(signal)} expected"
    if signal.content is Content.BYTES:
        if not isinstance(value, bytes | bytearray) or len(value) != signal.size // 8:
            return f"{value!r} is not {_allowed(signal)}"
        return int.from_bytes(value, "little")
    if not isinstance(value, int | float):
        return f"{value!r} is not a number ({_allowed(signal)})"
    try:
        raw = round((Fraction(value) - signal.offset) / signal.scale)
    except (ValueError, OverflowError):
        return f"{value!r} is not a finite number ({_allowed(signal)})"
    low, high = signal.raw_range
    if not low <= raw <= high:
        return f"{value:g} {signal.unit}".rstrip() + f" does not fit {signal.size} bits ({_allowed(signal)})"
    # Compared as floats because 0.3 stands for three tenths here, not for the binary number next to it.
    if strict and not float(signal.minimum) <= value <= float(signal.maximum):
        return f"{value:g} {signal.unit}".rstrip() + f" is outside {_allowed(signal)}"
    return raw


def _allowed(signal: SignalLayout) -> str:
    if signal.content is Content.BYTES:
        return f"{signal.size // 8} bytes"
    return f"{float(signal.minimum):g}..{float(signal.maximum):g} {signal.unit}".rstrip()
