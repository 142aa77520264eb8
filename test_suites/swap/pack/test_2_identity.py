"""The identity of the pack: told, incomplete, malformed, another than expected, changed, missing (SWP-ID)."""

from harness.case import case
from harness.core import Inconclusive, Reason
from harness.protocols.swap.identity import pack_crc

OTHER = "TSTPB03KLMNPQ3C3D0000003"
"""A code that neither pack has."""


@case(
    "SWP-ID-053",
    title="Identity by broadcast",
    purpose="The code that the pack broadcasts is what the truck takes for its identity, character by character.",
    refs=["HTSWAP-0.1:5.2/identity"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP AND S.UDS",
    faults=["tells_other_identity", "keeps_old_identity", "refuses_good_identity"],
    pixit=["did_pack_identity"],
    needs=["energise"],
    messages=["PACK_ID.Code"],
    duration_s=40,
)
def test_identity(bench, truck, step, check, swap, fitting):
    with step(1, "Fit a pack that broadcasts its code with 50 ms between packets, command PostCheck", expect="Done"):
        spacing_ns = truck.limit("identity.spacing").nominal_ns
        swap.pack("new").identity(OTHER, gap_ns=spacing_ns)
        order = fitting.checked_from()
        swap.accepted(order, truck.limit("timer.T_INS"))
    with step(2, "Compare the identity that the truck tells with the code on the bus", expect="The same 24 characters"):
        told = bench.messages("PACK_ID", since=fitting.mated_ns())
        # 26 bytes travel in four packets.
        if not told or told[-1].t_ns - told[-1].start_ns < 3 * spacing_ns:
            raise Inconclusive(Reason.PRECONDITION, "no code with that spacing was on the bus after mating")
        check("identity told", fitting.identity(), equals=str(told[-1]["Code"]), message=told[-1])


@case(
    "SWP-ID-054",
    title="Incomplete identity",
    purpose="An identity with a lost packet is not accepted; the truck asks for it again, and gives up at T_ID.",
    refs=["HTSWAP-0.1:5.2/identity", "HTSWAP-0.1:5.4/handshake"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["accepts_incomplete_identity", "asks_no_identity", "waits_for_identity_8s", "gives_packs_up_early"],
    needs=["energise"],
    messages=["PACK_ID.Code"],
    duration_s=40,
)
def test_incomplete_identity(bench, step, check, swap, fitting):
    with step(1, "Fit a pack whose second packet never leaves, command PostCheck", expect="VehSwapMode error at T_ID"):
        swap.pack("new").identity(OTHER, drop_packet=2)
        order = fitting.checked_from()
        fitting.given_up(order, "timer.T_ID", "PACK_ID")
    with step(2, "Look for the question of the truck", expect="Asked for again at least once"):
        mated_ns = fitting.mated_ns()
        bench.given("TP.DT", since=mated_ns, what="packets of the code")
        asked = bench.messages("Request", since=order, where=lambda request: request.values.get("about") == "PACK_ID")
        check("requests for the identity", len([each for each in asked if not bench.is_ours(each)]), at_least=1)
    with step(3, "Report success all the same", expect="No high voltage, a trouble in DM1"):
        fitting.powerless(order)
        fitting.troubled(since=order)


@case(
    "SWP-ID-055",
    title="Malformed identity",
    purpose="A code that has not the form which the profile asks for is refused: lower case, too short, not that of a pack.",
    refs=["HTSWAP-0.1:5.2/identity", "HTSWAP-0.1:5.4/refusal"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["accepts_malformed_identity"],
    needs=["energise"],
    messages=["PACK_ID.Code"],
    duration_s=90,
)
def test_malformed_identity(step, swap, fitting):
    with step(1, "Fit a pack with a code in lower case, command PostCheck", expect="Refused, no high voltage, a trouble in DM1"):
        swap.pack("new").identity(OTHER.lower())
        order = fitting.checked_from()
        fitting.stated("PACK_ID", "code in lower case", Code=OTHER.lower())
        fitting.refused(order)
    with step(2, "Swap again, with a code of 23 characters", expect="Refused, no high voltage, a trouble in DM1"):
        fitting.give_up()
        swap.pack("new").identity(OTHER[:23])
        order = fitting.checked_from()
        fitting.stated("PACK_ID", "code of 23 characters", Code=OTHER[:23])
        fitting.refused(order)
    with step(3, "Swap again, with C in position 4 of the code", expect="Refused, no high voltage, a trouble in DM1"):
        fitting.give_up()
        cell = f"{OTHER[:3]}C{OTHER[4:]}"
        swap.pack("new").identity(cell)
        order = fitting.checked_from()
        fitting.stated("PACK_ID", "code of a cell", Code=cell)
        fitting.refused(order)


@case(
    "SWP-ID-056",
    title="Another pack than expected",
    purpose="A pack whose code is not the one that the station expects is not taken; the expected one is.",
    refs=["HTSWAP-0.1:5.2/identity", "HTSWAP-0.1:5.4/refusal"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["ignores_expected_pack", "refuses_good_identity"],
    needs=["energise"],
    messages=["PACK_ID.Code", "STA_CMD.ExpectedPackCrc"],
    duration_s=60,
)
def test_unexpected_pack(step, check, swap, fitting):
    with step(1, "Expect another code than that of the fitted pack, command PostCheck and Success", expect="Refused, mode not Restored"):
        swap.station.set(ExpectedPackCrc=pack_crc(OTHER))
        order = fitting.checked_from()
        swap.link.given(
            "STA_CMD", since=order.t_ns - 1, where=lambda sent: sent["ExpectedPackCrc"] == pack_crc(OTHER), what="other code expected"
        )
        fitting.refused(order)
        modes = {str(status["VehSwapMode"]) for status in swap.link.messages("VEH_STS", since=order)}
        check("mode", "restored" if "restored" in modes else "not restored", equals="not restored")
    with step(2, "Swap again and expect the code of the pack", expect="Taken, high voltage on"):
        fitting.give_up()
        swap.pack("new").identity(OTHER)
        order = fitting.checked_from()
        fitting.stated("PACK_ID", "expected code", Code=OTHER)
        fitting.accepted(order)


@case(
    "SWP-ID-057",
    title="Identity changes without a swap",
    purpose="A pack that calls itself otherwise although it was not swapped brings a trouble.",
    refs=["HTSWAP-0.1:5.2/identity"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["ignores_tampering"],
    needs=["energise"],
    messages=["PACK_ID.Code"],
    duration_s=40,
)
def test_changed_identity(bench, truck, step, swap, fitting):
    with step(1, "After a whole swap have the pack broadcast another code", expect="A trouble in DM1 that was not there before"):
        swap.restored()
        swap.is_without_trouble()
        swap.pack("new").identity(OTHER)
        told = bench.reach("PACK_ID", within=truck.limit("timer.T_ID"), where=lambda identity: identity["Code"] == OTHER, what="other code")
        bench.run_for(truck.limit("identity.tamper").nominal_ns)
        fitting.troubled(since=told.t_ns - 1)


@case(
    "SWP-ID-058",
    title="Identity of the old pack is not kept",
    purpose="As long as the new pack has not told who it is, the truck does not call it by the name of the old one.",
    refs=["HTSWAP-0.1:5.2/identity", "HTSWAP-0.1:5.5/invariants"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP AND S.UDS",
    faults=["keeps_old_identity", "tells_other_identity"],
    pixit=["did_pack_identity"],
    needs=["energise"],
    messages=["PACK_ID.Code"],
    duration_s=40,
)
def test_old_identity(bench, truck, step, check, swap, fitting):
    with step(1, "Read the identity with the old pack", expect="Its code"):
        swap.live()
        old = fitting.identity()
        check("identity told", old, equals=str(swap.latest("PACK_ID")["Code"]))
    with step(2, "Fit a pack that tells no code, command PostCheck, read the identity until T_ID", expect="Never the old code"):
        swap.pack("new").identity(None)
        order = fitting.checked_from()
        mated_ns, told = fitting.mated_ns(), set()
        while bench.now_ns <= order.t_ns + truck.limit("timer.T_ID").upper_ns:
            told.add(fitting.identity())
            bench.run_for(truck.limit("pack.poll").nominal_ns)
        bench.withheld("PACK_ID", since=mated_ns, what="code of the new pack")
        check("identity told", "the old one" if old in told else "not the old one", equals="not the old one", message=order)
