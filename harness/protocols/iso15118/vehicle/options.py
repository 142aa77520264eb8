"""What a simulated truck is and how its communication controller is set up, as options with units in their names."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["VehicleOptions"]


@dataclass(frozen=True, slots=True)
class VehicleOptions:
    """The defaults describe a heavy truck with a 700 V pack and a CCS2 inlet."""

    address: str = "fe80::a"
    """IPv6 link-local address."""
    evcc_id: str = "020000000001"
    """MAC address in hexadecimal digits: EVCCID of DIN SPEC 70121 and ISO 15118-2."""
    evcc_id_20: str = "WMIV1234567890ABCDEX"
    """EVCCID of ISO 15118-20."""
    protocols: tuple[str, ...] = ("iso15118-2", "din70121")
    """Offered protocols by their names, the most wanted first."""
    inlet: str = "ccs2"
    """``ccs2`` or ``mcs``."""
    security: str = "none"
    """What discovery asks for: ``none`` or ``tls``."""
    plain_20: bool = False
    """Offer ISO 15118-20 without TLS too: for a laboratory only."""
    old_tls_20: bool = False
    """Offer ISO 15118-20 over TLS 1.2 too, which no edition permits."""
    max_voltage_v: float = 800.0
    min_voltage_v: float = 500.0
    """Lowest voltage that the battery can have."""
    max_current_a: float = 300.0
    min_current_a: float = 5.0
    """A station that cannot give that much is of no use."""
    max_power_w: float = 200_000.0
    min_power_w: float = 0.0
    capacity_wh: float = 300_000.0
    target_soc_pct: float = 95.0
    """State of charge at which the truck ends charging."""
    departure_s: int = 7_200
    control_modes: tuple[str, ...] = ("scheduled", "dynamic")
    """Control modes of ISO 15118-20, the most wanted first."""
    bidirectional: bool = False
    """Choose a bidirectional service if there is one (ISO 15118-20)."""
    discharge_power_w: float = 100_000.0
    discharge_current_a: float = 150.0
    discharge_wh: float = 20_000.0
    """So much may go back and forth in a bidirectional session."""
    standby: bool = False
    """Stand by while the schedule grants no power (ISO 15118-20)."""
    confirms_meter: bool = True
    """Confirm a reading of the station's meter when it asks for that (ISO 15118-20)."""
    profile_s: float = 0.0
    """So long the truck needs to plan its power; PowerDelivery says Ongoing meanwhile (ISO 15118-20)."""
    dc_on_mcs: bool = False
    """An MCS inlet takes the plain DC service too."""
    asks_details: bool = True
    """Ask for the details of every value added service that is offered (ISO 15118-2)."""
    welding_detection: bool = True
    welding_v: float = 60.0
    """Below this voltage the contactor is taken for open."""
    welding_s: float = 3.0
    """So long the voltage may take to fall."""
    isolation_warning: bool = True
    """Go on after a cable check that ended with a warning."""
    waits_for_customer: bool = True
    """Patience does not run out while the station waits for its customer (ISO 15118-2)."""
    match_v: float = 20.0
    """The contactor closes if battery and inlet differ by no more than this."""
    measures_inlet: bool = True
    """Believe the voltage that the station tells in pre-charging only if the inlet has it too."""
    pre_charge_a: float = 1.0
    """Target current of pre-charging."""
    think_s: float = 0.05
    """From a response to the next request."""
    repeat_s: float = 0.25
    """From a response to the same request again, while the station is busy or the voltage not there."""
    loop_s: float = 0.25
    """From a response to the next request of the energy loop."""
    ramp_s: float = 1.0
    """So long the current may take to go down before an orderly stop."""
    low_current_a: float = 5.0
    """Below this current the contactor opens."""
    open_limit_s: float = 1.0
    """It opens after this time even under load."""
    contactor_limit_s: float = 2.0
    """So long it may take to close."""
    over_current_s: float = 0.6
    """So long may the station tell more than 10 A and 10 % above the target."""
    over_voltage_share: float = 1.01
    """Above this share of the highest permitted voltage is too much."""
    cp_b_s: float = 0.02
    """From a fault, or the end of energy transfer, to state B of the control pilot."""
    close_s: float = 0.5
    """From a fault or the end of the session to the end of the connection."""
    discovery_s: float = 0.05
    """From the data link to the first discovery request."""
    sdp_interval_s: float = 0.25
    sdp_requests: int = 50
    setup_s: float = 20.0
    """From the data link to SessionSetupRes."""
    ongoing_s: float = 60.0
    """Patience with a busy station."""
    seed: int = 0
    stays: bool = False
    """Leave the end of a session that went wrong to the station. A tester does, and judges what the station makes of it."""
    patience: float = 1.0
    """Factor on every limit for the station: more than 1 for one that is known to be slow."""
    timeouts: bool = True
    """Keep the limits for responses. A tester leaves the judgement to its cases."""
