"""The truck model of another maker: a yard tractor with a small pack, assembled from the parts of the harness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.core import Node
from harness.sim.truck import heavy_truck

__all__ = ["yard_tractor"]

YARD_TRACTOR: Mapping[str, object] = {
    "vin": "0YARDTRAC7EX00001",
    "maker": "YARD",
    "cells_in_series": 160,
    "resistance_ohm": 0.09,
    "rated_voltage_v": 515.2,
    "rated_capacity_ah": 228.0,
    "energy_kwh": 117.5,
    "max_voltage_v": 584.0,
    "max_current_a": 120.0,
    "soc_pct": 55.0,
}


def yard_tractor(options: Mapping[str, object]) -> Sequence[Node]:
    """The nodes of the truck: its BMS on the charging CAN, then its inlet on the pilot lines.

    Options of the rig go before the values above; ``seed`` and ``faults`` come with them.

    Raises:
        ConfigError: an option or fault is unknown, or a value impossible.
    """
    return heavy_truck({**YARD_TRACTOR, **options})
