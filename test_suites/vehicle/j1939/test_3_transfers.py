"""Transfers of long groups: the unit as sender and as receiver, and what it must bear (reference catalogue J19-TP)."""

from itertools import pairwise

from harness.case import case
from harness.core import Inconclusive, Reason
from harness.protocols.j1939 import GLOBAL, GrantPolicy
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.j1939.name import Name

VIN = BY_NAME["VehicleId"].pgn
TIMEOUT, BUSY = 3, (1, 2)
PACKET = 7


def is_hold(bench):
    """Whether a message is a hold of the tester."""
    return lambda message: bench.is_ours(message) and message["packets"] == 0


@case(
    "J19-TP-016",
    title="Spacing of a broadcast",
    purpose="A long group asked of everybody comes as a broadcast: packets 50 to 200 ms apart, numbered from 1, filled up with FF.",
    refs=["J1939-21:?/broadcast"],
    basis="quoted",
    confidence="medium",
    pics="N.VIN",
    faults=["broadcast_packets_every_20ms", "last_packet_padded_with_zeros", "sequence_starts_at_0"],
    pixit=["unit_address"],
    duration_s=8,
)
def test_broadcast_keeps_its_spacing(bench, truck, step, check, check_time, unit):
    with step(1, "Ask everybody for the VIN", expect="Broadcast of the unit with packets 50 to 200 ms apart"):
        unit.running()
        request = unit.asked(VIN, GLOBAL)
        bam = bench.expect(
            "TP.BAM", within=truck.limit("request.answer"), after=request, where=unit.about(VIN), what="broadcast of the unit"
        )
        bench.run_for(bam["packets"] * truck.limit("transport.broadcast").upper_ns + truck.limit("request.answer").upper_ns)
        packets = unit.packets(since=bam)
        times = [bam.t_ns, *(packet.t_ns for packet in packets)]
        for number, (before_ns, after_ns) in enumerate(pairwise(times), 1):
            check_time(f"time to packet {number}", after_ns - before_ns, truck.limit("transport.broadcast"), message=packets[number - 1])
    with step(2, "Look at the packets", expect="Numbered 1 to n, the last one filled up with FF"):
        numbers = ", ".join(str(packet["packet"]) for packet in packets)
        check("numbers", numbers, equals=", ".join(str(number) for number in range(1, bam["packets"] + 1)), message=bam)
        used = bam["length"] - PACKET * (bam["packets"] - 1)
        rest = packets[-1].data[1 + used :] if packets else b""
        check("filling of the last packet", rest.hex(" ").upper(), equals=" ".join(["FF"] * (PACKET - used)), message=bam)


@case(
    "J19-TP-017",
    title="One packet per grant",
    purpose="Asked for a long group the unit sends only packets that it was granted, in their order.",
    refs=["J1939-21:?/connection"],
    basis="quoted",
    confidence="medium",
    pics="N.VIN",
    faults=["sends_without_grant", "sends_more_than_granted"],
    pixit=["unit_address"],
    duration_s=8,
)
def test_only_granted_packets_are_sent(bench, truck, step, check, tester, unit):
    with step(1, "Ask the unit for the VIN and grant one packet at a time", expect="One packet for each grant, in order, to the end"):
        unit.running()
        tester.grant(GrantPolicy.chunks(1))
        request = unit.asked(VIN, unit.address)
        rts = bench.expect("TP.RTS", within=truck.limit("request.answer"), after=request, where=unit.about(VIN), what="announcement")
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        bench.given("TP.CTS", since=rts, at_least=rts["packets"], where=bench.is_ours, what="grants of the tester")
        granted = [message for message in bench.messages("TP.CTS", since=rts) if bench.is_ours(message) and message["packets"]]
        packets = unit.packets(since=rts)
        seen = ", ".join(f"{packet['packet']}" for packet in packets)
        check("packets", seen, equals=", ".join(f"{grant['next_packet']}" for grant in granted), message=rts)
        early = [packet for packet, grant in zip(packets, granted, strict=False) if packet.t_ns < grant.t_ns]
        check("packets before their grant", len(early), equals=0, message=early[0] if early else rts)
    with step(2, "Look at the end of the transfer", expect="Whole group, acknowledged by the tester"):
        whole = [message for message in bench.messages("VehicleId", since=rts) if unit.is_own(message)]
        check("whole group", "seen" if whole else "none", equals="seen", message=rts)
        bench.given("TP.EOMA", since=rts, where=bench.is_ours, what="acknowledgment of the tester")


