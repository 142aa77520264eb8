"""Compiled functions do what the plain ones do, for signals of any place, size, sign and scale."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.errors import LocalProtocolError
from harness.core.message import Value
from harness.protocols.dbc import Codec, Content, MessageLayout, Presence, SignalLayout
from harness.protocols.dbc.compiler import encoder_source
from harness.protocols.dbc.irregular import encode_irregular

SCALES = [Fraction(1), Fraction(1, 10), Fraction(1, 100), Fraction(1, 2), Fraction(3), Fraction(1, 128), Fraction(3, 10), Fraction(5, 2)]
OFFSETS = [Fraction(0), Fraction(-400), Fraction(-50), Fraction(1985), Fraction(-1, 4)]


def random_layout(seed: int) -> MessageLayout:
    """A message of random length, densely or thinly filled with random signals."""
    draw = random.Random(seed)
    length = draw.choice((1, 2, 3, 5, 7, 8, 9, 13, 49))
    signals, start = [], 0
    while True:
        start += draw.choice((0, 0, 0, 1, 3, 8))
        size = draw.choice((1, 2, 4, 7, 8, 8, 12, 16, 16, 24, 32))
        if start + size > 8 * length:
            break
        signals.append(random_signal(draw, len(signals), start, size))
        start += size
    return MessageLayout("M", 1, length, tuple(signals))


def random_signal(draw: random.Random, index: int, start: int, size: int) -> SignalLayout:
    presence = draw.choice((Presence.MANDATORY, Presence.MANDATORY, Presence.OPTIONAL))
    if start % 8 == 0 and size % 8 == 0 and draw.random() < 0.2:
        return SignalLayout(f"s{index}", start, size, content=Content.BYTES, presence=presence)
    signed, scale, offset = draw.random() < 0.3 and size > 1, draw.choice(SCALES), draw.choice(OFFSETS)
    low, high = SignalLayout("", 0, size, signed).raw_range
    return SignalLayout(f"s{index}", start, size, signed, scale, offset, low * scale + offset, high * scale + offset, presence=presence)


def raw_bits(layout: MessageLayout, data: bytes) -> dict[str, int]:
    """Raw values by plain arithmetic on one integer."""
    return {signal.name: int.from_bytes(data, "little") >> signal.start & signal.mask for signal in layout.signals}


@settings(max_examples=250, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_decoding_gives_scaled_raw_bits(seed: int) -> None:
    layout = random_layout(seed)
    data = random.Random(seed + 1).randbytes(layout.length)
    decoded = Codec({"M": layout}).decode("M", data)
    for signal in layout.signals:
        raw = raw_bits(layout, data)[signal.name]
        if signal.content is Content.BYTES:
            assert decoded[signal.name] == raw.to_bytes(signal.size // 8, "little")
            continue
        if signal.signed and raw >> signal.size - 1:
            raw -= 1 << signal.size
        exact = raw * signal.scale + signal.offset
        assert decoded[signal.name] == (int(exact) if exact.denominator == 1 else float(exact))


@settings(max_examples=250, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_encoding_restores_the_bits_and_fills_the_rest_with_ones(seed: int) -> None:
    layout = random_layout(seed)
    data = random.Random(seed + 1).randbytes(layout.length)
    covered = sum(signal.mask << signal.start for signal in layout.signals)
    filler = ((1 << 8 * layout.length) - 1) ^ covered
    codec = Codec({"M": layout})
    values = codec.decode("M", data)
    expected = (int.from_bytes(data, "little") | filler).to_bytes(layout.length, "little")
    assert codec.encode("M", values) == expected
    assert encode_irregular(layout, values) == expected


@settings(max_examples=250, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_optional_signals_left_out_are_ones_in_both_ways_of_encoding(seed: int) -> None:
    layout = random_layout(seed)
    draw = random.Random(seed + 1)
    codec = Codec({"M": layout})
    values = codec.decode("M", draw.randbytes(layout.length))
    optional = [signal.name for signal in layout.signals if signal.presence is Presence.OPTIONAL]
    left_out = draw.choice((optional, draw.sample(optional, draw.randint(0, len(optional)))))
    kept = {name: value for name, value in values.items() if name not in left_out}
    none = {name: None if name in left_out else value for name, value in values.items()}
    data = codec.encode("M", kept)
    assert data == codec.encode("M", none) == encode_irregular(layout, kept)
    assert all(raw_bits(layout, data)[s.name] == s.mask for s in layout.signals if s.name in left_out)
    assert all(codec.decode("M", data)[name] == value for name, value in kept.items())


@pytest.mark.parametrize("value", [256, -1, 255.6, -0.6])
def test_a_value_that_does_not_fit_never_reaches_a_neighbour(value: float) -> None:
    layout = MessageLayout("M", 1, 2, (SignalLayout("a", 0, 8, maximum=Fraction(255)), SignalLayout("b", 8, 8, maximum=Fraction(255))))
    with pytest.raises(LocalProtocolError, match=r"M\.a: "):
        Codec({"M": layout}).encode("M", {"a": value, "b": 1})


def test_compiled_encoder_handles_the_regular_case_itself() -> None:
    layout = MessageLayout("M", 1, 1, (SignalLayout("a", 0, 8, maximum=Fraction(255)),))
    refused: list[object] = []
    scope: dict[str, object] = {"irregular": refused.append, "from_bytes": int.from_bytes}
    exec(encoder_source(layout), scope)
    encode = scope["encode"]
    assert callable(encode)
    assert encode({"a": 7}) == b"\7"
    assert refused == []
    odd: list[dict[str, Value]] = [{"a": 256}, {"a": 7, "b": 1}, {}, {"b": 7}, {"a": "x"}, {"a": 7.0}, {"a": None}]
    for values in odd:
        encode(values)
    assert refused == odd


def test_payloads_may_be_any_buffer() -> None:
    layout = MessageLayout("M", 1, 9, (SignalLayout("a", 0, 8), SignalLayout("b", 8, 64, content=Content.BYTES)))
    decode = Codec({"M": layout}).decode
    assert decode("M", bytearray(range(9))) == decode("M", bytes(range(9))) == {"a": 0, "b": bytes(range(1, 9))}
