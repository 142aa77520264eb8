"""Cyclic groups: period, range, reserved bits, priority, counters, agreement with each other (reference catalogue J19-APP)."""

from itertools import pairwise
from math import ceil

from harness.case import case
from harness.core import Inconclusive, Message, Reason
from harness.protocols.canbus.checksums import RULES
from harness.protocols.dbc import Presence
from harness.protocols.j1939 import build_id
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.j1939.integrity import tsc1_checksum
from harness.protocols.vehicle.database import GroupRow, find_database, raw_of
from harness.protocols.vehicle.traffic import checksum_of

COUNTER = "counter"
BYTE = 8
TORQUE_REQUEST = BY_NAME["TSC1"].pgn
CONTROL_PRIORITY = 3
WRONG = 1
"""Bit of a checksum that is turned over to make it wrong."""


def heard(bench, truck, unit, length_ns):
    """What the truck sent in that time, by the groups of the DBC and their senders.

    Raises:
        Inconclusive: the unit sends nothing (reason PRECONDITION).
    """
    database = find_database(str(truck.pixit("database")))
    unit.running()
    since_ns = bench.now_ns
    bench.run_for(length_ns)
    found: dict[tuple[str, int], tuple[GroupRow, list[Message]]]
    found = {(row.name, row.source): (row, []) for row in database.rows if row.source is not None}
    for message in bench.all_messages():
        if message.t_ns > since_ns and not bench.is_ours(message):
            row = database.row(message.values.get("pgn"), message.values.get("source"))
            if row:
                found.setdefault((row.name, message["source"]), (row, []))[1].append(message)
    return [(f"{name} ({source:02X})", row, messages) for (name, source), (row, messages) in found.items()]


def stands(signal, raw):
    """What a raw value is: ``valid``, ``not available``, or ``error or reserved``."""
    if signal.minimum <= raw * signal.scale + signal.offset <= signal.maximum:
        return "valid"
    top = (raw & signal.mask) >> max(0, signal.size - BYTE)
    return "not available" if top == (1 << min(signal.size, BYTE)) - 1 else "error or reserved"


def value_of(database, name, messages):
    """The last value of the signal ``Message.signal`` among *messages*.

    Raises:
        Inconclusive: its group was not there (reason PRECONDITION).
    """
    row, signal = database.signal(name)
    own = [one for one in messages if one.values.get("pgn") == row.pgn and one.values.get("source") == row.source]
    if not own:
        raise Inconclusive(Reason.PRECONDITION, f"the group of {name} was not on the bus")
    return float(raw_of(signal, own[-1].data) * signal.scale + signal.offset), own[-1]


def settled(bench, truck):
    """What the truck sent in a time in which every value is told anew."""
    since_ns = bench.now_ns
    bench.run_for(truck.limit("cycle.look").nominal_ns)
    return [message for message in bench.all_messages() if message.t_ns > since_ns and not bench.is_ours(message)]


@case(
    "J19-APP-041",
    title="Cyclic groups",
    purpose="Each cyclic group of the DBC comes in its period, in the mean and each single time.",
    refs=["J1939-71:?/cycles"],
    basis="project",
    confidence="medium",
    pics="N.J1939",
    faults=["speed_every_130ms", "speed_with_gaps", "distance_never_sent"],
    pixit=["unit_address", "database"],
    duration_s=70,
)
def test_cyclic_groups(bench, truck, step, check, unit):
    with step(1, "Listen for a minute", expect="Each group of the DBC in its period"):
        for what, row, messages in heard(bench, truck, unit, truck.limit("cycle.listen").nominal_ns):
            if row.period_ns is None:
                continue
            period_ns, gaps = row.period_ns, [later.t_ns - one.t_ns for one, later in pairwise(messages)]
            check(f"intervals of {what}", "seen" if gaps else "none", equals="seen")
            if gaps:
                mean, worst = sum(gaps) / len(gaps), max((abs(gap_ns - period_ns), gap_ns) for gap_ns in gaps)[1]
                off, most = (round(100 * abs(gap_ns / period_ns - 1), 1) for gap_ns in (mean, worst))
                check(f"mean period of {what} off", off, limit=truck.limit("cycle.mean"), unit="%", message=messages[-1])
                check(f"single interval of {what} off", most, limit=truck.limit("cycle.single"), unit="%", message=messages[-1])


