"""What a charger is able to do and how it behaves, as options with units in their names."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ChargerOptions"]


@dataclass(frozen=True, slots=True)
class ChargerOptions:
    """Ratings and habits of the charger that the tester plays, or of a simulated one."""

    max_voltage_v: float = 950.0
    min_voltage_v: float = 200.0
    max_current_a: float = 250.0
    min_current_a: float = 0.0
    charger_number: int = 1
    region_code: str = "000"
    """Three ASCII characters; empty: not supplied, sent as FF FF FF."""
    date: str = "2025-06-01T08:00:00"
    """Local date and time at the start of the run, told in CTS."""
    insulation_s: float = 2.0
    """From the first BHM to the end of the insulation test."""
    ready_s: float = 0.5
    """From the first CRO to CRO(AA), while the output is pre-charged."""
    cts: bool = True
    """Send the optional CTS beside CML."""
    ccs_length: int = 8
    """Bytes of CCS, 7 or 8."""
    edition: str = "2015"
    """Edition of the standard that it speaks: 2011, 2015 or 2023A."""
    also_2011: bool = False
    """Go on with CRM(00) to a vehicle that sends no BHM, and speak 2011 to one whose BRM tells V1.0."""
    class_c: str = ""
    """Version of GB/T 27930.2-2024 (class C) that it negotiates first, for example 2.0.0; empty: it knows none."""
    no_bhm_s: float = 10.0
    """So long CHM without BHM is sent to a vehicle that may be of 2011."""
    csd_count: int = 5
    """CSD frames before the charger falls silent."""
    pause_s: float = 1.0
    """Length of the pause that may precede CST."""
    timeouts: bool = False
    """Keep the timeouts of the charger side and report them with CEM. A tester leaves the judgement to its cases."""
    reaction_s: float = 0.0
    """From an expired timeout to the first CEM."""
    error_s: float = 5.0
    """So long CEM is sent before recognition is repeated."""
    max_reconnects: int = 3
    settle_s: float = 0.5
    """So long after a reconnect BEM is taken for the one of the session before."""
    strict_length: bool = False
    """Ignore frames of wrong length; a tester goes on with what it can read."""
    autostart: bool = False
    """Begin the handshake by itself as soon as the run starts."""
    demand_valid_s: float = 1.0
    """The output is shut down if the last BCL is older."""
    ramp_up_a_per_s: float = 100.0
    ramp_down_a_per_s: float = 1000.0
    ramp_v_per_s: float = 2000.0
    low_current_a: float = 5.0
    """K1 and K2 open below this current."""
    source_ohm: float = 0.05
    """Slope by which the output voltage rises with the current where no pilot link tells the battery voltage."""
    aux_voltage_v: float = 0.0
    """Auxiliary supply on A+ while plugged: 12, 24, or 0 for none."""
