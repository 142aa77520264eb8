"""What the messages of the vehicle say, from its options, its plant and the state of the session."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from harness.core import Value
from harness.protocols.gbt27930.vehicle.options import VehicleOptions
from harness.protocols.gbt27930.vehicle.plant import VehiclePlant

__all__ = ["CONTENT", "VehicleState", "cell_groups", "content_length", "is_untrusted"]

Values = dict[str, Value]

LARGEST_CURRENT_A = 400.0
"""Raw 0 of every current: a pack that takes more can neither tell nor demand it."""
CELLS_PER_GROUP = 256
"""Cells that one BMV can carry and that the numbers of the message table reach."""

READY = 0xAA
NOT_READY = 0x00
VERSION_1_1 = b"\x01\x01\x00"

CONSTANT_VOLTAGE = 1
CONSTANT_CURRENT = 2

_BST_REASONS = (
    "soc_reached", "voltage_reached", "cell_voltage_reached", "charger_stopped", "insulation_fault", "connector_over_temp",
    "component_over_temp", "connector_fault", "battery_over_temp", "relay_fault", "cp2_fault", "other_fault",
    "over_current_error", "voltage_error",
)  # fmt: skip
_BEM_TIMEOUTS = ("timeout_crm00", "timeout_crmaa", "timeout_cml", "timeout_cro", "timeout_ccs", "timeout_cst", "timeout_csd")
UNTRUSTED = 2
_BSM_STATES = ("cell_voltage_state", "soc_state", "over_current", "over_temp", "insulation", "connector")


@dataclass(slots=True)
class VehicleState:
    """What the BMS knows in a session."""

    options: VehicleOptions
    plant: VehiclePlant
    capability: Mapping[str, Value] = field(default_factory=dict)
    """Last CML."""
    is_ready: bool = False
    """Contactors closed: BRO says AA."""
    brm_granted: bool = False
    """The charger answered an RTS of BRM with a grant."""
    cst_heard: bool = False
    opening: bool = False
    """The contactors are to open as soon as the current is low."""
    reconnects: int = 0
    excess_since_ns: dict[str, int] = field(default_factory=dict)
    """Since when CCS reports more ``voltage`` than permitted, or more ``current`` than demanded."""
    stop_reasons: set[str] = field(default_factory=set)
    """Signals of BST that are 1."""
    errors: set[str] = field(default_factory=set)
    """Signals of BEM that are 1."""
    cell_group: int = 0
    """Group of cells that the next BMV is about, counted from 0."""

    @property
    def offered_a(self) -> float:
        """Largest current of the last CML, charging positive; as much as the pack takes if it told none."""
        offered = self.capability.get("max_current_a")
        # A positive value is a discharge current, which no charger offers: nothing may be demanded then.
        return max(0.0, -offered) if isinstance(offered, int | float) else self.options.max_current_a

    @property
    def charger_fits(self) -> bool:
        """The charger of the last CML offers a current, and voltages between which the pack lies now."""
        highest, lowest = self.capability.get("max_voltage_v"), self.capability.get("min_voltage_v")
        if not isinstance(highest, int | float) or not isinstance(lowest, int | float):
            return False
        return lowest <= self.plant.pack_voltage_v <= highest and self.offered_a > 0

    @property
    def demand_v(self) -> float:
        """Voltage demand: the highest of the pack, or of the charger if that is less."""
        highest = self.capability.get("max_voltage_v")
        return min(self.options.max_voltage_v, highest) if isinstance(highest, int | float) else self.options.max_voltage_v

    @property
    def demand_a(self) -> float:
        """Current demand, charging positive: the wish as far as other inlets of the pack leave it."""
        return min(self.wish_a, self.plant.share_a)

    @property
    def wish_a(self) -> float:
        """Current that pack, charger and remaining headroom of the voltage allow, charging positive."""
        return min(self.options.max_current_a, self.offered_a, self.plant.headroom_a)

    @property
    def remaining_min(self) -> int:
        """Minutes to the target state of charge at the present current, 600 if longer."""
        missing_kwh = max(0.0, self.options.target_soc_pct - self.plant.soc_pct) / 100 * self.options.energy_kwh
        power_kw = self.plant.voltage_v * self.plant.current_a / 1000
        if power_kw <= 0:
            return 600 if missing_kwh > 0 else 0
        return min(600, round(60 * missing_kwh / power_kw))


def _bhm(state: VehicleState) -> Values:
    return {"max_voltage_v": state.options.max_voltage_v}


def _brm(state: VehicleState) -> Values:
    o = state.options
    return {
        "protocol_version": VERSION_1_1,
        "battery_type": o.battery_type,
        "rated_capacity_ah": o.rated_capacity_ah,
        "rated_voltage_v": o.rated_voltage_v,
        "maker": o.maker.encode("ascii"),
        "pack_number": o.pack_number + state.plant.swaps,
        "production_year": o.production_year,
        "production_month": o.production_month,
        "production_day": o.production_day,
        "charge_count": o.charge_count,
        "ownership": o.ownership,
        "vin": o.vin.encode("ascii"),
        "software_serial": o.software_serial,
        "software_day": o.production_day,
        "software_month": o.production_month,
        "software_year": o.production_year,
    }


def _bcp(state: VehicleState) -> Values:
    o = state.options
    return {
        "max_cell_voltage_v": o.max_cell_voltage_v,
        "max_current_a": -min(o.max_current_a, LARGEST_CURRENT_A),
        "energy_kwh": o.energy_kwh,
        "max_voltage_v": o.max_voltage_v,
        "max_temp_degc": o.max_temp_degc,
        "soc_pct": round(state.plant.soc_pct, 1),
        "voltage_v": round(state.plant.pack_voltage_v, 1),
    }


def _bro(state: VehicleState) -> Values:
    return {"ready": READY if state.is_ready else NOT_READY}


def _bcl(state: VehicleState) -> Values:
    limited = state.plant.headroom_a < state.options.max_current_a
    # Downwards to the resolution of the message, so that rounding never demands more than is permitted.
    current_a = min(math.floor(state.demand_a * 10) / 10, LARGEST_CURRENT_A)
    return {
        "voltage_v": state.demand_v,
        "current_a": -current_a,
        "mode": CONSTANT_VOLTAGE if limited else CONSTANT_CURRENT,
    }


def _bcs(state: VehicleState) -> Values:
    plant = state.plant
    return {
        "voltage_v": round(plant.voltage_v, 1),
        "current_a": round(-plant.current_a, 1),
        "max_cell_voltage_v": round(plant.cells.max_cell_voltage_v, 2),
        "max_cell_group": (plant.cells.max_cell - 1) // CELLS_PER_GROUP + 1,
        "soc_pct": math.floor(plant.soc_pct),
        "remaining_min": state.remaining_min,
    }


def _bsm(state: VehicleState) -> Values:
    cells = state.plant.cells
    return {
        "max_cell_number": (cells.max_cell - 1) % CELLS_PER_GROUP + 1,
        "max_temp_degc": cells.max_temp_degc,
        "max_temp_point": min(128, cells.max_temp_point),
        "min_temp_degc": cells.min_temp_degc,
        "min_temp_point": min(128, cells.min_temp_point),
        **dict.fromkeys(_BSM_STATES, 0),
        "permitted": int(not state.plant.pause_wanted),
    }


def _bmv(state: VehicleState) -> Values:
    values: Values = {}
    for number, voltage_v in enumerate(_cells_of_group(state), 1):
        values[f"cell_{number:03d}_voltage_v"] = round(voltage_v, 2)
        values[f"cell_{number:03d}_group"] = state.cell_group + 1
    return values


def _bmt(state: VehicleState) -> Values:
    return {f"temp_{number:03d}_degc": temp for number, temp in enumerate(state.plant.cells.temps_degc()[:128], 1)}


def _bst(state: VehicleState) -> Values:
    return {name: int(name in state.stop_reasons) for name in _BST_REASONS}


def _bsd(state: VehicleState) -> Values:
    cells = state.plant.cells
    return {
        "soc_pct": math.floor(state.plant.soc_pct),
        "min_cell_voltage_v": round(cells.min_cell_voltage_v, 2),
        "max_cell_voltage_v": round(cells.max_cell_voltage_v, 2),
        "min_temp_degc": cells.min_temp_degc,
        "max_temp_degc": cells.max_temp_degc,
    }


def _bem(state: VehicleState) -> Values:
    return {name: int(name in state.errors) for name in _BEM_TIMEOUTS}


CONTENT: Mapping[str, Callable[[VehicleState], Values]] = MappingProxyType(
    {
        "BHM": _bhm, "BRM": _brm, "BCP": _bcp, "BRO": _bro, "BCL": _bcl, "BCS": _bcs, "BSM": _bsm, "BMV": _bmv, "BMT": _bmt,
        "BSP": lambda state: {}, "BST": _bst, "BSD": _bsd, "BEM": _bem,
    }
)  # fmt: skip
"""Values of each message of the vehicle by its name."""


def content_length(name: str, state: VehicleState) -> int | None:
    """Bytes of a message whose length follows the battery, ``None`` if the table of messages says it."""
    if name == "BMV":
        return 2 * len(_cells_of_group(state))
    if name == "BMT":
        return min(128, len(state.plant.cells.temps_degc()))
    return None


def cell_groups(state: VehicleState) -> int:
    """How many BMV it takes to tell all cells."""
    return -(-len(state.plant.cells.cell_voltages_v()) // CELLS_PER_GROUP)


def _cells_of_group(state: VehicleState) -> Sequence[float]:
    first = state.cell_group * CELLS_PER_GROUP
    return state.plant.cells.cell_voltages_v()[first : first + CELLS_PER_GROUP]


def is_untrusted(values: Mapping[str, Value]) -> bool:
    """Whether a message tells nothing but that its states are not to be trusted: what was known before stays."""
    told = [value for name, value in values.items() if not name.startswith("reserved") and value is not None]
    return UNTRUSTED in told and 1 not in told
