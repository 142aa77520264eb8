"""Phase 6: heavy trucks. Wake-up without A+, currents beyond the encoding of 2015."""

from __future__ import annotations

from harness.case import case
from harness.core import Inconclusive, Message, Reason

from ..words import is_ready

AT_CURRENT = {"BCP": 2, "CML": 4, "BCL": 2, "BCS": 2}
"""First byte of the current in a message, counted from 0."""


def raw_current(message: Message) -> int:
    """The current of a message as its two bytes say, without offset."""
    start = AT_CURRENT[message.name]
    return int.from_bytes(message.data[start : start + 2], "little")


@case(
    "GBT-VX.607",
    title="Wake-up without A+",
    purpose="Plugged in without auxiliary supply the vehicle does what is declared: it wakes and charges, or it stays asleep.",
    refs=["GBT27930-2015:?/wake-up-supply"],
    basis="project",
    confidence="high",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=["sleeps_without_aux", "locks_up_after_broken_handshake"],
    pixit=["without_aux", "wakeup_s"],
    needs=["energise"],
    duration_s=32,
)
def test_vehicle_without_auxiliary_supply(bench, truck, step, check, charger, session):
    wakes = truck.pixit("without_aux") == "wakes"
    with step(1, "Plug in, leave the auxiliary supply off", expect="plugged in, A+ without voltage"):
        charger.hold("handshake")
        plugged_ns = session.plug_in(aux=False)
        session.wait_until(plugged_ns + round(float(truck.pixit("wakeup_s")) * 1e9))
        session.supplied(False)
    with step(2, "Send CHM", expect="as declared: BHM in its time, or no message of the vehicle at all"):
        charger.begin("handshake")
        chm = bench.reach("CHM", within=truck.limit("approach.next_message"))
        if wakes:
            bench.expect("BHM", within=truck.limit("response.BHM"), after=chm.start_ns)
            bhms = bench.collect("BHM", during=session.watch_ns)
            bench.withheld("CRM", since=chm)
            session.held("CHM", since=chm)
            session.came_every_period("BHM", bhms, session.watch_ns)
        else:
            bench.absent("BHM", during=truck.limit("stimulus.asleep").nominal_ns, since=plugged_ns)
            heard = [message for message in bench.all_messages() if message.sender == "vehicle"]
            check("messages of the vehicle", len(heard), equals=0, message=heard[0] if heard else None)
        session.held("CHM", since=chm)
    with step(
        3, "Unplug, plug in with the supply that the vehicle is declared to need", expect="a complete session, every answer in its time"
    ):
        session.ended_by_unplugging()
        session.plug_in(aux=not wakes)
        charger.begin("handshake")
        chm = bench.reach("CHM", within=truck.limit("approach.next_message"))
        session.supplied(not wakes)
        bench.expect("BHM", within=truck.limit("response.BHM"), after=chm.start_ns)
        session.complete(bench.reach("CRM", within=truck.limit("approach.recognition")))


@case(
    "GBT-VX.608",
    title="More than 400 A",
    purpose="A vehicle that takes more than 400 A tells and demands at most what the encoding of 2015 can carry, and never wraps around.",
    refs=["GBT27930-2015:?/current-encoding"],
    basis="project",
    confidence="high",
    pics="V.DC AND V.OVER400",
    editions=["2015"],
    faults=[
        "bcp_current_wraps",
        "bcl_current_wraps",
        "bcl_current_sign_lost",
        "bcs_current_wraps",
        "bcl_rounds_to_discharge",
        "bmv_first_group_again",
        "bmv_group_number_stuck",
        "bmv_groups_of_200",
        "bcs_group_unknown",
    ],
    needs=["energise"],
    duration_s=36,
)
def test_current_beyond_the_encoding_does_not_wrap(bench, truck, step, check, charger, session):
    raw, largest_a = truck.limit("encoding.current_raw"), float(truck.limit("encoding.current_offset").value)
    with step(1, "Offer the largest current that CML can carry, raw 0", expect="BCP tells a charging current, its raw value at most 4000"):
        charger.override("CML", max_current_a=largest_a)
        bcp = session.identified()
        check("BCP.current raw", raw_current(bcp), limit=raw, message=bcp)
    with step(2, "Charge", expect="raw current of every BCL and BCS at most 4000; the demand reaches the bound"):
        charger.hold("configuration")
        bench.reach("BRO", within=truck.limit("response.ready"), where=is_ready, what="BRO(AA)")
        charger.hold(None)
        bench.given("CML", since=0, where=lambda cml: raw_current(cml) == 0, what="CML of raw 0")
        bench.reach("BCL", within=truck.limit("approach.charging"))
        bench.run_for(truck.limit("stimulus.large_pack").nominal_ns)
        for name in ("BCL", "BCS"):
            found = bench.messages(name)
            worst = max(found, key=raw_current, default=None)
            check(f"{name}.current raw", raw_current(worst) if worst else None, limit=raw, message=worst, note=f"largest of {len(found)}")
        bound = truck.limit("approach.raw_bound")
        if not bench.messages("BCL", where=lambda bcl: raw_current(bcl) <= bound.upper):
            raise Inconclusive(Reason.PRECONDITION, f"no BCL came near the bound (raw {bound.criterion()}); begin with an emptier battery")
    with step(
        3,
        "Stop, plug in anew and offer the smallest current that CML can carry, raw 3999",
        expect="raw current of every BCL 3999 or 4000: no more than was offered, no discharge",
    ):
        session.stop_by_charger()
        session.ended_by_unplugging()
        least_a = float(truck.limit("stimulus.cml_least").value)
        charger.override("CML", max_current_a=least_a, min_current_a=0.0)
        again_ns = bench.now_ns
        session.charging()
        bench.given("CML", since=again_ns, where=lambda cml: cml["max_current_a"] == least_a, what="CML of the smallest current")
        bench.run_for(truck.limit("stimulus.dual_watch").nominal_ns)
        bcls = bench.messages("BCL", since=again_ns)
        for what, worst in (("smallest", min(bcls, key=raw_current)), ("largest", max(bcls, key=raw_current))):
            check("BCL.current raw", raw_current(worst), between=(raw.upper - 1, raw.upper), message=worst, note=f"{what} of {len(bcls)}")
        session.no_error()
