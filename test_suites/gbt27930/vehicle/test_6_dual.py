"""Phase 6: vehicles with two DC inlets. Each connector is a bus and a session of its own; the pack behind them is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from harness.case import CaseBench, case
from harness.core import Inconclusive, Message, Reason

from ..words import is_crm_aa, is_ready

OF_THE_VEHICLE = ("vin", "battery_type", "rated_capacity_ah", "rated_voltage_v", "pack_number")
"""Signals of BRM that belong to the vehicle and its pack, not to a connector."""
OF_THE_PACK = ("max_cell_voltage_v", "energy_kwh", "max_voltage_v", "max_temp_degc")
"""Signals of BCP likewise."""


@dataclass(frozen=True, slots=True)
class Gun:
    """One connector: its bus, its charger, its session."""

    bench: CaseBench
    charger: Any
    session: Any


@pytest.fixture
def first(bench, charger, session):
    """The connector on the suite's own link."""
    return Gun(bench, charger, session)


@pytest.fixture
def second(bench, session_on):
    """The other connector."""
    return Gun(bench.on("charge_b"), bench.control("charger_b"), session_on("charge_b", "charger_b"))


def begin_both(*guns: Gun) -> None:
    """Plug in all connectors, then begin all sessions in one instant."""
    for gun in guns:
        gun.charger.hold(None)
        gun.session.plug_in()
    for gun in guns:
        gun.charger.begin("handshake")


def identify(gun: Gun, truck) -> tuple[Message, Message]:
    """BRM and BCP of one connector, each in its time."""
    bench = gun.bench
    chm = bench.reach("CHM", within=truck.limit("approach.next_message"))
    bench.expect("BHM", within=truck.limit("response.BHM"), after=chm.start_ns)
    crm = bench.reach("CRM", within=truck.limit("approach.recognition"))
    brm = bench.expect("BRM", within=truck.limit("response.transfer"), after=crm.start_ns)
    crm_aa = bench.reach("CRM", within=truck.limit("approach.next_message"), where=is_crm_aa, what="CRM(AA)")
    return brm, bench.expect("BCP", within=truck.limit("response.BCP_transfer"), after=crm_aa.start_ns)


def start_charging(gun: Gun, truck) -> Message:
    """From CML on: the first BSM that permits charging, every answer in its time."""
    bench = gun.bench
    cml = bench.reach("CML", within=truck.limit("approach.next_message"))
    bench.expect("BRO", within=truck.limit("response.ready"), after=cml.start_ns, where=is_ready, what="BRO(AA)")
    cro = bench.reach("CRO", within=truck.limit("approach.next_message"), where=is_ready, what="CRO(AA)")
    bench.expect("BCL", within=truck.limit("response.BCL"), after=cro.start_ns)
    bench.expect("BCS", within=truck.limit("response.BCS"), after=cro.start_ns)
    return bench.reach("BSM", within=truck.limit("approach.charging"), where=lambda bsm: bsm["permitted"] == 1)


def both_permitted(truck, *guns: Gun) -> list[Message]:
    """Both sessions begun at once; the first BSM of each that permits charging."""
    begin_both(*guns)
    within = truck.limit("response.ready")
    return [gun.bench.reach("BSM", within=within, where=lambda bsm: bsm["permitted"] == 1) for gun in guns]


def charge_both(truck, *guns: Gun) -> None:
    """Both connectors charge and demand current, and that for a while."""
    since = both_permitted(truck, *guns)
    for gun in guns:
        demand(gun, truck)
    guns[0].bench.run_for(truck.limit("stimulus.settle").nominal_ns)
    for gun, bsm in zip(guns, since, strict=True):
        gun.session.still_charging(since=bsm)


def demand(gun: Gun, truck) -> Message:
    """The next BCL that demands current."""
    least_a = float(truck.limit("approach.demand").upper)
    return gun.bench.reach(
        "BCL",
        within=truck.limit("approach.charging"),
        where=lambda bcl: bcl.number("current_a") <= least_a,
        what=f"BCL of {least_a:g} A or more",
    )


