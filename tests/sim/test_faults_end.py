"""Each fault of the end of charging and of the transport shows in the scenario that it is meant for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.core import ms, s
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.j1939 import GrantPolicy
from harness.sim.faults.vehicle.end import END_FAULTS
from harness.sim.faults.vehicle.inside import INSIDE_END_FAULTS
from harness.sim.faults.vehicle.transport import TRANSPORT_FAULTS


def _stop_by_vehicle(pair) -> None:
    pair.charge(1)
    pair.order(pair.cable.ask_vehicle_to_stop)
    pair.run_for(s(3))


def _no_cst(pair) -> None:
    pair.charge(1)
    pair.order(lambda: pair.charger.withhold("CST"), lambda: pair.charger.hold("charging"), pair.cable.ask_vehicle_to_stop)
    pair.run_for(s(8))


def _csd_for_cst(pair) -> None:
    pair.charge(1)
    pair.order(lambda: pair.charger.withhold("CST", "CCS"), lambda: pair.charger.hold("charging"), pair.cable.ask_vehicle_to_stop)
    pair.run_for(s(0.1))
    pair.order(lambda: pair.charger.also_send("CSD", every_ns=ms(250)))
    pair.run_for(s(8))


def _no_csd(pair) -> None:
    pair.charge(1)
    pair.order(lambda: pair.charger.withhold("CSD"), pair.charger.stop)
    pair.run_for(s(14))
    pair.order(lambda: pair.charger.begin("recognition"))
    pair.run_for(s(5))
    _again(pair)


def _again(pair) -> None:
    pair.order(pair.cable.unplug)
    pair.run_for(s(1))
    pair.order(pair.charger.revert)
    pair.charge(1)
    pair.order(pair.charger.stop)
    pair.run_for(s(3))


def _begun_anew_after_the_end(pair) -> None:
    pair.charge(1)
    pair.order(lambda: pair.charger.hold("statistics"), pair.charger.stop)
    pair.run_for(s(12))
    for phase in ("handshake", "recognition"):
        pair.order(lambda: pair.charger.hold(None), lambda phase=phase: pair.charger.begin(phase))
        pair.run_for(s(6))
    _again(pair)


def _under_load(pair) -> None:
    pair.charge()
    pair.order(lambda: pair.charger.keep_current(50.0), lambda: pair.charger.hold("charging"))
    pair.run_for(s(1))
    pair.order(pair.cable.ask_vehicle_to_stop, lambda: pair.charger.also_send("CST", every_ns=ms(10)))
    pair.run_for(s(12))
    pair.order(lambda: pair.charger.keep_current(None))
    pair.run_for(s(1))


def _supply_off(pair) -> None:
    pair.charge(1)
    pair.order(pair.charger.stop)
    pair.run_for(s(3))
    pair.order(lambda: pair.cable.switch_aux(False))
    pair.run_for(s(65))


def _reconnected_in_two_sessions(pair) -> None:
    for _ in range(2):
        pair.order(lambda: pair.charger.hold("recognition"))
        pair.plug_in()
        pair.begin()
        pair.run_for(s(16))
        pair.order(pair.cable.unplug)
        pair.run_for(s(1))


def _granted(policy: GrantPolicy, seconds: float = 4) -> Callable[..., None]:
    """BRM is answered by *policy*."""

    def scenario(pair) -> None:
        pair.order(lambda: pair.charger.hold("recognition"), lambda: pair.charger.grant("BRM", policy))
        pair.plug_in()
        pair.begin()
        pair.run_for(s(2 + seconds))

    return scenario


def _bmv_held(pair) -> None:
    pair.order(lambda: pair.charger.grant("BMV", GrantPolicy.hold(s(3), ms(400))))
    pair.charge(5)


def _bcs_refused(pair) -> None:
    pair.charge(1)
    pair.order(lambda: pair.charger.never_grant("BCS"))
    pair.run_for(s(2))
    pair.order(lambda: pair.charger.grant("BCS", None))
    pair.run_for(s(1))
    pair.order(pair.charger.stop)
    pair.run_for(s(2))


AUX = ({"aux_supply": True}, {"aux_voltage_v": 12.0})
BMV = ({"bmv": True}, {})

SHOWN: dict[Callable[..., None], tuple[str, ...]] = {
    _stop_by_vehicle: (
        "bst_period_14ms", "bst_period_12ms", "bst_missing_once", "bst_continues_beside_bsd", "bsd_cell_voltage_byte_order_swapped",
        "bsd_soc_in_tenths", "bsd_missing_after_own_stop", "opens_under_load_at_once", "contactors_stick", "brm_by_broadcast",
        "bcp_by_broadcast", "packets_205ms_apart", "packet_of_brm_stalls", "packet_of_brm_lost_once", "packet_of_bcs_lost_once",
        "own_limit_of_the_rts_ignored", "packet_of_bcp_180ms_late", "two_packets_per_grant", "bsd_5s_late", "packet_of_bcs_stalls",
    ),
    _no_cst: (
        "bst_ends_before_cst", "bsd_before_cst", "bem_cst_late", "bem_cst_4_8s", "bem_cst_never", "bem_wrong_bit_cst",
        "bem_cst_at_5400ms", "bst_slows_down_without_cst", "ccs_taken_for_cst_after_bst", "contactors_stay_closed_without_cst",
    ),
    _csd_for_cst: ("csd_taken_for_cst", "csd_ends_the_session_without_cst", "csd_restarts_the_wait_for_cst"),
    _no_csd: (
        "bem_csd_late", "bem_csd_5s", "bem_csd_never", "bem_wrong_bit_csd", "bem_csd_at_12800ms", "bsd_ends_after_five",
        "reconnects_after_csd_timeout", "stays_failed_after_replugging",
    ),
    _begun_anew_after_the_end: (
        "bsd_continues_after_csd", "bsd_trails_csd_by_2300ms", "csd_ignored", "bem_csd_although_csd_came", "bsm_after_the_session",
        "bsd_continues_without_supply", "restarts_on_chm_without_replugging", "restarts_on_crm_without_replugging",
        "stays_ended_after_replugging", "no_bsm_in_a_second_session", "bsd_lost_in_a_second_session",
    ),
    _under_load: (
        "opens_under_load_after_9_5s", "opens_under_load_after_9850ms", "opens_under_load_after_30s", "load_at_the_end_told_by_bst",
    ),
    _supply_off: ("starts_anew_when_the_supply_goes",),
    _reconnected_in_two_sessions: ("reconnects_counted_across_sessions",),
    _granted(GrantPolicy(packets=2, delay_ns=ms(100))): (
        "grant_taken_for_everything", "packet_too_many_per_grant", "sequence_restarts_with_each_grant", "announced_again_in_mid_transfer",
    ),
    _granted(GrantPolicy.repeat(3)): (
        "repetition_refused", "repetition_numbered_from_one", "repetition_of_one_packet_only", "repetition_with_empty_data",
    ),
    _granted(GrantPolicy.hold(ms(1500), ms(500))): (
        "hold_taken_for_a_grant", "hold_taken_for_a_refusal", "hold_given_up_after_380ms", "hold_given_up_after_450ms",
        "packet_lost_after_a_hold",
    ),
    _granted(GrantPolicy.unacknowledged()): (
        "not_announced_again_without_acknowledgement", "gives_up_after_100ms", "gives_up_after_1300ms", "brm_abandoned_after_three_tries",
        "brm_abandoned_after_six_tries",
    ),
    _granted(GrantPolicy.never()): ("announced_in_haste_without_answer",),
    _granted(GrantPolicy(packets=10, beyond_limit=True, acknowledge=False)): ("packets_beyond_the_announced_number",),
    _granted(GrantPolicy.wrong_pgn(MESSAGES["BCP"].pgn)): ("pgn_of_cts_ignored",),
    _granted(GrantPolicy.wrong_pgn(MESSAGES["BRM"].pgn | 0x010000)): ("highest_byte_of_cts_pgn_ignored",),
    _bcs_refused: ("bcs_by_broadcast_when_not_answered", "bcs_by_broadcast_at_the_end"),
    _bmv_held: ("bcs_waits_for_bmv", "bcs_numbered_wrong_beside_bmv", "bcs_empty_beside_bmv", "bmv_cells_byte_order_swapped"),
}  # fmt: skip
"""Where each fault shows."""
OPTIONS = {_supply_off: AUX, _bmv_held: BMV}
"""Options of truck and charger in a scenario that needs them."""


@pytest.mark.parametrize(("scenario", "fault"), [(scenario, fault) for scenario, faults in SHOWN.items() for fault in faults])
def test_fault_shows_where_it_is_meant_to(shows, scenario, fault) -> None:
    truck, charger = OPTIONS.get(scenario, ({}, {}))
    assert shows(scenario, fault, truck=truck, charger=charger)


def test_every_fault_of_the_end_and_of_the_transport_is_played() -> None:
    played = [fault for faults in SHOWN.values() for fault in faults]
    assert sorted(played) == sorted(fault.name for fault in (*END_FAULTS, *TRANSPORT_FAULTS, *INSIDE_END_FAULTS))
