"""Evidence files of a finished case: BLF for CAN, JSON lines for everything else. Same trace, same bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from harness.core import Chunk, Datagram, Direction, Frame, Level, Record

__all__ = ["write_evidence"]


def write_evidence(file: Path, records: Sequence[Record]) -> Path:
    """Write the records of one link beside *file* (a path without suffix) and return the path written.

    The file appears complete or not at all. Times are those of the interface, in BLF to the nanosecond.
    """
    is_can = all(isinstance(record.pdu, Frame) for record in records)
    path = file.with_suffix(".blf" if is_can else ".jsonl")
    temporary = path.with_suffix(f"{path.suffix}.tmp")
    if is_can:
        _write_blf(temporary, records)
    else:
        temporary.write_text("".join(_json_line(record) for record in records), encoding="utf-8")
    temporary.replace(path)
    return path


def _write_blf(path: Path, records: Sequence[Record]) -> None:
    # Imported here: python-can takes longer to load than everything that does not need it.
    import can

    with path.open("wb") as stream, can.BLFWriter(stream, channel=0) as writer:
        for record in records:
            frame = record.pdu
            assert isinstance(frame, Frame)
            writer.on_message_received(
                can.Message(
                    # The writer truncates seconds to nanoseconds: half of one more makes that exact.
                    timestamp=(record.t_ns + 0.5) / 1e9,
                    arbitration_id=frame.can_id,
                    is_extended_id=frame.extended,
                    is_remote_frame=frame.remote,
                    is_fd=frame.fd,
                    bitrate_switch=frame.fd,
                    is_rx=record.direction is Direction.RX,
                    data=frame.data,
                    dlc=len(frame.data),
                    channel=0,
                )
            )


def _json_line(record: Record) -> str:
    content: dict[str, str | int | float | bool] = {
        "n": record.number,
        "t_ns": record.t_ns,
        "host_ns": record.host_ns,
        "direction": record.direction.value,
        "sender": record.sender,
    }
    match record.pdu:
        case Level(line, value):
            content |= {"line": line, "value": value}
        case Datagram(data, source, destination):
            content |= {"data": data.hex(), "source": source, "destination": destination}
        case Chunk(data, end):
            content |= {"data": data.hex(), "end": end}
        case Frame():
            content |= {"frame": str(record.pdu)}
    return json.dumps(content, sort_keys=True) + "\n"
