"""Data identifiers, routines, software numbers (reference catalogue UDS-DID, UDS-RTE, UDS-SW)."""

import hashlib
import re

from harness.case import case
from harness.protocols.uds.services import DIDS

from .diagnosis import nrc_of, words

VIN_FORM = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
OUT_OF_RANGE = 0x31
ITEMS = {
    0xF187: "part_number",
    0xF188: "software_number",
    0xF189: "software_version",
    0xF18C: "serial_number",
    0xF190: "vin",
    0xF191: "hardware_number",
    0xF193: "hardware_version",
    0xF194: "supplier_software_number",
    0xF195: "supplier_software_version",
}
"""What of the set identifies the unit, in the words of the report."""
STABLE = ("F187", "F188", "F189", "F18A", "F18C", "F191")
SCANNED = range(0xF100, 0xF200)


def is_well_formed(form, content):
    """Whether *content* is what a data identifier of *form* tells."""
    if form == "printable":
        return bool(content) and all(0x20 <= byte < 0x7F for byte in content)
    if form == "vin":
        return bool(VIN_FORM.fullmatch(content.decode("ascii", "replace")))
    if form == "session":
        return len(content) == 1
    if form == "date":
        digits = content.hex()
        return digits.isdigit() and len(digits) in (6, 8) and 1 <= int(digits[-4:-2]) <= 12 and 1 <= int(digits[-2:]) <= 31
    return bool(content)


def software_text(bench, tester, truck):
    """What the unit tells as software identification on J1939."""
    since_ns = bench.now_ns - 1
    tester.request_pgn(0xFEDA, int(truck.pixit("unit_address")))
    bench.run_for(truck.limit("uds.patience").nominal_ns)
    bench.given("Request", since=since_ns, where=bench.is_ours, what="the request for the software identification")
    told = [message for message in bench.messages("SoftwareId", since=since_ns) if not bench.is_ours(message)]
    return told[0].data.decode("ascii", "replace") if told else "no answer"


def vin_of_j1939(bench, tester, truck):
    """What the unit tells as VIN on J1939."""
    since_ns = bench.now_ns - 1
    tester.request_pgn(0xFEEC, int(truck.pixit("unit_address")))
    bench.run_for(truck.limit("uds.patience").nominal_ns)
    bench.given("Request", since=since_ns, where=bench.is_ours, what="the request for the VIN")
    told = [message for message in bench.messages("VehicleId", since=since_ns) if not bench.is_ours(message)]
    return told[0].data.decode("ascii", "replace").split("*")[0] if told else "no answer"