@case(
    "J19-APP-042",
    title="Value ranges",
    purpose="No signal says error, or a value beyond its range; none is unavailable that must be available.",
    refs=["J1939-71:?/ranges"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["speed_in_error", "speed_not_available"],
    pixit=["unit_address", "database"],
    duration_s=70,
)
def test_value_ranges(bench, truck, step, check, unit):
    with step(1, "Listen for a minute and decode", expect="Every value in its range, available where it must be"):
        looked, unread = 0, []
        for what, row, messages in heard(bench, truck, unit, truck.limit("cycle.listen").nominal_ns):
            if row.layout.unsupported:
                unread.append(f"{what} not read, {row.layout.unsupported}")
                continue
            odd: dict[str, Message] = {}
            for message in messages:
                for signal in row.values:
                    looked += 1
                    state = stands(signal, raw_of(signal, message.data))
                    if state != "valid" and not (state == "not available" and signal.presence is Presence.OPTIONAL):
                        odd.setdefault(f"{signal.name} {state}", message)
            check(f"odd values of {what}", ", ".join(odd) or "none", equals="none", message=next(iter(odd.values()), None))
        check("values looked at", looked, at_least=1, note="; ".join(unread))


@case(
    "J19-APP-043",
    title="Reserved bits",
    purpose="Bits that no signal of the DBC uses are 1.",
    refs=["J1939-71:?/reserved"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["unused_bits_zero"],
    pixit=["unit_address", "database"],
    duration_s=15,
)
def test_reserved_bits(bench, truck, step, check, unit):
    with step(1, "Listen", expect="Every unused bit 1"):
        looked = 0
        for what, row, messages in heard(bench, truck, unit, truck.limit("cycle.look").nominal_ns):
            if not row.reserved:
                continue
            wrong = [one for one in messages if row.reserved & ~int.from_bytes(one.data.ljust(row.layout.length, b"\xff"), "little")]
            looked += len(messages)
            shown = wrong[0].data.hex(" ").upper() if wrong else "all 1"
            check(f"unused bits of {what}", shown, equals="all 1", message=wrong[0] if wrong else None)
        check("messages looked at", looked, at_least=1)


@case(
    "J19-APP-044",
    title="Priority",
    purpose="Each group has the priority of the DBC.",
    refs=["J1939-71:?/priority"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["speed_of_priority_5"],
    pixit=["unit_address", "database"],
    duration_s=15,
)
def test_priority(bench, truck, step, check, unit):
    with step(1, "Listen", expect="Each group with the priority of the DBC"):
        looked = 0
        for what, row, messages in heard(bench, truck, unit, truck.limit("cycle.look").nominal_ns):
            looked += len(messages)
            for message in messages[:1]:
                told = sorted({one["priority"] for one in messages})
                check(f"priority of {what}", " ".join(map(str, told)), equals=str(row.priority), message=message)
        check("messages looked at", looked, at_least=1)


@case(
    "J19-APP-045",
    title="Counter and checksum",
    purpose="In a minute no counter of a control message leaves a number out, and every checksum is right.",
    refs=["J1939-71:?/integrity"],
    basis="quoted",
    confidence="medium",
    pics="N.PROTECTED",
    faults=["counter_frozen", "checksum_of_6_bytes", "checksum_without_identifier"],
    pixit=["unit_address", "database"],
    duration_s=70,
)
def test_counter_and_checksum(bench, truck, step, check, unit):
    with step(1, "Listen for a minute", expect="Each counter one more each time, each checksum right"):
        protected = 0
        for what, row, messages in heard(bench, truck, unit, truck.limit("cycle.listen").nominal_ns):
            counter, checksum = row.protected(COUNTER), row.protected(*RULES)
            if counter is None:
                continue
            protected += len(messages)
            numbers, modulus = [raw_of(counter, one.data) for one in messages], int(counter.maximum) + 1
            gaps = [later for later, (one, other) in enumerate(pairwise(numbers), 1) if other != (one + 1) % modulus]
            check(f"gaps of the counter of {what}", len(gaps), equals=0, message=messages[gaps[0]] if gaps else None)
            if checksum:
                wrong = [one for one in messages if raw_of(checksum, one.data) != checksum_of(row, identifier(row, one), one.data)]
                check(f"wrong checksums of {what}", len(wrong), equals=0, message=wrong[0] if wrong else None)
        check("protected messages", protected, at_least=int(truck.limit("cycle.least_count").value))


def identifier(row, message):
    """The identifier under which *message* was sent."""
    return build_id(row.pgn, message["source"], message["destination"], message["priority"])


def ask_torque(bench, truck, tester, unit, source, *, wrong, count):
    """Send *count* torque requests to the unit, with a wrong checksum if so; the last one that was on the bus."""
    can_id, since_ns = build_id(TORQUE_REQUEST, source, unit.address, CONTROL_PRIORITY), bench.now_ns - 1
    begin = bytes.fromhex(str(truck.pixit("control_request")))
    for number in range(count):
        checksum = tsc1_checksum(can_id, begin, number % BYTE) ^ wrong
        tester.send(TORQUE_REQUEST, begin + bytes((checksum << 4 | number % BYTE,)), to=unit.address, priority=CONTROL_PRIORITY)
        bench.run_for(truck.limit("control.period").nominal_ns)
    bench.given("TSC1", since=since_ns, at_least=count, where=bench.is_ours, what="torque requests")
    return bench.messages("TSC1", since=since_ns, where=bench.is_ours)[-1]


@case(
    "J19-APP-046",
    title="Wrong checksum to the unit",
    purpose="The unit ignores control messages with a wrong checksum and falls back in its time.",
    refs=["J1939-71:?/integrity"],
    basis="derived",
    confidence="medium",
    pics="N.STEERED",
    faults=["torque_requests_ignored", "wrong_checksum_obeyed", "torque_request_for_good"],
    pixit=["unit_address", "database", "control_request", "control_echo", "control_obeyed", "control_fallback_ms"],
    needs=["writes"],
    duration_s=15,
)
def test_wrong_checksum_is_ignored(bench, truck, step, check, tester, unit):
    database, echo = find_database(str(truck.pixit("database"))), str(truck.pixit("control_echo"))
    obeyed, count = float(truck.pixit("control_obeyed")), int(truck.limit("control.count").value)
    with step(1, "Send torque requests with the right checksum", expect="The unit obeys them"):
        unit.running()
        source, since_ns = unit.asked(BY_NAME["ComponentId"].pgn, unit.address)["source"], bench.now_ns
        last = ask_torque(bench, truck, tester, unit, source, wrong=0, count=count)
        value, shown = value_of(database, echo, [one for one in bench.all_messages() if since_ns < one.t_ns])
        check(f"{echo} with right requests", value, equals=obeyed, message=shown)
    with step(2, "Go on with a wrong checksum", expect="The unit falls back in its time and stays there"):
        row, signal = database.signal(echo)
        longest_ms = float(truck.pixit("control_fallback_ms")) + (row.period_ns or 0) / 1e6
        past_fallback = ceil(2 * longest_ms * 1e6 / truck.limit("control.period").nominal_ns)
        ask_torque(bench, truck, tester, unit, source, wrong=WRONG, count=max(2 * count, past_fallback))
        told = [one for one in unit.cyclic(since=last) if one["pgn"] == row.pgn]
        states = [(one, float(raw_of(signal, one.data) * signal.scale + signal.offset) == obeyed) for one in told]
        still = [one for one, is_obeyed in states if is_obeyed]
        check(f"{echo} told", len(states), at_least=1)
        kept_ms = (still[-1].t_ns - last.t_ns) / 1e6 if still else 0.0
        check(
            "last sign of obedience after the last right request",
            kept_ms,
            at_most=longest_ms,
            unit="ms",
            message=still[-1] if still else last,
            note="declared by the maker, PIXIT control_fallback_ms, and a period of the echo",
        )


@case(
    "J19-APP-047",
    title="Redundant values agree",
    purpose="Speeds and gears that several groups tell agree; at a standstill every speed is 0.",
    refs=["J1939-71:?/redundant"],
    basis="project",
    confidence="medium",
    pics="N.J1939",
    faults=["speed_5kmh_more", "speed_10_percent_more", "gear_stays_neutral"],
    pixit=["unit_address", "database", "speed_signals", "gear_signals"],
    duration_s=20,
)
def test_redundant_values_agree(bench, truck, step, check, unit):
    database = find_database(str(truck.pixit("database")))
    speeds, gears = (str(truck.pixit(key)).split() for key in ("speed_signals", "gear_signals"))
    with step(1, "Listen at a standstill", expect="Every speed 0, the gears equal"):
        unit.running()
        messages = settled(bench, truck)
        for name in speeds:
            value, message = value_of(database, name, messages)
            check(f"{name} at a standstill", value, equals=0.0, unit="km/h", message=message)
        agree(check, database, gears, messages)
    with step(2, "Drive", expect="The speeds within 2 km/h of each other, the gears equal"):
        unit.drive(truck.limit("uds.speed"))
        messages = settled(bench, truck)
        told = [value_of(database, name, messages) for name in speeds]
        apart = round(max(value for value, _ in told) - min(value for value, _ in told), 3)
        check("slowest speed", min(value for value, _ in told), limit=truck.limit("redundant.driving"), unit="km/h")
        check("difference of the speeds", apart, limit=truck.limit("redundant.speed"), unit="km/h", message=told[0][1])
        agree(check, database, gears, messages)


def agree(check, database, names, messages):
    """Check that the signals *names* have one value."""
    first, message = value_of(database, names[0], messages)
    for name in names[1:]:
        check(f"{name} against {names[0]}", value_of(database, name, messages)[0], equals=first, message=message)


@case(
    "J19-APP-048",
    title="High-voltage data agree",
    purpose="While charging, voltage and state of charge on the network are those at the charging interface.",
    refs=["J1939-71:?/high-voltage"],
    basis="project",
    confidence="medium",
    pics="N.CHARGING",
    faults=["pack_voltage_4_percent_high", "soc_3_percent_high"],
    pixit=["unit_address", "database", "voltage_signal", "soc_signal"],
    needs=["energise"],
    duration_s=90,
)
def test_high_voltage_data_agree(bench, truck, step, check, unit, paths):
    database = find_database(str(truck.pixit("database")))
    with step(1, "Charge, and compare the network with BCS", expect="Voltage within 2 %, state of charge within 1 %"):
        unit.running()
        told = paths.charging()
        messages = settled(bench, truck)
        voltage, shown = value_of(database, str(truck.pixit("voltage_signal")), messages)
        off = round(100 * abs(voltage / told["voltage_v"] - 1), 2) if told["voltage_v"] else None
        check("voltage off", off, limit=truck.limit("charging.voltage"), unit="%", message=shown, note=f"BCS {told['voltage_v']:g} V")
        soc, shown = value_of(database, str(truck.pixit("soc_signal")), messages)
        apart = round(abs(soc - told["soc_pct"]), 2)
        check("state of charge off", apart, limit=truck.limit("charging.soc"), unit="%", message=shown, note=f"BCS {told['soc_pct']:g} %")
