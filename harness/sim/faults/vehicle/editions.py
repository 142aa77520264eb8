"""Faults of a vehicle of 2011: it mixes the forms of two editions."""

from __future__ import annotations

from harness.protocols.gbt27930.behaviour import Change, Deaf
from harness.protocols.gbt27930.editions import VERSION_1_1
from harness.sim.faults.effects import longer
from harness.sim.faults.fault import Fault

__all__ = ["EDITION_FAULTS"]

EDITION_FAULTS = (
    Fault("brm_49_in_2011", "BRM has the 49 bytes of 2015 although 2011 is spoken", (longer("BRM", 49),)),
    Fault("version_1_1_in_2011", "BRM tells version 1.1 although 2011 is spoken", (Change("BRM", {"protocol_version": VERSION_1_1}),)),
    Fault(
        "cml_without_smallest_current_ignored",
        "CML counts only with the smallest current, which 2011 does not have",
        (Deaf("CML", lambda values, moment: values.get("min_current_a") is None),),
    ),
    Fault(
        "ccs_without_permission_ignored",
        "CCS counts only with the permission, which 2011 does not have",
        (Deaf("CCS", lambda values, moment: values.get("permitted") is None),),
    ),
)
"""Seen in 2011 only."""
