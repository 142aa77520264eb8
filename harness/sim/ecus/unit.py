"""One control unit of a truck on J1939: its groups, its identification, its fault memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.core import Frame, ms
from harness.protocols.canbus.confinement import ControllerTraits
from harness.protocols.j1939.claim import ADDRESS_CLAIMED
from harness.protocols.j1939.controller import ACK, NACK, Answer, Content, Controller, Cyclic, Habits
from harness.protocols.j1939.faults import TransportFaults
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.j1939.ids import GLOBAL, J1939Id
from harness.protocols.j1939.name import Name
from harness.protocols.j1939.timing import J1939_21, TransportTiming
from harness.protocols.j1939.trouble import Lamps, write_troubles
from harness.sim.ecus.commands import Commands
from harness.sim.ecus.diagnostics import Diagnostics, DiagnosticSetup
from harness.sim.ecus.endurance import Endurance, EnduranceSetup
from harness.sim.ecus.habits import UnitHabits
from harness.sim.ecus.input import BrakeInput, InputSetup
from harness.sim.ecus.memory import FaultMemory, Trouble
from harness.sim.ecus.state import TruckState
from harness.sim.ecus.wakefulness import SleepSetup, Wakefulness

__all__ = ["ControlUnit", "Identification", "Surroundings", "UnitSpec"]

_PGN = {name: group.pgn for name, group in BY_NAME.items()}
_MANUFACTURER = 300
_SAFETY = 3
"""Messages of this priority or a higher one go on when diagnostics stop the others."""
_LOWEST_NAME = bytes(8)
_STUCK = replace(Lamps(), malfunction=1)


@dataclass(frozen=True, slots=True)
class Identification:
    """What a unit tells of itself."""

    make: str = "PRCRT"
    model: str = "HT-1"
    serial: str = "0001"
    part: str = "37100-0001"
    location: str = "CHASSIS"
    kind: str = "CONTROLLER"
    software: tuple[str, ...] = ("SW-01.02.03",)
    hardware: str = "HW-02"

    def component(self) -> bytes:
        """Component identification: ``make*model*serial*unit*``."""
        return f"{self.make}*{self.model}*{self.serial}**".encode("ascii")

    def software_id(self) -> bytes:
        """Software identification: number of fields, then each with ``*``."""
        return bytes((len(self.software),)) + "".join(f"{each}*" for each in self.software).encode("ascii")

    def dids(self) -> Mapping[int, str]:
        """The texts of the identification set of UDS."""
        return {
            0xF187: self.part,
            0xF188: f"{self.part}-S",
            0xF189: self.software[0],
            0xF18A: self.make,
            0xF18C: self.serial,
            0xF191: self.hardware,
            0xF192: f"{self.part}-H",
            0xF193: self.hardware,
            0xF194: f"{self.part}-S1",
            0xF195: self.software[0],
            0xF197: self.kind,
            0xF19E: f"{self.make}_{self.kind}",
        }

    def ecu(self) -> bytes:
        """ECU identification: ``part*serial*location*type*manufacturer*``."""
        return f"{self.part}*{self.serial}*{self.location}*{self.kind}*{self.make}*".encode("ascii")


@dataclass(frozen=True, slots=True)
class UnitSpec:
    """What makes one unit differ from the others."""

    name: str
    address: int
    function: int
    """Of its NAME."""
    cyclic: tuple[Cyclic, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    identification: Identification = field(default_factory=Identification)
    tells_vin: bool = False
    data_spns: tuple[tuple[int, int], ...] = ()
    """What it tells in its groups: number and bytes, for DM24."""
    is_steered: bool = False
    """It obeys torque requests of others."""
    has_input: bool = False
    """It reads demands of a brake controller."""
    spare_addresses: tuple[int, ...] = ()
    """Addresses that it claims when it loses its own; a unit without them tells that it cannot claim."""
    identity: int = 1
    name_fields: Mapping[str, int] = field(default_factory=dict)
    """Other fields of its NAME than the usual ones."""

    @property
    def j1939_name(self) -> Name:
        """Its NAME."""
        fields: dict[str, int] = {"identity": self.identity, "manufacturer": _MANUFACTURER, "function": self.function, **self.name_fields}
        return Name(**fields, arbitrary_address_capable=bool(self.spare_addresses))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How a unit lives with its bus, beyond what it says on it; the defaults are right."""

    sleep: SleepSetup = field(default_factory=SleepSetup)
    input: InputSetup = field(default_factory=InputSetup)
    endurance: EnduranceSetup = field(default_factory=EnduranceSetup)
    controller: ControllerTraits = field(default_factory=ControllerTraits)
    startup: tuple[Frame, ...] = ()
    """Sent at once when power comes."""
    raw: tuple[tuple[int, Frame], ...] = ()
    """Period and frame of what it sends beside its groups."""
    is_backfed: bool = False
    """Goes on without supply."""


