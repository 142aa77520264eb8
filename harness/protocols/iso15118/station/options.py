"""What a charging station is able to do and how it behaves, as options with units in their names."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["StationOptions"]


@dataclass(frozen=True, slots=True)
class StationOptions:
    """Ratings and habits of the station that the tester plays, or of a simulated one."""

    max_voltage_v: float = 1000.0
    min_voltage_v: float = 150.0
    max_current_a: float = 500.0
    min_current_a: float = 0.0
    max_power_w: float = 400_000.0
    ripple_a: float = 1.0
    evse_id: str = "DE*PRE*E0001*1"
    address: str = "fe80::b"
    """IPv6 link-local address."""
    port: int = 61_341
    """TCP port that the discovery tells."""
    tls_port: int = 0
    """TCP port for a protected connection; 0: the station has none."""
    tls_folder: str = ""
    """Folder of the certificates, for a truck in another process or a real one; empty: they are made for this process."""
    response_s: float = 0.005
    """From a request to its response."""
    authorization_s: float = 0.0
    """So long Authorization is answered with Ongoing."""
    parameters_s: float = 0.0
    """So long ChargeParameterDiscovery (ScheduleExchange) is answered with Ongoing."""
    cable_check_s: float = 1.0
    """Length of the insulation test."""
    ramp_v_per_s: float = 1000.0
    fall_v_per_s: float = 5000.0
    """How fast the output is discharged."""
    ramp_up_a_per_s: float = 250.0
    ramp_down_a_per_s: float = 5000.0
    source_ohm: float = 0.02
    """Slope by which the output voltage rises with the current where no line tells the voltage at the inlet."""
    demand_valid_s: float = 1.0
    """The output is shut down if the last demand is older."""
    hold_s: float = 8.0
    """The pre-charge voltage is taken off if nothing follows for so long."""
    cp_wait_s: float = 0.25
    """So long CableCheck is answered with Ongoing while the pilot is not in C or D, then refused."""
    duty_after_s: float = 0.5
    """From the vehicle's state B to the duty cycle that asks for digital communication."""
    duty_percent: float = 5.0
    setup_s: float = 20.0
    """From the data link to SessionSetup; then discovery and TCP port are closed until the next plug-in."""
    sequence_s: float = 60.0
    """From a response to the next request; then the connection is closed."""
    loop_s: float = 60.0
    """The same in the charge loop of ISO 15118-20."""
    price_levels: bool = False
    """Add a schedule of price levels to the schedules of ISO 15118-20; some vehicles cannot do without one."""
    plain_20: bool = False
    """Choose ISO 15118-20 without TLS 1.3 too, as a laboratory may; a case that orders the protocol gets it in any case."""
    mcs: bool = False
    """Megawatt Charging System: no oscillating pilot."""
    bidirectional: bool = False
    pause: bool = True
    """Keep the id of a paused session and let the vehicle join it again."""
    pilot: bool = True
    """Stand on the pilot link; without it the data link is there from the start."""
    autostart: bool = False
    """Plug in as soon as the run starts."""
