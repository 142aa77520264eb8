"""Machines driven by hand: one of them alone, its peer played by the test, time in steps of its own deadlines."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from harness.core import Frame, Node, Pdu, Value, ms, s
from harness.protocols.gbt27930.charger import ChargerMachine, ChargerOptions
from harness.protocols.gbt27930.codec import codec_2015
from harness.protocols.gbt27930.messages import BY_ID, BY_PGN, CHARGER, MESSAGES, VEHICLE
from harness.protocols.gbt27930.vehicle import VehicleMachine, VehicleOptions, VehiclePhase
from harness.protocols.j1939 import TP_CM, Transport, build_id

SESSION_VALUES: Mapping[str, Mapping[str, Value]] = {
    "CHM": {"protocol_version": b"\x01\x01\x00"},
    "CRM(00)": {"recognition": 0x00, "charger_number": 1},
    "CRM(AA)": {"recognition": 0xAA, "charger_number": 1},
    "CTS": {},
    "CML": {"max_voltage_v": 950.0, "min_voltage_v": 200.0, "max_current_a": -250.0, "min_current_a": 0.0},
    "CRO(00)": {"ready": 0x00},
    "CRO(AA)": {"ready": 0xAA},
    "CCS": {"voltage_v": 630.0, "current_a": -100.0, "elapsed_min": 0, "permitted": 1},
    "CST": dict.fromkeys(
        (
            "condition_reached", "manual", "fault", "bms_stopped", "over_temp_fault", "connector_fault", "internal_over_temp",
            "energy_fault", "emergency_stop", "other_fault", "current_error", "voltage_error",
        ),
        0,
    ),
    "CSD": {"elapsed_min": 1, "energy_kwh": 1.0, "charger_number": 1},
    "CEM": dict.fromkeys(
        ("timeout_brm", "timeout_bcp", "timeout_bro", "timeout_bcs", "timeout_bcl", "timeout_bst", "timeout_bsd"), 0
    ),
    "BHM": {"max_voltage_v": 700.8},
    "BRO(00)": {"ready": 0x00},
    "BRO(AA)": {"ready": 0xAA},
    "BCL": {"voltage_v": 700.8, "current_a": -100.0, "mode": 2},
}  # fmt: skip
"""Ordinary content of the messages that a test plays, by name or by name with the state in brackets."""


def frame_of(word: str, **changes: Value) -> Frame:
    """The single frame *word* with ordinary content."""
    name = word.partition("(")[0]
    return Frame(MESSAGES[name].can_id, codec_2015().encode(name, {**SESSION_VALUES[word], **changes}, strict=False))


class StubPlant:
    """A truck without physics: contactors move at once, the test sets the rest."""

    def __init__(self) -> None:
        self.revision = 0
        self.changed_ns = 0
        self.is_awake = True
        self.wakes = 1
        self.cells = self
        self.soc_pct = 40.0
        self.current_a = 0.0
        self.voltage_v = 630.0
        self.pack_voltage_v = 630.0
        self.headroom_a = 1000.0
        self.share_a = math.inf
        self.swaps = 0
        self.driver_target_pct = 100.0
        self.pause_wanted = False
        self.contactors_closed = False
        self.times_s: list[int] = []
        self.max_cell_voltage_v, self.min_cell_voltage_v = 3.29, 3.28
        self.max_cell, self.max_temp_point, self.min_temp_point = 7, 2, 3
        self.max_temp_degc, self.min_temp_degc = 25, 23

    def cell_voltages_v(self) -> list[float]:
        return [3.28] * 192

    def temps_degc(self) -> list[int]:
        return [24] * 16

    def advance(self, now_ns: int) -> None: ...

    def asks(self, now_ns: int, wish_a: float) -> None: ...

    def close_contactors(self, now_ns: int) -> None:
        self.contactors_closed = True

    def open_contactors(self, now_ns: int) -> None:
        self.contactors_closed = False

    def charger_reports(self, now_ns: int, voltage_v: float, current_a: float) -> None:
        self.voltage_v, self.current_a = voltage_v, current_a

    def charger_silent(self, now_ns: int) -> None: ...

    def take_time(self, now_ns: int, time_s: int) -> None:
        self.times_s.append(time_s)

    def change(self, now_ns: int, **values: object) -> None:
        """Something happens to the truck."""
        for name, value in values.items():
            setattr(self, name, value)
        self.revision += 1
        self.changed_ns = now_ns


@dataclass
class Alone:
    """One machine, what it sent, and the present instant."""

    machine: Node
    now_ns: int = 0
    sent: list[tuple[int, Frame]] = field(default_factory=list)

    def start(self) -> None:
        self._take(self.machine.start(self.now_ns))

    def hear(self, pdu: Pdu) -> None:
        """The peer's frame is complete now."""
        self._take(self.machine.receive(self.now_ns, pdu))

    def run_until(self, t_ns: int) -> None:
        """Let time pass; asserts that no deadline lies in the past."""
        while (deadline := self.machine.next_deadline_ns()) is not None and deadline <= t_ns:
            self.now_ns = max(self.now_ns, deadline)
            self._take(self.machine.handle_timers(self.now_ns))
        self.now_ns = max(self.now_ns, t_ns)

    def run_for(self, duration_ns: int) -> None:
        self.run_until(self.now_ns + duration_ns)

    def act(self) -> None:
        """Let orders be carried out at the present instant."""
        self._take(self.machine.handle_timers(self.now_ns))

    def times(self, name: str) -> list[int]:
        """Instants at which *name* was sent, for a multi-packet message its RTS."""
        return [t_ns for t_ns, frame in self.sent if self.name(frame) == name]

    def values(self, name: str) -> list[Mapping[str, Value]]:
        """What the single-frame message *name* said, each time."""
        return [codec_2015().decode(name, frame.data) for _, frame in self.sent if self.name(frame) == name]

    def names(self) -> list[str]:
        """Message names in the order of sending, without repetitions."""
        seen = dict.fromkeys(self.name(frame) for _, frame in self.sent)
        return [name for name in seen if name in MESSAGES]

    def clear(self) -> None:
        self.sent.clear()

    @staticmethod
    def name(frame: Frame) -> str:
        row = BY_ID.get(frame.can_id)
        if row is not None:
            return row.name
        if frame.can_id == build_id(TP_CM, VEHICLE, CHARGER, 7) and frame.data[0] == 0x10:
            return BY_PGN[int.from_bytes(frame.data[5:8], "little")].name
        return "TP"

    def _take(self, frames: object) -> None:
        assert isinstance(frames, list)
        self.sent += [(self.now_ns, frame) for frame in frames]
        deadline = self.machine.next_deadline_ns()
        assert deadline is None or isinstance(deadline, int)


