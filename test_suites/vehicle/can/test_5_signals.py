"""Counters, checksums, live signals and values (reference catalogue CAN-SIG-016 to 019)."""

from harness.case import case
from harness.core import Inconclusive, Reason
from harness.protocols.vehicle.database import raw_of
from harness.protocols.vehicle.traffic import bad_checksums, bad_counts, unworded_values


@case(
    "CAN-SIG-016",
    title="Counters",
    purpose="Each counter goes on by one from message to message.",
    refs=["CANBENCH:?/integrity"],
    basis="derived",
    confidence="medium",
    pics="B.BUS",
    faults=["counter_frozen", "safety_counter_skips"],
    pixit=["unit_address", "database"],
    needs=["energise"],
    duration_s=65,
)
def test_counters_count(bench, truck, step, check, bus):
    with step(1, "Watch the bus for 60 s, at rest, driving, and charging where that is declared", expect="No count left out or repeated"):
        counted = [(each, gaps) for each in bus.watch() if (gaps := bad_counts(each)) is not None]
        if not counted:
            raise Inconclusive(Reason.PRECONDITION, "no message with a described counter was seen")
        for each, gaps in counted:
            check(f"{each.name}: wrong counts", gaps, equals=0, note=f"{len(each.records)} messages")


@case(
    "CAN-SIG-017",
    title="Checksums",
    purpose="Each checksum is the one that its rule gives.",
    refs=["CANBENCH:?/integrity"],
    basis="derived",
    confidence="medium",
    pics="B.BUS",
    faults=["checksum_of_6_bytes", "checksum_without_identifier", "safety_checksum_of_2f"],
    pixit=["unit_address", "database"],
    needs=["energise"],
    duration_s=65,
)
def test_checksums_are_right(bench, truck, step, check, bus):
    with step(1, "Watch the bus for 60 s, at rest, driving, and charging where that is declared", expect="No wrong checksum"):
        checked = [(each, wrong) for each in bus.watch() if (wrong := bad_checksums(each)) is not None]
        if not checked:
            raise Inconclusive(Reason.PRECONDITION, "no message with a described checksum was seen")
        for each, wrong in checked:
            check(f"{each.name}: wrong checksums", wrong, equals=0, note=f"{len(each.records)} messages")


@case(
    "CAN-SIG-018",
    title="Stuck signals",
    purpose="Signals that are declared as live change in a drive cycle.",
    refs=["CANBENCH:?/signals"],
    basis="project",
    confidence="medium",
    pics="B.BUS",
    faults=["speed_stuck"],
    pixit=["unit_address", "database", "live_signals"],
    needs=["energise"],
    duration_s=65,
)
def test_live_signals_change(bench, truck, step, check, bus):
    with step(1, "Drive, stop, and charge where that is declared", expect="Each live signal has several values"):
        found = {each.name: each for each in bus.watch()}
        for name in str(truck.pixit("live_signals")).split():
            row, signal = bus.database.signal(name)
            values = {raw_of(signal, data) for data in found[row.name].contents} if row.name in found else set()
            check(f"{name}: different values", len(values), at_least=2)


@case(
    "CAN-SIG-019",
    title="Values with words",
    purpose="Signals whose values have words take no other value.",
    refs=["CANBENCH:?/signals"],
    basis="derived",
    confidence="medium",
    pics="B.BUS",
    faults=["state_out_of_range"],
    pixit=["unit_address", "database"],
    needs=["energise"],
    duration_s=65,
)
def test_values_have_words(bench, truck, step, check, bus):
    with step(1, "Watch the bus for 60 s, at rest, driving, and charging where that is declared", expect="No reserved value"):
        worded = [each for each in bus.watch() if each.row is not None and any(signal.choices for signal in each.row.values)]
        if not worded:
            raise Inconclusive(Reason.PRECONDITION, "no signal with described words was seen")
        for each in worded:
            check(f"{each.name}: values without a word", " ".join(unworded_values(each)) or "none", equals="none")
