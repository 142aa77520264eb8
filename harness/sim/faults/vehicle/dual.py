"""Faults of a vehicle with two inlets: what one does while the other stands somewhere."""

from __future__ import annotations

from collections.abc import Callable

from harness.protocols.gbt27930.behaviour import (
    Change,
    Deaf,
    Derive,
    Mistake,
    Moment,
    OptionEffect,
    Refrain,
    Suppress,
    TimerEffect,
    Values,
)
from harness.sim.faults.fault import Fault

__all__ = ["DUAL_FAULTS"]

_BEFORE_CHARGING = ("HANDSHAKE", "RECOGNITION", "PARAMETERS", "READY")
_OVER = ("STATISTICS", "ENDED")
_ENOUGH_A = 150.0
"""About what each inlet demands when both share the pack."""


def _second(moment: Moment) -> bool:
    return moment.machine.endswith(" b")


def _beside(*phases: str) -> Callable[[Moment], bool]:
    return lambda moment: moment.neighbour in phases


def _offers(moment: Moment) -> tuple[float, float]:
    """What the chargers of the other and of the own connector offer, charging positive; 0 before CML."""
    told = [heard.last("CML", "max_current_a") if heard is not None else None for heard in (moment.beside(), moment)]
    other, own = (-offered if isinstance(offered, int | float) else 0.0 for offered in told)
    return other, own


def _by_the_other_cml(values: Values, moment: Moment) -> Values:
    other, own = _offers(moment)
    return values if other == own else {**values, "current_a": -other}


def _by_the_larger_cml(values: Values, moment: Moment) -> Values:
    other, own = _offers(moment)
    return values if other <= own else {**values, "current_a": -other}


def _second_is_offered_little(moment: Moment) -> bool:
    return _second(moment) and _offers(moment)[1] < _ENOUGH_A


DUAL_FAULTS = (
    Fault("dual_second_vin_differs", "the second inlet tells another VIN", (Change("BRM", {"vin": b"0PRECERT6TK000002"}, _second),)),
    Fault("dual_second_pack_number_differs", "the second inlet tells another pack number", (Change("BRM", {"pack_number": 2}, _second),)),
    Fault("dual_second_energy_halved", "the second inlet tells half of the energy", (Change("BCP", {"energy_kwh": 141.0}, _second),)),
    Fault("dual_second_soc_differs", "BCP of the second inlet tells another state of charge", (Change("BCP", {"soc_pct": 45.0}, _second),)),
    Fault("dual_second_bcs_tells_own_soc", "BCS of the second inlet counts for itself", (Change("BCS", {"soc_pct": 44}, _second),)),
    Fault(
        "dual_second_never_closes",
        "the contactors of the second inlet stay open while the first is live",
        (Refrain("close_contactors", lambda moment: _second(moment) and moment.neighbour in ("READY", "CHARGING")),),
    ),
    Fault("dual_demand_not_shared", "each inlet demands as if it were the only one", (OptionEffect("shared", False),)),
    Fault(
        "dual_power_limit_ignored", "the split heeds the current of the pack, not its power", (OptionEffect("pack_max_power_kw", 1000.0),)
    ),
    Fault("dual_raises_before_lowering", "one demand rises before the other has gone down", (OptionEffect("yields_first", False),)),
    Fault(
        "dual_takes_all_after_stop",
        "the inlet that remains demands what both had together",
        (Change("BCL", {"current_a": -400.0}, _beside(*_OVER)),),
    ),
    Fault("dual_replans_after_8s", "the share of a stopped inlet is given to the other after 8 s", (OptionEffect("replan_s", 8.0),)),
    Fault("dual_never_replans", "the share of a stopped inlet is never given to the other", (OptionEffect("replan_s", 1e6),)),
    Fault(
        "dual_error_spreads",
        "an error at one inlet makes the other deaf to CCS",
        (Deaf("CCS", lambda values, moment: moment.neighbour == "ERROR"),),
    ),
    Fault("dual_other_freezes_after_error", "BCL ends beside an error at the other inlet", (Suppress("BCL", _beside("ERROR")),)),
    Fault("dual_error_not_told", "no BEM while the other inlet charges", (Suppress("BEM", _beside("CHARGING")),)),
    Fault("dual_second_ignores_ccs_timeout", "the second inlet goes on without CCS", (TimerEffect("TB6", None, _second),)),
    Fault("dual_other_freezes_after_stop", "BCL ends beside a regular end at the other inlet", (Suppress("BCL", _beside(*_OVER)),)),
    Fault(
        "dual_stop_ends_both",
        "a regular end at one inlet ends the charge at the other",
        (Mistake("CCS", "CST", lambda values, moment: moment.neighbour in _OVER),),
    ),
    Fault(
        "dual_second_ignored_while_charging",
        "a second charger is not answered while the first one charges",
        (Deaf("CHM", lambda values, moment: moment.neighbour == "CHARGING"),),
    ),
    Fault(
        "dual_first_drops_for_second",
        "the demand falls to 0 while a session begins at the other inlet",
        (Change("BCL", {"current_a": 0.0}, _beside(*_BEFORE_CHARGING)),),
    ),
    Fault(
        "dual_first_pauses_for_second",
        "charging is forbidden while the contactors of the other inlet close",
        (Change("BSM", {"permitted": 0}, _beside("READY")),),
    ),
    Fault(
        "dual_deaf_beside_handshake",
        "CCS goes unnoticed during the handshake at the other inlet",
        (Deaf("CCS", lambda values, moment: moment.neighbour == "HANDSHAKE"),),
    ),
    Fault("dual_cml_exchanged", "each inlet heeds the CML of the other one", (Derive("BCL", _by_the_other_cml),)),
    Fault("dual_larger_cml_for_both", "both inlets heed the larger of the two CML", (Derive("BCL", _by_the_larger_cml),)),
    Fault(
        "dual_second_cml_ignored",
        "the second inlet demands 150 A of a charger that offers less",
        (Change("BCL", {"current_a": -_ENOUGH_A}, _second_is_offered_little),),
    ),
)
"""Faults of the dual-gun cases of phase 8.6 of the catalogue."""
