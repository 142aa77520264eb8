"""The sending side of one message.

Theory of operation::

    start --short--> done
    start --FF--> WAIT_FLOW --FC continue--> SENDING --block at its end--> WAIT_FLOW
    WAIT_FLOW --FC wait--> WAIT_FLOW (N_Bs anew);   --N_Bs--> failed;   --FC overflow, unknown status--> failed
    SENDING --last frame--> done
"""

from __future__ import annotations

import enum
from collections.abc import Callable

from harness.protocols.isotp.events import Error
from harness.protocols.isotp.faults import IsoTpFaults
from harness.protocols.isotp.frames import (
    LONGEST_SHORT,
    Consecutive,
    First,
    FlowControl,
    FlowStatus,
    NPdu,
    Single,
    first_capacity,
    single_capacity,
    st_min_ns,
)
from harness.protocols.isotp.timing import IsoTpTiming

__all__ = ["Sender"]

Emit = Callable[[NPdu, int], None]


class _State(enum.Enum):
    WAIT_FLOW = "waits for flow control"
    SENDING = "sends consecutive frames"
    ENDED = "ended"


class Sender:
    """Sends one message; ``emit(pdu, index)`` takes its frames in order."""

    def __init__(self, data: bytes, frame_bytes: int, timing: IsoTpTiming, faults: IsoTpFaults, emit: Emit) -> None:
        self.length = len(data)
        self.error: Error | None = None
        """Why it failed, once it has."""
        self.text = ""
        self.deadline_ns: int | None = None
        self._data, self._frame_bytes = data, frame_bytes
        self._timing, self._faults, self._emit = timing, faults, emit
        self._state = _State.SENDING
        self._offset = 0
        self._index = 0
        self._left: int | None = None
        """Frames of the present block that are still to be sent; ``None``: all."""
        self._gap_ns = 0
        self._waits = 0

    @property
    def is_ended(self) -> bool:
        """The last frame was handed over, or the transfer failed."""
        return self._state is _State.ENDED

    def start(self, now_ns: int) -> None:
        """Send the first frame, or the only one."""
        if self.length <= single_capacity(self._frame_bytes):
            self._state = _State.ENDED
            self._emit(Single(self._data), 0)
            return
        self._offset = first_capacity(self._frame_bytes, self.length)
        self._emit(First(self.length, self._data[: self._offset], self.length > LONGEST_SHORT), 0)
        if self._faults.ignores_flow_control:
            self.deadline_ns = now_ns
        else:
            self._await_flow(now_ns)

    def on_flow_control(self, now_ns: int, flow: FlowControl) -> None:
        """The receiver gives leave, asks to wait or refuses; not asked for while a block is under way."""
        if self._state is not _State.WAIT_FLOW:
            return
        status = FlowStatus.CONTINUE if self._faults.ignores_flow_status else flow.status
        if status == FlowStatus.WAIT:
            self._waits += 1
            if self._waits > self._timing.max_waits:
                self._fail(Error.WAIT_LIMIT, f"{self._waits} flow controls in a row ask to wait")
            else:
                self._await_flow(now_ns)
        elif status == FlowStatus.OVERFLOW:
            self._fail(Error.OVERFLOW, f"the receiver has no room for {self.length} bytes")
        elif status != FlowStatus.CONTINUE:
            self._fail(Error.INVALID_FS, f"flow status {flow.status} is not defined")
        else:
            self._waits = 0
            self._left = None if flow.block_size == 0 or self._faults.ignores_block_size else flow.block_size
            asked_ns = 0 if self._faults.ignores_st_min else st_min_ns(flow.st_min)
            self._gap_ns = max(self._timing.cs_ns, asked_ns + self._timing.margin_ns if asked_ns else 0)
            self._state = _State.SENDING
            self.deadline_ns = now_ns + self._timing.cs_ns

    def handle_timer(self, now_ns: int) -> None:
        """The deadline has come."""
        due_ns = now_ns if self.deadline_ns is None else self.deadline_ns
        if self._state is _State.WAIT_FLOW:
            self._fail(Error.TIMEOUT_BS, "no flow control came")
        elif self._state is _State.SENDING:
            self._send_next(now_ns, due_ns)

    def _send_next(self, now_ns: int, due_ns: int) -> None:
        self._index += 1
        size = self._frame_bytes - 1
        piece = self._data[self._offset : self._offset + size]
        self._offset += len(piece)
        if self._left is not None:
            self._left -= 1
        at_end = self._offset >= self.length
        if at_end:
            self._state, self.deadline_ns = _State.ENDED, None
        elif self._left == 0:
            self._await_flow(now_ns)
        else:
            self.deadline_ns = due_ns + self._gap_ns
        self._emit(Consecutive(self._index & 0x0F, piece), self._index)

    def _await_flow(self, now_ns: int) -> None:
        self._state, self.deadline_ns = _State.WAIT_FLOW, now_ns + self._timing.n_bs_ns

    def _fail(self, error: Error, text: str) -> None:
        self._state, self.deadline_ns = _State.ENDED, None
        self.error, self.text = error, text
