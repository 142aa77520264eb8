"""The simulated DC charger: the charger side on the charging CAN, its cable on the pilot link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from harness.core import Level, Node, Pdu, ms
from harness.protocols.gbt27930.behaviour import Behaviour
from harness.protocols.gbt27930.charger import ChargerMachine, ChargerOptions, ChargerPhase
from harness.protocols.gbt27930.class_c import Version
from harness.protocols.gbt27930.class_c.machines import NegotiatingCharger
from harness.sim.dialects import check_dialect
from harness.sim.faults import CHARGER_FAULTS, behaviour_of
from harness.sim.options import OptionReader

__all__ = ["CableOptions", "ChargerPilot", "dc_charger"]

_LEVEL_PERIOD_NS = ms(50)


@dataclass(frozen=True, slots=True)
class CableOptions:
    """How the charger is wired."""

    pilot: bool = True
    """Sit on the pilot link."""
    seed: int = 0
    """Of what the charger is asked to send at random."""
    aux_off_at_end: bool = False
    """Switch the auxiliary supply off when the session is over. A tester leaves it to its cases."""


def dc_charger(options: Mapping[str, object]) -> list[Node]:
    """A DC charger, as tester or as simulated station.

    Options: the fields of ``ChargerOptions`` and ``CableOptions``, and ``faults``, a list of names
    from ``CHARGER_FAULTS``. Returns the
    ``ChargerMachine`` and, with ``pilot``, its ``ChargerPilot``.

    Raises:
        ConfigError: unknown option or fault, wrong type, impossible value; all of them at once.
    """
    reader = OptionReader("dc_charger", options)
    charger, cable = reader.read(ChargerOptions), reader.read(CableOptions)
    behaviour = behaviour_of(reader.names("faults", CHARGER_FAULTS, "fault"), CHARGER_FAULTS)
    _check(reader, charger)
    reader.finish()
    charger = replace(charger, **{name: value for name, value in behaviour.options().items() if hasattr(charger, name)})  # type: ignore[arg-type]
    machine = _machine(charger, cable.seed, behaviour)
    return [machine, ChargerPilot(machine, aux_off_at_end=cable.aux_off_at_end)] if cable.pilot else [machine]


def _machine(charger: ChargerOptions, seed: int, behaviour: Behaviour) -> ChargerMachine:
    if charger.class_c:
        return NegotiatingCharger(Version.parse(charger.class_c), charger, seed=seed, behaviour=behaviour)
    return ChargerMachine(charger, seed=seed, behaviour=behaviour)


class ChargerPilot:
    """The charger's node on the pilot link: tells ``plug``, ``aux_v``, ``dc_v`` and ``dc_a``, hears ``k5k6`` and ``inlet_v``.

    Where the truck is the tester, it is the one who plugs in and works the buttons: ``plug``, ``start_button`` and
    ``stop_button`` are heard then. A button counts how often it was pressed.

    Voltage and current of the cable are told every 50 ms while they change, always with one decimal.
    """

    def __init__(self, machine: ChargerMachine, *, name: str = "charger pilot", aux_off_at_end: bool = False) -> None:
        self.name = name
        self._aux_off_at_end = aux_off_at_end
        self._is_supplied = False
        self._machine = machine
        self._output = machine.output
        self._orders: list[Level] = []
        self._told = {"dc_v": 0.0, "dc_a": 0.0}
        self._told_ns = 0
        self._now_ns = 0
        self.is_plugged = False

    def plug_in(self, *, aux: bool = True) -> None:
        """Plug the connector in and switch the auxiliary supply on, or leave it off."""
        self._orders.append(Level("plug", 1.0))
        self._connect(aux=aux)

    def unplug(self) -> None:
        """Take the supply off, pull the connector; the charger forgets its session."""
        self._disconnect()
        self._orders.append(Level("plug", 0.0))

    def switch_aux(self, on: bool) -> None:
        """Switch the auxiliary supply while the connector stays in."""
        self._is_supplied = on
        self._orders.append(Level("aux_v", self._machine.options.aux_voltage_v if on else 0.0))

    def ask_vehicle_to_stop(self) -> None:
        """Use the stop means of the simulated truck: its operator sets the target state of charge to the present one."""
        self._orders.append(Level("stop_request", 1.0))

    def swap_pack(self) -> None:
        """Let a swap station exchange the pack of the simulated truck, which must be unplugged."""
        self._orders += [Level("swap_pack", 1.0), Level("swap_pack", 0.0)]

    def ask_vehicle_to_pause(self, on: bool = True) -> None:
        """Use the pause means of the simulated truck: a switch of its operator; with False let it go on."""
        self._orders.append(Level("pause_request", float(on)))

    def start(self, now_ns: int) -> list[Pdu]:
        """Unplugged."""
        self._now_ns = self._told_ns = now_ns
        self._output.vehicle_closed = False
        return [Level("plug", 0.0)]

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """Take a level of the truck's side."""
        self._now_ns = now_ns
        self._output.advance(now_ns)
        if isinstance(pdu, Level):
            if pdu.line == "k5k6":
                self._output.vehicle_closed = pdu.value >= 0.5
            elif pdu.line == "inlet_v":
                self._output.inlet_v = pdu.value
            else:
                self._operated(pdu)
        return self._tell(now_ns)

    def next_deadline_ns(self) -> int | None:
        """Now for an order, otherwise when the cable may be told again."""
        if self._orders or self._supply_ends():
            return self._now_ns
        if self._output.is_moving or self._levels() != self._told:
            return max(self._now_ns, self._told_ns + _LEVEL_PERIOD_NS)
        return None

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """Carry out orders, then tell what changed."""
        self._now_ns = now_ns
        self._output.advance(now_ns)
        if self._supply_ends():
            self.switch_aux(False)
        orders, self._orders = self._orders, []
        return [*orders, *self._tell(now_ns)]

    def _connect(self, *, aux: bool = True) -> None:
        self.is_plugged = True
        self.switch_aux(aux)

    def _disconnect(self) -> None:
        self.is_plugged = False
        self._machine.reset()
        self.switch_aux(False)

    def _operated(self, level: Level) -> None:
        """What somebody does to the charger."""
        match level.line:
            case "plug" if (level.value >= 0.5) is not self.is_plugged:
                (self._disconnect if self.is_plugged else self._connect)()
            case "start_button" if self.is_plugged and level.value and self._machine.may_begin:
                self._machine.begin("handshake")
            case "stop_button" if level.value and not self._machine.refrains("heed_stop_button"):
                self._machine.stop("manual")

    def _supply_ends(self) -> bool:
        over = self._aux_off_at_end and self._is_supplied and self._machine.phase is ChargerPhase.ENDED
        return over and not self._machine.refrains("switch_supply_off")

    def _tell(self, now_ns: int) -> list[Pdu]:
        if now_ns - self._told_ns < _LEVEL_PERIOD_NS:
            return []
        levels = self._levels()
        changed = [line for line, value in levels.items() if value != self._told[line]]
        self._told_ns, self._told = now_ns, levels
        return [Level(line, levels[line]) for line in changed]

    def _levels(self) -> dict[str, float]:
        return {"dc_v": round(self._output.voltage_v, 1), "dc_a": round(self._output.current_a, 1)}


def _check(reader: OptionReader, charger: ChargerOptions) -> None:
    reader.require(len(charger.region_code) in (0, 3), f"option 'region_code' must have 3 characters, not '{charger.region_code}'")
    check_dialect(reader, charger.edition, charger.class_c)
    reader.require(
        0 <= charger.charger_number <= (0xFF if charger.edition == "2011" or charger.also_2011 else 0xFFFFFFFF),
        f"option 'charger_number' does not fit the message of its edition: {charger.charger_number}",
    )
    reader.require(charger.ccs_length in (7, 8), f"option 'ccs_length' must be 7 or 8, not {charger.ccs_length}")
    reader.require(0 <= charger.max_current_a <= 400, f"option 'max_current_a' must be 0..400, not {charger.max_current_a}")
    for name in ("ramp_up_a_per_s", "ramp_down_a_per_s", "ramp_v_per_s", "max_voltage_v"):
        value = getattr(charger, name)
        reader.require(value > 0, f"option '{name}' must be positive, not {value}")
    try:
        datetime.fromisoformat(charger.date)
    except ValueError:
        reader.complain(f"option 'date' must be like 2025-06-01T08:00:00, not '{charger.date}'")
