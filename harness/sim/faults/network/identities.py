"""Faults of what a unit tells of itself on J1939."""

from __future__ import annotations

from harness.sim.faults.network.changes import charging, told
from harness.sim.faults.network.fault import Fault

__all__ = ["IDENTITY_FAULTS"]

IDENTITY_FAULTS = (
    Fault("j1939_vin_of_16", "the VIN on J1939 has 16 characters", (told("VehicleId", lambda: lambda data: data[1:]),)),
    Fault("j1939_vin_without_end", "no * ends the VIN on J1939", (told("VehicleId", lambda: lambda data: data[:-1]),)),
    Fault(
        "j1939_vin_check_digit",
        "the check digit of the VIN on J1939 is wrong",
        (told("VehicleId", lambda: lambda d: d[:8] + b"7" + d[9:]),),
    ),
    Fault(
        "j1939_vin_other", "tells another VIN on J1939 than the other units", (told("VehicleId", lambda: lambda d: b"0PRECERT6TK000002*"),)
    ),
    Fault("vin_over_brm_other", "tells another VIN to chargers", (charging(vin="0PRECERT6TK000002"),)),
    Fault(
        "component_without_serial",
        "the component identification has no serial number",
        (told("ComponentId", lambda: lambda d: b"PRCRT*HT-1*"),),
    ),
    Fault(
        "component_not_printable",
        "a control character stands in the component identification",
        (told("ComponentId", lambda: lambda d: b"\x07" + d[1:]),),
    ),
    Fault(
        "component_serial_empty",
        "the serial number of the component identification is empty",
        (told("ComponentId", lambda: lambda d: b"PRCRT*HT-1***"),),
    ),
    Fault("ecu_not_printable", "a control character stands in the ECU identification", (told("EcuId", lambda: lambda d: b"\x07" + d[1:]),)),
    Fault(
        "software_count_one_more",
        "counts one software more than it names",
        (told("SoftwareId", lambda: lambda d: bytes((d[0] + 1,)) + d[1:]),),
    ),
    Fault("software_without_end", "no * ends the software identification", (told("SoftwareId", lambda: lambda d: d[:-1]),)),
    Fault(
        "ecu_of_4_fields", "the ECU identification has four fields", (told("EcuId", lambda: lambda d: b"*".join(d.split(b"*")[:4]) + b"*"),)
    ),
)
