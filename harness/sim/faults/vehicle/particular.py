"""Faults of the vehicle that need a second condition: they show under what the cases of one phase do, and nowhere else."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.gbt27930.behaviour import Change, Deaf, Delay, Derive, Moment, Suppress, Values
from harness.sim.faults.fault import Fault

__all__ = ["PARTICULAR_FAULTS"]

_READY, _NOT_READY, _UNDEFINED = 0xAA, 0x00, 0x55
_SEVERAL_BRM = 4
_SEVENTH = 6


def _since(moment: Moment, what: str) -> int:
    """How long *what* has lasted, in ns; it begins when this is asked for the first time since the machine woke."""
    began_ns = next((int(mark.partition("@")[2]) for mark in moment.marks if mark.startswith(f"{what}@")), moment.now_ns)
    moment.marks.add(f"{what}@{began_ns}")
    return moment.now_ns - began_ns


def _note_only(moment: Moment) -> bool:
    """Remember that the charger did not answer a BRM; asked for as the next one is due."""
    if "BRM" in moment.unanswered:
        moment.marks.add("BRM unanswered")
    return False


def _taken(moment: Moment) -> bool:
    """Several BRM were taken one after the other, none was missed, and this is no reconnect."""
    return moment.sent.get("BRM", 0) >= _SEVERAL_BRM and "BRM unanswered" not in moment.marks and "BEM" not in moment.sent


def _unheard(values: Values, moment: Moment) -> bool:
    late = moment.phase == "RECOGNITION" and moment.now_ns - moment.phase_since_ns > ms(3_500)
    return late and values["recognition"] == _READY and _taken(moment)


def _ready_without_cro(values: Values, moment: Moment, longer_than_ns: int, told: int) -> Values:
    """BRO tells *told* when the charger has sent no CRO for so long after BRO(AA)."""
    late = values["ready"] == _READY and _since(moment, "BRO(AA)") >= longer_than_ns and "CRO" not in moment.heard
    return {**values, "ready": told} if late else values


def _sinking(values: Values, moment: Moment) -> Values:
    """A demand that falls below the battery's own voltage after the first half second."""
    return values if moment.now_ns - moment.phase_since_ns < ms(500) else {**values, "voltage_v": 350.0}


PARTICULAR_FAULTS = (
    Fault(
        "bhm_voltage_wrong_in_third_frame",
        "the third BHM tells another voltage",
        (Change("BHM", {"max_voltage_v": 500.0}, lambda moment: moment.sent.get("BHM", 0) == 2),),
    ),
    Fault(
        "brm_vin_wrong_in_seventh",
        "the seventh BRM tells another VIN",
        (Change("BRM", {"vin": b"0PRECERT6TK000002"}, lambda moment: moment.sent.get("BRM", 0) == _SEVENTH),),
    ),
    Fault(
        "crm_aa_unheard_after_3500ms",
        "CRM(AA) is not noticed when BRM was taken, and CRM(00) has lasted for 3.5 s",
        (Suppress("BRM", _note_only), Deaf("CRM", _unheard)),
    ),
    Fault(
        "bcp_late_after_repeated_brm",
        "BCP begins 600 ms later when BRM was sent several times before CRM(AA)",
        (Suppress("BRM", _note_only), Delay("BCP", ms(600), _taken)),
    ),
    Fault(
        "bro_undefined_without_cro",
        "BRO has the value 0x55 when CRO has not come for 0.5 s after BRO(AA)",
        (Derive("BRO", lambda values, moment: _ready_without_cro(values, moment, ms(500), _UNDEFINED)),),
    ),
    Fault(
        "bro_falls_back_without_cro",
        "BRO says 00 again when CRO has not come for 1 s after BRO(AA)",
        (Derive("BRO", lambda values, moment: _ready_without_cro(values, moment, s(1), _NOT_READY)),),
    ),
    Fault("bcl_voltage_sinks_below_battery", "BCL demands 350 V half a second after its begin", (Derive("BCL", _sinking),)),
    Fault(
        "bst_of_a_charge_tells_a_fault",
        "BST after CST tells an insulation fault too, if a charge was under way",
        (Change("BST", {"insulation_fault": 1}, lambda moment: "BCL" in moment.sent and "CST" in moment.heard),),
    ),
)
"""Each is named by cases of one phase."""
