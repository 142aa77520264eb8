"""Questions that a charger asks its edition: what to do with a vehicle that does not fit."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Value
from harness.protocols.gbt27930.charger_options import ChargerOptions
from harness.protocols.gbt27930.editions import Edition, Rule

__all__ = ["demand_is_too_small", "is_out_of_range", "wanted_current_a"]


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
