"""Start of charging with the charger under test: BCL or BCS missing after CRO(AA) (reference catalogue 9, stage 3)."""

from harness.case import case

from ..words import is_ready


def nothing_is_delivered(bench, check, cro):
    """The charge did not begin."""
    found = bench.messages("CCS", since=cro)
    check("CCS seen", len(found), equals=0, message=found[0] if found else cro)


@case(
    "GBT-DN.3001",
    title="BCS missing after CRO(AA)",
    purpose="With BCL but no BCS the charger keeps CRO(AA) for 5 s, then reports the missing BCS by CEM; it does not charge.",
    refs=["GBT27930-2015:8/TC7"],
    basis="derived",
    confidence="medium",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["cem_bcs_at_start_never", "cem_bcs_at_start_7s", "bcl_taken_for_bcs", "bcl_feeds_bcs_timeout_at_start", "cro_aa_ends_with_bcl"],
    needs=["energise"],
    duration_s=22,
    sut="charger",
)
def test_cem_when_bcs_never_comes(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRO(AA)", expect="CRO(AA) on the bus"):
        vehicle.withhold("BCS")
        cro = session.output_ready()
        bcl = bench.reach("BCL", within=truck.limit("approach.own"))
    with step(2, "Send BCL every 50 ms, no BCS", expect="CRO(AA) every 250 ms, no CCS, CEM 5 s after the first CRO(AA)"):
        session.await_error("TC7", after=cro)
        session.held("BCL", since=bcl)
        bench.withheld("BCS.RTS", since=0)
        cem = session.cem("TC7", after=cro)
        session.kept_up("CRO", since=cro, until=cem, where=is_ready, what="CRO(AA)")
        nothing_is_delivered(bench, check, cro)
    with step(3, "Go on so", expect="CEM tells the timeout of BCS and nothing else, every 250 ms (should)"):
        session.reports(cem, "timeout_bcs")


@case(
    "GBT-DN.3002",
    title="BCL missing after CRO(AA), nothing received",
    purpose="With BCS but no BCL the charger takes BCS and keeps CRO(AA) for 1 s, then reports the missing BCL by CEM.",
    refs=["GBT27930-2015:8/TC6", "GBT27930-2015:?/BCS-accepted"],
    basis="derived",
    confidence="medium",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bcs_feeds_bcl_timeout_at_start", "bcs_taken_for_bcl", "cro_aa_ends_with_bcs", "bcs_at_start_never_granted"],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_bcs_alone_is_not_enough(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRO(AA)", expect="CRO(AA) on the bus"):
        vehicle.withhold("BCL")
        cro = session.output_ready()
    with step(2, "Send BCS every 250 ms, no BCL", expect="BCS granted, CRO(AA) every 250 ms, no CCS, CEM 1 s after the first CRO(AA)"):
        session.await_error("TC6", after=cro)
        bench.given("BCS.RTS", since=cro)
        bench.withheld("BCL", since=0)
        cem = session.cem("TC6", after=cro)
        session.kept_up("CRO", since=cro, until=cem, where=is_ready, what="CRO(AA)")
        session.granted("BCS", since=cro)
        nothing_is_delivered(bench, check, cro)
    with step(3, "Go on so", expect="CEM tells the timeout of BCL and nothing else, every 250 ms (should)"):
        session.reports(cem, "timeout_bcl")


@case(
    "GBT-DN.3003",
    title="BCS of a wrong form after CRO(AA)",
    purpose="A BCS that does not come by transport protocol is no BCS: CRO(AA) goes on for 5 s, then CEM reports the missing BCS.",
    refs=["GBT27930-2015:8/TC7", "GBT27930-2015:?/transport-complete"],
    basis="derived",
    confidence="medium",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bcs_frame_taken_for_bcs", "bcs_frame_feeds_timeout_at_start", "bcs_frame_ends_cro_aa"],
    needs=["energise"],
    duration_s=22,
    sut="charger",
)
def test_bcs_frame_is_no_bcs(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRO(AA)", expect="CRO(AA) on the bus"):
        vehicle.carry("BCS", "single")
        cro = session.output_ready()
        bcl = bench.reach("BCL", within=truck.limit("approach.own"))
    with step(
        2,
        "Send BCL every 50 ms, and BCS every 250 ms as a single frame of 8 bytes",
        expect="CRO(AA) every 250 ms, no transfer, no CCS, CEM 5 s after the first CRO(AA)",
    ):
        session.await_error("TC7", after=cro)
        session.held("BCL", since=bcl)
        for name in ("BCS.RTS", "BCS"):
            bench.withheld(name, since=0)
        session.framed("BCS", since=cro)
        cem = session.cem("TC7", after=cro)
        session.kept_up("CRO", since=cro, until=cem, where=is_ready, what="CRO(AA)")
        nothing_is_delivered(bench, check, cro)
        granted = bench.messages("TP.CTS", since=cro)
        check("TP.CTS seen", len(granted), equals=0, message=granted[0] if granted else cro)
    with step(3, "Go on so", expect="CEM tells the timeout of BCS and nothing else, every 250 ms (should)"):
        session.reports(cem, "timeout_bcs")


@case(
    "GBT-DN.3004",
    title="BCL missing after CRO(AA), wrong message type",
    purpose="Another message in the place of BCL does not count: the charger keeps CRO(AA) for 1 s, then reports the missing BCL by CEM.",
    refs=["GBT27930-2015:8/TC6", "GBT27930-2015:?/BCS-accepted"],
    basis="derived",
    confidence="medium",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bsm_taken_for_bcl", "bsm_feeds_bcl_timeout_at_start", "cro_aa_pauses_beside_bsm"],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_bsm_and_bcs_are_not_enough(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRO(AA)", expect="CRO(AA) on the bus"):
        vehicle.send_instead("BCL", "BSM")
        cro = session.output_ready()
    with step(
        2,
        "Send BCS every 250 ms, and BSM every 50 ms in the place of BCL",
        expect="BCS granted, CRO(AA) every 250 ms, no CCS, CEM 1 s after the first CRO(AA)",
    ):
        bsm = bench.reach("BSM", within=truck.limit("approach.own"), what="BSM in the place of BCL")
        session.await_error("TC6", after=cro)
        session.replaced("BCL", "BSM", since=bsm)
        cem = session.cem("TC6", after=cro)
        session.kept_up("CRO", since=cro, until=cem, where=is_ready, what="CRO(AA)")
        session.granted("BCS", since=cro)
        nothing_is_delivered(bench, check, cro)
    with step(3, "Go on so", expect="CEM tells the timeout of BCL and nothing else, every 250 ms (should)"):
        session.reports(cem, "timeout_bcl")
