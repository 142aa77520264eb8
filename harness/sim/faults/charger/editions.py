"""Faults of a charger of 2011 or of 2023 class A: it mixes the forms of two editions, or lacks a rule of its own."""

from __future__ import annotations

from harness.sim.faults.effects import longer, scaled
from harness.sim.faults.fault import Fault

__all__ = ["EDITION_FAULTS"]

EDITION_FAULTS = (
    Fault("cml_8_in_2011", "CML has the 8 bytes of 2015 although 2011 is spoken", (longer("CML", 8),)),
    Fault("ccs_7_in_2011", "CCS has the 7 bytes of later editions although 2011 is spoken", (longer("CCS", 7),)),
    Fault("csd_8_in_2011", "CSD has the 8 bytes of 2015 although 2011 is spoken", (longer("CSD", 8),)),
    Fault("ccs_8_in_2023", "CCS has 8 bytes although 2023 class A is spoken", (longer("CCS", 8),)),
    Fault(
        "output_above_the_demand",
        "CCS tells a fifth more voltage than there is, which is more than the demand",
        (scaled("CCS", "voltage_v", 1.2),),
    ),
)
"""Seen in one edition only, or for another reason there."""
