"""What the messages of the charger say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from harness.core import Value
from harness.protocols.gbt27930.charger.options import ChargerOptions
from harness.protocols.gbt27930.charger.output import OutputStage
from harness.protocols.gbt27930.charger.table import STOP_SIGNALS

__all__ = ["CONTENT", "ChargerState"]

Values = dict[str, Value]

_CST_SIGNALS = (
    "condition_reached", "manual", "fault", "bms_stopped", "over_temp_fault", "connector_fault", "internal_over_temp",
    "energy_fault", "emergency_stop", "other_fault", "current_error", "voltage_error",
)  # fmt: skip
_CEM_TIMEOUTS = ("timeout_brm", "timeout_bcp", "timeout_bro", "timeout_bcs", "timeout_bcl", "timeout_bst", "timeout_bsd")


@dataclass(slots=True)
class ChargerState:
    """What the charger knows in a session."""

    options: ChargerOptions
    output: OutputStage
    now_ns: int = 0
    is_identified: bool = False
    """CRM says AA."""
    output_ready: bool = False
    """The output stage is pre-charged."""
    is_ready: bool = False
    """CRO says AA."""
    aa_sent: bool = False
    """CRO(AA) has left."""
    charging_since_ns: int | None = None
    charged_ns: int = 0
    stop_reason: str = ""
    error: str | None = None
    """Signal of CEM that is 1."""
    reconnects: int = 0

    @property
    def elapsed_min(self) -> int:
        """Minutes of charging so far, at most 600."""
        running_ns = 0 if self.charging_since_ns is None else self.now_ns - self.charging_since_ns
        return min(600, (self.charged_ns + running_ns) // 60_000_000_000)


def _crm(state: ChargerState) -> Values:
    region = state.options.region_code
    return {
        "recognition": 0xAA if state.is_identified else 0x00,
        "charger_number": state.options.charger_number,
        "region_code": region.encode("ascii") if region else None,
    }


def _bcd(number: int) -> int:
    """*number* as packed BCD: 59 becomes 0x59."""
    return int(str(number), 16)


def _cts(state: ChargerState) -> Values:
    now = datetime.fromisoformat(state.options.date) + timedelta(microseconds=state.now_ns // 1000)
    return {name: _bcd(getattr(now, name)) for name in ("second", "minute", "hour", "day", "month", "year")}


def _cml(state: ChargerState) -> Values:
    options = state.options
    return {
        "max_voltage_v": options.max_voltage_v,
        "min_voltage_v": options.min_voltage_v,
        "max_current_a": -options.max_current_a,
        "min_current_a": -options.min_current_a,
    }


def _ccs(state: ChargerState) -> Values:
    output = state.output
    return {
        "voltage_v": round(output.voltage_v, 1),
        "current_a": round(-output.current_a, 1),
        "elapsed_min": state.elapsed_min,
        "permitted": 0 if output.paused else 1,
    }


def _cst(state: ChargerState) -> Values:
    said = STOP_SIGNALS.get(state.stop_reason)
    return {name: int(name == said) for name in _CST_SIGNALS}


def _csd(state: ChargerState) -> Values:
    return {
        "elapsed_min": state.elapsed_min,
        "energy_kwh": round(state.output.energy_kwh, 1),
        "charger_number": state.options.charger_number,
    }


CONTENT: Mapping[str, Callable[[ChargerState], Values]] = MappingProxyType(
    {
        "CHM": lambda state: {"protocol_version": b"\x01\x01\x00"},
        "CRM": _crm,
        "CTS": _cts,
        "CML": _cml,
        "CRO": lambda state: {"ready": 0xAA if state.is_ready else 0x00},
        "CCS": _ccs,
        "CST": _cst,
        "CSD": _csd,
        "CEM": lambda state: {name: int(name == state.error) for name in _CEM_TIMEOUTS},
    }
)
"""Values of each message of the charger by its name."""
