"""Inputs that are missing, wrong or random, and a recording played back (reference catalogue CAN-SIG-020, 021, CAN-FUZ, CAN-REP)."""

import random

from harness.case import case
from harness.core import Frame, Inconclusive, Reason
from harness.protocols.canbus import INTERFRAME_BITS, bus_columns, bus_load, count_bits
from harness.protocols.canbus.checksums import RULES
from harness.protocols.j1939.groups import BY_PGN
from harness.protocols.j1939.ids import split_id
from harness.protocols.uds.decoder import way_of
from harness.protocols.vehicle.traffic import distances_of, sealed, verdicts_of

STANDARD_IDS, EXTENDED_IDS = 1 << 11, 1 << 29
BITS = 8
TRANSPORT = (0xEC00, 0xEB00)


def random_frames(seed, many, extended_pct):
    """Frames with random identifiers and contents. Groups that a unit may rightly obey, and diagnostics, are left out."""
    draw, frames = random.Random(seed), list[Frame]()
    while len(frames) < many:
        extended = draw.random() * 100 < extended_pct
        can_id = draw.randrange(EXTENDED_IDS if extended else STANDARD_IDS)
        frame = Frame(can_id, draw.randbytes(draw.randrange(BITS + 1)), extended=extended)
        known = extended and (split_id(can_id).pgn in BY_PGN or split_id(can_id).pgn in TRANSPORT)
        if not known and way_of(frame) is None:
            frames.append(frame)
    return frames


def trouble(bench, brake, which, since_ns):
    """Whether a DM1 since then names the trouble declared for *which*."""
    return "told" if bench.messages("DM1", since=since_ns, where=lambda message: brake.names(message, which)) else "not told"


def obedience(bench, truck, brake):
    """Whether right messages are obeyed again."""
    since_ns = brake.begin()
    bench.run_for(truck.limit("can.input").nominal_ns)
    brake.sent(since_ns, 1)
    told = brake.told("actuation_signal", since_ns)
    return "obeyed" if told and told[-1][1] == brake.demand(brake.data) else "not obeyed"


@case(
    "CAN-SIG-020",
    title="Missing input",
    purpose="Without a message that it needs the unit falls back in time and tells the right trouble.",
    refs=["CANBENCH:?/inputs"],
    basis="derived",
    confidence="medium",
    pics="B.INPUT",
    faults=["missing_input_untold", "missing_input_borne_for_1s", "no_fallback", "missing_input_as_wrong"],
    pixit=[
        "unit_address",
        "database",
        "input_message",
        "input_signal",
        "input_period_ms",
        "input_data",
        "input_other",
        "actuation_signal",
        "fallback_signal",
        "fallback_ms",
        "missing_input_trouble",
    ],
    needs=["active_bus"],
    duration_s=12,
)
def test_missing_input_brings_the_fallback(bench, truck, step, check, check_time, bus, brake):
    with step(1, "Send the input of the unit, then nothing any more", expect="Fallback in the declared time, the declared trouble"):
        bus.running()
        brake.obeyed()
        before_ns = bench.now_ns
        bench.run_for(truck.limit("dm1.settle").nominal_ns)
        is_told = trouble(bench, brake, "missing", before_ns) == "told"
        if is_told or any(value == brake.fallback_value() for _, value in brake.told("fallback_signal", before_ns)):
            raise Inconclusive(Reason.PRECONDITION, "the unit tells fallback or trouble although its input is right")
        brake.end()
        last = brake.sent(0, 1)[-1]
        limit = bus.declared("fallback_ms", "ms", "CANBENCH:?/inputs")
        bench.run_for(max(truck.limit("can.trouble").upper_ns, 2 * limit.upper_ns))
        fallen = [record for record, value in brake.told("fallback_signal", last.t_ns) if value == brake.fallback_value()]
        check("fallback", "seen" if fallen else "none", equals="seen")
        if fallen:
            check_time("last message to the fallback", fallen[0].t_ns - last.t_ns, limit, note=limit.text)
        check("trouble", trouble(bench, brake, "missing", last.t_ns), equals="told")


