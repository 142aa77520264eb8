"""The simulated DC charger: the charger side on the charging CAN, its cable on the pilot link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from harness.core import Level, Node, Pdu, ms
from harness.protocols.gbt27930.charger import ChargerMachine
from harness.protocols.gbt27930.charger_options import ChargerOptions
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


def dc_charger(options: Mapping[str, object]) -> list[Node]:
    """A DC charger, as tester or as simulated station.

    Options: the fields of ``ChargerOptions`` and ``CableOptions``, and ``faults`` (none exist yet). Returns the
    ``ChargerMachine`` and, with ``pilot``, its ``ChargerPilot``.

    Raises:
        ConfigError: unknown option or fault, wrong type, impossible value; all of them at once.
    """
    reader = OptionReader("dc_charger", options)
    charger, cable = reader.read(ChargerOptions), reader.read(CableOptions)
    reader.names("faults", (), "fault")
    _check(reader, charger)
    reader.finish()
    machine = ChargerMachine(charger, seed=cable.seed)
    return [machine, ChargerPilot(machine)] if cable.pilot else [machine]


class ChargerPilot:
    """The charger's node on the pilot link: tells ``plug``, ``aux_v``, ``dc_v`` and ``dc_a``, hears ``k5k6`` and ``inlet_v``.

    Voltage and current of the cable are told every 50 ms while they change, always with one decimal.
    """

    def __init__(self, machine: ChargerMachine, *, name: str = "charger pilot") -> None:
        self.name = name
        self._machine = machine
        self._output = machine.output
        self._orders: list[Level] = []
        self._told = {"dc_v": 0.0, "dc_a": 0.0}
        self._told_ns = 0
        self._now_ns = 0
        self.is_plugged = False

    def plug_in(self) -> None:
        """Plug the connector in and switch the auxiliary supply on."""
        self.is_plugged = True
        self._orders += [Level("plug", 1.0), Level("aux_v", self._machine.options.aux_voltage_v)]

    def unplug(self) -> None:
        """Take the supply off, pull the connector; the charger forgets its session."""
        self.is_plugged = False
        self._machine.reset()
        self._orders += [Level("aux_v", 0.0), Level("plug", 0.0)]

    def ask_vehicle_to_stop(self) -> None:
        """Use the stop means of the simulated truck: its operator sets the target state of charge to the present one."""
        self._orders.append(Level("stop_request", 1.0))

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
        return self._tell(now_ns)

    def next_deadline_ns(self) -> int | None:
        """Now for an order, otherwise when the cable may be told again."""
        if self._orders:
            return self._now_ns
        if self._output.is_moving or self._levels() != self._told:
            return max(self._now_ns, self._told_ns + _LEVEL_PERIOD_NS)
        return None

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """Carry out orders, then tell what changed."""
        self._now_ns = now_ns
        self._output.advance(now_ns)
        orders, self._orders = self._orders, []
        return [*orders, *self._tell(now_ns)]

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
    reader.require(charger.ccs_length in (7, 8), f"option 'ccs_length' must be 7 or 8, not {charger.ccs_length}")
    reader.require(0 <= charger.max_current_a <= 400, f"option 'max_current_a' must be 0..400, not {charger.max_current_a}")
    for name in ("ramp_up_a_per_s", "ramp_down_a_per_s", "ramp_v_per_s", "max_voltage_v"):
        value = getattr(charger, name)
        reader.require(value > 0, f"option '{name}' must be positive, not {value}")
    try:
        datetime.fromisoformat(charger.date)
    except ValueError:
        reader.complain(f"option 'date' must be like 2025-06-01T08:00:00, not '{charger.date}'")
