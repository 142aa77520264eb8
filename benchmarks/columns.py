"""P1, P2, P3: a recording of a million frames to scaled columns, against python-can's LogReader and cantools.

40 messages with 29-bit identifiers, 8 bytes and 6 signals, drawn with a fixed seed. Before anything is timed every value
of both sides is compared.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import can
import cantools.database
import numpy as np
from cantools.database.can import Database
from codec import synthetic_dbc
from measure import Comparison, compare, report

from harness.analyse.bulk import FrameColumns, decode, read_columns
from harness.protocols.dbc import Codec, load_codec

FRAMES = 1_000_000
ROUNDS = 5
Columns = dict[str, dict[str, list[float]]]


def main() -> int:
    """Run the comparisons; gives 1 if a goal is missed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dbc = folder / "synthetic.dbc"
        dbc.write_text(synthetic_dbc(), encoding="utf-8")
        database = cantools.database.load_file(dbc)
        assert isinstance(database, Database)
        codec = load_codec(dbc)
        frames = draw(database)
        return report("bulk decoding", comparisons(folder, database, codec, frames))


def draw(database: Database) -> list[can.Message]:
    """A million frames with random data, 0.1 ms to 1 ms apart."""
    source = random.Random(27930)
    ids = [message.frame_id for message in database.messages]
    t_us, frames = 0, []
    for _ in range(FRAMES):
        t_us += source.randrange(100, 1000)
        frames.append(can.Message(timestamp=t_us / 1e6, arbitration_id=source.choice(ids), data=source.randbytes(8), channel=0))
    return frames


def comparisons(folder: Path, database: Database, codec: Codec, frames: list[can.Message]) -> Iterator[Comparison]:
    """P1 on arrays, P2 on a BLF file, P3 on a candump log."""
    blf, log = folder / "frames.blf", folder / "frames.log"
    for path in (blf, log):
        with can.Logger(path) as writer:
            for frame in frames:
                writer.on_message_received(frame)
    require_same_values(by_peer(can.LogReader(blf), database), read_columns(blf), codec)
    require_same_values(by_peer(can.LogReader(log), database), read_columns(log), codec)
    ready = read_columns(blf)
    pairs = [(frame.arbitration_id, bytes(frame.data)) for frame in frames]

    def loop() -> None:
        for can_id, data in pairs:
            database.decode_message(can_id, data, decode_choices=False)

    layouts = codec.messages.values()
    yield compare(
        "P1 arrays to columns",
        "frames",
        FRAMES,
        ("cantools loop", loop),
        lambda: decode(ready, layouts),
        goal=30,
        ambition=45,
        rounds=ROUNDS,
    )
    for task, path, goal, ambition in (("P2 BLF to columns", blf, 25, 50), ("P3 candump to columns", log, 5, 15)):
        yield compare(
            task,
            "frames",
            FRAMES,
            ("LogReader + cantools", lambda path=path: by_peer(can.LogReader(path), database)),
            lambda path=path: decode(read_columns(path), layouts),
            goal=goal,
            ambition=ambition,
            rounds=ROUNDS,
        )


def by_peer(reader: can.LogReader, database: Database) -> Columns:
    """Every signal as a list, one frame after another."""
    columns: Columns = defaultdict(lambda: defaultdict(list))
    names = {message.frame_id: message.name for message in database.messages}
    for frame in reader:
        table = columns[names[frame.arbitration_id]]
        for signal, value in database.decode_message(frame.arbitration_id, bytes(frame.data), decode_choices=False).items():
            table[signal].append(value)
    return columns


def require_same_values(expected: Columns, frames: FrameColumns, codec: Codec) -> None:
    """Stop if the two sides disagree about one value."""
    found = decode(frames, codec.messages.values())
    assert found.keys() == expected.keys()
    assert len(frames) == FRAMES
    for name, table in expected.items():
        for signal, values in table.items():
            np.testing.assert_allclose(found[name].signals[signal], values, rtol=1e-12, atol=1e-9, err_msg=f"{name}.{signal}")


if __name__ == "__main__":
    sys.exit(main())
