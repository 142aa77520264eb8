"""Between the harness's frames and the messages of python-can."""

from __future__ import annotations

import can

from harness.core import Frame

__all__ = ["frame_of", "message_of"]


def message_of(frame: Frame) -> can.Message:
    """*frame* as python-can takes it."""
    return can.Message(
        arbitration_id=frame.can_id,
        data=frame.data,
        is_extended_id=frame.extended,
        is_remote_frame=frame.remote,
        is_fd=frame.fd,
        bitrate_switch=frame.fd,
    )


def frame_of(message: can.Message) -> Frame:
    """The frame of *message*. A CAN FD frame without bit-rate switching is not told apart from one with it.

    Raises:
        ValueError: no such frame exists on a CAN bus, so the interface garbled it.
    """
    if message.is_remote_frame:
        return Frame(message.arbitration_id, b"", message.is_extended_id, remote=True)
    data = bytes(message.data)
    if len(data) != message.dlc:
        raise ValueError(f"a frame of {message.dlc} data bytes came with {len(data)}")
    return Frame(message.arbitration_id, data, message.is_extended_id, message.is_fd)
