"""Transport protocol: how the vehicle follows grants, holds, repetitions and refusals (reference catalogue 8.5).

The cases look at TP.CM and TP.DT frames themselves and count packets on their own; nothing here comes from the transport
that the tester's charger uses.
"""

from itertools import pairwise

from harness.case import case
from harness.core import s
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.j1939 import GrantPolicy

from ..words import is_crm_aa

TP_DT_OF_VEHICLE = 0x1CEB56F4
BAM_OF_VEHICLE = 0x1CECFFF4
PAGE = 0x010000
"""A PGN that differs in the highest byte only."""


def packets(bench, since_ns, until_ns):
    """Instant, number and data of the vehicle's TP.DT after *since_ns*, up to *until_ns*."""
    found = bench.frames(TP_DT_OF_VEHICLE, since=since_ns)
    return [(record.t_ns, record.pdu.data[0], record.pdu.data[1:]) for record in found if record.t_ns <= until_ns]


def grants(bench, name, since_ns):
    """CTS of the tester for *name* that grant packets."""
    return bench.messages("TP.CTS", since=since_ns, where=lambda cts: cts["message"] == name and cts["packets"] > 0)


def end_of_grant(bench, cts):
    """Where the packets of a grant must have come: the next CTS, acknowledgement, abort or announcement for the same message."""
    name = cts["message"]
    ends = list(bench.messages(f"{name}.RTS", since=cts))
    for control in ("TP.CTS", "TP.EOMA", "TP.ABORT"):
        ends += [now for now in bench.messages(control, since=cts) if now["message"] == name]
    return min((end.t_ns for end in ends), default=bench.now_ns)


def as_text(numbers):
    return " ".join(map(str, numbers)) or "none"


def check_granted(bench, check, cts, total, limit=255):
    """Check that exactly the packets of *cts* came, in order, as far as the message and the limit of its RTS go."""
    first = cts["next_packet"]
    wanted = range(first, min(first + min(cts["packets"], limit) - 1, total) + 1)
    sent = [number for _, number, _ in packets(bench, cts.t_ns, end_of_grant(bench, cts))]
    check(f"packets after CTS for {cts['packets']} from {first}", as_text(sent), equals=as_text(wanted), message=cts)


def check_aborts(bench, check, check_time, truck, since):
    """Check that the vehicle gave nothing up before its waiting time was over."""
    aborts = bench.messages("TP.ABORT", since=since, where=lambda abort: abort.sender == "vehicle")
    if not aborts:
        check("early Conn_Abort", "none", equals="none")
    for abort in aborts:
        sent = [record.t_ns for record in bench.frames(TP_DT_OF_VEHICLE, since=since)]
        sent += [rts.t_ns for rts in bench.messages(f"{abort['message']}.RTS")]
        waited_ns = abort.t_ns - max((t_ns for t_ns in sent if t_ns < abort.t_ns), default=0)
        check_time("Conn_Abort after its last frame", waited_ns, truck.limit("transport.T3"), message=abort)


def check_same(bench, truck, check, brm):
    """Check that a BRM whose packets were all granted at once says the same, if CRM(00) goes on."""
    since_ns = bench.now_ns
    bench.run_for(truck.limit("period.CRM").upper_ns)
    bench.withheld("CRM", since=0, where=is_crm_aa, what="CRM(AA)")
    again = bench.expect("BRM", within=truck.limit("response.transfer"), after=since_ns)
    check("BRM.length", len(brm.data), limit=truck.limit("length.BRM"), message=brm)
    check("BRM granted at once", again.data.hex(" ").upper(), equals=brm.data.hex(" ").upper(), message=again)


@case(
    "GBT-VT.501",
    title="Partial grant",
    purpose="The vehicle sends exactly the packets that CTS grants, waits for the next CTS, and so completes its message.",
    refs=["GBT27930-2015:?/TP-grant"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "grant_taken_for_everything",
        "packet_too_many_per_grant",
        "sequence_restarts_with_each_grant",
        "announced_again_in_mid_transfer",
    ],
    duration_s=6,
)
def test_partial_grants_are_followed(bench, truck, step, check, charger, session):
    count = int(truck.limit("stimulus.partial_grant").value)
    with step(1, "Bring the vehicle to BHM (2011: plug in)", expect="BHM on the bus (2011: nothing yet)"):
        session.handshake()
        charger.grant("BRM", GrantPolicy(packets=count, delay_ns=truck.limit("stimulus.grant_delay").nominal_ns))
    with step(
        2, "Send CRM(00), grant two packets of BRM at a time, a little after the packets before", expect="the granted packets, no others"
    ):
        charger.hold("recognition")
        rts = bench.reach("BRM.RTS", within=truck.limit("approach.next_message"))
        brm = bench.expect("BRM", within=truck.limit("response.transfer"), after=rts.start_ns - 1)
        for cts in [cts for cts in grants(bench, "BRM", rts.t_ns) if cts.t_ns < brm.t_ns]:
            check_granted(bench, check, cts, rts["packets"])
        bench.given("TP.CTS", since=rts, at_least=2, where=lambda cts: cts["packets"] == count, what=f"CTS for {count} packets")
    with step(3, "Grant all packets at once", expect="the same BRM"):
        charger.grant("BRM", None)
        check_same(bench, truck, check, brm)
        session.no_error()


