"""Faults in what the truck takes for true of its pack, and in its fault memory."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Value, s
from harness.protocols.swap.vehicle.behaviour import Misread, Moment, OptionEffect, Refrain, TimerEffect
from harness.sim.faults.swap.effects import after_a_swap, keeps_first, overlooks, while_doing
from harness.sim.faults.swap.fault import Fault

__all__ = ["PACK_FAULTS"]


def _late(moment: Moment) -> bool:
    """Within 15 s of the first data of a new pack."""
    first_ns = moment.marks.setdefault(f"data of pack {moment.swaps}", moment.now_ns)
    assert isinstance(first_ns, int)
    return moment.swaps > 0 and moment.now_ns - first_ns < s(15)


def _in_small_letters(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
    return {**values, "Code": str(values["Code"]).lower()} if after_a_swap(moment) else values


def _a_tenth_low(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
    told = values.get("SOC")
    return {**values, "SOC": told * 0.9} if isinstance(told, int | float) else values


def _fiftieth(values: Mapping[str, Value]) -> Value:
    told = values.get("InsulationRes")
    return told / 50 if isinstance(told, int | float) else told


PACK_FAULTS = (
    Fault("keeps_old_identity", "the identity of the old pack is kept", (keeps_first("PACK_ID", "Code"), Refrain("forget_pack"))),
    Fault(
        "keeps_old_limits",
        "the limits of the old pack are kept",
        (keeps_first("PACK_LIM", "MaxChargeCurrent", "MaxDischargeCurrent"), Refrain("forget_limits")),
    ),
    Fault("keeps_old_soc", "the state of charge of the old pack is kept", (keeps_first("PACK_STS1", "SOC"), Refrain("forget_display"))),
    Fault("ignores_limits", "more current is drawn than the pack gives", overlooks("limit")),
    Fault("soc_told_a_tenth_low", "the state of charge is shown a tenth too low", (Misread("PACK_STS1", _a_tenth_low),)),
    Fault(
        "gives_packs_up_early",
        "a pack whose messages, identity or insulation do not come is given up seconds too early",
        (TimerEffect("T_BMS_FIRST", s(1)), TimerEffect("T_ID", s(3)), TimerEffect("T_INS", s(20))),
    ),
    Fault("bms_wait_4s", "a pack that is not heard is waited for 4 s", (TimerEffect("T_BMS_FIRST", s(4)),)),
    Fault("pack_silent_for_ever", "a pack that is not heard is waited for without limit", (TimerEffect("T_BMS_FIRST", s(3600)),)),
    Fault(
        "accepts_silent_pack",
        "a pack that is not heard is taken for good",
        overlooks("pack", "limits", "identity", "protocol", "insulation_known"),
    ),
    Fault("accepts_any_protocol", "a pack of any version is taken", overlooks("protocol")),
    Fault("protocol_not_recorded", "a pack of an unknown version leaves no fault", (while_doing("record", "protocol_unknown"),)),
    Fault("ignores_pack_fault", "the power is switched on with a pack that tells a fault", overlooks("pack_fault")),
    Fault("accepts_incomplete_identity", "a pack without an identity is taken", overlooks("identity")),
    Fault("asks_no_identity", "an identity that did not come is not asked for again", (Refrain("ask_identity"),)),
    Fault("waits_for_identity_8s", "an identity that does not come is waited for 8 s", (TimerEffect("T_ID", s(8)),)),
    Fault("accepts_malformed_identity", "an identity of any form is taken", overlooks("identity_form")),
    Fault("refuses_good_identity", "the code of a new pack is taken for malformed", (Misread("PACK_ID", _in_small_letters),)),
    Fault("ignores_expected_pack", "another pack than the expected one is taken", overlooks("expected_identity")),
    Fault("ignores_tampering", "an identity that changes without a swap is taken", overlooks("same_identity")),
    Fault(
        "tells_other_identity",
        "the identity is kept with its last character wrong",
        (Misread("PACK_ID", lambda values, moment: {**values, "Code": f"{str(values['Code'])[:-1]}9"}),),
    ),
    Fault(
        "refuses_good_insulation",
        "the insulation of a new pack is taken for a fiftieth of what it is",
        (Misread("PACK_STS2", lambda values, moment: {**values, "InsulationRes": _fiftieth(values)} if after_a_swap(moment) else values),),
    ),
    Fault("ignores_insulation", "any insulation is good enough", overlooks("insulation")),
    Fault("no_insulation_warning", "an insulation just above the limit gives no warning", (Refrain("warn"),)),
    Fault("insulation_limit_90", "the least insulation is 90 ohm per volt", (OptionEffect("insulation_ohm_per_v", 90.0),)),
    Fault("believes_unmeasured_insulation", "an insulation that is still measured is taken for good", overlooks("insulation_known")),
    Fault(
        "waits_for_insulation_for_ever",
        "an insulation that is still measured is waited for without limit",
        (TimerEffect("T_INS", s(3600)),),
    ),
    Fault(
        "pack_data_late",
        "the state of charge of the new pack is taken over after many seconds",
        (Misread("PACK_STS1", lambda values, moment: {**values, "SOC": None} if _late(moment) else values),),
    ),
    Fault("counts_twice", "one occurrence of a trouble counts as two", (OptionEffect("occurrences", 2),)),
    Fault("records_nothing", "no trouble leaves an entry", (Refrain("record"),)),
    Fault("never_heals", "an entry stays active when its trouble is over", (Refrain("heal"),)),
    Fault(
        "fault_after_swap",
        "a good swap leaves an active fault",
        (
            Misread(
                "PACK_THM",
                lambda values, moment: {**values, "Leak": "yes"} if after_a_swap(moment) and moment.phase == "restored" else values,
            ),
        ),
    ),
)
