"""Trouble codes, and what diagnostics switch off (reference catalogue UDS-DTC, UDS-COM)."""

from harness.case import case

from .diagnosis import nrc_of, words

FAILED, CONFIRMED = 0x01, 0x08
ENTRY = 4
OBD_HEAD, OBD_ENTRY, SEVERITIES = 5, 5, 0xE0
CLEAR = "14FFFFFF"


def entries(data):
    """Codes with their status in an answer to 19 02 or 19 0A (from the service on)."""
    rows = data[3:]
    return {rows[at : at + 3].hex().upper(): rows[at + 3] for at in range(0, len(rows) - len(rows) % ENTRY, ENTRY)}


def status_of(diagnosis, code):
    """Status byte of a trouble in the list of all, 0 for one that is not in it."""
    return entries(diagnosis.ask("1902FF").data).get(code, 0)


def with_an_open_wire(diagnosis, broken=True):
    """Open or close the wire of the declared trouble, and wait until the unit has noticed."""
    supply = diagnosis.supply()
    diagnosis.set_line("open_wire", float(broken), lambda: supply.break_wire(broken))


def told_by_dm1(bench, diagnosis, truck, since):
    """Whether the latest DM1 of the unit after *since* names the declared trouble."""
    told = [message for message in bench.messages("DM1", since=since) if message["source"] == diagnosis.unit]
    dtcs = str(told[-1]["dtcs"]) if told else ""
    return "yes" if f"SPN {int(truck.pixit('trouble_spn'))} " in dtcs else "no"


