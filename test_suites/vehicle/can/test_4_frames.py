"""Lengths, unused bits, formats and identifiers (reference catalogue CAN-DLC, CAN-ID)."""

from harness.case import case
from harness.core import Inconclusive, Reason
from harness.protocols.vehicle.traffic import doubtful_senders, lengths_of, unknown_identifiers, unused_bits


@case(
    "CAN-DLC-011",
    title="Length of messages",
    purpose="Each identifier has one length in all states, that of the description.",
    refs=["ISO11898-1:?/frames"],
    basis="derived",
    confidence="medium",
    pics="B.BUS",
    faults=["speed_shorter_while_driving"],
    pixit=["unit_address", "database"],
    needs=["energise"],
    duration_s=65,
)
def test_length_is_constant(bench, truck, step, check, bus):
    with step(
        1,
        "Watch the bus for 60 s, at rest, driving, and charging where that is declared",
        expect="One length for each identifier, as described",
    ):
        for each in bus.watch():
            if not each.contents:
                continue
            told = lengths_of(each)
            expected = told.partition(" ")[0] if each.row is None else str(each.row.layout.length)
            check(f"{each.name}: lengths", told, equals=expected)


@case(
    "CAN-DLC-012",
    title="Unused bits",
    purpose="Bits without a signal are what the maker declares, 1 or 0, always.",
    refs=["CANBENCH:?/unused"],
    basis="derived",
    confidence="medium",
    pics="B.BUS",
    faults=["unused_bits_zero", "unused_bits_wander"],
    pixit=["unit_address", "database", "unused_bits"],
    needs=["energise"],
    duration_s=65,
)
def test_unused_bits_are_as_declared(bench, truck, step, check, bus):
    with step(
        1, "Watch the bus for 60 s, at rest, driving, and charging where that is declared", expect="All bits without a signal as declared"
    ):
        bit = int(truck.pixit("unused_bits"))
        described = [each for each in bus.watch() if each.row is not None and each.row.reserved]
        if not described:
            raise Inconclusive(Reason.PRECONDITION, "no message was seen that has bits without a signal by the description")
        for each in described:
            check(f"{each.name}: bits without a signal", unused_bits(each, bit), equals=f"all {bit}")


@case(
    "CAN-DLC-013",
    title="Frame formats",
    purpose="Standard and extended frames are not mixed unless declared, and there are no remote frames.",
    refs=["ISO11898-1:?/frames"],
    basis="derived",
    confidence="medium",
    pics="B.BUS",
    faults=["standard_frame", "remote_frame"],
    pixit=["unit_address", "database", "frame_formats"],
    needs=["energise"],
    duration_s=65,
)
def test_frame_formats_are_not_mixed(bench, truck, step, check, bus):
    with step(
        1, "Watch the bus for 60 s, at rest, driving, and charging where that is declared", expect="Formats as declared, no remote frame"
    ):
        found = bus.watch()
        formats = {each.extended for each in found}
        told = "mixed" if len(formats) > 1 else "extended" if True in formats else "standard"
        declared = str(truck.pixit("frame_formats"))
        others = [each.name for each in found if not each.extended]
        check("formats", told, equals=told if declared == "mixed" else declared, note=f"standard: {' '.join(others) or 'none'}")
        remote = sum(record.pdu.remote for each in found for record in each.records)
        check("remote frames", remote, equals=0)


@case(
    "CAN-ID-014",
    title="One sender for each identifier",
    purpose="Neither rate nor counters nor contents of an identifier show a second sender.",
    refs=["CANBENCH:?/identifiers"],
    basis="derived",
    confidence="medium",
    pics="B.BUS",
    faults=["speed_of_two_senders"],
    pixit=["unit_address", "database"],
    needs=["energise"],
    duration_s=65,
)
def test_identifiers_have_one_sender(bench, truck, step, check, bus):
    with step(
        1, "Watch the bus for 60 s, at rest, driving, and charging where that is declared", expect="Nothing speaks for a second sender"
    ):
        found = [each for each in bus.watch() if each.row is not None]
        if not found:
            raise Inconclusive(Reason.PRECONDITION, "no message of the description was seen")
        rate, share = float(truck.limit("can.two_senders").value), float(truck.limit("can.sender_share").value)
        for each in found:
            check(f"{each.name}: senders", doubtful_senders(each, rate, share), equals="one")


@case(
    "CAN-ID-015",
    title="Unknown identifiers",
    purpose="Every identifier is in the description, or of a group that every controller has.",
    refs=["CANBENCH:?/identifiers"],
    basis="project",
    confidence="medium",
    pics="B.BUS",
    faults=["undocumented_group"],
    pixit=["unit_address", "database"],
    needs=["energise"],
    duration_s=65,
)
def test_no_identifier_is_unknown(bench, truck, step, check, bus):
    with step(
        1, "Watch the bus for 60 s, at rest, driving, and charging where that is declared", expect="No identifier that is not described"
    ):
        found = bus.watch()
        check("unknown identifiers", " ".join(unknown_identifiers(found)) or "none", equals="none", note=f"{len(found)} identifiers seen")
