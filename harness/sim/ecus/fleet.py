"""The control units of the simulated truck: addresses, groups and troubles (addresses and periods are the project's own)."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.j1939.controller import Cyclic
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.j1939.trouble import Lamps
from harness.sim.ecus.contents import (
    ambient,
    charge,
    distance,
    drive_state,
    high_voltage,
    high_voltage_charge,
    high_voltage_temperature,
    safety,
    torque_control,
    vehicle_speed,
    vehicle_state,
)
from harness.sim.ecus.memory import Trouble
from harness.sim.ecus.state import TruckState
from harness.sim.ecus.unit import Identification, UnitSpec

__all__ = ["CHARGE", "SAFETY", "units_of"]

_VCU, _BMS, _INVERTER, _GATEWAY, _T_BOX = 0x27, 0xF3, 0xEF, 0x25, 0x4A
_VEHICLE_STATE, _DRIVE_STATE = 0xFF20, 0xFF21
SAFETY, CHARGE = 0xFF22, 0xFF31
"""Groups of the maker's own, in the proprietary range."""
_AMBER, _RED = Lamps(amber_warning=1), Lamps(red_stop=1)


def _group(name: str) -> int:
    return BY_NAME[name].pgn


def units_of(state: TruckState) -> tuple[UnitSpec, ...]:
    """The units of a truck whose state is *state*."""
    return (
        UnitSpec(
            "vcu",
            _VCU,
            33,
            cyclic=(
                Cyclic(_group("CCVS1"), ms(100), vehicle_speed(state)),
                Cyclic(_group("TSC1"), ms(50), torque_control(_VCU, _INVERTER), priority=3, destination=_INVERTER, offset_ns=ms(5)),
                Cyclic(_group("VDHR"), s(1), distance(state), offset_ns=ms(20)),
                Cyclic(_VEHICLE_STATE, ms(100), vehicle_state(state), offset_ns=ms(25)),
                Cyclic(SAFETY, ms(100), safety(state), offset_ns=ms(45)),
            ),
            troubles=(
                Trouble(84, 2, 0xC10000, _AMBER),
                Trouble(597, 14, 0xC10100),
                Trouble(639, 9, 0xC12100, _AMBER),
                Trouble(639, 19, 0xC12187, _AMBER),
            ),
            identification=Identification(serial="VCU00001", part="36100-0001", kind="VCU"),
            tells_vin=True,
            data_spns=((84, 2), (597, 1)),
            is_steered=True,
            has_input=True,
            spare_addresses=(0x90, 0x91),
            identity=11,
        ),
        UnitSpec(
            "bms",
            _BMS,
            80,
            cyclic=(
                Cyclic(_group("HVESSD1"), ms(100), high_voltage(state), offset_ns=ms(10)),
                Cyclic(_group("HVESSD2"), ms(100), high_voltage_charge(state), offset_ns=ms(15)),
                Cyclic(_group("HVESSD3"), s(1), high_voltage_temperature(state), offset_ns=ms(30)),
                Cyclic(CHARGE, ms(100), charge(state), offset_ns=ms(55)),
            ),
            troubles=(Trouble(7912, 0, 0x0A1000, _RED), Trouble(7916, 16, 0x0A1100, _AMBER)),
            identification=Identification(serial="BMS00001", part="27100-0001", kind="BMS"),
            identity=12,
        ),
        UnitSpec(
            "inverter",
            _INVERTER,
            81,
            cyclic=(Cyclic(_DRIVE_STATE, ms(100), drive_state(state), offset_ns=ms(35)),),
            troubles=(Trouble(4990, 6, 0x0B2000, _RED),),
            identification=Identification(serial="INV00001", part="30100-0001", kind="INVERTER"),
            identity=13,
        ),
        UnitSpec(
            "gateway",
            _GATEWAY,
            71,
            cyclic=(Cyclic(_group("AMB"), s(1), ambient(state), offset_ns=ms(40)),),
            troubles=(Trouble(1231, 9, 0xC00100, _AMBER),),
            identification=Identification(serial="GWY00001", part="36200-0001", kind="GATEWAY"),
            data_spns=((171, 2),),
            identity=14,
        ),
        UnitSpec(
            "t_box",
            _T_BOX,
            75,
            troubles=(Trouble(625, 9, 0xC14000),),
            identification=Identification(serial="TBX00001", part="37200-0001", kind="T-BOX"),
            tells_vin=True,
            identity=15,
        ),
    )