@case(
    "J19-TP-018",
    title="Transfer held",
    purpose="A held transfer stays open without data while holds come, and is aborted 1050 ms after the last one.",
    refs=["J1939-21:?/connection"],
    basis="quoted",
    confidence="medium",
    pics="N.VIN",
    faults=["hold_ignored", "hold_taken_for_refusal", "waits_3s_after_hold"],
    pixit=["unit_address"],
    duration_s=14,
)
def test_hold_is_respected(bench, truck, step, check, check_time, tester, unit):
    hold, every = truck.limit("stimulus.hold"), truck.limit("stimulus.hold_every")
    with step(1, "Ask for the VIN and hold the transfer, a hold every 400 ms", expect="No packet meanwhile, then the whole group"):
        unit.running()
        tester.grant(GrantPolicy.hold(hold.nominal_ns, every.nominal_ns))
        request = unit.asked(VIN, unit.address)
        rts = bench.expect("TP.RTS", within=truck.limit("request.answer"), after=request, where=unit.about(VIN), what="announcement")
        bench.run_for(hold.nominal_ns + truck.limit("stimulus.watch").nominal_ns)
        bench.given("TP.CTS", since=rts, where=is_hold(bench), what="holds of the tester")
        granted = [message for message in bench.messages("TP.CTS", since=rts, where=bench.is_ours) if message["packets"]]
        until_ns = granted[0].t_ns if granted else bench.now_ns
        early = [packet for packet in unit.packets(since=rts) if packet.t_ns < until_ns]
        check("packets while held", len(early), equals=0, message=early[0] if early else rts)
        aborted = bench.messages("TP.ABORT", since=rts, where=unit.is_own)
        check("aborts of the unit", len(aborted), equals=0, message=aborted[0] if aborted else rts)
        check("whole group", "seen" if bench.messages("VehicleId", since=rts, where=unit.is_own) else "none", equals="seen", message=rts)
    with step(2, "Hold once and fall silent", expect="Abort, reason timeout, 1050 ms after the hold"):
        tester.grant(GrantPolicy.hold(3 * hold.nominal_ns, 3 * hold.nominal_ns))
        request = unit.asked(VIN, unit.address)
        bench.run_for(3 * hold.nominal_ns)
        bench.given("TP.CTS", since=request, where=is_hold(bench), what="a hold of the tester")
        last = bench.messages("TP.CTS", since=request, where=is_hold(bench))
        unit.aborted(after=last[-1], limit=truck.limit("transport.T4"), reason=TIMEOUT, check_time=check_time)


@case(
    "J19-TP-019",
    title="Grant missing",
    purpose="Without any grant the unit aborts its transfer 1250 ms after the announcement, reason timeout.",
    refs=["J1939-21:?/connection"],
    basis="quoted",
    confidence="medium",
    pics="N.VIN",
    faults=["waits_2s_for_grant", "never_aborts", "aborts_for_unknown_reason"],
    pixit=["unit_address"],
    duration_s=10,
)
def test_transfer_without_grant_is_aborted(bench, truck, step, check_time, tester, unit):
    with step(1, "Ask for the VIN and grant nothing", expect="Abort, reason timeout, 1250 ms after the announcement"):
        unit.running()
        tester.grant(GrantPolicy.never())
        request = unit.asked(VIN, unit.address)
        rts = bench.expect("TP.RTS", within=truck.limit("request.answer"), after=request, where=unit.about(VIN), what="announcement")
        bench.run_for(2 * truck.limit("transport.T3").upper_ns)
        bench.withheld("TP.CTS", since=rts, where=bench.is_ours)
        unit.aborted(after=rts, limit=truck.limit("transport.T3"), reason=TIMEOUT, check_time=check_time)