@case(
    "UDS-DID-026",
    title="VIN",
    purpose="The VIN of diagnostics has 17 allowed characters and is that of the declaration and of J1939.",
    refs=["ISO14229:?/identification"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS AND N.J1939",
    faults=["vin_with_letter_o", "vin_of_16", "vin_differs_from_j1939"],
    pixit=["diagnostic_address", "unit_address", "vin"],
    duration_s=8,
)
def test_vin(bench, truck, step, check, tester, diagnosis):
    with step(1, "Read the VIN (22 F190)", expect="17 characters without I, O, Q; as declared"):
        diagnosis.ready()
        exchange = diagnosis.ask("22F190")
        vin = diagnosis.positive(exchange, "22 F190")[2:].decode("ascii", "replace")
        seen = "well-formed" if VIN_FORM.fullmatch(vin) else vin
        check("form of the VIN", seen, equals="well-formed", message=exchange.final)
        check("VIN", vin, equals=str(truck.pixit("vin")), message=exchange.final)
    with step(2, "Ask for the VIN on J1939", expect="The same"):
        check("VIN on J1939", vin_of_j1939(bench, tester, truck), equals=vin)


@case(
    "UDS-DID-027",
    title="Identification set",
    purpose="Each data identifier of the identification set is told in its form, or refused as out of range; each declared one is told.",
    refs=["ISO14229:?/identification"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["made_on_no_date", "serial_not_printable", "absent_data_refused_otherwise", "declared_data_absent"],
    pixit=["diagnostic_address", "declared_dids"],
    duration_s=12,
)
def test_identification_set(bench, truck, step, check, diagnosis):
    with step(1, "Read every data identifier of the set", expect="Each one in its form, or refusal 31"):
        diagnosis.ready()
        for row in DIDS.values():
            exchange = diagnosis.ask(f"22{row.did:04X}")
            if exchange.final is not None and nrc_of(exchange.final) is not None:
                diagnosis.refused(exchange, (OUT_OF_RANGE,), f"{row.did:04X} {row.name}")
                continue
            content = exchange.data[3:]
            if content and row.did in ITEMS:
                value = content.decode("ascii", "replace")
                bench.identify(ITEMS[row.did], "UDS", value, unit=f"{diagnosis.address:02X}", data=content, message=exchange.final)
            seen = "well-formed" if exchange.data and is_well_formed(row.form, content) else words(exchange.final)
            check(f"{row.did:04X} {row.name}", seen, equals="well-formed", message=exchange.final, note=content.hex(" "))
    with step(2, "Read every declared data identifier beyond the set", expect="Each one is told"):
        for entry in truck.pixit("declared_dids").split("; "):
            did, _, name = entry.partition("=")
            exchange = diagnosis.ask(f"22{did}")
            content = exchange.data[3:] if exchange.data else b""
            seen = "told" if content and exchange.data[:3].hex().upper() == f"62{did}" else words(exchange.final)
            check(f"{did} {name}", seen, equals="told", message=exchange.final, note=content.hex(" "))


@case(
    "UDS-DID-028",
    title="Several data in one request",
    purpose="A request for three data identifiers brings all of them, or a refusal of it as a whole.",
    refs=["ISO14229:?/identification"],
    basis="derived",
    confidence="medium",
    pics="D.UDS",
    faults=["first_of_many_only", "serial_number_absent"],
    pixit=["diagnostic_address"],
    duration_s=8,
)
def test_several_data_in_one_request(step, check, diagnosis):
    with step(1, "Read F190, F18C and F195, each alone", expect="Positive answers"):
        diagnosis.ready()
        alone = [diagnosis.positive(diagnosis.ask(f"22{did}"), did) for did in ("F190", "F18C", "F195")]
    with step(2, "Read them in one request", expect="All of them in order, or refusal 13, 14 or 31"):
        exchange = diagnosis.ask("22F190F18CF195")
        if exchange.final is not None and nrc_of(exchange.final) is not None:
            diagnosis.refused(exchange, (0x13, 0x14, OUT_OF_RANGE), "three data")
        else:
            check("three data", exchange.data[1:].hex(), equals=b"".join(alone).hex(), message=exchange.final)


@case(
    "UDS-DID-{row}",
    rows="refusals.toml",
    where="data",
    title="{title}",
    purpose="{purpose}",
    refs=["{ref}"],
    basis="{basis}",
    confidence="medium",
    pics="D.UDS",
    faults=["{fault}"],
    pixit=["diagnostic_address"],
    duration_s=8,
)
def test_refused_data(step, diagnosis, row):
    with step(1, "Send {shown}", expect="{expect}"):
        diagnosis.ready()
        diagnosis.refused(diagnosis.ask(row["request"]), row["codes"], row["shown"])


@case(
    "UDS-DID-031",
    title="Identification stays the same",
    purpose="Part, serial, software and hardware numbers are the same after every power-up.",
    refs=["ISO14229:?/identification"],
    basis="derived",
    confidence="medium",
    pics="D.UDS",
    faults=["serial_wanders"],
    pixit=["diagnostic_address"],
    duration_s=60,
)
def test_identification_stays_the_same(truck, step, check, diagnosis):
    with step(1, "Read the numbers, then switch the truck off and on ten times and read them each time", expect="The same ones"):
        diagnosis.ready()
        first = [diagnosis.ask(f"22{did}").data.hex() for did in STABLE]
        check("numbers told", sum(bool(each) for each in first), at_least=1)
        for number in range(1, int(truck.limit("stimulus.cycles").value) + 1):
            diagnosis.power_cycle()
            told = [diagnosis.ask(f"22{did}").data.hex() for did in STABLE]
            other = [did for did, before, now in zip(STABLE, first, told, strict=True) if before != now]
            check(f"other numbers after power-up {number}", " ".join(other) or "none", equals="none")


@case(
    "UDS-DID-032",
    title="Protected data",
    purpose="Data that belong into another session are not told in the default session.",
    refs=["ISO14229:?/data-access"],
    basis="derived",
    confidence="medium",
    pics="D.UDS",
    faults=["protected_data_open"],
    pixit=["diagnostic_address", "protected_did"],
    duration_s=8,
)
def test_protected_data(truck, step, diagnosis):
    with step(1, "Read the protected data in the default session", expect="Refusal 31, 33, 7E or 7F"):
        diagnosis.ready()
        exchange = diagnosis.ask(f"22{truck.pixit('protected_did')}")
        diagnosis.refused(exchange, (OUT_OF_RANGE, 0x33, 0x7E, 0x7F), "protected data")


@case(
    "UDS-DID-033",
    title="VIN cannot be written",
    purpose="A request to write the VIN in the default session is refused and changes nothing.",
    refs=["ISO14229:?/data-access"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["protected_data_open"],
    pixit=["diagnostic_address"],
    needs=["writes"],
    duration_s=10,
)
def test_vin_cannot_be_written(step, check, diagnosis):
    with step(1, "Read the VIN and write another one in the default session", expect="Refusal 7F, 33 or 31"):
        diagnosis.ready()
        before = diagnosis.ask("22F190")
        check("VIN told", "yes" if before.data else "no", equals="yes", message=before.request)
        other = before.data[3:][::-1]
        diagnosis.refused(diagnosis.ask(f"2EF190{other.hex()}"), (0x7F, 0x33, OUT_OF_RANGE), "write of the VIN")
    with step(2, "Read the VIN", expect="As before"):
        check("VIN", diagnosis.ask("22F190").data.hex(), equals=before.data.hex())


@case(
    "UDS-DID-034",
    title="Scan of data identifiers",
    purpose="Reading every data identifier from F100 to F1FF brings answers or refusals, and no reset.",
    refs=["ISO14229:?/robust"],
    basis="project",
    confidence="medium",
    pics="D.UDS",
    faults=["resets_on_a_read"],
    pixit=["diagnostic_address", "unit_address"],
    needs=["active_bus"],
    duration_s=30,
)
def test_scan_of_data_identifiers(bench, truck, step, check, diagnosis):
    with step(1, "Open the extended session and read F100 to F1FF", expect="An answer or a refusal to each"):
        diagnosis.extended()
        since_ns, told, silent = bench.now_ns, [], []
        for did in SCANNED:
            exchange = diagnosis.ask(f"22{did:04X}")
            if exchange.final is None:
                silent.append(f"{did:04X}")
            elif nrc_of(exchange.final) is None:
                told.append(f"{did:04X}")
        check("identifiers without an answer", " ".join(silent[:8]) or "none", equals="none", note=f"told: {' '.join(told)}")
    with step(2, "Look for a reset", expect="The extended session still active, no new address claim"):
        claims = [claim for claim in bench.messages("AddressClaimed", since=since_ns) if claim["source"] == diagnosis.unit]
        check("address claims", len(claims), equals=0, message=claims[0] if claims else None)
        check("active session", diagnosis.session(), equals="03")


@case(
    "UDS-RTE-{row}",
    rows="refusals.toml",
    where="routine",
    title="{title}",
    purpose="{purpose}",
    refs=["{ref}"],
    basis="{basis}",
    confidence="medium",
    pics="D.UDS",
    faults=["{fault}"],
    pixit=["diagnostic_address"],
    needs=["writes"],
    duration_s=8,
)
def test_refused_routine(step, diagnosis, row):
    with step(1, "Send {shown} in the extended session", expect="{expect}"):
        diagnosis.extended()
        diagnosis.refused(diagnosis.ask(row["request"]), row["codes"], row["shown"])


@case(
    "UDS-RTE-050",
    title="Routine in the default session",
    purpose="A routine of the extended session is not started in the default session.",
    refs=["ISO14229:?/routines"],
    basis="derived",
    confidence="medium",
    pics="D.UDS AND D.SLOW",
    faults=["routine_in_default_session"],
    pixit=["diagnostic_address", "slow_routine"],
    needs=["writes"],
    duration_s=15,
)
def test_routine_in_the_default_session(truck, step, diagnosis):
    with step(1, "Start the routine in the default session", expect="Refusal 31, 33, 7E or 7F"):
        diagnosis.ready()
        exchange = diagnosis.ask(f"3101{truck.pixit('slow_routine')}")
        diagnosis.refused(exchange, (OUT_OF_RANGE, 0x33, 0x7E, 0x7F), "routine in the default session")


@case(
    "UDS-SW-058",
    title="Software numbers",
    purpose="Software numbers are as declared, and one of them is that of J1939: supporting technical evidence.",
    refs=["R156:?/software-numbers"],
    basis="derived",
    confidence="medium",
    pics="D.UDS AND N.J1939",
    faults=["software_version_other"],
    pixit=["diagnostic_address", "unit_address", "software"],
    duration_s=10,
)
def test_software_numbers(bench, truck, step, check, tester, diagnosis):
    with step(1, "Read every declared software number", expect="As declared"):
        diagnosis.ready()
        declared = dict(row.split("=", 1) for row in str(truck.pixit("software")).split())
        told = {}
        for did, text in declared.items():
            exchange = diagnosis.ask(f"22{did}")
            told[did] = exchange.data[3:]
            digest = hashlib.sha256(told[did]).hexdigest()
            seen = told[did].decode("ascii", "replace") or words(exchange.final)
            if told[did] and (item := ITEMS.get(int(did, 16))):
                bench.identify(item, "UDS", seen, unit=f"{diagnosis.address:02X}", data=told[did], message=exchange.final)
            check(f"software number {did}", seen, equals=text, message=exchange.final, note=f"SHA-256 {digest}")
    with step(2, "Ask for the software identification on J1939", expect="Version F189 among its fields"):
        fields = software_text(bench, tester, truck)[1:].split("*")
        version = told.get("F189", b"").decode("ascii", "replace")
        check("version F189 on J1939", version if version in fields else " ".join(fields), equals=version)


@case(
    "UDS-SW-059",
    title="RXSWIN",
    purpose="The RXSWIN that the unit tells is the declared one: supporting technical evidence.",
    refs=["R156:?/software-numbers"],
    basis="derived",
    confidence="medium",
    pics="D.UDS AND D.RXSWIN",
    faults=["rxswin_other"],
    pixit=["diagnostic_address", "rxswin_did", "rxswin"],
    duration_s=8,
)
def test_rxswin(bench, truck, step, check, diagnosis):
    with step(1, "Read the RXSWIN", expect="As declared"):
        diagnosis.ready()
        exchange = diagnosis.ask(f"22{truck.pixit('rxswin_did')}")
        told = diagnosis.positive(exchange, "RXSWIN")[2:]
        if told:
            value = told.decode("ascii", "replace")
            bench.identify("rxswin", "UDS", value, unit=f"{diagnosis.address:02X}", data=told, message=exchange.final)
        check("RXSWIN", told.decode("ascii", "replace"), equals=str(truck.pixit("rxswin")), message=exchange.final)