@case(
    "CAN-SIG-021",
    title="Wrong input",
    purpose="Messages with a wrong checksum or a counter that stands still are ignored, and the right trouble is told.",
    refs=["CANBENCH:?/inputs"],
    basis="derived",
    confidence="medium",
    pics="B.INPUT",
    faults=["wrong_checksum_taken", "wrong_counter_taken", "wrong_input_for_good", "missing_input_untold", "still_counter_for_good"],
    pixit=[
        "unit_address",
        "database",
        "input_message",
        "input_signal",
        "input_period_ms",
        "input_data",
        "input_other",
        "actuation_signal",
        "wrong_input_trouble",
    ],
    needs=["active_bus"],
    duration_s=20,
)
def test_wrong_input_is_ignored(bench, truck, step, check, bus, brake):
    with step(1, "Send another demand with a wrong checksum", expect="Not obeyed, the declared trouble"):
        bus.running()
        brake.obeyed()
        wrong = brake.row.protected(*RULES)
        if wrong is None or brake.row.protected("counter") is None:
            raise Inconclusive(Reason.PRECONDITION, "the description of the input has no counter or no checksum")

        def spoilt(number):
            frame = brake.good(brake.other)
            word = int.from_bytes(frame.data, "little") ^ 1 << wrong.start
            return Frame(frame.can_id, word.to_bytes(len(frame.data), "little"))

        since_ns = brake.begin(spoilt)
        bench.run_for(truck.limit("can.trouble").upper_ns)
        brake.sent(since_ns, 1)
        obeyed = [record for record, value in brake.told("actuation_signal", since_ns) if value == brake.demand(brake.other)]
        check("demand with a wrong checksum", "obeyed" if obeyed else "ignored", equals="ignored")
        check("trouble of the checksum", trouble(bench, brake, "wrong", since_ns), equals="told")
    with step(2, "Send right messages again", expect="Obeyed"):
        check("right messages", obedience(bench, truck, brake), equals="obeyed")
    with step(3, "Send another demand whose counter stands still", expect="Not obeyed, the declared trouble"):
        healed_ns = bench.now_ns
        bench.run_for(truck.limit("dm1.settle").nominal_ns)
        if trouble(bench, brake, "wrong", healed_ns) == "told":
            raise Inconclusive(Reason.PRECONDITION, "the trouble of the checksum is still told, that of the counter would not be seen")
        same = sealed(brake.row, brake.can_id, brake.other, brake.count)
        since_ns = brake.begin(lambda number: Frame(brake.can_id, same))
        bench.run_for(truck.limit("can.trouble").upper_ns)
        brake.sent(since_ns, 1)
        obeyed = [record for record, value in brake.told("actuation_signal", since_ns) if value == brake.demand(brake.other)]
        check("demand with a still counter", "obeyed" if obeyed else "ignored", equals="ignored")
        check("trouble of the counter", trouble(bench, brake, "wrong", since_ns), equals="told")
    with step(4, "Send right messages again", expect="Obeyed"):
        check("right messages", obedience(bench, truck, brake), equals="obeyed")


@case(
    "CAN-FUZ-022",
    title="Random frames",
    purpose="Ten thousand random frames neither reset the unit nor drive it from the bus nor disturb its cyclic messages.",
    refs=["CANBENCH:?/robust"],
    basis="project",
    confidence="medium",
    pics="B.BUS",
    faults=["resets_at_400_frames_per_s", "silenced_by_empty_frames"],
    pixit=["unit_address", "database"],
    needs=["active_bus"],
    duration_s=35,
)
def test_random_frames_do_no_harm(bench, truck, step, check, bus, tester):
    with step(1, "Send 10 000 random frames at 30 % load", expect="No new claim, no error frame, periods kept"):
        bus.running()
        seed, many = int(truck.limit("can.fuzz_seed").value), int(truck.limit("can.fuzz_frames").value)
        frames = random_frames(seed, many, float(truck.limit("can.fuzz_extended").value))
        bits = sum(sum(count_bits(frame)) + INTERFRAME_BITS for frame in frames)
        length_ns = round(bits * 1e9 / bus.rates_bps[0] * 100 / float(truck.limit("can.fuzz_load").value))
        before, start_ns = bus.means.error_frames(), bench.now_ns
        tester.flood(frames, many * 1e9 / length_ns, length_ns)
        bench.run_for(length_ns)
        end_ns = bench.now_ns
        bench.run_for(truck.limit("can.fuzz_after").nominal_ns)
        sent = [record for record in bench.records(since=start_ns) if record.direction.value == "tx"]
        if len(sent) * 100 < many * truck.limit("stimulus.flood_sent").lower:
            raise Inconclusive(Reason.PRECONDITION, f"the tester sent {len(sent)} frames only")
        note = f"seed {seed}, {len(sent)} frames"
        claims = [message for message in bench.messages("AddressClaimed", since=start_ns) if message["source"] == bus.address]
        check("claims of the unit", len(claims), equals=0, note=note)
        check("error frames", bus.means.error_frames() - before, limit=truck.limit("can.error_frames"))
        found = bus.cyclic(bus.series(start_ns, end_ns))
        check("messages that did not come at all", bus.missing(found), equals="none")
        for each in found:
            told = distances_of(each)
            off, note = bus.off_period(told, each.row.period_ns), told.text() if told else ""
            check(f"{each.name}: mean off its period", off, limit=truck.limit("can.period_mean"), unit="%", note=note)
        check("unit after the frames", "sends" if bus.own(end_ns) else "silent", equals="sends")


