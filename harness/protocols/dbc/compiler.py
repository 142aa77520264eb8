"""One Python function per message and direction, written as source and compiled once.

A decoder reads the payload as one integer (long messages: byte by byte) and shifts, masks and scales. An encoder checks every
range, then adds the shifted raw values; all bits that carry no value are 1. Both do only the regular case and hand everything
else (a shorter payload, a missing signal, a value that must be refused) to the function that they are given for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import lcm

from harness.core.message import Value
from harness.protocols.dbc.layout import Content, MessageLayout, Presence, SignalLayout

__all__ = ["Decode", "Encode", "compile_decoder", "compile_encoder", "decoder_source", "encoder_source"]

Decode = Callable[[bytes], dict[str, Value]]
Encode = Callable[[Mapping[str, Value]], bytes]

_ONE_INTEGER = 8
"""Longest payload in bytes that is handled as a single machine-friendly integer when decoding."""


def compile_decoder(layout: MessageLayout, ragged: Decode) -> Decode:
    """Decoder of payloads of exactly the length of the message; other lengths go to *ragged*."""
    scope: dict[str, object] = {"ragged": ragged, "from_bytes": int.from_bytes}
    exec(compile(decoder_source(layout), f"<decode {layout.name}>", "exec"), scope)
    return scope["decode"]  # type: ignore[return-value]


def compile_encoder(layout: MessageLayout, irregular: Encode) -> Encode:
    """Encoder of complete values (all signals, or all mandatory ones) in range; everything else goes to *irregular*."""
    scope: dict[str, object] = {"irregular": irregular, "from_bytes": int.from_bytes}
    exec(compile(encoder_source(layout), f"<encode {layout.name}>", "exec"), scope)
    return scope["encode"]  # type: ignore[return-value]


def decoder_source(layout: MessageLayout) -> str:
    """Source of ``decode(d)``."""
    lines = ["def decode(d):", f"    if len(d) != {layout.length}:", "        return ragged(d)"]
    short = layout.length <= _ONE_INTEGER
    if short and any(signal.content is Content.NUMBER for signal in layout.signals):
        lines.append('    n = from_bytes(d, "little")')
    lines.append("    return {")
    for signal in layout.signals:
        lines.append(f"        {signal.name!r}: {_decode_expression(signal, layout.length, short)},")
    lines.append("    }")
    return "\n".join(lines) + "\n"


def _decode_expression(signal: SignalLayout, length: int, short: bool) -> str:
    if signal.content is Content.BYTES:
        return f"bytes(d[{signal.start // 8}:{signal.needs}])"
    raw = _raw_of_integer(signal, length) if short else _raw_of_bytes(signal)
    if signal.signed:
        sign = 1 << signal.size - 1
        raw = f"(({raw}) ^ {sign}) - {sign}"
    return _scaled(signal, raw)


def _raw_of_integer(signal: SignalLayout, length: int) -> str:
    shifted = f"n >> {signal.start}" if signal.start else "n"
    return shifted if signal.start + signal.size == 8 * length else f"{shifted} & {signal.mask}"


def _raw_of_bytes(signal: SignalLayout) -> str:
    first, last, shift = signal.start // 8, signal.needs, signal.start % 8
    if last - first > 2:
        joined = f'from_bytes(d[{first}:{last}], "little")'
    else:
        joined = " | ".join(f"d[{first + i}] << {8 * i}" if i else f"d[{first}]" for i in range(last - first))
    if shift:
        joined = f"({joined}) >> {shift}"
    if shift + signal.size == 8 * (last - first):
        return joined
    return f"({joined}) & {signal.mask}"


def _scaled(signal: SignalLayout, raw: str) -> str:
    """Physical value with one rounding at most: (raw x numerator + shift) / denominator in integers."""
    denominator = lcm(signal.scale.denominator, signal.offset.denominator)
    numerator, shift = int(signal.scale * denominator), int(signal.offset * denominator)
    text = f"({raw})"
    if numerator != 1:
        text = f"{text} * {numerator}"
    if shift:
        text = f"({text} + {shift})" if denominator != 1 else f"{text} + {shift}"
    return f"{text} / {denominator}" if denominator != 1 else text


def encoder_source(layout: MessageLayout) -> str:
    """Source of ``encode(v)``."""
    mandatory = tuple(signal for signal in layout.signals if signal.presence is Presence.MANDATORY)
    lines = ["def encode(v):", "    try:"]
    for signals in (layout.signals, mandatory) if len(mandatory) < len(layout.signals) else (layout.signals,):
        lines.append(f"        if len(v) == {len(signals)}:")
        lines += [f"            {line}" for line in _encode_lines(layout, signals)]
    lines += ["    except (KeyError, TypeError, AttributeError, OverflowError, ValueError):", "        pass", "    return irregular(v)"]
    return "\n".join(lines) + "\n"


def _encode_lines(layout: MessageLayout, signals: Sequence[SignalLayout]) -> list[str]:
    lines, checks, terms = [], [], []
    constant = (1 << 8 * layout.length) - 1
    for index, signal in enumerate(signals):
        constant -= signal.mask << signal.start
        lines.append(f"s{index} = v[{signal.name!r}]")
        if signal.content is Content.BYTES:
            checks.append(f"len(s{index}) == {signal.size // 8}")
            terms.append(_shifted(f'from_bytes(s{index}, "little")', signal.start))
        else:
            checks.append(f"{_literal(signal.minimum)} <= s{index} <= {_literal(signal.maximum)}")
            term, bias = _raw_term(signal, f"s{index}")
            terms.append(term)
            constant += bias << signal.start
    if checks:
        lines.append(f"if {' and '.join(checks)}:")
    total = " + ".join([*terms, str(constant)])
    lines.append(f'{"    " if checks else ""}return ({total}).to_bytes({layout.length}, "little")')
    return lines


def _raw_term(signal: SignalLayout, value: str) -> tuple[str, int]:
    """Expression that adds the signal at its place, and the raw value of the physical zero, which is added as a constant."""
    inverse, bias = 1 / signal.scale, -signal.offset / signal.scale
    if bias.denominator != 1:
        raw, bias = f"round(({value} - {_literal(signal.offset)}) * {inverse.numerator} / {inverse.denominator})", Fraction(0)
    elif inverse == 1:
        # No rounding: a float ends in a TypeError or AttributeError and thereby in the irregular case.
        raw = value
    else:
        product = value if inverse.numerator == 1 else f"{value} * {inverse.numerator}"
        raw = f"round({product})" if inverse.denominator == 1 else f"round({product} / {inverse.denominator})"
    if signal.signed:
        return _shifted(f"({raw} + {int(bias)} & {signal.mask})", signal.start), 0
    return _shifted(raw, signal.start), int(bias)


def _shifted(expression: str, start: int) -> str:
    return f"({expression} << {start})" if start else expression


def _literal(number: Fraction) -> str:
    return str(int(number)) if number.denominator == 1 else repr(float(number))
