"""P4: decode one frame to a dict and encode one with range checks, against cantools.

Two sets: 40 messages with 29-bit identifiers, 8 bytes and 6 signals, and the single-frame messages of GB/T 27930-2015 in the mix of
a charging session. Before anything is timed both sides must give the same answer.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cantools.database
from cantools.database.can import Database, Message, Signal
from measure import Comparison, compare, report

from harness.core.resources import resource
from harness.protocols.dbc import Codec, load_codec

FRAMES = 20_000
SESSION = {
    "BCL": 20,
    "CCS": 20,
    "BSM": 4,
    "CHM": 4,
    "BHM": 4,
    "CRM": 4,
    "CML": 4,
    "BRO": 2,
    "CRO": 2,
    "BST": 4,
    "CST": 4,
    "BSD": 1,
    "CSD": 1,
}
"""Single-frame messages and their weights."""

Frames = list[tuple[str, bytes, dict[str, float]]]


def synthetic_dbc() -> str:
    """40 messages with six scaled signals each, drawn with a fixed seed."""
    draw = random.Random(27930)
    lines = ['VERSION ""', "NS_ :", "BS_:", "BU_: A"]
    for number in range(40):
        lines.append(f"BO_ {0x98FF0000 + 256 * number} M{number:02}: 8 A")
        start = 0
        for index, size in enumerate(draw.sample((16, 16, 8, 12, 10, 2), 6)):
            scale, offset = draw.choice((("0.1", -400), ("0.01", 0), ("1", 0), ("0.5", -50), ("1", -40)))
            high = (2**size - 1) * float(scale) + offset
            lines.append(f' SG_ s{index} : {start}|{size}@1+ ({scale},{offset}) [{offset}|{high:g}] "" A')
            start += size
        lines.append("")
    return "\n".join(lines) + "\n"


def draw_frames(database: Database, weights: dict[str, int]) -> Frames:
    """Frames with values in range, drawn with a fixed seed."""
    draw = random.Random(2015)
    frames = []
    for name in draw.choices(list(weights), list(weights.values()), k=FRAMES):
        message = database.get_message_by_name(name)
        values = {signal.name: draw_value(draw, signal) for signal in message.signals}
        frames.append((name, message.encode(values, padding=True), values))
    return frames


def draw_value(draw: random.Random, signal: Signal) -> float:
    """A physical value that the signal can carry and may have."""
    low = signal.minimum if signal.minimum is not None else signal.conversion.raw_to_scaled(0, False)
    high = signal.maximum if signal.maximum is not None else signal.conversion.raw_to_scaled(2**signal.length - 1, False)
    raw = draw.randint(*(signal.conversion.numeric_scaled_to_raw(end) for end in (low, high)))
    return min(max(signal.conversion.raw_to_scaled(raw, False), low), high)


def require_same_answers(database: Database, codec: Codec, frames: Frames) -> None:
    """Stop if the two sides disagree about one frame."""
    for name, data, _ in frames:
        theirs, ours = database.decode_message(name, data, decode_choices=False), codec.decode(name, data)
        opaque = {signal.name for signal in codec.messages[name].signals if signal.content == "bytes"}
        for signal, value in theirs.items():
            own = ours[signal]
            own = int.from_bytes(own, "little") if signal in opaque else own
            if abs(own - value) > 1e-9 * max(1, abs(value)):
                raise SystemExit(f"{name}.{signal}: cantools {value!r}, precert {own!r} in {data.hex()}")
        if codec.encode(name, ours) != data:
            raise SystemExit(f"{name}: {data.hex()} is not what precert encodes")


def compare_set(title: str, database: Database, codec: Codec, frames: Frames) -> Iterator[Comparison]:
    """Decoding and encoding of the same frames, compared."""
    require_same_answers(database, codec, frames)
    wire = [(name, data) for name, data, _ in frames]
    theirs = [(message_of(database, name), values) for name, _, values in frames]
    ours = [(name, codec.decode(name, data)) for name, data in wire]

    def decode_peer() -> None:
        for name, data in wire:
            database.decode_message(name, data, decode_choices=False)

    def decode_project() -> None:
        decode = codec.decode
        for name, data in wire:
            decode(name, data)

    def encode_peer() -> None:
        for message, values in theirs:
            message.encode(values, padding=True, strict=True)

    def encode_project() -> None:
        encode = codec.encode
        for name, values in ours:
            encode(name, values)

    yield compare(f"decode, {title}", "frames", FRAMES, ("cantools", decode_peer), decode_project, goal=2, ambition=3)
    yield compare(f"encode, {title}", "frames", FRAMES, ("cantools", encode_peer), encode_project, goal=5, ambition=7)


def message_of(database: Database, name: str) -> Message:
    """The peer's message object, so that its look-up by name is not counted against it when encoding."""
    return database.get_message_by_name(name)


def comparisons() -> Iterator[Comparison]:
    """Both sets."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "synthetic.dbc")
        path.write_text(synthetic_dbc(), encoding="utf-8")
        database, codec = cantools.database.load_file(path), load_codec(path)
        yield from compare_set("40 messages of 6 signals", database, codec, draw_frames(database, {m.name: 1 for m in database.messages}))
    path = resource("dbc", "gbt27930-2015", "gbt27930-2015.dbc")
    database, codec = cantools.database.load_file(path, strict=False), load_codec(path)
    yield from compare_set("GB/T 27930 session", database, codec, draw_frames(database, SESSION))


if __name__ == "__main__":
    sys.exit(report("P4: codec against cantools", comparisons()))
