"""The receiving side of one message that is longer than a frame.

Theory of operation::

    FF --> OWES_FLOW --own delay, waits--> FC continue --> RECEIVING --block at its end--> OWES_FLOW
    RECEIVING --CF in sequence--> RECEIVING, done with the last byte;   --other sequence--> failed;   --N_Cr--> failed
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from harness.protocols.isotp.events import Error
from harness.protocols.isotp.faults import IsoTpFaults
from harness.protocols.isotp.frames import Consecutive, First, FlowControl, FlowStatus, NPdu
from harness.protocols.isotp.timing import IsoTpTiming

__all__ = ["FlowPolicy", "Receiver"]

Emit = Callable[[NPdu, int], None]


@dataclass(frozen=True, slots=True)
class FlowPolicy:
    """How a receiver answers first frames and full blocks."""

    block_size: int = 0
    st_min: int = 0
    """As coded on the wire."""
    waits: int = 0
    """Flow controls of status WAIT before leave is given."""
    wait_gap_ns: int = 0
    """Time between them, and to the leave."""
    status: int = FlowStatus.CONTINUE
    """What is said in the end; another one than CONTINUE makes a sender end."""
    silent: bool = False
    """No flow control at all."""


class _State(enum.Enum):
    OWES_FLOW = "owes a flow control"
    RECEIVING = "receives"
    ENDED = "ended"


class Receiver:
    """Receives one message; ``emit(pdu, index)`` takes its flow controls."""

    def __init__(
        self, now_ns: int, first: First, policy: FlowPolicy, timing: IsoTpTiming, faults: IsoTpFaults, emit: Emit, *, functional: bool
    ) -> None:
        self.first_ns = now_ns
        self.length = first.length
        self.functional = functional
        self.error: Error | None = None
        self.text = ""
        self.deadline_ns: int | None = None
        self._data = bytearray(first.data[: first.length])
        self._policy, self._timing, self._faults, self._emit = policy, timing, faults, emit
        self._sequence = 0
        self._flows = 0
        self._waits_left = policy.waits
        self._in_block = 0
        self._state = _State.OWES_FLOW
        self._owe_flow(now_ns)

    @property
    def is_complete(self) -> bool:
        """Every byte is there."""
        return len(self._data) >= self.length and self.error is None

    @property
    def is_ended(self) -> bool:
        """Complete, or failed."""
        return self._state is _State.ENDED

    @property
    def data(self) -> bytes:
        """What has come so far."""
        return bytes(self._data)

    def on_consecutive(self, now_ns: int, frame: Consecutive) -> None:
        """The next piece. One that nobody asked for, before the flow control, is taken too: the sender is early."""
        self._sequence = (self._sequence + 1) & 0x0F
        if frame.sequence != self._sequence and not self._faults.ignores_sequence:
            self._fail(Error.WRONG_SN, f"sequence number {frame.sequence} where {self._sequence} belongs")
            return
        self._data += frame.data[: self.length - len(self._data)]
        if len(self._data) >= self.length:
            self._state, self.deadline_ns = _State.ENDED, None
            return
        self._in_block += 1
        if self._policy.block_size and self._in_block >= self._policy.block_size:
            self._waits_left = self._policy.waits
            self._owe_flow(now_ns)
        elif self._state is _State.RECEIVING:
            self.deadline_ns = now_ns + self._timing.n_cr_ns

    def handle_timer(self, now_ns: int) -> None:
        """The deadline has come."""
        if self._state is _State.OWES_FLOW:
            self._send_flow(now_ns)
        elif self._state is _State.RECEIVING:
            self._fail(Error.TIMEOUT_CR, f"no further frame came after {len(self._data)} of {self.length} bytes")

    def _owe_flow(self, now_ns: int) -> None:
        self._in_block = 0
        if self._policy.silent:
            self._state, self.deadline_ns = _State.RECEIVING, now_ns + self._timing.n_cr_ns
            return
        self._state, self.deadline_ns = _State.OWES_FLOW, now_ns + self._timing.br_ns

    def _send_flow(self, now_ns: int) -> None:
        policy, index = self._policy, self._flows
        self._flows += 1
        if self._waits_left:
            self._waits_left -= 1
            self.deadline_ns = now_ns + policy.wait_gap_ns
            self._emit(FlowControl(FlowStatus.WAIT, policy.block_size, policy.st_min), index)
            return
        self._state, self.deadline_ns = _State.RECEIVING, now_ns + self._timing.n_cr_ns
        self._emit(FlowControl(policy.status, policy.block_size, policy.st_min), index)

    def _fail(self, error: Error, text: str) -> None:
        self._state, self.deadline_ns = _State.ENDED, None
        self.error, self.text = error, text
