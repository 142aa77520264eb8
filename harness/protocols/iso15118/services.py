"""Services of ISO 15118-20, the names and values of their parameters, and how a parameter stands in a message.

Facts only: which service somebody chooses or offers belongs to the two sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from harness.core.errors import RemoteProtocolError
from harness.protocols.iso15118.rational import number_of, rational

__all__ = [
    "BPT_CHANNEL",
    "CONNECTOR",
    "CONTROL_MODE",
    "GENERATOR_MODE",
    "MOBILITY_NEEDS_MODE",
    "NOMINAL_VOLTAGE",
    "PRICING",
    "BptChannel",
    "ControlMode",
    "DcConnector",
    "McsConnector",
    "MobilityNeedsMode",
    "ParameterSet",
    "Pricing",
    "Service",
    "parameter",
    "parameter_sets",
    "set_content",
]

CONNECTOR = "Connector"
CONTROL_MODE = "ControlMode"
NOMINAL_VOLTAGE = "EVSENominalVoltage"
MOBILITY_NEEDS_MODE = "MobilityNeedsMode"
PRICING = "Pricing"
BPT_CHANNEL = "BPTChannel"
GENERATOR_MODE = "GeneratorMode"


class Service(IntEnum):
    """Numbers of services."""

    AC = 1
    DC = 2
    WPT = 3
    DC_ACDP = 4
    AC_BPT = 5
    DC_BPT = 6
    DC_ACDP_BPT = 7
    MCS = 8
    MCS_BPT = 9
    INTERNET = 65
    PARKING_STATUS = 66

    @property
    def is_mcs(self) -> bool:
        """Megawatt charging."""
        return self in (Service.MCS, Service.MCS_BPT)

    @property
    def is_bidirectional(self) -> bool:
        """Energy may flow back, and the messages have their BPT bodies."""
        return self in (Service.AC_BPT, Service.DC_BPT, Service.DC_ACDP_BPT, Service.MCS_BPT)


class DcConnector(IntEnum):
    """``Connector`` of the DC services."""

    CORE = 1
    EXTENDED = 2
    DUAL2 = 3
    DUAL4 = 4


class McsConnector(IntEnum):
    """``Connector`` of the MCS services."""

    MCS = 1
    CHAOJI = 2
    ULTRA_CHAOJI = 3
    R_MCS = 4
    X_MCS = 5
    AVIATION = 6
    MARINE = 7


class ControlMode(IntEnum):
    """Who plans: the vehicle along a schedule, or the station."""

    SCHEDULED = 1
    DYNAMIC = 2


class MobilityNeedsMode(IntEnum):
    """Who tells what the driver needs."""

    BY_EVCC = 1
    BY_SECC = 2


class Pricing(IntEnum):
    """What prices a schedule carries."""

    NONE = 0
    ABSOLUTE = 1
    LEVELS = 2


class BptChannel(IntEnum):
    """How the two directions are measured."""

    UNIFIED = 1
    SEPARATED = 2


Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """One way in which a service is offered."""

    number: int
    values: Mapping[str, Value]

    def whole(self, name: str) -> int | None:
        """A parameter that is a whole number; ``None`` without one."""
        value = self.values.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


def parameter(name: str, value: Value) -> dict[str, object]:
    """A parameter as it stands in a message."""
    match value:
        case bool():
            return {"Name": name, "boolValue": value}
        case int():
            return {"Name": name, "intValue": value}
        case float():
            return {"Name": name, "rationalNumber": rational(value)}
    return {"Name": name, "finiteString": value}


def set_content(sets: Iterable[ParameterSet]) -> dict[str, object]:
    """``ServiceParameterList`` of a message."""
    return {
        "ParameterSet": [
            {"ParameterSetID": one.number, "Parameter": [parameter(name, value) for name, value in one.values.items()]} for one in sets
        ]
    }


def parameter_sets(content: object) -> list[ParameterSet]:
    """The sets of the ``ServiceParameterList`` of a message.

    Raises:
        RemoteProtocolError: it is no such list.
    """
    match content:
        case {"ParameterSet": list(sets)}:
            return [_set(one) for one in sets]
    raise RemoteProtocolError(f"{content!r} is no list of parameter sets", content)


def _set(content: object) -> ParameterSet:
    match content:
        case {"ParameterSetID": int(number), "Parameter": list(parameters)}:
            return ParameterSet(number, dict(_parameter(one) for one in parameters))
    raise RemoteProtocolError(f"{content!r} is no parameter set", content)


def _parameter(content: object) -> tuple[str, Value]:
    match content:
        case {"Name": str(name), "rationalNumber": number}:
            return name, number_of(number)
        case {"Name": str(name), "boolValue": bool(value)}:
            return name, value
        case {"Name": str(name), "finiteString": str(text)}:
            return name, text
        case {"Name": str(name), "byteValue": int(value)} | {"Name": str(name), "shortValue": int(value)}:
            return name, value
        case {"Name": str(name), "intValue": int(value)}:
            return name, value
    raise RemoteProtocolError(f"{content!r} is no parameter", content)