class ControlUnit:
    """The unit on the bus. Every call gives the frames to send."""

    def __init__(
        self,
        spec: UnitSpec,
        state: TruckState,
        *,
        habits: Habits,
        transport_faults: TransportFaults | None = None,
        timing: TransportTiming = J1939_21,
        diagnostics: DiagnosticSetup | None = None,
        own: UnitHabits | None = None,
        around: Surroundings | None = None,
        seed: int = 0,
    ) -> None:
        self.spec, self._state = spec, state
        around = around or Surroundings()
        self._wakefulness, self._endurance = Wakefulness(around.sleep), Endurance(around.endurance)
        self._around, self._is_off_bus = around, False
        self._raw_ns: list[int] = []
        """When each of the raw frames is due."""
        self._own = own or UnitHabits()
        self._commands = Commands(state, self._own, is_steered=spec.is_steered, harm=self._harm)
        self._lamp_is_stuck = False
        self.memory = FaultMemory(spec.troubles, self._own.memory)
        self.memory.on_change.append(self._changed)
        self._input = BrakeInput(spec.address, around.input, state, self.memory) if spec.has_input else None
        self._told_ns: int | None = None
        self._restart_ns: int | None = None
        setup = diagnostics or DiagnosticSetup()
        self.diagnostics = Diagnostics(spec.address, spec.identification.dids(), state, self.memory, setup, self._reset, seed=seed)
        dm1 = Cyclic(_PGN["DM1"], self._own.dm1_ns, self._troubles, offset_ns=ms(500))
        cyclic = [replace(row, content=self._edited(row.pgn, row.content)) for row in (*spec.cyclic, dm1)]
        self.controller = Controller(
            spec.j1939_name,
            (spec.address, *spec.spare_addresses),
            cyclic=[replace(row, content=self._unless_quiet(row)) for row in cyclic],
            answers=self._answers(cyclic),
            habits=habits,
            timing=timing,
            transport_faults=transport_faults,
            seed=seed,
        )

    def start(self, now_ns: int) -> list[Frame]:
        """Power comes."""
        self._endurance.start()
        self._raw_ns = [now_ns + period_ns for period_ns, _ in self._around.raw]
        return [*self.controller.start(now_ns), *self._around.startup]

    def stop(self) -> None:
        """Power goes; the fault memory stays."""
        self.controller.stop()
        self.diagnostics.stop()
        self._commands.forget()
        self._restart_ns = None
        self._raw_ns = []
        if self._input is not None:
            self._input.stop()

    @property
    def is_backfed(self) -> bool:
        """Whether it goes on without supply."""
        return self._around.is_backfed

    def turn_key(self, now_ns: int, on: bool) -> None:
        """Terminal 15."""
        self._wakefulness.turn(now_ns, on)

    def on_bus(self, present: bool) -> None:
        """Its CAN controller is bus-off, or has its place again."""
        self._is_off_bus = not present

    def receive(self, now_ns: int, frame: Frame) -> list[Frame]:
        """A frame of somebody else."""
        if self._is_off_bus or not self._wakefulness.hear(now_ns):
            return []
        if self._endurance.hear(now_ns, frame):
            self._reset(now_ns)
            return []
        if self._input is not None:
            self._input.receive(now_ns, frame)
        frames = self.controller.receive(now_ns, frame)
        for ident, data in self.controller.received:
            frames += self._commands.take(now_ns, ident, data)
        self.controller.received.clear()
        return [*frames, *self.diagnostics.receive(now_ns, frame)]

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        missed = None if self._input is None else self._input.next_deadline_ns()
        deadlines = (
            self.controller.next_deadline_ns(),
            self.diagnostics.endpoint.next_deadline_ns(),
            self._restart_ns,
            missed,
            *self._raw_ns,
        )
        return min((each for each in deadlines if each is not None), default=None)

    def handle_timers(self, now_ns: int) -> list[Frame]:
        """Do what is due."""
        frames: list[Frame] = []
        if self._input is not None:
            self._input.handle_timers(now_ns)
        if self._restart_ns is not None and self._restart_ns <= now_ns:
            self._restart_ns = None
            frames += self.controller.start(now_ns)
        frames += self.controller.handle_timers(now_ns)
        for place, (period_ns, frame) in enumerate(self._around.raw if self._raw_ns else ()):
            if self._raw_ns[place] <= now_ns:
                self._raw_ns[place] += period_ns
                frames.append(frame)
        if self.controller.claimant.may_send and not self.diagnostics.is_on and self._restart_ns is None:
            self.diagnostics.start(now_ns)
        return [*frames, *self.diagnostics.endpoint.handle_timers(now_ns)]

    def trouble(self, now_ns: int, present: bool) -> None:
        """The first thing that can be wrong with the unit is so from now on, or is right again."""
        first = self.spec.troubles[0]
        self.diagnostics.trouble(now_ns, first.spn, first.fmi, present)

    def _reset(self, now_ns: int) -> None:
        """Start anew, at once out of the bus and a while later on it."""
        self.stop()
        self._restart_ns = now_ns + self.diagnostics.setup.reset_ns

    def _harm(self, now_ns: int, kind: str) -> list[Frame]:
        if kind == "lamp":
            self._lamp_is_stuck = True
        if kind == "reset":
            self._reset(now_ns)
        if kind == "address":
            other = J1939Id(6, ADDRESS_CLAIMED, self.controller.address, GLOBAL)
            return self.controller.claimant.receive(now_ns, other, _LOWEST_NAME)
        return []

    def _unless_quiet(self, row: Cyclic) -> Content:
        is_safety = row.priority <= _SAFETY

        def content(now_ns: int) -> bytes | None:
            may = (is_safety or self.diagnostics.is_talking) and self._commands.may_send(now_ns, row.priority)
            may = may and self._wakefulness.is_awake(now_ns) and self._endurance.may_send(now_ns)
            return row.content(now_ns) if may else None

        return content

    def _edited(self, pgn: int, content: Content) -> Content:
        """*content* as the unit tells it."""
        edits = [edit for edited, edit in self._own.edits if edited == pgn]
        if not edits:
            return content

        def told(now_ns: int) -> bytes | None:
            data = content(now_ns)
            for edit in edits:
                data = None if data is None else edit(data)
            return data

        return told

    def _answers(self, cyclic: Sequence[Cyclic]) -> Mapping[int, Answer]:
        memory, own = self.memory, self.spec.identification
        no_lamps = Lamps()
        contents: dict[str, Content] = {
            "ComponentId": lambda now_ns: own.component(),
            "SoftwareId": lambda now_ns: own.software_id(),
            "EcuId": lambda now_ns: own.ecu(),
            "DM2": lambda now_ns: write_troubles(memory.stored(), no_lamps),
            "DM5": lambda now_ns: bytes((len(memory.active()), len(memory.stored()), 0x05)) + bytes(5),
        }
        if self.spec.data_spns:
            contents["DM24"] = lambda now_ns: self._supported()
        if self.spec.tells_vin:
            contents["VehicleId"] = lambda now_ns: f"{self._state.vin}*".encode("ascii")
        answers = {row.pgn: Answer(row.content) for row in cyclic if row.destination == GLOBAL}
        answers |= {_PGN[name]: Answer(self._edited(_PGN[name], content)) for name, content in contents.items()}
        answers[_PGN["DM3"]] = Answer(act=lambda now_ns: self._cleared(now_ns, stored=True))
        answers[_PGN["DM11"]] = Answer(act=lambda now_ns: self._cleared(now_ns, stored=False))
        return answers

    def _troubles(self, now_ns: int) -> bytes:
        self._told_ns = now_ns
        return write_troubles(self.memory.active(), _STUCK if self._lamp_is_stuck else self.memory.lamps())

    def _changed(self, now_ns: int) -> None:
        if not (self.controller.claimant.may_send and self.diagnostics.is_talking) or (
            self._told_ns is not None and now_ns - self._told_ns < self._own.least_change_ns
        ):
            return
        self.controller.later(now_ns, self._tell_change)

    def _tell_change(self, now_ns: int) -> list[Frame]:
        content = self._edited(_PGN["DM1"], self._troubles)(now_ns)
        return [] if content is None else self.controller.send(now_ns, _PGN["DM1"], content)

    def _cleared(self, now_ns: int, *, stored: bool) -> int | None:
        if self._state.speed_kmh > 0 and not self._own.clears_always:
            return NACK
        if stored:
            self.memory.clear_stored()
        else:
            self.memory.clear_active(now_ns)
        return None if self._own.clears_untold else ACK

    def _supported(self) -> bytes:
        """DM24: each SPN with what is supported of it (data stream, no test results), and its length."""
        rows = [bytes((spn & 0xFF, spn >> 8 & 0xFF, spn >> 16 << 5 | 0b11101, length)) for spn, length in self.spec.data_spns]
        return b"".join(rows).ljust(8, b"\xff")
