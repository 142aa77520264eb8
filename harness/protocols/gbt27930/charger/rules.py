"""Questions that a charger asks about what the vehicle told: whether it fits, what it demands, whether it is in order."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Value
from harness.protocols.gbt27930.charger.options import ChargerOptions
from harness.protocols.gbt27930.editions import Edition, Rule

__all__ = ["demand_is_too_small", "is_abnormal", "is_normal", "is_out_of_range", "number_of", "wanted_current_a"]

_BSM_STATES = ("cell_voltage_state", "soc_state", "over_current", "over_temp", "insulation", "connector")
_BSM_TWO_SIDED = ("cell_voltage_state", "soc_state")
"""States in which 10 means too low; in the others it means untrusted."""


def demand_is_too_small(edition: Edition, options: ChargerOptions, demand: Mapping[str, Value]) -> bool:
    """Whether *demand* (a BCL) lies below what the charger can put out, where the edition then wants a stop."""
    if Rule.STOP_BELOW_MINIMUM not in edition.rules:
        return False
    voltage_v, current_a = demand.get("voltage_v"), demand.get("current_a")
    too_low = isinstance(voltage_v, int | float) and voltage_v < options.min_voltage_v
    return too_low or (isinstance(current_a, int | float) and -current_a < options.min_current_a)


def wanted_current_a(edition: Edition, options: ChargerOptions, demand: Mapping[str, Value]) -> float:
    """Current that *demand* (a BCL) asks for, charging positive; before 2023 a demand of 0 means the charger's smallest."""
    current_a = demand.get("current_a")
    if not isinstance(current_a, int | float):
        return 0.0
    if current_a == 0 and Rule.STOP_BELOW_MINIMUM not in edition.rules:
        return options.min_current_a
    return max(0.0, -current_a)


def is_out_of_range(edition: Edition, options: ChargerOptions, battery_v: float) -> bool:
    """Whether the battery that BCP told lies outside the charger's range, where the edition then wants CML and CST."""
    return Rule.STOP_ON_MISMATCH in edition.rules and not options.min_voltage_v <= battery_v <= options.max_voltage_v


def is_abnormal(bsm: Mapping[str, Value]) -> bool:
    """Whether *bsm* tells a state for which charging must be stopped."""
    return any(bsm[name] == 1 for name in _BSM_STATES) or any(bsm[name] == 2 for name in _BSM_TWO_SIDED)


def is_normal(bsm: Mapping[str, Value]) -> bool:
    """Whether every state of *bsm* is in order and to be trusted."""
    return all(bsm[name] == 0 for name in _BSM_STATES)


def number_of(values: Mapping[str, Value], signal: str) -> float:
    """The value of *signal*, 0 where a short frame does not carry it."""
    value = values.get(signal)
    return value if isinstance(value, int | float) else 0.0
