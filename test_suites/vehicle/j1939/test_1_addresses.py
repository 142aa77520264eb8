"""Address claim: power-up, NAME, requests, conflicts, commanded address (reference catalogue J19-NET)."""

from dataclasses import replace

from harness.case import case
from harness.core import Inconclusive, Reason
from harness.protocols.j1939 import GLOBAL
from harness.protocols.j1939.name import Name

from .unit import CLAIMED, NULL_ADDRESS

CLAIM_PGN, COMMANDED_PGN, SPEED_PGN = 0xEE00, 0xFED8, 0xFEF1
NAME_FIELDS = ("reserved", "manufacturer", "industry_group", "function")
LAND_GROUPS = (0, 1)


def lower(name):
    """A NAME that wins against *name*."""
    return replace(name, identity=0, manufacturer=1, function=0, arbitrary_address_capable=False)


def higher(name):
    """A NAME that loses against *name*."""
    return Name(identity=(1 << 21) - 1, manufacturer=(1 << 11) - 1, function=255, industry_group=7, arbitrary_address_capable=True)


@case(
    "J19-NET-001",
    title="Claim on power-up",
    purpose="After power-up the unit claims its address within 1 s and sends nothing else before 250 ms have passed without an objection.",
    refs=["J1939-81:?/claim"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["claims_after_1_5s", "talks_before_claim", "talks_50ms_after_claim"],
    pixit=["unit_address"],
    duration_s=12,
)
def test_claim_on_power_up(bench, truck, step, check, check_time, unit):
    with step(1, "Switch the truck off and on", expect="Address claim of the unit within 1 s"):
        on_ns = unit.power_cycle()
        claim = bench.expect(CLAIMED, within=truck.limit("claim.power_up"), after=on_ns, where=unit.is_own, what="claim of the unit")
    with step(2, "Watch the bus", expect="No other message of the unit before 250 ms after its claim, then its cyclic ones"):
        bench.run_for(truck.limit("approach.running").upper_ns)
        own = unit.cyclic(since=on_ns)
        check("cyclic messages", "seen" if own else "none", equals="seen")
        if own:
            since_ns, stable = own[0].t_ns - claim.t_ns, truck.limit("claim.stable")
            check("first other message after the claim", since_ns / 1e6, at_least=stable.value, unit="ms", message=own[0])


@case(
    "J19-NET-002",
    title="NAME plausible",
    purpose="The NAME has its reserved bit at 0, an industry group for road vehicles, a manufacturer code, and the declared function.",
    refs=["J1939-81:?/name"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["name_reserved_bit_set", "name_without_manufacturer", "name_of_marine_group", "name_of_another_function"],
    pixit=["unit_address", "unit_function"],
    duration_s=6,
)
def test_name_is_plausible(bench, truck, step, check, unit):
    with step(1, "Let the unit claim its address and decode the NAME", expect="Every field plausible, the function as declared"):
        claim = unit.running()
        check("reserved bit", claim["reserved"], equals=0, message=claim)
        check("industry group", claim["industry_group"], between=LAND_GROUPS, message=claim)
        check("manufacturer code", claim["manufacturer"], at_least=1, message=claim)
        check("function", claim["function"], equals=int(truck.pixit("unit_function")), message=claim)


@case(
    "J19-NET-003",
    title="Answer to a request for the claim",
    purpose="A request for the address claim, to the unit and to everybody, is answered within 250 ms with the same NAME and address.",
    refs=["J1939-81:?/claim-request"],
    basis="quoted",
    confidence="medium",
    pics="N.J1939",
    faults=["claim_request_ignored", "claim_request_answered_after_400ms", "claim_request_to_all_ignored", "renamed_when_asked"],
    pixit=["unit_address"],
    duration_s=8,
)
def test_request_for_the_claim_is_answered(bench, truck, step, check, unit):
    with step(1, "Bring the unit to its cyclic messages", expect="Address claim of the unit"):
        on_ns = unit.power_cycle()
        first = bench.reach(CLAIMED, within=truck.limit("approach.running"), where=unit.is_own, what="claim of the unit")
        bench.run_for(truck.limit("approach.running").upper_ns)
        if not unit.cyclic(since=on_ns):
            raise Inconclusive(Reason.PRECONDITION, "the unit sends no cyclic messages")
    with step(2, "Ask the unit for its claim", expect="Claim within 250 ms, same NAME"):
        request = unit.asked(CLAIM_PGN, unit.address)
        told = bench.expect(CLAIMED, within=truck.limit("claim.answer"), after=request, where=unit.is_own, what="claim of the unit")
        check("NAME", f"{told['name']:016X}", equals=f"{first['name']:016X}", message=told)
    with step(3, "Ask everybody for the claims", expect="Claim of the unit within 250 ms, same NAME"):
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        request = unit.asked(CLAIM_PGN, GLOBAL)
        told = bench.expect(CLAIMED, within=truck.limit("claim.answer"), after=request, where=unit.is_own, what="claim of the unit")
        check("NAME", f"{told['name']:016X}", equals=f"{first['name']:016X}", message=told)


@case(
    "J19-NET-004",
    title="Conflict that the tester wins",
    purpose="A unit that loses its address stops using it, claims another one if it can, and says after 0 to 153 ms when none is left.",
    refs=["J1939-81:?/conflict"],
    basis="quoted",
    confidence="medium",
    pics="N.J1939",
    faults=["keeps_lost_address", "cannot_claim_untold", "cannot_claim_without_delay", "cannot_claim_told_late"],
    pixit=["unit_address"],
    duration_s=30,
)
def test_lost_address_is_left(bench, truck, step, check, check_time, tester, unit):
    with step(1, "Claim the address of the unit with a lower NAME, and each further one", expect="Another claim, or none possible"):
        first = unit.running()
        delays = []
        for _ in range(int(truck.limit("stimulus.conflicts").value)):
            present = unit.claims(since=0, name=first["name"])[-1]
            if present["source"] == NULL_ADDRESS:
                break
            since_ns = bench.now_ns - 1
            tester.claim(lower(Name.of(first.data)), present["source"])
            bench.run_for(truck.limit("stimulus.watch").nominal_ns)
            bench.given(CLAIMED, since=since_ns, where=bench.is_ours, what="the claim of the tester")
            stolen = bench.messages(CLAIMED, since=since_ns, where=bench.is_ours)[0]
            told = unit.claims(since=stolen, name=first["name"])
            check("answer to the claim", "seen" if told else "none", equals="seen", message=stolen)
            if not told:
                break
            check_time("time to the next claim", told[0].t_ns - stolen.t_ns, truck.limit("claim.again"), message=told[0])
            kept = unit.cyclic(since=stolen.t_ns + truck.limit("claim.yield").upper_ns, address=present["source"])
            check(f"messages under the lost address {present['source']:02X}", len(kept), equals=0, message=kept[0] if kept else None)
            if told[-1]["source"] == NULL_ADDRESS:
                delays.append(told[-1].t_ns - stolen.t_ns)
    with step(
        2, "Ask everybody for the claims three times", expect="Each time the word that there is none, after 0 to 153 ms, not at once"
    ):
        check("address at the end", unit.claims(since=0, name=first["name"])[-1]["source"], equals=NULL_ADDRESS)
        for _ in range(int(truck.limit("stimulus.claim_requests").value)):
            request = unit.asked(CLAIM_PGN, GLOBAL)
            bench.run_for(truck.limit("request.silence").nominal_ns)
            told = unit.claims(since=request, name=first["name"])
            check("answer to the request", f"{told[0]['source']:02X}" if told else "none", equals=f"{NULL_ADDRESS:02X}", message=request)
            delays += [claim.t_ns - request.t_ns for claim in told[:1]]
        for delay_ns in delays:
            check_time("delay before it was told", delay_ns, truck.limit("claim.cannot"))
        check("longest of the delays", max(delays, default=0) / 1e6, at_least=truck.limit("claim.least_delay").value, unit="ms")


@case(
    "J19-NET-005",
    title="Conflict that the tester loses",
    purpose="A claim of its address by a higher NAME is answered with the unit's own claim; the unit keeps its address.",
    refs=["J1939-81:?/conflict"],
    basis="quoted",
    confidence="medium",
    pics="N.J1939",
    faults=["yields_to_higher_name", "silenced_by_claims_of_its_address"],
    pixit=["unit_address"],
    duration_s=8,
)
def test_address_is_kept_against_a_higher_name(bench, truck, step, check, tester, unit):
    with step(1, "Claim the address of the unit with a higher NAME", expect="Own claim of the unit"):
        first = unit.running()
        since_ns = bench.now_ns - 1
        tester.claim(higher(Name.of(first.data)), unit.address)
        bench.run_for(truck.limit("approach.own").nominal_ns)
        bench.given(CLAIMED, since=since_ns, where=bench.is_ours, what="the claim of the tester")
        told = bench.expect(CLAIMED, within=truck.limit("claim.answer"), after=since_ns, where=unit.is_own, what="claim of the unit")
        check("NAME", f"{told['name']:016X}", equals=f"{first['name']:016X}", message=told)
    with step(2, "Watch the bus", expect="Cyclic messages under the same address"):
        own_ns = bench.now_ns
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        check("cyclic messages under its address", "seen" if unit.cyclic(since=own_ns) else "none", equals="seen")


@case(
    "J19-NET-006",
    title="Silent theft of the address",
    purpose="Messages of somebody else under its address do not drive the unit from it.",
    refs=["J1939-81:?/theft"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["moves_when_its_address_is_used", "renamed_when_asked"],
    pixit=["unit_address"],
    needs=["active_bus"],
    duration_s=8,
)
def test_stolen_address_is_kept(bench, truck, step, check, tester, unit):
    with step(1, "Send messages under the address of the unit", expect="No claim of another address"):
        first = unit.running()
        since_ns, count = bench.now_ns - 1, int(truck.limit("stimulus.theft").value)
        for _ in range(count):
            tester.send(SPEED_PGN, bytes(8), source=unit.address)
            bench.run_for(truck.limit("stimulus.watch").nominal_ns // count)
        bench.given("CCVS1", since=since_ns, at_least=count, where=bench.is_ours, what="messages of the tester under that address")
        moved = [claim for claim in unit.claims(since=since_ns, name=first["name"]) if claim["source"] != unit.address]
        check("claims of another address", len(moved), equals=0, message=moved[0] if moved else None)
    with step(2, "Ask the unit for its claim", expect="The same address and NAME"):
        request = unit.asked(CLAIM_PGN, GLOBAL)
        told = bench.expect(CLAIMED, within=truck.limit("claim.answer"), after=request, where=unit.is_own, what="claim of the unit")
        check("NAME", f"{told['name']:016X}", equals=f"{first['name']:016X}", message=told)


@case(
    "J19-NET-007",
    title="Address stable over power cycles",
    purpose="Without a conflict the unit claims the same address with the same NAME after every power-up.",
    refs=["J1939-81:?/stable-address"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["address_changes_with_power"],
    pixit=["unit_address"],
    duration_s=60,
)
def test_address_is_the_same_after_every_power_up(bench, truck, step, check, unit):
    with step(1, "Switch the truck off and on ten times", expect="The same NAME under the same address each time"):
        first = unit.running()
        for number in range(1, int(truck.limit("stimulus.cycles").value) + 1):
            on_ns = unit.power_cycle()
            bench.run_for(truck.limit("stimulus.on").nominal_ns)
            claims = unit.claims(since=on_ns, name=first["name"])
            seen = f"{claims[0]['source']:02X}" if claims else "no claim of this NAME"
            check(f"address after power-up {number}", seen, equals=f"{unit.address:02X}", message=claims[0] if claims else None)


@case(
    "J19-NET-008",
    title="Commanded address",
    purpose="The unit takes a commanded address that names its NAME and ignores one that names another.",
    refs=["J1939-81:?/commanded"],
    basis="derived",
    confidence="medium",
    pics="N.COMMANDED",
    faults=["obeys_any_commanded_address", "commanded_address_ignored"],
    pixit=["unit_address"],
    needs=["writes"],
    duration_s=10,
)
def test_commanded_address_is_taken_by_the_name_that_is_meant(bench, truck, step, check, tester, unit):
    target = int(truck.limit("stimulus.target_1").value)
    with step(1, "Command another NAME to another address", expect="The unit keeps its address"):
        first = unit.running()
        since_ns = bench.now_ns - 1
        tester.transfer(COMMANDED_PGN, higher(Name.of(first.data)).data + bytes((target,)), GLOBAL)
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        bench.given("CommandedAddress", since=since_ns, where=bench.is_ours, what="the commanded address")
        moved = [claim for claim in unit.claims(since=since_ns, name=first["name"]) if claim["source"] != unit.address]
        check("claims of another address", len(moved), equals=0, message=moved[0] if moved else None)
    with step(2, "Command the NAME of the unit to that address", expect="Claim of the commanded address"):
        since_ns = bench.now_ns - 1
        tester.transfer(COMMANDED_PGN, first.data + bytes((target,)), GLOBAL)
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        bench.given("CommandedAddress", since=since_ns, where=bench.is_ours, what="the commanded address")
        claims = unit.claims(since=since_ns, name=first["name"])
        seen = f"{claims[-1]['source']:02X}" if claims else "no claim"
        check("address after the command", seen, equals=f"{target:02X}", message=claims[-1] if claims else None)


@case(
    "J19-NET-009",
    title="NAMEs and addresses unique",
    purpose="No two controllers on the bus have the same NAME or the same address.",
    refs=["J1939-81:?/unique"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["name_twice"],
    pixit=["unit_address"],
    duration_s=6,
)
def test_names_and_addresses_are_unique(bench, truck, step, check, unit):
    with step(1, "Ask everybody for the claims", expect="Every NAME under one address, every address under one NAME"):
        unit.running()
        request = unit.asked(CLAIM_PGN, GLOBAL)
        bench.run_for(truck.limit("request.silence").nominal_ns)
        claims = [claim for claim in bench.messages(CLAIMED, since=request) if not bench.is_ours(claim)]
        if not claims:
            raise Inconclusive(Reason.PRECONDITION, "nobody answered the request for the claims")
        pairs = {(claim["name"], claim["source"]) for claim in claims if claim["source"] != NULL_ADDRESS}
        check("NAMEs", len({name for name, _ in pairs}), equals=len(pairs), message=claims[0])
        check("addresses", len({source for _, source in pairs}), equals=len(pairs), message=claims[0])
