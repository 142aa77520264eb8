"""Contents of the cyclic groups of the simulated truck, from its state (positions: ``dbc/truck-network``)."""

from __future__ import annotations

from collections.abc import Callable

from harness.protocols.j1939.ids import build_id
from harness.sim.ecus.seals import crc8_seal, torque_seal
from harness.sim.ecus.state import TruckState

__all__ = [
    "ambient",
    "charge",
    "distance",
    "drive_state",
    "high_voltage",
    "high_voltage_charge",
    "high_voltage_temperature",
    "safety",
    "torque_control",
    "vehicle_speed",
    "vehicle_state",
]

_NOT_AVAILABLE = 0xFF
_POWER_KW, _VOLT, _AMPERE, _AMPERE_OFFSET = 0.05, 0.05, 0.05, -1600.0
_KELVIN, _TEMPERATURE = -273.0, 0.03125
_SPEED = 1 / 256
_SHARE = 1 / 640
_GEAR_OFFSET = -125
_OFFERED_A = 400.0
_READY, _DRIVE, _CHARGE, _LIMP = 1, 2, 3, 4
_CRC8 = 0x1D

Content = Callable[[int], bytes | None]


def _word(value: float, scale: float, offset: float = 0.0) -> bytes:
    return max(0, min(0xFAFF, round((value - offset) / scale))).to_bytes(2, "little")


def vehicle_speed(state: TruckState) -> Content:
    """CCVS1: vehicle speed in bytes 2 and 3, brake switch in byte 4."""

    def content(now_ns: int) -> bytes:
        return b"\xff" + _word(state.speed_kmh, _SPEED) + bytes((0xCF | state.is_braking << 4,)) + b"\xff" * 4

    return content


def vehicle_state(state: TruckState) -> Content:
    """The VCU's own group: whether it obeys a torque request of somebody else, and the gear."""
    return lambda now_ns: bytes((0xFC | (now_ns < state.external_until_ns), state.gear - _GEAR_OFFSET)) + b"\xff" * 6


def drive_state(state: TruckState) -> Content:
    """The inverter's own group: speed of the wheels, and the gear."""
    return lambda now_ns: _word(state.speed_kmh, _SPEED) + bytes((state.gear - _GEAR_OFFSET,)) + b"\xff" * 5


def high_voltage(state: TruckState) -> Content:
    """HVESSD1: available discharge and charge power, voltage, current."""

    def content(now_ns: int) -> bytes:
        powers = _word(state.discharge_kw, _POWER_KW) + _word(state.charge_kw, _POWER_KW)
        return powers + _word(state.pack.voltage_v, _VOLT) + _word(state.pack.discharge_a, _AMPERE, _AMPERE_OFFSET)

    return content


def high_voltage_charge(state: TruckState) -> Content:
    """HVESSD2: fast-update state of charge."""
    return lambda now_ns: _word(state.pack.soc_pct, _SHARE) + b"\xff" * 6


def high_voltage_temperature(state: TruckState) -> Content:
    """HVESSD3: highest and lowest cell temperature."""

    def content(now_ns: int) -> bytes:
        highest = _word(state.cell_hottest_degc, _TEMPERATURE, _KELVIN)
        return highest + _word(state.cell_coldest_degc, _TEMPERATURE, _KELVIN) + b"\xff" * 4

    return content


def distance(state: TruckState) -> Content:
    """VDHR: total distance, 5 m per bit."""
    return lambda now_ns: round(state.distance_km * 200).to_bytes(4, "little") + b"\xff" * 4


def ambient(state: TruckState) -> Content:
    """AMB: ambient temperature in bytes 4 and 5."""
    return lambda now_ns: b"\xff" * 3 + _word(state.ambient_degc, _TEMPERATURE, _KELVIN) + b"\xff" * 3


def charge(state: TruckState) -> Content:
    """The BMS's own group while the truck charges: phase and current asked for."""
    return lambda now_ns: b"\xf1" + _word(_OFFERED_A, _AMPERE, _AMPERE_OFFSET) + b"\xff" * 5 if state.is_charging else None


def safety(state: TruckState) -> Content:
    """A group of the VCU's own: CRC-8, counter and state, the demand of the brake controller that it grants."""
    counter = -1

    def content(now_ns: int) -> bytes:
        nonlocal counter
        counter = (counter + 1) % 16
        what = _LIMP if state.is_limp else _CHARGE if state.is_charging else _DRIVE if state.speed_kmh > 0 else _READY
        granted = 0xFFFF if state.demand is None else state.demand
        data = bytes((what << 4 | counter,)) + granted.to_bytes(2, "little") + b"\xff" * 4
        return bytes((crc8_seal(data, _CRC8),)) + data

    return content


def torque_control(source: int, target: int) -> Content:
    """TSC1 towards *target*: no torque asked for, with counter and checksum in the last byte."""
    can_id = build_id(0, source, target, 3)
    counter = -1

    def content(now_ns: int) -> bytes:
        nonlocal counter
        counter = counter + 1 & 7
        data = bytes.fromhex("FCFFFA77FFFFFF")
        return data + bytes((torque_seal(can_id, data, counter) << 4 | counter,))

    return content
