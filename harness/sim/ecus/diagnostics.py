"""Diagnostics of one control unit: its identification, its fault memory and its routines behind a UDS server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.core import Frame, ms
from harness.protocols.isotp import ISO_15765_2, IsoTpFaults, IsoTpTiming
from harness.protocols.uds.server import EXTENDED, Contents, DataRow, Deviations, Endpoint, Routine, Server, ServerTiming, TroubleRow
from harness.sim.ecus.memory import FaultMemory
from harness.sim.ecus.state import TruckState

__all__ = ["DiagnosticSetup", "Diagnostics"]

_FAILED, _PENDING, _CONFIRMED = 0x01, 0x04, 0x08
_CHECK_AT_HALT, _CHECK_NOW = 0x40, 0x80
_SESSION, _VIN, _PROTECTED, _RXSWIN = 0xF186, 0xF190, 0x0210, 0xF1A2
_SERIAL, _MADE, _PROGRAMMED = 0xF18C, 0xF18B, 0xF199
_SPEED = 0xF40D
_CAREFUL = replace(ISO_15765_2, margin_ns=ms(3))
_ROUTINES = (Routine(0x0203, takes_ns=ms(4500)), Routine(0x0301, needs_access=True))
"""A self-test that takes long, and one that needs access."""


@dataclass(frozen=True, slots=True)
class DiagnosticSetup:
    """How the diagnostics of a unit are made; the defaults are right."""

    timing: ServerTiming = field(default_factory=ServerTiming)
    deviations: Deviations = field(default_factory=Deviations)
    isotp: IsoTpFaults = field(default_factory=IsoTpFaults)
    isotp_timing: IsoTpTiming = _CAREFUL
    padding: int = 0xCC
    longest: int = 4095
    """Longest request that it has room for."""
    takes_short_frames: bool = True
    address: int | None = None
    """Diagnostic address; ``None``: that of the unit on J1939."""
    also_at: frozenset[int] = frozenset()
    rows: Mapping[int, bytes | Callable[[], bytes]] = field(default_factory=dict)
    """Other contents of data identifiers."""
    tester: int = 0xF1
    """Source address of the tester that it answers."""
    serial_wanders: bool = False
    """Its serial number is another one after every loss of power."""
    reset_ns: int = ms(300)
    """From a reset to its next claim."""


class Diagnostics:
    """Implements ``harness.protocols.uds.server.Unit``. Frames in, frames out."""

    def __init__(
        self,
        address: int,
        identification: Mapping[int, str],
        state: TruckState,
        memory: FaultMemory,
        setup: DiagnosticSetup,
        on_reset: Callable[[int], None],
        *,
        seed: int = 0,
    ) -> None:
        self.setup = setup
        self._identification = identification
        self._servers: list[Server] = []
        self._state, self._memory, self._on_reset = state, memory, on_reset
        self._present: dict[tuple[int, int], bool] = {}
        """What is wrong with the unit in fact, recorded or not."""
        self._starts = 0
        self._workshop = b"\0\0\0\0"
        self.server = self.another_server(seed)
        self.endpoint = Endpoint(
            self.server,
            address if setup.address is None else setup.address,
            tester=setup.tester,
            faults=setup.isotp,
            timing=setup.isotp_timing,
            padding=setup.padding,
            longest=setup.longest,
            takes_short_frames=setup.takes_short_frames,
            also_at=setup.also_at,
        )
        self.is_on = False

    @property
    def is_talking(self) -> bool:
        """Normal messages are not switched off."""
        return all(server.state.is_talking for server in self._servers)

    def another_server(self, seed: int) -> Server:
        """A server of this unit with a session of its own, for the testers on one network."""
        state: list[Server] = []
        contents = Contents(self._rows(lambda: state[0].state.session), _ROUTINES)
        made = Server(self, contents, timing=self.setup.timing, deviations=self.setup.deviations, seed=seed)
        state.append(made)
        self._servers.append(made)
        return made

    def start(self, now_ns: int) -> None:
        """The unit has its place on the bus."""
        self.is_on = True
        self._starts += 1
        self.endpoint.start(now_ns)
        for server in self._servers[1:]:
            server.start(now_ns)
        self.settings_changed(now_ns)

    def stop(self) -> None:
        """Power goes, or the unit starts anew."""
        self.is_on = False
        self.endpoint.stop()

    def receive(self, now_ns: int, frame: Frame) -> list[Frame]:
        """A frame of the bus."""
        return self.endpoint.receive(now_ns, frame)

    def trouble(self, now_ns: int, spn: int, fmi: int, present: bool) -> None:
        """Something goes wrong, or is right again; it is recorded unless that was switched off."""
        self._present[spn, fmi] = present
        self.settings_changed(now_ns)

    # What the server needs

    def troubles(self) -> Sequence[TroubleRow]:
        """Every known trouble: failed, pending and confirmed while it is there, confirmed while it is remembered."""
        rows = []
        speed = round(self._state.speed_kmh)
        for trouble, active, stored in self._memory.codes():
            status = _FAILED | _PENDING | _CONFIRMED if active else _CONFIRMED if stored else 0
            severity = _CHECK_NOW if trouble.lamps.red_stop == 1 else _CHECK_AT_HALT
            snapshot = b"\x01" + _SPEED.to_bytes(2, "big") + bytes((speed & 0xFF,)) if status else b""
            rows.append(TroubleRow(trouble.code, status, severity, snapshot, self._memory.count(trouble.spn, trouble.fmi)))
        return rows

    def may_clear(self) -> bool:
        """Not while the truck drives."""
        return self._state.speed_kmh == 0

    def clear_troubles(self, now_ns: int) -> None:
        """Forget all; what is still wrong comes back."""
        self._memory.clear_active(now_ns)

    def reset(self, now_ns: int) -> None:
        """Start anew."""
        self._on_reset(now_ns)

    def settings_changed(self, now_ns: int) -> None:
        """Record what is the case, unless that is switched off."""
        if not all(server.state.is_recording for server in self._servers):
            return
        for (spn, fmi), present in self._present.items():
            (self._memory.occur if present else self._memory.heal)(now_ns, spn, fmi)

    def _rows(self, session: Callable[[], int]) -> list[DataRow]:
        identification = self._identification
        reads: dict[int, Callable[[], bytes]] = {did: _always(text.encode("ascii")) for did, text in identification.items()}
        reads[_SESSION] = lambda: bytes((session(),))
        reads[_VIN] = lambda: self._state.vin.encode("ascii")
        reads |= {
            _MADE: _always(bytes.fromhex("20250612")),
            _PROGRAMMED: _always(bytes.fromhex("20250701")),
            _RXSWIN: _always(b"TESTRX 0001"),
        }
        if self.setup.serial_wanders:
            serial = identification[_SERIAL]
            reads[_SERIAL] = lambda: f"{serial}{self._starts}".encode("ascii")
        for did, content in self.setup.rows.items():
            reads[did] = content if callable(content) else _always(content)
        rows = [DataRow(did, read) for did, read in reads.items() if did != _VIN]
        rows.append(DataRow(_VIN, reads[_VIN], self._write_vin, 17))
        rows.append(DataRow(_PROTECTED, lambda: self._workshop, self._write_workshop, 4, frozenset((EXTENDED,))))
        return rows

    def _write_vin(self, content: bytes) -> None:
        self._state.vin = content.decode("ascii", "replace")

    def _write_workshop(self, content: bytes) -> None:
        self._workshop = content


def _always(content: bytes) -> Callable[[], bytes]:
    return lambda: content
