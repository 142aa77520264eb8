"""What a simulated vehicle is and how its BMS behaves, as options with units in their names."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["VehicleOptions"]


@dataclass(frozen=True, slots=True)
class VehicleOptions:
    """Data that the BMS tells, and values of its maker. The defaults describe an LFP heavy truck of 282 kWh."""

    vin: str = "0PRECERT6TK000001"
    """17 characters. No world manufacturer identifier begins with 0, so the default belongs to no vehicle."""
    battery_type: int = 3
    """SPN 2566: 3 is lithium iron phosphate."""
    rated_capacity_ah: float = 456.1
    rated_voltage_v: float = 618.2
    energy_kwh: float = 282.0
    max_voltage_v: float = 700.8
    """Told in BHM and BCP, and the voltage demand of BCL."""
    max_cell_voltage_v: float = 3.65
    max_current_a: float = 250.0
    """Largest charging current of the pack."""
    max_temp_degc: int = 55
    maker: str = "PCRT"
    pack_number: int = 1
    production_year: int = 2025
    production_month: int = 3
    production_day: int = 14
    charge_count: int = 12
    ownership: int = 1
    software_serial: int = 1
    target_soc_pct: float = 95.0
    """State of charge at which the vehicle ends charging."""
    wakeup_s: float = 0.0
    """From the wake-up of the vehicle to a BMS that hears the charger."""
    believes_unasked: bool = False
    """CRM(AA) counts although the charger granted no BRM, as with some vehicles in the field."""
    response_s: float = 0.02
    """From a received message to the first own message of the next phase."""
    precharge_s: float = 1.2
    """From CML to the command of K5 and K6, and so about to BRO(AA)."""
    min_bst: int = 10
    """BST frames that leave before BSD, even if the charger's CST came first."""
    low_current_a: float = 5.0
    """The contactors open below this current."""
    open_limit_s: float = 10.0
    """The contactors open after this time, even under load."""
    pause_opens: bool = False
    """The contactors open below that current while the vehicle pauses, and close again after it."""
    over_current_s: float = 2.0
    """So long may CCS report more than 10 A and 10 % above the demand."""
    over_voltage_share: float = 1.01
    """CCS above this share of the highest permitted voltage is an over-voltage."""
    over_voltage_s: float = 0.0
    """So long may it last."""
    timeouts: bool = True
    """Keep the timeouts of the vehicle side and report them with BEM. A tester leaves the judgement to its cases."""
    max_reconnects: int = 3
    edition: str = "2015"
    """Edition of the standard that it speaks: 2011, 2015 or 2023A."""
    also_2011: bool = False
    """CRM(00) as the very first message makes it speak 2011 for this session."""
    class_c: str = ""
    """Version of GB/T 27930.2-2024 (class C) with which it answers a negotiation, for example 2.0.0; empty: it knows none."""
    restart_after_silence_s: float = 0.0
    """CHM after so long a silence of the charger counts as a new plug-in once the session is over; 0: never.
    For trucks without a pilot link, which cannot see the plug."""
    bmv: bool = False
    bmt: bool = False
    bsp: bool = False
    dt_gap_s: float = 0.01
    """Distance of the TP.DT frames. BMV of a large pack holds BCS up unless this is about 0.002."""
    max_per_cts: int = 0xFF
    """Byte 5 of the RTS: most packets per CTS, 255 for no limit."""