def largest_sums(guns: tuple[Gun, ...], since_ns: int) -> tuple[tuple[float, Message | None], tuple[float, Message | None]]:
    """Largest sums of current (A) and power (kW) that the connectors demand together, each with the message that completes it.

    A demand holds until the next BCL of its bus, or until BST or BEM ends it.
    """
    told: dict[int, tuple[float, float]] = {}
    current: tuple[float, Message | None] = (0.0, None)
    power: tuple[float, Message | None] = (0.0, None)
    events = [(m.t_ns, number, m) for number, gun in enumerate(guns) for name in ("BCL", "BST", "BEM") for m in gun.bench.messages(name)]
    events.sort(key=lambda event: event[:2])
    for position, (t_ns, number, message) in enumerate(events):
        amperes = abs(message.number("current_a")) if message.name == "BCL" else 0.0
        told[number] = (amperes, amperes * message.number("voltage_v") / 1000 if amperes else 0.0)
        at_once = position + 1 < len(events) and events[position + 1][0] == t_ns
        if at_once or t_ns < since_ns:
            continue
        current = max(current, (sum(amps for amps, _ in told.values()), message), key=lambda pair: pair[0])
        power = max(power, (sum(watts for _, watts in told.values()), message), key=lambda pair: pair[0])
    return current, power


def check_sums(check, truck, guns: tuple[Gun, ...], since_ns: int) -> None:
    """The sums at every instant since then are within the declared limits of the pack."""
    (current_a, at_current), (power_kw, at_power) = largest_sums(guns, since_ns)
    note = "largest sum of both connectors"
    check("sum of BCL.current", round(current_a, 1), at_most=truck.pixit("pack_max_current_a"), unit="A", message=at_current, note=note)
    check("sum of BCL.power", round(power_kw, 3), at_most=truck.pixit("pack_max_power_kw"), unit="kW", message=at_power, note=note)


