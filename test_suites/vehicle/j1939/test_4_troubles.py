"""Lamps and trouble codes: DM1, DM2, DM3, DM5, DM11, DM13, DM24 (reference catalogue J19-DM)."""

from collections import Counter
from itertools import pairwise

from harness.case import case
from harness.core import Inconclusive, Reason
from harness.protocols.j1939 import GLOBAL
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.j1939.trouble import NO_COUNT, read_troubles
from harness.protocols.vehicle.database import find_database

ACKNOWLEDGED, REFUSED = (0,), (1, 2, 3)
LAMPS = ("malfunction", "red_stop", "amber_warning", "protect")
ON = 1
SPN_BYTES, RESERVED_FLAG, NOT_IN_STREAM = 4, 0x10, 0x02
"""DM24. The flag beside the reserved one tells of rationality fault data in newer editions and may be either."""


def codes(message):
    """SPN and FMI with the count, of each trouble that *message* names."""
    return {(dtc.spn, dtc.fmi): dtc.count for dtc in read_troubles(message.data).dtcs} if message else {}


def declared(truck):
    """SPN and FMI of the trouble that the laboratory can make."""
    return int(truck.pixit("trouble_spn")), int(truck.pixit("trouble_fmi"))


def named(truck, message):
    """Whether *message* names the declared trouble."""
    if message is None:
        return "not told"
    return "yes" if declared(truck) in codes(message) else "no"


def byte_of(message, place):
    """The byte at *place* of a message, ``None`` if it ends before."""
    return message.data[place] if message and len(message.data) > place else None


def lit(message):
    """The lamps that are on, in words."""
    told = read_troubles(message.data).lamps if message else None
    return " ".join(lamp for lamp in LAMPS if getattr(told, lamp, 0) == ON) or "none"


def latest_dm1(bench, truck, unit):
    """The last DM1 of the unit after a while in which it had time for one."""
    since_ns = bench.now_ns
    bench.run_for(truck.limit("dm1.settle").nominal_ns)
    told = bench.messages("DM1", since=since_ns, where=unit.is_own)
    return told[-1] if told else None


def cleared(bench, truck, check, unit, name, controls):
    """Ask the unit by *name* to clear, and check the control byte of its acknowledgment."""
    request = unit.asked(BY_NAME[name].pgn, unit.address)
    bench.run_for(truck.limit("request.late").upper_ns)
    told = [one for one in bench.messages("Acknowledgment", since=request, where=unit.is_own) if one["about"] == BY_NAME[name].pgn]
    control = told[0]["control"] if told else None
    wanted = " or ".join(str(each) for each in controls)
    seen = wanted if control in controls else "none" if control is None else str(control)
    check(f"acknowledgment of {name}", seen, equals=wanted, message=told[0] if told else request)