@case(
    "J19-TP-020",
    title="Packet asked for again",
    purpose="A packet that is granted a second time is sent again, and the transfer ends as ever.",
    refs=["J1939-21:?/connection"],
    basis="derived",
    confidence="medium",
    pics="N.VIN",
    faults=["repetition_refused"],
    pixit=["unit_address"],
    duration_s=10,
)
def test_packet_is_sent_again(bench, truck, step, check, tester, unit):
    with step(1, "Ask for the VIN, and again for its second packet and what follows", expect="Those packets twice, then nothing more"):
        unit.running()
        tester.grant(GrantPolicy.repeat(2))
        request = unit.asked(VIN, unit.address)
        rts = bench.expect("TP.RTS", within=truck.limit("request.answer"), after=request, where=unit.about(VIN), what="announcement")
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        bench.given("TP.CTS", since=rts, at_least=2, where=bench.is_ours, what="grants of the tester")
        seen = ", ".join(f"{packet['packet']}" for packet in unit.packets(since=rts))
        first = list(range(1, rts["packets"] + 1))
        check("packets", seen, equals=", ".join(str(number) for number in [*first, *first[1:]]), message=rts)


@case(
    "J19-TP-021",
    title="Abort by the receiver",
    purpose="An aborted transfer ends at once, and the next one can begin.",
    refs=["J1939-21:?/connection"],
    basis="quoted",
    confidence="medium",
    pics="N.VIN",
    faults=["abort_ignored", "abort_spoils_the_next_transfer", "abort_taken_for_a_grant"],
    pixit=["unit_address"],
    duration_s=12,
)
def test_aborted_transfer_ends_and_another_begins(bench, truck, step, check, tester, unit):
    with step(1, "Ask for the VIN and abort the transfer instead of granting it", expect="No packet, no abort of the unit"):
        unit.running()
        tester.grant(GrantPolicy.refuse(2))
        request = unit.asked(VIN, unit.address)
        rts = bench.expect("TP.RTS", within=truck.limit("request.answer"), after=request, where=unit.about(VIN), what="announcement")
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        bench.given("TP.ABORT", since=rts, where=bench.is_ours, what="abort of the tester")
        abort = bench.messages("TP.ABORT", since=rts, where=bench.is_ours)[0]
        # Behind an abort they belong to no transfer: the frames are counted.
        check("packets after the abort", len(unit.stray_packets(since=abort)), equals=0, message=abort)
        own = [message for message in bench.messages("TP.ABORT", since=rts) if unit.is_own(message)]
        check("aborts of the unit", len(own), equals=0, message=own[0] if own else rts)
    with step(2, "Ask again and grant everything", expect="The whole group"):
        tester.grant(GrantPolicy.everything())
        request = unit.asked(VIN, unit.address)
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        whole = bench.messages("VehicleId", since=request, where=unit.is_own)
        check("whole group", "seen" if whole else "none", equals="seen", message=request)


@case(
    "J19-TP-022",
    title="Packets missing in a transfer to the unit",
    purpose="A transfer to the unit whose packets stop is aborted 750 ms after the last one, reason timeout.",
    refs=["J1939-21:?/reception"],
    basis="quoted",
    confidence="medium",
    pics="N.J1939",
    faults=["waits_1_2s_for_packets", "never_aborts", "aborts_for_unknown_reason"],
    pixit=["unit_address"],
    duration_s=10,
)
def test_transfer_whose_packets_stop_is_aborted(bench, truck, step, check_time, tester, unit):
    with step(1, "Announce a transfer to the unit, send one packet and stop", expect="Abort, reason timeout, 750 ms after the packet"):
        unit.running()
        unit.announce()
        packet = unit.packet(1)
        bench.run_for(2 * truck.limit("transport.T1").upper_ns)
        unit.aborted(after=packet, limit=truck.limit("transport.T1"), reason=TIMEOUT, check_time=check_time)