def still_demands(gun: Gun, truck, check, *, since_ns: int) -> None:
    """The first connector demanded current without a hole since then, charging stayed permitted and its contactors closed."""
    bcls = gun.bench.messages("BCL", since=since_ns)
    period = truck.limit("period.BCL")
    check("BCL count of the first", len(bcls), at_least=(gun.bench.now_ns - since_ns) // period.upper_ns - 1)
    least = max((bcl.number("current_a") for bcl in bcls), default=0.0)
    check("smallest demand of the first", least, at_most=float(truck.limit("approach.demand").upper), unit="A")
    refused = gun.bench.messages("BSM", since=since_ns, where=lambda bsm: bsm["permitted"] != 1)
    check("BSM without permission", len(refused), equals=0, message=refused[0] if refused else None)
    ended = [message for name in ("BST", "BEM") for message in gun.bench.messages(name, since=since_ns)]
    check("end of the first charge", ended[0].name if ended else "none", equals="none", message=ended[0] if ended else None)
    if gun.bench.level("k5k6") is not None:
        opened = [t_ns for t_ns, level in gun.bench.level_changes("k5k6") if level == 0 and t_ns > since_ns]
        check("contactors of the first", "opened" if opened else "closed", equals="closed")


def stop(gun: Gun, truck) -> Message:
    """The charger of this connector ends its session; the BSD."""
    gun.charger.stop("manual")
    cst = gun.bench.reach("CST", within=truck.limit("approach.next_message"))
    gun.bench.expect("BST", within=truck.limit("response.BST"), after=cst.start_ns)
    return gun.bench.expect("BSD", within=truck.limit("response.BSD"), after=cst.start_ns)


@case(
    "GBT-VX.601",
    title="Two sessions in parallel",
    purpose="On two connectors at once the vehicle completes two sessions that tell of one vehicle and one pack.",
    refs=["GBT27930-2015:?/dual-gun"],
    basis="project",
    confidence="high",
    pics="V.DC AND V.DUAL",
    editions=["2015", "2023A"],
    faults=[
        "dual_second_vin_differs",
        "dual_second_pack_number_differs",
        "dual_second_energy_halved",
        "dual_second_soc_differs",
        "dual_second_never_closes",
        "dual_second_bcs_tells_own_soc",
    ],
    pixit=["vin"],
    needs=["energise"],
    duration_s=20,
)
def test_two_sessions_tell_of_one_vehicle(bench, truck, step, check, first, second):
    with step(
        1, "Plug in both connectors and begin both sessions at once", expect="BRM on both buses: one vehicle, one pack, the declared VIN"
    ):
        begin_both(first, second)
        (brm, bcp), (other_brm, other_bcp) = identify(first, truck), identify(second, truck)
        vin = brm["vin"]
        check("BRM.vin", vin.decode("ascii", "replace") if isinstance(vin, bytes) else vin, equals=truck.pixit("vin"), message=brm)
        for signal in OF_THE_VEHICLE:
            check(f"BRM.{signal} of the second", other_brm[signal], equals=brm[signal], message=other_brm)
    with step(2, "Compare BCP of both buses", expect="the same battery data; state of charge and voltage as near as time allows"):
        for signal in OF_THE_PACK:
            check(f"BCP.{signal} of the second", other_bcp[signal], equals=bcp[signal], message=other_bcp)
        soc, near = bcp.number("soc_pct"), float(truck.limit("tolerance.dual_soc").upper)
        check("BCP.soc of the second", other_bcp.number("soc_pct"), between=(soc - near, soc + near), unit="%", message=other_bcp)
        voltage, share = bcp.number("voltage_v"), float(truck.limit("tolerance.dual_voltage").upper) / 100
        between = (voltage * (1 - share), voltage * (1 + share))
        check("BCP.voltage of the second", other_bcp.number("voltage_v"), between=between, unit="V", message=other_bcp)
    with step(3, "Charge on both", expect="both demand current and charge; both tell the same state of charge"):
        since = [start_charging(gun, truck) for gun in (first, second)]
        bench.run_for(truck.limit("stimulus.dual_watch").nominal_ns)
        for gun, bsm in zip((first, second), since, strict=True):
            gun.session.held("CCS", since=bsm)
            demands = [bcl.number("current_a") for bcl in gun.bench.messages("BCL", since=bsm)]
            check("BCL.current", min(demands, default=0.0), at_most=float(truck.limit("approach.demand").upper), unit="A")
        told, other = bench.last("BCS").number("soc_pct"), second.bench.last("BCS")
        check("BCS.soc of the second", other.number("soc_pct"), between=(told - near, told + near), unit="%", message=other)
    with step(4, "End both sessions by their chargers", expect="BST and BSD on both buses, no BEM"):
        for gun in (first, second):
            stop(gun, truck)
            gun.bench.reach("CSD", within=truck.limit("approach.next_message"))
        for gun in (first, second):
            gun.session.no_error()


@case(
    "GBT-VX.602",
    title="Sum of demands",
    purpose="The demands of both connectors together stay within the limits of the pack at every instant, also while one joins or leaves.",
    refs=["GBT27930-2015:?/dual-demand"],
    basis="project",
    confidence="high",
    pics="V.DC AND V.DUAL",
    editions=["2015", "2023A"],
    faults=["dual_demand_not_shared", "dual_power_limit_ignored", "dual_raises_before_lowering", "dual_takes_all_after_stop"],
    pixit=["pack_max_current_a", "pack_max_power_kw"],
    needs=["energise"],
    duration_s=40,
)
def test_sum_of_demands_stays_within_the_pack(bench, truck, step, check, first, second):
    with step(1, "Charge with the first connector alone", expect="BCL demands current within the limits of the pack"):
        first.session.charging()
        alone = demand(first, truck)
        bench.run_for(truck.limit("stimulus.settle").nominal_ns)
        check_sums(check, truck, (first,), alone.start_ns)
    with step(
        2,
        "Let the second connector join",
        expect="sums of current and power of both BCL within the limits of the pack, from its first BCL on",
    ):
        joined_ns = bench.now_ns
        second.session.charging()
        both = demand(second, truck)
        bench.run_for(truck.limit("stimulus.dual_watch").nominal_ns)
        for gun in (first, second):
            gun.session.held("CCS", since=both)
        check_sums(check, truck, (first, second), joined_ns)
    with step(3, "End the session of the first connector", expect="the second takes over no more than the pack allows"):
        left_ns = bench.now_ns
        first.charger.stop("manual")
        first.bench.reach("BST", within=truck.limit("approach.next_message"))
        bench.run_for(truck.limit("response.replan").upper_ns)
        second.session.still_charging(since=left_ns)
        demand(second, truck)
        check_sums(check, truck, (first, second), left_ns)
    with step(4, "Plug the first connector in again and let it join", expect="sums within the limits of the pack, no BEM"):
        again_ns = bench.now_ns
        first.session.unplug()
        first.session.charging()
        demand(first, truck)
        bench.run_for(truck.limit("stimulus.dual_watch").nominal_ns)
        check_sums(check, truck, (first, second), again_ns)
        for gun in (first, second):
            gun.session.no_error()


@case(
    "GBT-VX.603",
    title="CCS timeout on one connector",
    purpose="When CCS fails to come on one connector, the vehicle reports it there only; the other goes on or ends with a reason.",
    refs=["GBT27930-2015:?/dual-gun", "GBT27930-2015:8/TB6"],
    basis="project",
    confidence="medium",
    pics="V.DC AND V.DUAL",
    editions=["2015", "2023A"],
    faults=["dual_error_spreads", "dual_other_freezes_after_error", "dual_error_not_told", "dual_second_ignores_ccs_timeout"],
    needs=["energise"],
    duration_s=26,
)
def test_lost_ccs_concerns_one_connector(bench, truck, step, check, first, second):
    with step(1, "Charge on both connectors", expect="both demand current"):
        charge_both(truck, first, second)
        for gun in (first, second):
            gun.session.no_error()
    with step(
        2,
        "Withhold CCS of the second charger, nothing else",
        expect="BEM of its timeout on the second bus, between 1.0 s and 1.2 s after the last CCS",
    ):
        second.charger.withhold("CCS")
        told_ns = bench.now_ns
        bench.run_for(truck.limit("stimulus.ccs_gone").nominal_ns)
        second.bench.withheld("CCS", since=told_ns + truck.limit("tail.tester").upper_ns)
        bem = second.bench.expect("BEM", within=truck.limit("timeout.TB6"), after=second.bench.last("CCS").start_ns)
        second.charger.silence()
        second.session.reports(bem, "timeout_ccs", severity="failure")
    with step(3, "Go on with the first charger", expect="no BEM on the first bus; charging goes on there, or BST has told a reason"):
        bench.run_for(truck.limit("response.replan").upper_ns)
        stops = bench.messages("BST", since=told_ns)
        if stops:
            told = [name for name in stops[0].values if stops[0][name] == 1]
            check("BST tells a reason", len(told), at_least=1, message=stops[0], note="+".join(told) or "none")
            first.session.ended(("BCL", "BCS.RTS", "BSM"), after=stops[0])
        else:
            first.session.held("CCS", since=told_ns)
            still_demands(first, truck, check, since_ns=told_ns)
        first.session.no_error()
    with step(4, "Look at the contactors of the second connector", expect="open, where they can be seen; no charging there"):
        second.session.contactors_open(after=bem)
        second.session.ended(("BCL", "BCS.RTS", "BSM"), after=bem)


@case(
    "GBT-VX.604",
    title="One connector stopped by its charger",
    purpose="When one of two chargers stops, the vehicle plans the demand on the other one anew within 5 s.",
    refs=["GBT27930-2015:?/dual-demand"],
    basis="project",
    confidence="medium",
    pics="V.DC AND V.DUAL",
    editions=["2015", "2023A"],
    faults=["dual_replans_after_8s", "dual_never_replans", "dual_other_freezes_after_stop", "dual_stop_ends_both"],
    pixit=["pack_max_current_a", "pack_max_power_kw"],
    needs=["energise"],
    duration_s=26,
)
def test_demand_is_planned_anew_after_a_stop(bench, truck, step, check, first, second):
    with step(1, "Charge on both connectors", expect="both demand current, the first less than it may demand alone"):
        charge_both(truck, first, second)
        before_a = abs(bench.last("BCL").number("current_a"))
        alone_a = min(abs(bench.last(name).number("max_current_a")) for name in ("BCP", "CML"))
        check_sums(check, truck, (first, second), 0)
        raised_a = before_a + float(truck.limit("tolerance.replan").lower)
        if raised_a > alone_a:
            raise Inconclusive(
                Reason.PRECONDITION, f"the first connector demands {before_a:g} A, too near its own maximum of {alone_a:g} A"
            )
    with step(2, "Stop the second charger", expect="BST and BSD on the second bus"):
        second.charger.stop("manual")
        cst = second.bench.reach("CST", within=truck.limit("approach.next_message"))
        second.bench.expect("BST", within=truck.limit("response.BST"), after=cst.start_ns)
        second.bench.expect("BSD", within=truck.limit("response.BSD"), after=cst.start_ns)
    with step(
        3,
        "Go on with the first charger",
        expect="BCL of a higher demand within 5 s, charging undisturbed, sums within the limits of the pack",
    ):
        bench.expect(
            "BCL",
            within=truck.limit("response.replan"),
            after=cst.start_ns,
            where=lambda bcl: abs(bcl.number("current_a")) >= raised_a,
            what="BCL of a higher demand",
        )
        bench.run_for(truck.limit("stimulus.settle").nominal_ns)
        still_demands(first, truck, check, since_ns=cst.start_ns)
        check_sums(check, truck, (first, second), cst.start_ns)
    with step(4, "Watch both buses", expect="no BEM on either"):
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        for gun in (first, second):
            gun.session.no_error()


@case(
    "GBT-VX.605",
    title="Second connector plugged in during charging",
    purpose="A whole session on the second connector does not disturb the charge on the first.",
    refs=["GBT27930-2015:?/dual-gun"],
    basis="project",
    confidence="medium",
    pics="V.DC AND V.DUAL",
    editions=["2015", "2023A"],
    faults=[
        "dual_second_ignored_while_charging",
        "dual_first_drops_for_second",
        "dual_first_pauses_for_second",
        "dual_deaf_beside_handshake",
    ],
    needs=["energise"],
    duration_s=30,
)
def test_second_session_does_not_disturb_the_first(bench, truck, step, check, first, second):
    with step(1, "Charge with the first connector", expect="BCL demands current"):
        first.session.charging()
        demand(first, truck)
        bench.run_for(truck.limit("stimulus.settle").nominal_ns)
        since_ns = bench.now_ns
        first.session.no_error()
    with step(2, "Plug in the second connector, charge there and stop there", expect="a complete session, every answer in its time"):
        second.session.good_session()
    with step(3, "Look at the first bus since then", expect="demand without a hole, charging permitted, contactors closed, no BST, no BEM"):
        first.session.held("CCS", since=since_ns)
        still_demands(first, truck, check, since_ns=since_ns)
    with step(4, "Pull the second connector and watch the first bus", expect="as before"):
        pulled_ns = bench.now_ns
        second.session.unplug()
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        still_demands(first, truck, check, since_ns=pulled_ns)
        first.session.no_error()


@case(
    "GBT-VX.606",
    title="Different CML on both connectors",
    purpose="Each demand respects the CML of its own charger, whatever the other one offers.",
    refs=["GBT27930-2015:?/dual-demand"],
    basis="project",
    confidence="high",
    pics="V.DC AND V.DUAL",
    editions=["2015", "2023A"],
    faults=["dual_cml_exchanged", "dual_second_cml_ignored", "dual_larger_cml_for_both"],
    pixit=["pack_max_current_a", "pack_max_power_kw"],
    needs=["energise"],
    duration_s=18,
)
def test_each_demand_respects_its_own_cml(bench, truck, step, check, first, second):
    with step(1, "Offer less current on the second connector than on the first", expect="both CML on their buses, BRO(AA) on both"):
        offered_a = [float(truck.limit("stimulus.cml_first").value), float(truck.limit("stimulus.cml_second").value)]
        for gun, offer_a in zip((first, second), offered_a, strict=True):
            gun.charger.override("CML", max_current_a=offer_a)
        since = both_permitted(truck, first, second)
        for gun, offer_a in zip((first, second), offered_a, strict=True):
            told = gun.bench.last("CML")
            gun.bench.given("CML", since=0, where=lambda cml, a=offer_a: cml["max_current_a"] == a, what=f"CML of {offer_a:g} A")
            check("CML.current", told["max_current_a"], equals=offer_a, unit="A", message=told)
    with step(2, "Charge on both", expect="the demand of each connector within the current and voltage of its own CML"):
        bench.run_for(truck.limit("stimulus.dual_watch").nominal_ns)
        for name, gun, bsm, offer_a in zip(("first", "second"), (first, second), since, offered_a, strict=True):
            bcls = gun.bench.messages("BCL")
            worst = min(bcls, key=lambda bcl: bcl.number("current_a"))
            check(f"BCL.current of the {name}", worst["current_a"], between=(offer_a, 0), unit="A", message=worst, note="limit from CML")
            highest = max(bcls, key=lambda bcl: bcl.number("voltage_v"))
            limit_v = gun.bench.last("CML")["max_voltage_v"]
            check(f"BCL.voltage of the {name}", highest["voltage_v"], at_most=limit_v, unit="V", message=highest, note="limit from CML")
            gun.session.still_charging(since=bsm)
    with step(3, "Look at what both demand together", expect="both demand current, the sums within the limits of the pack, no BEM"):
        check_sums(check, truck, (first, second), 0)
        for gun in (first, second):
            last = gun.bench.last("BCL")
            check("BCL.current demanded", last["current_a"], at_most=float(truck.limit("approach.demand").upper), unit="A", message=last)
            gun.session.no_error()
