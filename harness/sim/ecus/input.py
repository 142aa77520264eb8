"""What the VCU makes of the message that it needs from the brake controller (XBR): it takes demands, and falls back without them."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core import Frame, ms
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.j1939.ids import split_id
from harness.sim.ecus.memory import FaultMemory
from harness.sim.ecus.seals import brake_seal
from harness.sim.ecus.state import TruckState

__all__ = ["INPUT_TROUBLES", "BrakeInput", "InputSetup"]

_XBR = BY_NAME["XBR"].pgn
_LENGTH = 8
_MISSING, _WRONG = (639, 9), (639, 19)
INPUT_TROUBLES = (_MISSING, _WRONG)
"""SPN and FMI of what can be wrong with the input."""


@dataclass(frozen=True, slots=True)
class InputSetup:
    """How the unit treats its input; the defaults are right."""

    timeout_ns: int = ms(200)
    """From the last good message to the fallback; ``0``: there is none."""
    bad_limit: int = 5
    """Bad messages in a row until that is a trouble."""
    checks_sum: bool = True
    checks_counter: bool = True
    tells: bool = True
    """Records troubles."""
    missing: tuple[int, int] = _MISSING
    wrong: tuple[int, int] = _WRONG
    comes_back: bool = True
    """Takes good messages after bad ones."""
    forgives_counter: bool = True
    """Takes good messages after ones whose counter stood still."""


class BrakeInput:
    """Supervision of one input. It begins with the first good message, as a truck without the brake controller has none."""

    def __init__(self, address: int, setup: InputSetup, state: TruckState, memory: FaultMemory) -> None:
        self._address, self._setup, self._state, self._memory = address, setup, state, memory
        self._good_ns: int | None = None
        self._counter: int | None = None
        self._bad = 0
        self._lost = self._is_still = False

    def stop(self) -> None:
        """Power goes."""
        self._good_ns, self._counter, self._bad, self._lost = None, None, 0, False
        self._state.demand, self._state.is_limp = None, False

    def receive(self, now_ns: int, frame: Frame) -> None:
        """A frame of the bus."""
        if not frame.extended or frame.remote or frame.fd or len(frame.data) != _LENGTH:
            return
        ident = split_id(frame.can_id)
        if ident.pgn != _XBR or ident.destination != self._address or self._lost:
            return
        if self._is_good(frame):
            self._take(now_ns, frame.data)
        else:
            self._refuse(now_ns)

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if self._good_ns is None or self._state.is_limp or not self._setup.timeout_ns:
            return None
        return self._good_ns + self._setup.timeout_ns

    def handle_timers(self, now_ns: int) -> None:
        """Nothing good came for too long."""
        due_ns = self.next_deadline_ns()
        if due_ns is not None and now_ns >= due_ns:
            self._fall_back(now_ns)
            self._occur(now_ns, self._setup.missing)

    def _is_good(self, frame: Frame) -> bool:
        count, check, self._is_still = frame.data[7] & 15, frame.data[7] >> 4, False
        if self._setup.checks_sum and check != brake_seal(frame.can_id, frame.data, count):
            return False
        before, self._counter = self._counter, count
        self._is_still = count == before
        return not self._setup.checks_counter or before is None or count == (before + 1) % 16

    def _take(self, now_ns: int, data: bytes) -> None:
        self._good_ns, self._bad = now_ns, 0
        self._state.demand, self._state.is_limp = int.from_bytes(data[:2], "little"), False
        for spn, fmi in (self._setup.missing, self._setup.wrong):
            self._memory.heal(now_ns, spn, fmi)

    def _refuse(self, now_ns: int) -> None:
        self._bad += 1
        if self._good_ns is None or self._bad < self._setup.bad_limit:
            return
        self._lost = not self._setup.comes_back or (self._is_still and not self._setup.forgives_counter)
        self._occur(now_ns, self._setup.wrong)

    def _fall_back(self, now_ns: int) -> None:
        self._state.demand, self._state.is_limp = None, True

    def _occur(self, now_ns: int, trouble: tuple[int, int]) -> None:
        if self._setup.tells:
            self._memory.occur(now_ns, *trouble)
