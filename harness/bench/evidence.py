"""Evidence files of a finished case: BLF for CAN, pcapng for networks, JSON lines for the rest. Same trace, same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.bench.pcapng import NotPackets, packets_of, write_packets
from harness.core import Chunk, Datagram, Direction, Frame, Handshake, Level, Record

__all__ = ["write_evidence"]

_CHUNK_MORE = ("source", "destination", "begin", "lost", "security", "sealed", "reset")


def write_evidence(file: Path, records: Sequence[Record]) -> Path:
    """Write the records of one link beside *file* (a path without suffix) and return the path written.

    The file appears complete or not at all. Times are those of the interface, to the nanosecond.
    """
    if all(isinstance(record.pdu, Frame) for record in records):
        return _complete(file.with_suffix(".blf"), lambda path: _write_blf(path, records))
    if (packets := _pcapng(file.stem, records)) is not None:
        return _complete(file.with_suffix(".pcapng"), lambda path: path.write_bytes(packets))
    lines = "".join(_json_line(record) for record in records)
    return _complete(file.with_suffix(".jsonl"), lambda path: path.write_text(lines, encoding="utf-8"))


def _complete(path: Path, write: Callable[[Path], object]) -> Path:
    temporary = path.with_suffix(f"{path.suffix}.tmp")
    write(temporary)
    temporary.replace(path)
    return path


def _pcapng(name: str, records: Sequence[Record]) -> bytes | None:
    """The packets of *records*, ``None`` if they are none: levels, or addresses that are not those of a network."""
    try:
        return write_packets(records[0].link if records else name, packets_of(records))
    except NotPackets:
        return None


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
    content: dict[str, object] = {
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
            # What says more than a plain stream does, in the names of the fields.
            content |= {name: value for name in _CHUNK_MORE if (value := getattr(record.pdu, name))}
        case Handshake(source, destination, _, version, cipher, alert, subject):
            content |= {"source": source, "destination": destination, "handshake": [version, cipher, alert, subject]}
        case Frame():
            content |= {"frame": str(record.pdu)}
    return json.dumps(content, sort_keys=True) + "\n"