@dataclass
class VehicleAlone(Alone):
    """The vehicle, with a charger that grants everything and says what the test lets it say."""

    plant: StubPlant = field(default_factory=StubPlant)
    grant: bool = True
    _peer: Transport = field(default_factory=lambda: Transport(CHARGER))

    @property
    def vehicle(self) -> VehicleMachine:
        assert isinstance(self.machine, VehicleMachine)
        return self.machine

    @property
    def phase(self) -> VehiclePhase:
        return self.vehicle.phase

    def say(self, *words: str) -> None:
        """The charger sends these messages now."""
        for word in words:
            self.hear(frame_of(word))

    def every(self, period_ns: int, word: str, until_ns: int) -> None:
        """The charger repeats *word*."""
        while self.now_ns < until_ns:
            self.say(word)
            self.run_for(period_ns)

    def _take(self, frames: object) -> None:
        super()._take(frames)
        assert isinstance(frames, list)
        if self.grant:
            for frame in frames:
                for answer in self._peer.receive(self.now_ns, frame):
                    self.hear(answer)

    def reach(self, phase: VehiclePhase) -> None:
        """Bring the vehicle to *phase* by ordinary messages and time."""
        _WAYS[phase](self)
        assert self.phase is phase


def _unplugged(v: VehicleAlone) -> None:
    v.plant.change(v.now_ns, is_awake=False)
    v.act()


def _ready(v: VehicleAlone) -> None:
    v.reach(VehiclePhase.PARAMETERS)
    v.run_for(ms(100))
    v.say("CML")


def _vehicle_ready(v: VehicleAlone) -> None:
    _ready(v)
    v.run_for(ms(1600))


def _charging(v: VehicleAlone) -> None:
    _vehicle_ready(v)
    v.say("CRO(AA)")


def _stopping(v: VehicleAlone) -> None:
    v.reach(VehiclePhase.CHARGING)
    v.plant.change(v.now_ns, driver_target_pct=0.0)
    v.run_for(ms(100))


def _statistics(v: VehicleAlone) -> None:
    v.reach(VehiclePhase.STOPPING)
    v.say("CST")
    v.run_for(ms(200))


def _after(phase: VehiclePhase, *words: str, wait_ns: int = 0) -> Callable[[VehicleAlone], None]:
    def way(v: VehicleAlone) -> None:
        v.reach(phase)
        if words == ("CRM(AA)",):
            v.run_for(ms(200))
        v.say(*words)
        v.run_for(wait_ns)

    return way