@case(
    "CAN-FUZ-023",
    title="Flipped bits",
    purpose="A thousand messages to the unit with one bit flipped bring no wrong actuation, and the unit recovers.",
    refs=["CANBENCH:?/robust"],
    basis="project",
    confidence="medium",
    pics="B.INPUT",
    faults=["wrong_checksum_taken", "one_wrong_input_for_good"],
    pixit=[
        "unit_address",
        "database",
        "input_message",
        "input_signal",
        "input_period_ms",
        "input_data",
        "input_other",
        "actuation_signal",
    ],
    needs=["active_bus"],
    duration_s=35,
)
def test_flipped_bits_are_not_obeyed(bench, truck, step, check, bus, brake):
    with step(1, "Send 1000 messages with a flipped bit between right ones", expect="The output follows the right ones only"):
        bus.running()
        brake.obeyed()
        many, draw = int(truck.limit("can.flips").value), random.Random(int(truck.limit("can.fuzz_seed").value))

        def next_frame(number):
            if number % 2 == 0:
                return brake.good()
            following = sealed(brake.row, brake.can_id, brake.data, brake.count + 1)
            word = int.from_bytes(following, "big") ^ 1 << draw.randrange(BITS * len(following))
            return Frame(brake.can_id, word.to_bytes(len(following), "big"))

        since_ns = brake.begin(next_frame, brake.period_ns // 2)
        bench.run_for(many * brake.period_ns)
        sent = brake.sent(since_ns, 2 * many - 2)
        told = brake.told("actuation_signal", since_ns)
        wrong = [record for record, value in told if value != brake.demand(brake.data)]
        check("outputs seen", len(told), at_least=1, note=f"{len(sent)} messages to the unit")
        check("wrong actuations", len(wrong), equals=0)
    with step(2, "Send right messages only", expect="Obeyed"):
        check("right messages", obedience(bench, truck, brake), equals="obeyed")


@case(
    "CAN-REP-026",
    title="Recording played back",
    purpose="A recording of the bus, played back without the truck, is judged as the truck was.",
    refs=["CANBENCH:?/replay"],
    basis="project",
    confidence="medium",
    pics="B.BUS",
    faults=["sends_without_supply"],
    pixit=["unit_address", "database"],
    needs=["active_bus"],
    duration_s=40,
)
def test_recording_is_judged_as_the_truck_was(bench, truck, step, check, bus, tester):
    senders, share = float(truck.limit("can.two_senders").value), float(truck.limit("can.sender_share").value)
    bounds = (senders, share, float(truck.limit("can.period_mean").upper))
    with step(1, "Record the bus, then switch the truck off", expect="Frames; then silence"):
        start_ns = bus.running()
        bench.run_for(truck.limit("can.replay").nominal_ns)
        live = bus.frames(start_ns)
        if not live:
            raise Inconclusive(Reason.PRECONDITION, "nothing was on the bus to be played back")
        bus.power(False)
        bench.run_for(truck.limit("stimulus.off").nominal_ns)
        off_ns = bench.now_ns
        bench.run_for(truck.limit("stimulus.off").nominal_ns)
        check("frames without supply", len(bus.frames(off_ns)), equals=0, note=f"{len(live)} frames recorded before")
    with step(2, "Play the recording back", expect="The same frames and the same findings"):
        again_ns = bench.now_ns
        tester.play([(record.t_ns - start_ns, record.pdu) for record in live])
        bench.run_for(truck.limit("can.replay").nominal_ns + truck.limit("stimulus.off").nominal_ns)
        played = [record for record in bench.records(since=again_ns) if isinstance(record.pdu, Frame)]
        if not any(record.direction.value == "tx" for record in played):
            raise Inconclusive(Reason.PRECONDITION, "the tester played nothing back")
        check("frames played back", len(played), equals=len(live))
        findings = verdicts_of(bus.database, live, *bounds)
        for name, found in verdicts_of(bus.database, played, *bounds).items():
            check(name, found, equals=findings[name])
        check("load", loads(bus, played), equals=loads(bus, live))


def loads(bus, records):
    """The mean load of a recording, to a percent of the bus."""
    return f"{bus_load(bus_columns(records), bus.rates_bps[0]).mean_pct:.0f} %"
