"""Every message encodes and decodes as cantools does."""

from __future__ import annotations

import random

import cantools.database
import pytest
from cantools.database.can import Database, Signal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.core.errors import LocalProtocolError
from harness.core.message import Value
from harness.core.resources import resource
from harness.protocols.dbc.irregular import encode_irregular
from harness.protocols.gbt27930.codec import codec_2015
from harness.protocols.gbt27930.messages import MESSAGES

NAMES = [*MESSAGES, "TP_DT_V", "TP_DT_C"]
UNLIMITED = {"CHM", "BHM", "CTS", "BRO", "CRO", "BSP", "BST", "CST", "BEM", "CEM", "TP_DT_V", "TP_DT_C"}
"""Messages whose every value that fits the bits may be sent."""
FAST = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def oracle() -> Database:
    loaded = cantools.database.load_file(resource("dbc", "gbt27930-2015", "gbt27930-2015.dbc"), strict=False)
    assert isinstance(loaded, Database)
    return loaded


def as_number(value: Value) -> float:
    """Opaque fields are integers for cantools."""
    assert value is not None
    assert not isinstance(value, str)
    return int.from_bytes(value, "little") if isinstance(value, bytes) else value


def raw_in_range(signal: Signal, draw: random.Random) -> int:
    ends = []
    for limit, extreme in ((signal.minimum, 0), (signal.maximum, (1 << signal.length) - 1)):
        ends.append(extreme if limit is None else int(signal.conversion.numeric_scaled_to_raw(limit)))
    # The ends of a range are where mistakes live.
    return draw.choice((ends[0], ends[1], draw.randint(*ends), draw.randint(*ends)))


@pytest.mark.parametrize("name", NAMES)
@FAST
@given(seed=st.integers(0, 2**32))
def test_any_payload_decodes_as_with_cantools(oracle: Database, name: str, seed: int) -> None:
    data = random.Random(seed).randbytes(oracle.get_message_by_name(name).length)
    theirs = oracle.get_message_by_name(name).decode(data, decode_choices=False)
    ours = codec_2015().decode(name, data)
    assert list(ours) == list(theirs)
    assert {signal: as_number(value) for signal, value in ours.items()} == pytest.approx(theirs, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
@FAST
@given(seed=st.integers(0, 2**32))
def test_values_in_range_encode_to_the_bytes_of_cantools(oracle: Database, name: str, seed: int) -> None:
    message, draw = oracle.get_message_by_name(name), random.Random(seed)
    raw = {signal.name: raw_in_range(signal, draw) for signal in message.signals}
    data = message.encode(raw, scaling=False, padding=True, strict=True)
    values = codec_2015().decode(name, data)
    assert codec_2015().encode(name, values) == data
    assert encode_irregular(codec_2015().layout(name), values) == data
    assert message.decode(data, decode_choices=False, scaling=False) == raw


@pytest.mark.parametrize("name", NAMES)
@FAST
@given(seed=st.integers(0, 2**32), cut=st.integers(0, 512))
def test_short_payloads_decode_as_with_cantools(oracle: Database, name: str, seed: int, cut: int) -> None:
    message = oracle.get_message_by_name(name)
    data = random.Random(seed).randbytes(cut % (message.length + 1))
    theirs = message.decode(data, decode_choices=False, allow_truncated=True)
    ours = {signal: as_number(value) for signal, value in codec_2015().decode(name, data).items() if value is not None}
    assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in UNLIMITED])
@FAST
@given(seed=st.integers(0, 2**32))
def test_one_value_out_of_range_is_refused_by_both(oracle: Database, name: str, seed: int) -> None:
    message, draw = oracle.get_message_by_name(name), random.Random(seed)
    narrow = [s for s in message.signals if s.maximum is not None and s.conversion.numeric_scaled_to_raw(s.maximum) < (1 << s.length) - 1]
    values = codec_2015().decode(
        name, message.encode({s.name: raw_in_range(s, draw) for s in message.signals}, scaling=False, padding=True)
    )
    signal = draw.choice(narrow)
    raw = draw.randint(int(signal.conversion.numeric_scaled_to_raw(signal.maximum or 0)) + 1, (1 << signal.length) - 1)
    values[signal.name] = float(signal.conversion.raw_to_scaled(raw, decode_choices=False))  # type: ignore[arg-type]
    with pytest.raises(cantools.database.EncodeError):
        message.encode({key: as_number(value) for key, value in values.items()}, strict=True)
    with pytest.raises(LocalProtocolError, match=f"{name}.{signal.name}: .* is outside"):
        codec_2015().encode(name, values)


@FAST
@given(voltage=st.floats(0, 6553.5), current=st.floats(-400, 0))
def test_any_number_in_range_is_sent_within_half_a_step(voltage: float, current: float) -> None:
    decoded = codec_2015().decode("BCL", codec_2015().encode("BCL", {"voltage_v": voltage, "current_a": current, "mode": 1}))
    assert decoded["voltage_v"] == pytest.approx(voltage, abs=0.05 + 1e-9)
    assert decoded["current_a"] == pytest.approx(current, abs=0.05 + 1e-9)