@case(
    "J19-TP-023",
    title="Gap in a transfer to the unit",
    purpose="A missing packet makes the unit ask for it or abort the transfer.",
    refs=["J1939-21:?/reception"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["silent_on_a_gap"],
    pixit=["unit_address"],
    duration_s=10,
)
def test_gap_is_asked_for_or_ends_the_transfer(bench, truck, step, check, unit):
    with step(1, "Announce a transfer of three packets and send the first and the third", expect="Grant of packet 2, or abort"):
        unit.running()
        unit.announce()
        unit.packet(1)
        packet = unit.packet(3)
        bench.run_for(2 * truck.limit("transport.T1").upper_ns)
        asked = bench.messages("TP.CTS", since=packet, where=lambda message: unit.is_own(message) and message["next_packet"] == 2)
        aborted = bench.messages("TP.ABORT", since=packet, where=unit.is_own)
        seen = "packet 2 asked for" if asked else "aborted" if aborted else "neither"
        check("answer to the gap", seen, equals=seen if seen != "neither" else "packet 2 asked for, or aborted", message=packet)


@case(
    "J19-TP-024",
    title="Two senders at once",
    purpose="Of two transfers announced by two senders both are served, or the second is refused with reason 1 or 2.",
    refs=["J1939-21:?/reception"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["second_sender_unanswered"],
    pixit=["unit_address"],
    duration_s=8,
)
def test_second_sender_is_served_or_refused(bench, truck, step, check, unit):
    second = int(truck.limit("stimulus.second_sender").value)
    with step(1, "Announce a transfer under the address of the tester and one under another", expect="A grant for each, or a refusal"):
        unit.running()
        unit.announce()
        rts = unit.announce(source=second, awaits=False)
        bench.run_for(truck.limit("request.answer").upper_ns)
        answers = [message for message in bench.all_messages() if message.t_ns > rts.t_ns and unit.is_own(message)]
        answers = [message for message in answers if message.name in ("TP.CTS", "TP.ABORT") and message["destination"] == second]
        refused = [message for message in answers if message.name == "TP.ABORT" and message["reason"] in BUSY]
        seen = "refused" if refused else "granted" if any(message.name == "TP.CTS" for message in answers) else "no answer"
        check("answer to the second", seen, equals=seen if seen != "no answer" else "granted, or refused", message=rts)


@case(
    "J19-TP-025",
    title="Impossible lengths",
    purpose="Announcements of 8 and of 1786 bytes are refused or ignored.",
    refs=["J1939-21:?/reception"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["impossible_lengths_granted", "deaf_after_impossible_lengths"],
    pixit=["unit_address"],
    duration_s=8,
)
def test_impossible_lengths_are_not_granted(bench, truck, step, check, unit):
    with step(1, "Announce transfers of 8 and of 1786 bytes", expect="No grant"):
        unit.running()
        for length in (8, 1786):
            rts = unit.announce(length=length, awaits=False)
            bench.run_for(truck.limit("request.silence").nominal_ns)
            granted = bench.messages("TP.CTS", since=rts, where=unit.is_own)
            check(f"grants for {length} bytes", len(granted), equals=0, message=granted[0] if granted else rts)
    with step(2, "Announce a transfer of 20 bytes", expect="Granted: the unit listens"):
        rts = unit.announce(awaits=False)
        bench.run_for(truck.limit("request.answer").upper_ns)
        granted = bench.messages("TP.CTS", since=rts, where=unit.is_own)
        check(f"grants for {rts['length']} bytes", "seen" if granted else "none", equals="seen", message=rts)


@case(
    "J19-TP-026",
    title="Exhaustion by announcements",
    purpose="Two hundred announcements without data leave the cyclic messages alone, and the unit serves transfers again after 2 s.",
    refs=["J1939-21:?/exhaustion", "J1939-71:?/cycles"],
    basis="project",
    confidence="medium",
    pics="N.J1939",
    faults=["session_table_leaks", "silent_after_announcements"],
    pixit=["unit_address"],
    needs=["active_bus"],
    duration_s=20,
)
def test_announcements_without_data_do_not_exhaust_the_unit(bench, truck, step, check, unit):
    keys = ("stimulus.announcements", "stimulus.senders", "stimulus.first_sender")
    count, senders, first = (int(truck.limit(key).value) for key in keys)
    with step(1, "Send two hundred announcements under twenty addresses, no data", expect="Cyclic messages as before"):
        unit.running()
        start_ns = bench.now_ns
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        before = unit.rates(since=start_ns, until=bench.now_ns)
        if not before:
            raise Inconclusive(Reason.PRECONDITION, "the unit sends no cyclic messages often enough to tell their rate")
        flood_ns = bench.now_ns
        for number in range(count):
            unit.announce(source=first + number % senders, awaits=False)
        bench.given("TP.RTS", since=flood_ns - 1, at_least=count, where=bench.is_ours, what="announcements of the tester")
        during = unit.rates(since=flood_ns, until=bench.now_ns)
        for name, rate in before.items():
            deviation = 100 * (1 - during.get(name, 0.0) / rate)
            check(f"{name}: fewer messages than before", round(deviation, 1), limit=truck.limit("cycle.mean"), unit="%")
    with step(2, "Wait 2 s and announce a transfer", expect="Granted"):
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        rts = unit.announce(awaits=False)
        bench.run_for(truck.limit("request.answer").upper_ns)
        granted = bench.messages("TP.CTS", since=rts, where=lambda message: unit.is_own(message) and message["packets"])
        check("grant after the flood", "seen" if granted else "none", equals="seen", message=rts)


@case(
    "J19-TP-027",
    title="Broadcasts of two senders mixed",
    purpose="Broadcasts of two senders at once are both understood, and a new one of the same sender takes the place of the old.",
    refs=["J1939-21:?/broadcast"],
    basis="derived",
    confidence="medium",
    pics="N.COMMANDED",
    faults=["second_broadcast_ends_the_first", "old_broadcast_kept"],
    pixit=["unit_address"],
    needs=["writes"],
    duration_s=14,
)
def test_mixed_broadcasts_are_understood(bench, truck, step, check, unit):
    first_target, second_target = (int(truck.limit(key).value) for key in ("stimulus.target_1", "stimulus.target_2"))
    other, foreign_target = (int(truck.limit(key).value) for key in ("stimulus.second_sender", "stimulus.foreign_target"))
    with step(1, "Command the unit to an address, a broadcast of another sender in between", expect="Claim of the commanded address"):
        claim = unit.running()
        name = claim.data
        foreign = Name(1, 1).data
        since_ns = bench.now_ns
        unit.broadcast(name + bytes((first_target,)), between=(other, foreign + bytes((foreign_target,))))
        moved = unit.claims(since=since_ns, name=claim["name"])
        seen = f"{moved[-1]['source']:02X}" if moved else "no claim"
        check("address after the command", seen, equals=f"{first_target:02X}", message=moved[-1] if moved else None)
    with step(2, "Begin a broadcast, then send a whole one that commands another address", expect="Claim of that address"):
        since_ns = bench.now_ns
        unit.broadcast(name + bytes((foreign_target,)), packets=(1,))
        unit.broadcast(name + bytes((second_target,)))
        moved = unit.claims(since=since_ns, name=claim["name"])
        seen = f"{moved[-1]['source']:02X}" if moved else "no claim"
        check("address after the command", seen, equals=f"{second_target:02X}", message=moved[-1] if moved else None)
