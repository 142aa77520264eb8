"""What nobody documented, and what random groups do to a unit (reference catalogue J19-SEC)."""

import random

from harness.case import case
from harness.core import Frame, Inconclusive, Message, Reason
from harness.protocols.canbus import INTERFRAME_BITS, count_bits
from harness.protocols.j1939 import GLOBAL, TP_CM, TP_DT, is_pdu1
from harness.protocols.j1939.groups import BY_NAME, BY_PGN
from harness.protocols.j1939.ids import MAX_PGN, build_id
from harness.protocols.j1939.trouble import read_troubles
from harness.protocols.vehicle.database import find_database

SPARED = {BY_NAME[name].pgn for name in ("AddressClaimed", "CommandedAddress", "DM13")} | {0xDA00, 0xDB00}
"""Random content of these is no nonsense: addresses are taken, the broadcast stops, diagnostics reset the unit."""
DATA_BYTES, PRIORITIES, PAGE = 8, 8, 0x10000


@case(
    "J19-SEC-049",
    title="Proprietary groups documented",
    purpose="Each group on the bus stands in the DBC, belongs to the protocol, or is declared as undocumented.",
    refs=["J1939-21:?/documented"],
    basis="project",
    confidence="medium",
    pics="N.J1939",
    faults=["undocumented_group"],
    pixit=["unit_address", "database", "undocumented_groups"],
    duration_s=70,
)
def test_groups_are_documented(bench, truck, step, check, unit):
    with step(1, "Listen for a minute", expect="No group that nobody documented"):
        database = find_database(str(truck.pixit("database")))
        listed = {int(each, 16) for each in str(truck.pixit("undocumented_groups")).replace("none", "").split()}
        unit.running()
        since_ns = bench.now_ns
        bench.run_for(truck.limit("cycle.listen").nominal_ns)
        seen: dict[tuple[int, int], Message] = {}
        for message in bench.all_messages():
            if message.t_ns > since_ns and "pgn" in message.values and not bench.is_ours(message):
                seen.setdefault((message["pgn"], message["source"]), message)
        check("groups on the bus", len(seen), at_least=1)
        known = {*BY_PGN, TP_CM, TP_DT, *listed}
        unknown = [(pgn, source) for pgn, source in seen if pgn not in known and database.row(pgn, source) is None]
        told = ", ".join(f"{pgn:05X} of {source:02X}" for pgn, source in unknown) or "none"
        check("undocumented groups", told, equals="none", message=seen[unknown[0]] if unknown else None)


def nonsense(draw, source, target, bits):
    """Frames of random groups with random content that take so many bits of the bus, those for one unit to *target*."""
    frames: list[Frame] = []
    while bits > 0:
        pgn = draw.randrange(MAX_PGN + 1) % PAGE
        pgn = pgn & 0xFF00 if is_pdu1(pgn) else pgn
        if pgn not in SPARED:
            can_id = build_id(pgn, source, target if is_pdu1(pgn) else GLOBAL, draw.randrange(PRIORITIES))
            frames.append(Frame(can_id, draw.randbytes(draw.randint(0, DATA_BYTES))))
            bits -= count_bits(frames[-1]).nominal + INTERFRAME_BITS
    return frames


def lamps(bench, unit, since_ns):
    """The lamps of the last DM1 of the unit after *since_ns*, in words."""
    told = bench.messages("DM1", since=since_ns, where=unit.is_own)
    return str(read_troubles(told[-1].data).lamps) if told else "no DM1"


@case(
    "J19-SEC-050",
    title="Random groups",
    purpose="A minute of random groups at a fifth of the bus load neither resets the unit nor leaves a lamp on nor moves its address.",
    refs=["J1939-21:?/random"],
    basis="project",
    confidence="medium",
    pics="N.J1939 AND N.DM1",
    faults=["resets_on_proprietary_group", "lamp_stuck_by_proprietary_group", "moves_by_proprietary_group"],
    pixit=["unit_address"],
    needs=["active_bus", "writes"],
    duration_s=80,
)
def test_random_groups_do_no_harm(bench, truck, step, check, tester, unit):
    watch_ns = truck.limit("dm1.settle").nominal_ns
    with step(1, "Send random groups for a minute", expect="No new address claim"):
        first = unit.running()
        source, before_ns = unit.asked(BY_NAME["ComponentId"].pgn, unit.address)["source"], bench.now_ns
        bench.run_for(watch_ns)
        before, since_ns = lamps(bench, unit, before_ns), bench.now_ns
        share, length_ns = float(truck.limit("fuzz.load").value) / 100, truck.limit("fuzz.length").nominal_ns
        rates_bps = bench.can("tester").bitrates_bps
        if rates_bps is None:
            raise Inconclusive(Reason.NO_LINE, "neither the rig nor its port tells the bit rate")
        draw = random.Random(truck.limit("fuzz.seed").key + str(truck.limit("fuzz.seed").value))
        frames = nonsense(draw, source, unit.address, share * rates_bps[0] * length_ns / 1e9)
        tester.flood(frames, len(frames) * 1e9 / length_ns, length_ns)
        bench.run_for(length_ns)
        sent = bench.records(since=since_ns, where=lambda record: record.direction.value == "tx")
        if len(sent) * 100 < len(frames) * truck.limit("stimulus.flood_sent").lower:
            raise Inconclusive(Reason.PRECONDITION, f"the tester sent {len(sent)} of {len(frames)} random groups only")
        claims = unit.claims(since=since_ns, name=first["name"])
        check("claims during the minute", len(claims), equals=0, message=claims[0] if claims else None, note=f"{len(sent)} random groups")
    with step(2, "Listen, then ask for the claim", expect="The same lamps, cyclic messages, the same address"):
        after_ns = bench.now_ns
        bench.run_for(watch_ns)
        check("lamps", lamps(bench, unit, after_ns), equals=before)
        check("cyclic messages", "seen" if unit.cyclic(since=after_ns) else "none", equals="seen")
        request = unit.asked(BY_NAME["AddressClaimed"].pgn, GLOBAL)
        bench.run_for(truck.limit("claim.answer").upper_ns)
        claims = unit.claims(since=request, name=first["name"])
        seen = f"{claims[-1]['source']:02X}" if claims else "no claim"
        check("address", seen, equals=f"{unit.address:02X}", message=claims[-1] if claims else request)
