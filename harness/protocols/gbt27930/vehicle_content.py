"""What the messages of the vehicle say, from its options, its plant and the state of the session."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from harness.core import Value
from harness.protocols.gbt27930.plant import VehiclePlant
from harness.protocols.gbt27930.vehicle_options import VehicleOptions

__all__ = ["CONTENT", "VehicleState", "content_length"]

Values = dict[str, Value]

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
    excess_since_ns: int | None = None
    """Since when CCS reports more current than demanded."""
    stop_reasons: set[str] = field(default_factory=set)
    """Signals of BST that are 1."""
    errors: set[str] = field(default_factory=set)
    """Signals of BEM that are 1."""

    @property
    def demand_a(self) -> float:
        """Current demand, charging positive: what pack, charger and remaining headroom of the voltage allow."""
        limit = self.options.max_current_a
        offered = self.capability.get("max_current_a")
        if isinstance(offered, int | float):
            # A positive value is a discharge current, which no charger offers: nothing may be demanded then.
            limit = min(limit, max(0.0, -offered))
        return min(limit, self.plant.headroom_a)

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
        "pack_number": o.pack_number,
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
        "max_current_a": -o.max_current_a,
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
    current_a = math.floor(state.demand_a * 10) / 10
    return {
        "voltage_v": state.options.max_voltage_v,
        "current_a": -current_a,
        "mode": CONSTANT_VOLTAGE if limited else CONSTANT_CURRENT,
    }


def _bcs(state: VehicleState) -> Values:
    plant = state.plant
    return {
        "voltage_v": round(plant.voltage_v, 1),
        "current_a": round(-plant.current_a, 1),
        "max_cell_voltage_v": round(plant.cells.max_cell_voltage_v, 2),
        "max_cell_group": 1,
        "soc_pct": math.floor(plant.soc_pct),
        "remaining_min": state.remaining_min,
    }


def _bsm(state: VehicleState) -> Values:
    cells = state.plant.cells
    return {
        "max_cell_number": min(256, cells.max_cell),
        "max_temp_degc": cells.max_temp_degc,
        "max_temp_point": min(128, cells.max_temp_point),
        "min_temp_degc": cells.min_temp_degc,
        "min_temp_point": min(128, cells.min_temp_point),
        **dict.fromkeys(_BSM_STATES, 0),
        "permitted": 1,
    }


def _bmv(state: VehicleState) -> Values:
    values: Values = {}
    for number, voltage_v in enumerate(state.plant.cells.cell_voltages_v()[:256], 1):
        values[f"cell_{number:03d}_voltage_v"] = round(voltage_v, 2)
        values[f"cell_{number:03d}_group"] = 1
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
        return 2 * min(256, len(state.plant.cells.cell_voltages_v()))
    if name == "BMT":
        return min(128, len(state.plant.cells.temps_degc()))
    return None