_WAYS: Mapping[VehiclePhase, Callable[[VehicleAlone], None]] = {
    VehiclePhase.UNPLUGGED: _unplugged,
    VehiclePhase.WAITING: lambda v: None,
    VehiclePhase.HANDSHAKE: _after(VehiclePhase.WAITING, "CHM"),
    VehiclePhase.RECOGNITION: _after(VehiclePhase.HANDSHAKE, "CRM(00)"),
    VehiclePhase.PARAMETERS: _after(VehiclePhase.RECOGNITION, "CRM(AA)"),
    VehiclePhase.READY: _vehicle_ready,
    VehiclePhase.CHARGING: _charging,
    VehiclePhase.STOPPING: _stopping,
    VehiclePhase.STATISTICS: _statistics,
    VehiclePhase.ENDED: _after(VehiclePhase.STATISTICS, "CSD"),
    VehiclePhase.ERROR: _after(VehiclePhase.RECOGNITION, wait_ns=s(6)),
    VehiclePhase.SUSPENDED: _after(VehiclePhase.PARAMETERS, "CEM"),
    VehiclePhase.FAILED: _after(VehiclePhase.STOPPING, wait_ns=s(6)),
    VehiclePhase.FINISHED: _after(VehiclePhase.ERROR, wait_ns=s(31)),
}


@pytest.fixture
def make_vehicle() -> Callable[..., VehicleAlone]:
    """A started vehicle; keywords are options, except ``timers_ns`` and ``behaviour``."""

    def make(**options: object) -> VehicleAlone:
        parts = {name: options.pop(name) for name in ("timers_ns", "periods_ns", "behaviour") if name in options}
        plant = StubPlant()
        machine = VehicleMachine(VehicleOptions(**options), plant, **parts)  # type: ignore[arg-type]
        alone = VehicleAlone(machine, plant=plant)
        alone.start()
        return alone

    return make


@pytest.fixture
def vehicle(make_vehicle: Callable[..., VehicleAlone]) -> VehicleAlone:
    """A started healthy vehicle."""
    return make_vehicle()


@dataclass
class ChargerAlone(Alone):
    """The charger, with a vehicle whose multi-packet messages go through a transport of their own."""

    _peer: Transport = field(default_factory=lambda: Transport(VEHICLE))

    @property
    def charger(self) -> ChargerMachine:
        assert isinstance(self.machine, ChargerMachine)
        return self.machine

    def say(self, *words: str) -> None:
        """The vehicle sends these single-frame messages now."""
        for word in words:
            self.hear(frame_of(word))

    def tell(self, name: str, data: bytes | None = None) -> None:
        """The vehicle sends the multi-packet message *name*, all of it at this instant if it is granted."""
        row = MESSAGES[name]
        pending = list(self._peer.send(self.now_ns, row.pgn, CHARGER, data or bytes(row.length)))
        while pending:
            replies = self.machine.receive(self.now_ns, pending.pop(0))
            self.sent += [(self.now_ns, frame) for frame in replies]
            for reply in replies:
                pending += self._peer.receive(self.now_ns, reply)
        self._peer.reset()

    def walk_to_charging(self) -> None:
        """An ordinary session up to the first CCS."""
        self.charger.begin()
        self.act()
        self.say("BHM")
        self.run_for(s(2))
        self.tell("BRM")
        self.tell("BCP", _BCP)
        self.say("BRO(AA)")
        self.run_for(s(1))
        self.say("BCL")
        self.tell("BCS")


_BCP = codec_2015().encode(
    "BCP",
    {
        "max_cell_voltage_v": 3.65, "max_current_a": -250.0, "energy_kwh": 282.0, "max_voltage_v": 700.8, "max_temp_degc": 55,
        "soc_pct": 40.0, "voltage_v": 630.0,
    },
)  # fmt: skip


@pytest.fixture
def make_charger() -> Callable[..., ChargerAlone]:
    """A started charger; keywords are options, except ``timers_ns`` and ``behaviour``."""

    def make(**options: object) -> ChargerAlone:
        parts = {name: options.pop(name) for name in ("timers_ns", "behaviour") if name in options}
        alone = ChargerAlone(ChargerMachine(ChargerOptions(**options), **parts))  # type: ignore[arg-type]
        alone.start()
        return alone

    return make


@pytest.fixture
def charger(make_charger: Callable[..., ChargerAlone]) -> ChargerAlone:
    """A started charger of the tester."""
    return make_charger()