@case(
    "J19-DM-028",
    title="Rate of DM1",
    purpose="With a trouble the unit sends DM1 every second, and tells changes no more than once a second besides.",
    refs=["J1939-73:?/dm1"],
    basis="derived",
    confidence="medium",
    pics="N.DM1",
    faults=["dm1_every_200ms", "dm1_every_1_3s", "dm1_tells_every_change", "dm1_names_nothing"],
    pixit=["unit_address"],
    needs=["writes"],
    duration_s=85,
)
def test_rate_of_dm1(bench, truck, step, check, check_time, unit):
    with step(1, "Open a wire and listen for a minute", expect="DM1 every second"):
        unit.running()
        unit.break_wire(True)
        bench.run_for(truck.limit("dm1.settle").nominal_ns)
        since_ns, length_ns = bench.now_ns, truck.limit("dm1.listen").nominal_ns
        bench.run_for(length_ns)
        told = bench.messages("DM1", since=since_ns, where=unit.is_own)
        check("trouble in DM1", "yes" if told and all(codes(one) for one in told) else "no", equals="yes")
        gaps = sorted((later.t_ns - one.t_ns, later.t_ns) for one, later in pairwise(told))
        check("DM1 heard", len(told), at_least=length_ns // (2 * truck.limit("dm1.period").upper_ns))
        for what, (gap_ns, at_ns) in (("shortest", gaps[0]), ("longest", gaps[-1])) if gaps else ():
            check_time(f"{what} interval of DM1", gap_ns, truck.limit("dm1.period"), note=f"until t={at_ns / 1e9:.3f} s")
    with step(2, "Open and close the wire again and again", expect="One DM1 and one change of it a second at most"):
        since_ns = bench.now_ns
        for turn in range(int(truck.limit("dm1.turns").value)):
            unit.break_wire(bool(turn % 2), pause_ns=truck.limit("dm1.turn").nominal_ns)
        told = [one.t_ns for one in bench.messages("DM1", since=since_ns, where=unit.is_own)]
        window_ns = truck.limit("dm1.period").lower_ns
        most = max((sum(t_ns <= other < t_ns + window_ns for other in told) for t_ns in told), default=0)
        check("most DM1 within one period", most, between=(1, int(truck.limit("dm1.per_period").value)))


@case(
    "J19-DM-029",
    title="DM1 without a trouble",
    purpose="Without a trouble DM1 says so in its layout: no lamp, four zero bytes, two filled with FF.",
    refs=["J1939-73:?/dm1-layout"],
    basis="derived",
    confidence="medium",
    pics="N.DM1",
    faults=["dm1_filled_with_zeros", "dm1_lamp_without_trouble", "dm1_trouble_without_one", "dm1_request_ignored"],
    pixit=["unit_address"],
    duration_s=10,
)
def test_dm1_without_a_trouble(bench, truck, step, check, unit):
    with step(1, "Listen, then ask the unit for DM1", expect="No trouble, no lamp, the layout of no trouble"):
        unit.running()
        heard = latest_dm1(bench, truck, unit)
        told = unit.content("DM1")
        check("DM1 on request", "told" if told else "none", equals="told")
        for what, message in (("heard", heard), ("asked for", told)):
            if message:
                remarks = read_troubles(message.data).remarks
                check(f"troubles of the DM1 {what}", len(codes(message)), equals=0, message=message)
                check(f"lamps of the DM1 {what}", lit(message), equals="none", message=message)
                check(f"layout of the DM1 {what}", "; ".join(remarks) or "right", equals="right", message=message)


@case(
    "J19-DM-030",
    title="DM1 against the list of troubles",
    purpose="A trouble that is made is named with its SPN and FMI, counted up with each occurrence, and lights its lamp.",
    refs=["J1939-73:?/dm1"],
    basis="derived",
    confidence="medium",
    pics="N.DM1",
    faults=["dm1_other_spn", "dm1_other_fmi", "dm1_without_lamp", "occurrence_count_stuck"],
    pixit=["unit_address", "trouble_spn", "trouble_fmi", "trouble_lamp"],
    needs=["writes"],
    duration_s=20,
)
def test_dm1_against_the_list_of_troubles(bench, truck, step, check, unit):
    with step(1, "Open the wire", expect="DM1 with the declared SPN and FMI, its lamp on"):
        unit.running()
        unit.break_wire(True)
        first = latest_dm1(bench, truck, unit)
        spn, fmi = declared(truck)
        seen = " ".join(f"{number}/{mode}" for number, mode in codes(first)) or "none"
        check("SPN and FMI", seen, equals=f"{spn}/{fmi}", message=first)
        check("lamp", lit(first), equals=str(truck.pixit("trouble_lamp")), message=first)
    with step(2, "Close the wire and open it again", expect="DM1 counts one more"):
        unit.break_wire(False)
        bench.run_for(truck.limit("dm1.settle").nominal_ns)
        unit.break_wire(True)
        again = latest_dm1(bench, truck, unit)
        before, after = codes(first).get((spn, fmi)), codes(again).get((spn, fmi))
        if before is None or before == NO_COUNT:
            raise Inconclusive(Reason.PRECONDITION, "the unit tells no occurrence count")
        check("occurrence count", after, equals=before + 1, message=again)


@case(
    "J19-DM-031",
    title="DM2 after a trouble",
    purpose="A trouble that is over leaves DM1 and stands in DM2.",
    refs=["J1939-73:?/dm2"],
    basis="quoted",
    confidence="medium",
    pics="N.DM1",
    faults=["healed_trouble_stays_active", "dm2_empty", "dm1_other_spn"],
    pixit=["unit_address", "trouble_spn", "trouble_fmi"],
    needs=["writes"],
    duration_s=15,
)
def test_dm2_after_a_trouble(bench, truck, step, check, unit):
    with step(1, "Open the wire", expect="The trouble in DM1, not in DM2"):
        unit.running()
        unit.break_wire(True)
        check("in DM1", named(truck, latest_dm1(bench, truck, unit)), equals="yes")
        check("in DM2", named(truck, unit.content("DM2")), equals="no")
    with step(2, "Close the wire", expect="The trouble in DM2, not in DM1"):
        unit.break_wire(False)
        active = latest_dm1(bench, truck, unit)
        check("DM1", "seen" if active else "none", equals="seen")
        check("in DM1", named(truck, active), equals="no", message=active)
        check("in DM2", named(truck, unit.content("DM2")), equals="yes")


@case(
    "J19-DM-032",
    title="Clearing by DM3 and DM11",
    purpose="DM3 and DM11 are acknowledged; DM3 empties DM2, and DM11 does not make an active trouble go away.",
    refs=["J1939-73:?/clear"],
    basis="quoted",
    confidence="medium",
    pics="N.DM1",
    faults=["dm3_clears_nothing", "dm11_ends_active_trouble", "clearing_untold", "dm2_empty", "dm1_other_spn"],
    pixit=["unit_address", "trouble_spn", "trouble_fmi"],
    needs=["writes"],
    duration_s=20,
)
def test_clearing_by_dm3_and_dm11(bench, truck, step, check, unit):
    with step(1, "Open and close the wire, ask for DM3", expect="Acknowledged, DM2 empty"):
        unit.running()
        unit.had_trouble()
        check("in DM2 before", named(truck, unit.content("DM2")), equals="yes")
        cleared(bench, truck, check, unit, "DM3", ACKNOWLEDGED)
        told = unit.content("DM2")
        check("DM2", "told" if told else "none", equals="told")
        check("troubles in DM2", len(codes(told)), equals=0, message=told)
    with step(2, "Open the wire, ask for DM11", expect="Acknowledged, the trouble still in DM1, not in DM2"):
        unit.break_wire(True)
        check("in DM1 before", named(truck, latest_dm1(bench, truck, unit)), equals="yes")
        cleared(bench, truck, check, unit, "DM11", ACKNOWLEDGED)
        active = latest_dm1(bench, truck, unit)
        check("in DM1", named(truck, active), equals="yes", message=active)
        told = unit.content("DM2")
        check("troubles in DM2", len(codes(told)) if told else None, equals=0, message=told)


@case(
    "J19-DM-033",
    title="DM3 while driving",
    purpose="While the truck drives DM3 is refused, or obeyed where the maker declares so.",
    refs=["J1939-73:?/clear"],
    basis="derived",
    confidence="medium",
    pics="N.DM1",
    faults=["dm3_obeyed_while_driving", "dm2_empty"],
    pixit=["unit_address", "trouble_spn", "trouble_fmi", "clear_while_driving"],
    needs=["writes"],
    duration_s=20,
)
def test_dm3_while_driving(bench, truck, step, check, unit):
    is_refused = str(truck.pixit("clear_while_driving")) == "refused"
    with step(1, "Open and close the wire, drive, ask for DM3", expect="Refused, or as declared"):
        unit.running()
        unit.had_trouble()
        check("in DM2 before", named(truck, unit.content("DM2")), equals="yes")
        unit.drive(truck.limit("uds.speed"))
        bench.run_for(truck.limit("dm1.settle").nominal_ns)
        cleared(bench, truck, check, unit, "DM3", REFUSED if is_refused else ACKNOWLEDGED)
    with step(2, "Ask for DM2", expect="The trouble is still there, unless the maker declares otherwise"):
        told = unit.content("DM2")
        check("in DM2", named(truck, told), equals="yes" if is_refused else "no", message=told)


@case(
    "J19-DM-034",
    title="DM5",
    purpose="DM5 has eight bytes and counts what DM1 and DM2 name.",
    refs=["J1939-73:?/dm5"],
    basis="quoted",
    confidence="medium",
    pics="N.DM1",
    faults=["dm5_counts_nothing", "dm5_of_7_bytes", "dm1_names_nothing", "dm2_empty"],
    pixit=["unit_address"],
    needs=["writes"],
    duration_s=20,
)
def test_dm5_counts_the_troubles(bench, truck, step, check, unit):
    with step(1, "Open the wire and ask for DM5", expect="Eight bytes, as many active troubles as in DM1"):
        unit.running()
        unit.break_wire(True)
        active, told = latest_dm1(bench, truck, unit), unit.content("DM5")
        check("troubles in DM1", len(codes(active)), at_least=1, message=active)
        check("bytes of DM5", len(told.data) if told else 0, equals=8, message=told)
        check("active troubles", byte_of(told, 0), equals=len(codes(active)), message=told)
    with step(2, "Close the wire and ask for DM5 again", expect="As many previously active troubles as in DM2"):
        unit.break_wire(False)
        bench.run_for(truck.limit("dm1.settle").nominal_ns)
        stored, told = unit.content("DM2"), unit.content("DM5")
        check("troubles in DM2", len(codes(stored)), at_least=1, message=stored)
        check("previously active troubles", byte_of(told, 1), equals=len(codes(stored)), message=told)


@case(
    "J19-DM-035",
    title="DM24",
    purpose="Each SPN of DM24 stands in the DBC with its length; what it calls part of the data stream is sent.",
    refs=["J1939-73:?/dm24"],
    basis="quoted",
    confidence="medium",
    pics="N.DM24",
    faults=["dm24_unknown_spn", "dm24_length_of_one"],
    pixit=["unit_address", "database"],
    duration_s=10,
)
def test_dm24_lists_what_the_dbc_knows(bench, truck, step, check, unit):
    with step(1, "Ask for DM24", expect="SPNs of the DBC with their lengths and plausible flags, their groups on the bus"):
        first = unit.running()
        database = find_database(str(truck.pixit("database")))
        told = unit.content("DM24")
        data = told.data if told else b""
        rows = [data[at : at + SPN_BYTES] for at in range(0, len(data) - len(data) % SPN_BYTES, SPN_BYTES)]
        rows = [row for row in rows if row != b"\xff" * SPN_BYTES]
        check("SPNs in DM24", len(rows), at_least=1, message=told)
        bench.run_for(truck.limit("cycle.look").nominal_ns)
        sent = {message["pgn"] for message in unit.cyclic(since=first)}
        for row in rows:
            spn = row[0] | row[1] << 8 | row[2] >> 5 << 16
            found = database.spn(spn)
            check(f"SPN {spn} in the DBC", "yes" if found else "no", equals="yes", message=told)
            check(f"reserved flag of SPN {spn}", row[2] & RESERVED_FLAG, equals=RESERVED_FLAG, message=told)
            if found and not row[2] & NOT_IN_STREAM:
                group, signal = found
                check(f"bytes of SPN {spn}", row[3], equals=-(-signal.size // 8), message=told)
                check(f"group {group.name} of SPN {spn}", "sent" if group.pgn in sent else "not sent", equals="sent", message=told)


def counts(unit, since_ns):
    """Cyclic messages of the unit after *since_ns*, by the name that the report gives them; DM1 apart."""
    return Counter(message.name for message in unit.cyclic(since=since_ns) if message.name != "DM1")


@case(
    "J19-DM-036",
    title="DM13 stops the broadcast",
    purpose="DM13 stops the cyclic messages but those for safety; without a further one they come back within the hold time.",
    refs=["J1939-73:?/dm13"],
    basis="derived",
    confidence="medium",
    pics="N.DM13",
    faults=["dm13_ignored", "dm13_stops_for_a_minute", "dm13_stops_safety_messages"],
    pixit=["unit_address", "dm13_stop", "stopped_message", "kept_message"],
    needs=["writes"],
    duration_s=25,
)
def test_dm13_stops_the_broadcast(bench, truck, step, check, check_time, tester, unit):
    stopped, kept = str(truck.pixit("stopped_message")), str(truck.pixit("kept_message"))
    with step(1, "Stop the broadcast", expect="The cyclic messages stop, those for safety stay"):
        first = unit.running()
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        before = counts(unit, first.t_ns)
        check(f"{stopped} before", "seen" if before[stopped] else "none", equals="seen")
        since_ns = bench.now_ns - 1
        tester.send(BY_NAME["DM13"].pgn, bytes.fromhex(str(truck.pixit("dm13_stop"))), to=GLOBAL)
        bench.run_for(truck.limit("dm13.begin").nominal_ns)
        bench.given("DM13", since=since_ns, where=bench.is_ours, what="DM13")
        order = bench.messages("DM13", since=since_ns, where=bench.is_ours)[0]
        quiet_ns = bench.now_ns
        bench.run_for(truck.limit("dm13.watch").nominal_ns)
        during = counts(unit, quiet_ns)
        check(f"{stopped} while stopped", "seen" if during[stopped] else "none", equals="none", message=order)
        check(f"{kept} while stopped", "seen" if during[kept] else "none", equals="seen", message=order)
    with step(2, "Send no further DM13", expect="All messages again within the hold time"):
        bench.run_for(max(0, order.t_ns + 2 * truck.limit("dm13.resume").upper_ns - bench.now_ns))
        back = [message for message in unit.cyclic(since=quiet_ns) if message.name == stopped]
        away = sorted(before.keys() - counts(unit, quiet_ns).keys() - {stopped})
        check(f"{stopped} back", "seen" if back else "none", equals="seen", message=order)
        if back:
            check("other messages that did not come back", " ".join(away) or "none", equals="none", message=order)
            check_time("time to the broadcast", back[0].t_ns - order.t_ns, truck.limit("dm13.resume"), message=back[0])