@case(
    "GBT-VT.502",
    title="Repeat request",
    purpose="When CTS asks again for packets that were sent, the vehicle repeats them from there on, unchanged.",
    refs=["GBT27930-2015:?/TP-repeat"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["repetition_refused", "repetition_numbered_from_one", "repetition_of_one_packet_only", "repetition_with_empty_data"],
    duration_s=6,
)
def test_packets_are_repeated_on_request(bench, truck, step, check, charger, session):
    first = int(truck.limit("stimulus.repeat_from").value)
    with step(1, "Bring the vehicle to BHM (2011: plug in)", expect="BHM on the bus (2011: nothing yet)"):
        session.handshake()
        charger.grant("BRM", GrantPolicy.repeat(first))
    with step(2, "Send CRM(00), grant BRM, then ask for it again from packet 3 on", expect="packets 3 to the last once more, unchanged"):
        charger.hold("recognition")
        rts = bench.reach("BRM.RTS", within=truck.limit("approach.next_message"))

        def asks_again(cts):
            sent = [number for _, number, _ in packets(bench, rts.t_ns, cts.t_ns)]
            return cts["next_packet"] == first and first in sent

        again = bench.reach("TP.CTS", within=s(2), where=asks_again, what=f"CTS from packet {first} again")
        bench.run_for(truck.limit("transport.announced_anew").upper_ns)
        check_granted(bench, check, again, rts["packets"])
        before = {number: data for _, number, data in packets(bench, rts.t_ns, again.t_ns)}
        after = {number: data for _, number, data in packets(bench, again.t_ns, end_of_grant(bench, again))}
        changed = [number for number, data in after.items() if before.get(number) != data]
        check("packets repeated with other data", as_text(changed), equals="none", message=again)
    with step(3, "Grant all packets at once", expect="the same BRM as before the repetition"):
        charger.grant("BRM", None)
        brm = bench.messages("BRM")[:1]
        check("BRM complete", len(brm), equals=1)
        if brm:
            check_same(bench, truck, check, brm[0])
        session.no_error()


@case(
    "GBT-VT.503",
    title="Hold",
    purpose="CTS for 0 packets holds the transfer; the vehicle waits, and completes its message after the next grant.",
    refs=["GBT27930-2015:?/TP-hold"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "hold_taken_for_a_grant",
        "hold_taken_for_a_refusal",
        "hold_given_up_after_380ms",
        "announced_again_in_mid_transfer",
        "packet_lost_after_a_hold",
    ],
    duration_s=8,
)
def test_held_transfer_goes_on_with_the_next_grant(bench, truck, step, check, check_time, charger, session):
    hold, every = truck.limit("stimulus.hold"), truck.limit("stimulus.hold_every")
    with step(1, "Bring the vehicle to BHM (2011: plug in)", expect="BHM on the bus (2011: nothing yet)"):
        session.handshake()
        charger.grant("BRM", GrantPolicy.hold(hold.nominal_ns, every.nominal_ns))
    with step(2, "Send CRM(00), answer the RTS of BRM with CTS for 0 packets every 400 ms", expect="no packet, no further RTS, no abort"):
        charger.hold("recognition")
        rts = bench.reach("BRM.RTS", within=truck.limit("approach.next_message"))
        bench.run_for(max(0, rts.t_ns + hold.nominal_ns - every.nominal_ns // 4 - bench.now_ns))
        bench.given("TP.CTS", since=rts, at_least=hold.nominal_ns // every.nominal_ns, where=lambda cts: not cts["packets"], what="CTS(0)")
        bench.withheld("TP.CTS", since=rts, where=lambda cts: cts["packets"] > 0, what="CTS that grants")
        sent = [number for _, number, _ in packets(bench, rts.t_ns, bench.now_ns)]
        check("packets while held", as_text(sent), equals="none")
        anew = bench.messages("BRM.RTS", since=rts)
        check("RTS while held", len(anew), equals=0, message=anew[0] if anew else None)
        aborts = bench.messages("TP.ABORT", since=rts, where=lambda abort: abort.sender == "vehicle")
        check("Conn_Abort while held", len(aborts), equals=0, message=aborts[0] if aborts else None)
    with step(3, "Grant all packets", expect="all packets in order, the complete BRM"):
        granted = bench.reach("TP.CTS", within=hold.nominal_ns, where=lambda cts: cts["packets"] > 0, what="CTS that grants")
        brm = bench.expect("BRM", within=truck.limit("response.transfer"), after=rts.start_ns - 1)
        check_time("BRM complete after the grant", brm.t_ns - granted.t_ns, truck.limit("transport.T4"), message=brm)
        check_granted(bench, check, granted, rts["packets"])
    with step(4, "Grant all packets at once", expect="the same BRM"):
        charger.grant("BRM", None)
        check_same(bench, truck, check, brm)
        session.no_error()


@case(
    "GBT-VT.504",
    title="No EndOfMsgAck",
    purpose="A message whose end is not acknowledged is announced anew; the vehicle gives the old transfer up not before its time.",
    refs=["GBT27930-2015:?/TP-acknowledge", "GBT27930-2015:?/TP-abort"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["not_announced_again_without_acknowledgement", "gives_up_after_100ms", "brm_abandoned_after_six_tries"],
    duration_s=9,
)
def test_unacknowledged_message_is_announced_anew(bench, truck, step, check, check_time, charger, session):
    anew = truck.limit("transport.announced_anew")
    with step(1, "Bring the vehicle to BHM (2011: plug in)", expect="BHM on the bus (2011: nothing yet)"):
        session.handshake()
        charger.grant("BRM", GrantPolicy.unacknowledged())
    with step(
        2,
        "Send CRM(00), grant all packets of BRM, never acknowledge",
        expect="RTS anew in time, each with its packets once, no early abort",
    ):
        charger.hold("recognition")
        rts = bench.reach("BRM.RTS", within=truck.limit("approach.next_message"))
        during_ns = truck.limit("stimulus.not_granted").nominal_ns
        bench.run_for(during_ns)
        bench.withheld("TP.EOMA", since=rts)
        bench.given("TP.CTS", since=rts)
        announced = [rts, *bench.messages("BRM.RTS", since=rts)]
        check("BRM.RTS count", len(announced), at_least=during_ns // anew.upper_ns, note=f"in {during_ns / 1e9:g} s")
        waits = []
        for told, end_ns in zip(announced, [*(later.t_ns for later in announced[1:]), bench.now_ns], strict=True):
            sent = packets(bench, told.t_ns, end_ns)
            waits.append(end_ns - max((t_ns for t_ns, _, _ in sent), default=told.t_ns))
            if told is not announced[-1]:
                wanted = as_text(range(1, told["packets"] + 1))
                check("packets of an announcement", as_text(number for _, number, _ in sent), equals=wanted, message=told)
        check_time("last packet to the next RTS, longest", max(waits), anew)
        check_aborts(bench, check, check_time, truck, rts)
    with step(3, "Acknowledge again, send CRM(AA)", expect="BCP is announced and completed"):
        charger.grant("BRM", None)
        session_goes_on(bench, truck, charger)
        session.no_error()


def session_goes_on(bench, truck, charger):
    """The vehicle completes BRM and, after CRM(AA), BCP."""
    bench.expect("BRM", within=truck.limit("response.transfer"))
    charger.hold("identified")
    crm = bench.reach("CRM", within=truck.limit("approach.own"), where=is_crm_aa, what="CRM(AA)")
    bench.expect("BCP.RTS", within=truck.limit("response.BCP"), after=crm.start_ns)
    bench.expect("BCP", within=truck.limit("response.BCP_transfer"), after=crm.start_ns)


@case(
    "GBT-VT.505",
    title="No CTS",
    purpose="Without CTS the vehicle sends no packet; it announces anew or gives up not before its time.",
    refs=["GBT27930-2015:?/TP-no-grant", "GBT27930-2015:?/TP-abort"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["sends_data_without_grant", "announced_in_haste_without_answer", "gives_up_after_100ms", "brm_abandoned_after_six_tries"],
    duration_s=9,
)
def test_no_packets_without_cts(bench, truck, step, check, check_time, charger, session):
    with step(1, "Bring the vehicle to BHM (2011: plug in)", expect="BHM on the bus (2011: nothing yet)"):
        session.handshake()
        charger.never_grant("BRM")
    with step(2, "Send CRM(00), leave every RTS of BRM unanswered", expect="no packet; RTS not before a period, no early abort"):
        charger.hold("recognition")
        rts = bench.reach("BRM.RTS", within=truck.limit("approach.next_message"))
        during_ns = truck.limit("stimulus.not_granted").nominal_ns
        bench.run_for(during_ns)
        bench.withheld("TP.CTS", since=rts)
        sent = packets(bench, rts.t_ns, bench.now_ns)
        check("packets without CTS", as_text(number for _, number, _ in sent[:9]), equals="none")
        announced = [rts, *bench.messages("BRM.RTS", since=rts)]
        check("BRM.RTS count", len(announced), at_least=during_ns // truck.limit("transport.announced_anew").upper_ns)
        gaps = [after.t_ns - before.t_ns for before, after in pairwise(announced)] or [bench.now_ns - rts.t_ns]
        check("BRM.RTS interval, shortest", min(gaps) / 1e6, at_least=float(truck.limit("period.BRM").lower), unit="ms")
        longest_ns = max(*gaps, bench.now_ns - announced[-1].t_ns)
        check_time("RTS to the next RTS, longest", longest_ns, truck.limit("transport.announced_anew"))
        check_aborts(bench, check, check_time, truck, rts.t_ns - 1)
    with step(3, "Grant again, send CRM(AA)", expect="BRM, then BCP is announced and completed"):
        charger.grant("BRM", None)
        session_goes_on(bench, truck, charger)
        session.no_error()


@case(
    "GBT-VT.506",
    title="Grant above RTS limit",
    purpose="Granted more packets than it announced, the vehicle sends no more than it announced.",
    refs=["GBT27930-2015:?/TP-limit"],
    basis="project",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["packets_beyond_the_announced_number", "own_limit_of_the_rts_ignored"],
    duration_s=9,
)
def test_no_more_packets_than_announced(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to a complete BRM", expect="RTS that fits its length"):
        brm = session.recognition()
        rts = bench.last("BRM.RTS")
        check("BRM.RTS packets", rts["packets"], equals=-(-rts["length"] // 7), message=rts)
    with step(2, "Grant more packets than the RTS announces, do not acknowledge", expect="the announced packets, no others"):
        announced = min(rts["packets"], rts["max_per_cts"])
        count = announced + int(truck.limit("stimulus.grant_excess").value)
        charger.grant("BRM", GrantPolicy(packets=count, beyond_limit=True, acknowledge=False))
        cts = bench.reach("TP.CTS", within=s(2), where=lambda found: found["packets"] == count, what=f"CTS for {count} packets")
        bench.run_for(truck.limit("transport.announced_anew").upper_ns)
        check_granted(bench, check, cts, rts["packets"], rts["max_per_cts"])
    with step(3, "Grant what was announced", expect="the same BRM"):
        charger.grant("BRM", None)
        check_same(bench, truck, check, brm)
        session.no_error()


@case(
    "GBT-VT.507",
    title="Wrong PGN in CTS",
    purpose="A CTS for another parameter group grants nothing; the right one does afterwards.",
    refs=["GBT27930-2015:?/TP-pgn"],
    basis="project",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["pgn_of_cts_ignored", "highest_byte_of_cts_pgn_ignored", "brm_abandoned_after_six_tries"],
    duration_s=9,
)
def test_cts_for_another_group_grants_nothing(bench, truck, step, check, charger, session):
    half_ns = truck.limit("stimulus.not_granted").nominal_ns // 2
    with step(1, "Bring the vehicle to BHM (2011: plug in)", expect="BHM on the bus (2011: nothing yet)"):
        session.handshake()
        charger.grant("BRM", GrantPolicy.wrong_pgn(MESSAGES["BCP"].pgn))
    with step(2, "Send CRM(00), answer the RTS of BRM with CTS for BCP", expect="no packet"):
        charger.hold("recognition")
        rts = bench.reach("BRM.RTS", within=truck.limit("approach.next_message"))
        bench.run_for(half_ns)
        bench.given("TP.CTS", since=rts, where=lambda cts: cts["message"] == "BCP", what="CTS for BCP")
        sent = packets(bench, rts.t_ns, bench.now_ns)
        check("packets after CTS for BCP", as_text(number for _, number, _ in sent), equals="none")
    with step(3, "Answer with the PGN of BRM in another page", expect="no packet, RTS goes on"):
        other = rts["pgn"] | PAGE
        charger.grant("BRM", GrantPolicy.wrong_pgn(other))
        changed_ns = bench.now_ns
        bench.run_for(half_ns)
        announced = bench.messages("BRM.RTS", since=changed_ns)
        check("BRM.RTS count", len(announced), at_least=half_ns // truck.limit("transport.announced_anew").upper_ns)
        bench.given("TP.CTS", since=changed_ns, where=lambda cts: cts["pgn"] == other, what=f"CTS for PGN 0x{other:06X}")
        sent = packets(bench, changed_ns, bench.now_ns)
        check("packets after CTS for another page", as_text(number for _, number, _ in sent), equals="none")
    with step(4, "Answer with the right PGN, then send CRM(AA)", expect="BRM, then BCP is announced and completed"):
        charger.grant("BRM", None)
        session_goes_on(bench, truck, charger)
        session.no_error()
