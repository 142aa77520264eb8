"""What the VCU of the swap truck reports besides the swap: troubles by DM1 and DM2, its VIN, diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.core import Frame, ms, s
from harness.protocols.j1939 import GLOBAL, split_id
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.j1939.trouble import Lamps, write_troubles
from harness.protocols.swap.vehicle import TROUBLES, SwapVehicle
from harness.sim.ecus.diagnostics import Diagnostics, DiagnosticSetup
from harness.sim.ecus.memory import FaultMemory, Trouble
from harness.sim.ecus.state import TruckState

__all__ = ["DisplayDids", "Reports", "swap_troubles"]

_PGN = {name: BY_NAME[name].pgn for name in ("Request", "DM1", "DM2", "VehicleId")}
_FIRST_SPN, _FMI, _FIRST_CODE = 520_192, 31, 0xD10000
"""Proprietary SPNs; the condition exists; codes of UDS. The project's own."""
_AMBER = frozenset(("insulation_near_limit", "coolant_open", "swap_unfinished", "identity_changed", "link_not_discharged"))
_FIRST, _PERIOD = ms(500), s(1)
_NO_TEXT, _NO_WORD = b"\xff", b"\xff\xff"
_CODE_LENGTH = 24
_SERIAL = "SWAP0001"


@dataclass(frozen=True, slots=True)
class DisplayDids:
    """Where the truck tells by UDS what it shows of its pack."""

    did_pack_identity: int = 0x4101
    did_pack_soc: int = 0x4102
    did_pack_limits: int = 0x4103


def swap_troubles() -> tuple[Trouble, ...]:
    """Everything that can be wrong in a swap, as entries of a fault memory."""
    amber, red = Lamps(amber_warning=1), Lamps(red_stop=1)
    return tuple(
        Trouble(_FIRST_SPN + number, _FMI, _FIRST_CODE + number, amber if word in _AMBER else red) for number, word in enumerate(TROUBLES)
    )


class Reports:
    """Frames in, frames out, with the VCU's address."""

    def __init__(
        self, vehicle: Callable[[], SwapVehicle], state: TruckState, address: int, tester: int, dids: DisplayDids, occurrences: int = 1
    ) -> None:
        self.memory = FaultMemory(swap_troubles())
        self._vehicle, self._state, self._address = vehicle, state, address
        self._occurrences = occurrences
        rows: Mapping[int, Callable[[], bytes]] = {
            dids.did_pack_identity: self._identity,
            dids.did_pack_soc: self._soc,
            dids.did_pack_limits: self._limits,
        }
        self._diagnostics = Diagnostics(
            address, {0xF18C: "SWAP0001"}, state, self.memory, DiagnosticSetup(rows=rows, tester=tester), self._reset
        )
        self.memory.on_change.append(self._changed)
        self._due_ns: int | None = None
        self._asked: list[tuple[int, int]] = []
        """Instants and groups that have to be told."""
        self._restart_ns: int | None = None

    def trouble(self, now_ns: int, word: str, present: bool) -> None:
        """Something is wrong, or right again."""
        spn = _FIRST_SPN + TROUBLES.index(word)
        if not present:
            self.memory.heal(now_ns, spn, _FMI)
            return
        for _ in range(self._occurrences):
            self.memory.heal(now_ns, spn, _FMI)
            self.memory.occur(now_ns, spn, _FMI)

    def start(self, now_ns: int) -> None:
        """The controllers run."""
        self._due_ns = now_ns + _FIRST
        self._diagnostics.start(now_ns)

    def stop(self) -> None:
        """24 V went."""
        self._due_ns = self._restart_ns = None
        self._asked.clear()
        self._diagnostics.stop()

    def receive(self, now_ns: int, frame: Frame) -> list[Frame]:
        """A frame of the bus."""
        if self._due_ns is None or not frame.extended:
            return []
        ident = split_id(frame.can_id)
        if ident.pgn == _PGN["Request"] and ident.destination in (self._address, GLOBAL) and len(frame.data) >= 3:
            wanted = int.from_bytes(frame.data[:3], "little")
            if wanted in _PGN.values():
                self._asked.append((now_ns, wanted))
        return self._diagnostics.receive(now_ns, frame)

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if self._due_ns is None:
            return None
        asked = [due_ns for due_ns, pgn in self._asked if not self._vehicle().transport.is_sending(pgn)]
        server = self._diagnostics.endpoint.next_deadline_ns()
        return min(each for each in (self._due_ns, server, self._restart_ns, *asked) if each is not None)

    def handle_timers(self, now_ns: int) -> list[Frame]:
        """Do what is due."""
        if self._due_ns is None:
            return []
        if self._due_ns <= now_ns:
            self._due_ns += _PERIOD
            self._asked.append((now_ns, _PGN["DM1"]))
        if self._restart_ns is not None and self._restart_ns <= now_ns:
            self._restart_ns = None
            self._diagnostics.start(now_ns)
        vehicle, waiting, out = self._vehicle(), [], []
        for due_ns, pgn in dict.fromkeys(self._asked):
            if due_ns > now_ns or vehicle.transport.is_sending(pgn):
                waiting.append((due_ns, pgn))
            else:
                out += vehicle.broadcast(now_ns, pgn, self._content(pgn))
        self._asked = waiting
        return [*out, *self._diagnostics.endpoint.handle_timers(now_ns)]

    def _changed(self, now_ns: int) -> None:
        """A change of what is wrong is told at once."""
        if self._due_ns is not None:
            self._asked.append((now_ns, _PGN["DM1"]))

    def _content(self, pgn: int) -> bytes:
        if pgn == _PGN["VehicleId"]:
            return f"{self._state.vin}*".encode("ascii")
        if pgn == _PGN["DM2"]:
            return write_troubles(self.memory.stored(), Lamps())
        return write_troubles(self.memory.active(), self.memory.lamps())

    def _reset(self, now_ns: int) -> None:
        """The diagnostics begin anew a while later; the swap goes on."""
        self._diagnostics.stop()
        self._restart_ns = now_ns + self._diagnostics.setup.reset_ns

    def _identity(self) -> bytes:
        code = self._vehicle().vcu.pack.identity or ""
        return code.encode("ascii", "replace")[:_CODE_LENGTH].ljust(_CODE_LENGTH, _NO_TEXT)

    def _soc(self) -> bytes:
        soc_pct = self._vehicle().vcu.pack.soc_pct
        return _NO_TEXT if soc_pct is None else bytes((max(0, min(250, round(soc_pct / 0.4))),))

    def _limits(self) -> bytes:
        limits = self._vehicle().vcu.pack.limits_a
        return _NO_WORD * 2 if limits is None else b"".join(max(0, min(0xFFFE, round(each * 10))).to_bytes(2, "big") for each in limits)
