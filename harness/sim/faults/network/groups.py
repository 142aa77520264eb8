"""Faults of cyclic groups: periods, ranges, priorities, counters and checksums; and of what strange groups do to a unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.core import ms, s
from harness.protocols.j1939.controller import Cyclic
from harness.protocols.j1939.ids import build_id
from harness.sim.ecus.habits import Edit
from harness.sim.ecus.seals import torque_seal
from harness.sim.faults.network.changes import charging, cycle, own, told
from harness.sim.faults.network.fault import Change, Fault, UnitSetup

__all__ = ["GROUP_FAULTS"]

_TSC1 = build_id(0, 0x27, 0xEF, 3)
_UNDOCUMENTED, _VEHICLE_STATE = 0xFF77, 0xFF20
_NEUTRAL = 125


def _checked(can_id: int, counted: int) -> Edit:
    """TSC1 with a checksum over *counted* bytes and the identifier *can_id*."""

    def edit(data: bytes) -> bytes:
        counter = data[7] & 0xF
        return data[:7] + bytes((torque_seal(can_id, data[:counted].ljust(7, b"\0"), counter) << 4 | counter,))

    return edit


def _frozen() -> Edit:
    first: list[bytes] = []

    def edit(data: bytes) -> bytes:
        first.append(data)
        return first[0]

    return edit


def _every_other(count: int) -> Callable[[], Edit]:
    """Three messages in a row are left out of *count*."""

    def make() -> Edit:
        seen = 0

        def edit(data: bytes) -> bytes | None:
            nonlocal seen
            seen += 1
            return None if seen % count < 3 else data

        return edit

    return make


def _speed(raw: int) -> Edit:
    return lambda data: data[:1] + raw.to_bytes(2, "little") + data[3:]


def _faster(kmh: int) -> Edit:
    return lambda data: _speed(int.from_bytes(data[1:3], "little") + kmh * 256)(data)


def _share_more(percent: int) -> Edit:
    return lambda data: _speed(int.from_bytes(data[1:3], "little") * (100 + percent) // 100)(data)


def _also(row: Cyclic) -> Change:
    def change(setup: UnitSetup) -> UnitSetup:
        return replace(setup, spec=replace(setup.spec, cyclic=(*setup.spec.cyclic, row)))

    return change


GROUP_FAULTS = (
    Fault("speed_every_130ms", "sends CCVS1 every 130 ms", (cycle("CCVS1", period_ns=ms(130)),)),
    Fault("speed_with_gaps", "leaves three of 60 CCVS1 out", (told("CCVS1", _every_other(60)),)),
    Fault("distance_never_sent", "sends no VDHR", (told("VDHR", lambda: lambda data: None),)),
    Fault("speed_in_error", "the vehicle speed says error", (told("CCVS1", lambda: _speed(0xFE00)),)),
    Fault("speed_not_available", "the vehicle speed is not available", (told("CCVS1", lambda: _speed(0xFFFF)),)),
    Fault("unused_bits_zero", "unused bits of CCVS1 are 0", (told("CCVS1", lambda: lambda data: data[:4] + bytes(4)),)),
    Fault("speed_of_priority_5", "sends CCVS1 with priority 5", (cycle("CCVS1", priority=5),)),
    Fault("counter_frozen", "the counter of TSC1 stands still", (told("TSC1", _frozen),)),
    Fault("checksum_of_6_bytes", "the checksum of TSC1 leaves byte 7 out", (told("TSC1", lambda: _checked(_TSC1, 6)),)),
    Fault("checksum_without_identifier", "the checksum of TSC1 leaves the identifier out", (told("TSC1", lambda: _checked(0, 7)),)),
    Fault("wrong_checksum_obeyed", "obeys torque requests with a wrong checksum", (own(takes_any_checksum=True),)),
    Fault("torque_request_for_good", "goes on with the last torque request for a minute", (own(fallback_ns=s(60)),)),
    Fault("torque_requests_ignored", "obeys no torque request", (own(fallback_ns=0),)),
    Fault("pack_voltage_4_percent_high", "the network tells 4 % more than the voltage of the pack", (charging(volts_pct=104.0),)),
    Fault("soc_3_percent_high", "the network tells a state of charge 3 % too high", (charging(soc_more_pct=3.0),)),
    Fault("speed_5kmh_more", "the vehicle speed is 5 km/h more than that of the wheels", (told("CCVS1", lambda: _faster(5)),)),
    Fault("speed_10_percent_more", "the vehicle speed is a tenth more than that of the wheels", (told("CCVS1", lambda: _share_more(10)),)),
    Fault(
        "gear_stays_neutral",
        "the gear of the VCU stays neutral",
        (told(_VEHICLE_STATE, lambda: lambda d: d[:1] + bytes((_NEUTRAL,)) + d[2:]),),
    ),
    Fault(
        "undocumented_group",
        "sends a group that nobody documented",
        (_also(Cyclic(_UNDOCUMENTED, s(1), lambda now_ns: bytes(8), offset_ns=ms(45))),),
    ),
    Fault("resets_on_proprietary_group", "starts anew when somebody sends it a proprietary group", (own(harmed_by=0xEF00, harm="reset"),)),
    Fault("lamp_stuck_by_proprietary_group", "a proprietary group leaves a lamp on", (own(harmed_by=0xEF00, harm="lamp"),)),
    Fault("moves_by_proprietary_group", "takes another address on a proprietary group", (own(harmed_by=0xEF00, harm="address"),)),
)