@case(
    "UDS-DTC-035",
    title="Number of troubles",
    purpose="The number of troubles is the length of their list.",
    refs=["ISO14229:?/troubles"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["trouble_count_one_more"],
    pixit=["diagnostic_address"],
    duration_s=8,
)
def test_number_of_troubles(step, check, diagnosis):
    with step(1, "Read the number (19 01 FF) and the list (19 02 FF) of troubles", expect="As many as in the list"):
        diagnosis.ready()
        counted, listed = diagnosis.ask("1901FF"), diagnosis.ask("1902FF")
        diagnosis.positive(counted, "19 01")
        diagnosis.positive(listed, "19 02")
        number = int.from_bytes(counted.data[4:6], "big")
        check("number of troubles", number, equals=len(entries(listed.data)), message=counted.final)


@case(
    "UDS-DTC-036",
    title="List of confirmed troubles",
    purpose="Each entry of the list has four bytes, the confirmed bit, and no status bit that the unit does not support.",
    refs=["ISO14229:?/troubles"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["status_beyond_mask", "trouble_codes_of_two_bytes", "confirmed_bit_missing"],
    pixit=["diagnostic_address"],
    needs=["writes"],
    duration_s=12,
)
def test_list_of_confirmed_troubles(step, check, diagnosis):
    with step(1, "Open a wire and read the list of confirmed troubles (19 02 08)", expect="At least one entry of four bytes"):
        diagnosis.ready()
        with_an_open_wire(diagnosis)
        listed = diagnosis.ask("190208")
        diagnosis.positive(listed, "19 02")
        check("bytes beyond whole entries", len(listed.data[3:]) % ENTRY, equals=0, message=listed.final)
        check("entries", len(entries(listed.data)), at_least=1, message=listed.final)
    with step(2, "Look at the status of each entry", expect="Confirmed, no bit beyond the availability mask"):
        mask = listed.data[2] if len(listed.data) > 2 else 0
        beyond = [code for code, status in entries(listed.data).items() if status & ~mask]
        unconfirmed = [code for code, status in entries(listed.data).items() if not status & CONFIRMED]
        check("status beyond the mask", " ".join(beyond) or "none", equals="none", message=listed.final)
        check("not confirmed", " ".join(unconfirmed) or "none", equals="none", message=listed.final)


@case(
    "UDS-DTC-037",
    title="List of supported troubles",
    purpose="The list of supported troubles holds each confirmed one.",
    refs=["ISO14229:?/troubles"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["supported_list_empty"],
    pixit=["diagnostic_address"],
    needs=["writes"],
    duration_s=12,
)
def test_list_of_supported_troubles(step, check, diagnosis):
    with step(1, "Open a wire, read the confirmed (19 02 08) and the supported troubles (19 0A)", expect="Each confirmed one is supported"):
        diagnosis.ready()
        with_an_open_wire(diagnosis)
        confirmed, supported = diagnosis.ask("190208"), diagnosis.ask("190A")
        diagnosis.positive(supported, "19 0A")
        check("confirmed troubles", len(entries(confirmed.data)), at_least=1, message=confirmed.final)
        missing = sorted(set(entries(confirmed.data)) - set(entries(supported.data)))
        check("confirmed and not supported", " ".join(missing) or "none", equals="none", message=supported.final)


@case(
    "UDS-DTC-038",
    title="Records of a trouble",
    purpose="Snapshot and counters of a trouble are told for it, or refused as out of range.",
    refs=["ISO14229:?/troubles"],
    basis="derived",
    confidence="medium",
    pics="D.UDS",
    faults=["record_of_another_trouble", "counters_refused"],
    pixit=["diagnostic_address", "trouble_code"],
    needs=["writes"],
    duration_s=12,
)
def test_records_of_a_trouble(truck, step, check, diagnosis):
    with step(1, "Open a wire, read snapshot (19 04) and counters (19 06) of its trouble", expect="Records of it, or refusal 31"):
        diagnosis.ready()
        with_an_open_wire(diagnosis)
        code = str(truck.pixit("trouble_code"))
        for name, request in (("snapshot", f"1904{code}FF"), ("counters", f"1906{code}FF")):
            exchange = diagnosis.ask(request)
            if exchange.final is not None and nrc_of(exchange.final) is not None:
                diagnosis.refused(exchange, (0x31,), name)
            else:
                seen = exchange.data[2:5].hex().upper() if exchange.data else "no answer"
                check(f"{name}: trouble", seen, equals=code, message=exchange.final)


@case(
    "UDS-DTC-039",
    title="Trouble comes and goes",
    purpose="A trouble is told as failed while it is there, as confirmed when it is gone; DM1 of J1939 agrees.",
    refs=["ISO14229:?/troubles"],
    basis="project",
    confidence="medium",
    pics="D.UDS AND N.J1939",
    faults=[
        "test_failed_stays",
        "wire_always_failed",
        "wire_never_failed",
        "dm1_other_spn",
        "confirmed_bit_missing",
        "healed_trouble_stays_active",
    ],
    pixit=["diagnostic_address", "unit_address", "trouble_code", "trouble_spn"],
    needs=["writes"],
    duration_s=20,
)
def test_trouble_comes_and_goes(bench, truck, step, check, diagnosis):
    code = str(truck.pixit("trouble_code"))
    with step(1, "Read the trouble before", expect="Not failed"):
        diagnosis.ready()
        check("test failed before", status_of(diagnosis, code) & FAILED, equals=0)
    with step(2, "Open the wire", expect="Failed; DM1 names the trouble"):
        since_ns = bench.now_ns
        with_an_open_wire(diagnosis)
        check("test failed with the open wire", status_of(diagnosis, code) & FAILED, equals=FAILED)
        check("DM1 names it", told_by_dm1(bench, diagnosis, truck, since_ns), equals="yes")
    with step(3, "Close the wire", expect="Not failed, still confirmed; DM1 does not name it any more"):
        since_ns = bench.now_ns
        with_an_open_wire(diagnosis, broken=False)
        status = status_of(diagnosis, code)
        check("test failed with the wire closed", status & FAILED, equals=0)
        check("confirmed", status & CONFIRMED, equals=CONFIRMED)
        check("DM1 names it", told_by_dm1(bench, diagnosis, truck, since_ns), equals="no")


@case(
    "UDS-DTC-040",
    title="Clear troubles",
    purpose="After a clear nothing is listed but what is still wrong.",
    refs=["ISO14229:?/clear"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["clears_nothing", "wire_never_failed"],
    pixit=["diagnostic_address", "trouble_code"],
    needs=["writes"],
    duration_s=20,
)
def test_clear_troubles(truck, step, check, diagnosis):
    code = str(truck.pixit("trouble_code"))
    with step(1, "Open a wire and close it, clear (14 FFFFFF)", expect="54; no trouble listed"):
        diagnosis.ready()
        with_an_open_wire(diagnosis)
        with_an_open_wire(diagnosis, broken=False)
        check("listed before", "yes" if status_of(diagnosis, code) else "no", equals="yes")
        diagnosis.positive(diagnosis.ask(CLEAR), "14 FFFFFF")
        listed = entries(diagnosis.ask("1902FF").data)
        check("listed troubles", " ".join(listed) or "none", equals="none")
    with step(2, "Open the wire, clear", expect="54; the trouble is there again"):
        with_an_open_wire(diagnosis)
        diagnosis.positive(diagnosis.ask(CLEAR), "14 FFFFFF")
        diagnosis.pause("uds.settle")
        check("test failed", status_of(diagnosis, code) & FAILED, equals=FAILED)


@case(
    "UDS-DTC-041",
    title="Clear while driving",
    purpose="While the truck drives troubles are not cleared.",
    refs=["ISO14229:?/clear"],
    basis="derived",
    confidence="medium",
    pics="D.UDS",
    faults=["clears_while_driving"],
    pixit=["diagnostic_address"],
    needs=["writes"],
    duration_s=10,
)
def test_clear_while_driving(truck, step, diagnosis):
    with step(1, "Simulate speed and clear (14 FFFFFF)", expect="Refusal 22"):
        diagnosis.ready()
        supply, speed_kmh = diagnosis.supply(), float(truck.limit("uds.speed").value)
        diagnosis.set_line("speed_kmh", speed_kmh, lambda: supply.drive(speed_kmh))
        diagnosis.refused(diagnosis.ask(CLEAR), (0x22,), "14 FFFFFF")


@case(
    "UDS-DTC-042",
    title="List of WWH-OBD",
    purpose="Each entry of the list of WWH-OBD has five bytes: a severity, the code, its status.",
    refs=["ISO27145:?/list"],
    basis="quoted",
    confidence="medium",
    pics="D.OBD",
    faults=["obd_list_without_severity", "obd_severity_zero"],
    pixit=["diagnostic_address", "trouble_code"],
    needs=["writes"],
    duration_s=12,
)
def test_list_of_wwh_obd(truck, step, check, diagnosis):
    with step(1, "Open a wire and read the list (19 42 33 FF FF)", expect="The trouble in an entry of five bytes, severity plausible"):
        diagnosis.ready()
        with_an_open_wire(diagnosis)
        exchange = diagnosis.ask("194233FFFF")
        diagnosis.positive(exchange, "19 42")
        rows = exchange.data[1 + OBD_HEAD :]
        check("bytes beyond whole entries", len(rows) % OBD_ENTRY, equals=0, message=exchange.final, note=words(exchange.final))
        listed = [rows[at : at + OBD_ENTRY] for at in range(0, len(rows), OBD_ENTRY)]
        codes = [row[1:4].hex().upper() for row in listed]
        code = str(truck.pixit("trouble_code"))
        check("trouble of the wire", code if code in codes else " ".join(codes) or "none", equals=code, message=exchange.final)
        odd = [row.hex() for row in listed if not row[0] & SEVERITIES]
        check("entries without severity", " ".join(odd) or "none", equals="none", message=exchange.final)


def rates(bench, diagnosis, names):
    """Messages of *names* that the unit sends in the time of the limit ``uds.settle``."""
    since_ns = bench.now_ns
    diagnosis.pause("uds.settle")
    seen = [message for name in names for message in bench.messages(name, since=since_ns)]
    return {name: sum(one.name == name and one["source"] == diagnosis.unit for one in seen) for name in names}


def flowing(count):
    """Whether messages come, in one word."""
    return "seen" if count else "none"


@case(
    "UDS-COM-051",
    title="Communication control",
    purpose="Normal messages stop on request, those for safety stay; all are back with the default session and after S3.",
    refs=["ISO14229:?/communication"],
    basis="derived",
    confidence="medium",
    pics="D.CONTROL",
    faults=["messages_go_on", "messages_stay_off"],
    pixit=["diagnostic_address", "unit_address", "stopped_message", "kept_message"],
    needs=["writes"],
    duration_s=30,
)
def test_communication_control(bench, truck, step, check, diagnosis):
    stopped, kept = str(truck.pixit("stopped_message")), str(truck.pixit("kept_message"))
    with step(1, "Stop normal messages in the extended session (28 03 01)", expect="They stop, those for safety stay"):
        diagnosis.extended()
        check(f"{stopped} before", flowing(rates(bench, diagnosis, (stopped,))[stopped]), equals="seen")
        diagnosis.positive(diagnosis.ask("280301"), "28 03 01")
        seen = rates(bench, diagnosis, (stopped, kept))
        check(f"{stopped} stopped", flowing(seen[stopped]), equals="none")
        check(f"{kept} for safety", flowing(seen[kept]), equals="seen")
    with step(2, "Open the default session (10 01)", expect="All messages"):
        diagnosis.positive(diagnosis.ask("1001"), "10 01")
        check(f"{stopped} back", flowing(rates(bench, diagnosis, (stopped,))[stopped]), equals="seen")
    with step(3, "Stop them again and let S3 pass", expect="All messages"):
        diagnosis.extended()
        diagnosis.positive(diagnosis.ask("280301"), "28 03 01")
        diagnosis.pause("uds.s3_over")
        check(f"{stopped} back after S3", flowing(rates(bench, diagnosis, (stopped,))[stopped]), equals="seen")


@case(
    "UDS-COM-052",
    title="DTC setting",
    purpose="Troubles that are not recorded on request are recorded again when the session is over.",
    refs=["ISO14229:?/communication"],
    basis="quoted",
    confidence="medium",
    pics="D.CONTROL",
    faults=["recording_stays_off", "wire_always_failed"],
    pixit=["diagnostic_address", "trouble_code"],
    needs=["writes"],
    duration_s=20,
)
def test_dtc_setting(truck, step, check, diagnosis):
    code = str(truck.pixit("trouble_code"))
    with step(1, "Switch the recording off (85 02) and open a wire", expect="The trouble is not recorded"):
        diagnosis.extended()
        diagnosis.positive(diagnosis.ask("8502"), "85 02")
        with_an_open_wire(diagnosis)
        check("test failed, recording off", status_of(diagnosis, code) & FAILED, equals=0)
    with step(2, "Let S3 pass", expect="The trouble is recorded"):
        diagnosis.pause("uds.s3_over")
        check("test failed after S3", status_of(diagnosis, code) & FAILED, equals=FAILED)
