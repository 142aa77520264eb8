"""What a swap truck is, and the values by which its machines decide."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TROUBLES", "VehicleOptions"]

TROUBLES = (
    "lock_jammed",
    "lock_not_locked",
    "lock_contradiction",
    "lock_open",
    "link_not_discharged",
    "contactor_welded",
    "pack_lost",
    "pack_silent",
    "protocol_unknown",
    "identity_missing",
    "identity_malformed",
    "identity_unexpected",
    "identity_changed",
    "limits_missing",
    "pack_fault",
    "pack_implausible",
    "insulation_low",
    "insulation_near_limit",
    "insulation_unknown",
    "interlock_open",
    "coolant_open",
    "connector_open",
    "precharge_failed",
    "coolant_leak",
    "thermal_runaway",
    "swap_unfinished",
)
"""Everything that can be wrong."""


@dataclass(frozen=True, slots=True)
class VehicleOptions:
    """Options of the machines; those not marked own are of the profile text."""

    vin: str = "0PRECERT6TK000001"
    lock_points: int = 4
    authentication: bool = True
    """The station must authenticate a session before any further command."""
    hv_limit_v: float = 60.0
    """Below it the link counts as dead."""
    precharged_share: float = 0.95
    insulation_ohm_per_v: float = 100.0
    insulation_warning_share: float = 1.2
    """Below this multiple of the limit the truck warns (own)."""
    highest_protocol: int = 1
    """Highest major version of a pack that it understands (own)."""
    drive_a: float = 400.0
    """Current that full pedal takes (own)."""
    torque_per_a: float = 5.0
    """Newton metres for one ampere (own)."""
    limp_share: float = 0.3
    """Share of the torque with an open lock at speed (own)."""
    jumps: int = 3
    """Jumps of a lock point between its ends, within *jumps_s*, that make its feedback a contradiction (own)."""
    jumps_s: float = 5.0
    ask_identity_s: float = 1.5
    """How long the truck waits for an identity before it asks for it (own)."""
    auth_mask: int = 0x5AA55AA5
    """Of the lab test algorithm."""
