"""Announcement, identification, power mode and status of the DoIP entity (reference catalogue DOIP)."""

from itertools import pairwise

from harness.case import case
from harness.protocols.doip.codec import DoipMessage
from harness.protocols.doip.tables import PayloadType

ANNOUNCEMENT = "DoIP.Announcement"
NODE_TYPES, POWER_MODES = (0, 1), (0, 2)
FORBIDDEN = "IOQ"


@case(
    "DOIP-001",
    title="Announcement",
    purpose="After the link is up the entity announces itself three times, 500 ms apart, with plausible VIN, EID, GID and address.",
    refs=["ISO13400-2:?/announcement"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=[
        "announces_once",
        "announces_every_100ms",
        "tells_itself_after_2_5s",
        "announces_without_eid",
        "announces_letter_o",
        "announces_other_address",
    ],
    pixit=["doip_address"],
    duration_s=10,
)
def test_entity_announces_itself(bench, truck, step, check, check_time, gateway):
    with step(1, "Switch the truck off and on and watch the network", expect="Three announcements, 500 ms apart"):
        gateway.power(False)
        bench.run_for(truck.limit("stimulus.off").nominal_ns)
        on_ns = gateway.power(True)
        limit = truck.limit("doip.announce_first")
        gateway.view.expect(ANNOUNCEMENT, within=limit, after=on_ns, where=gateway.is_entity, what="first announcement")
        bench.run_for(truck.limit("doip.discovery").upper_ns)
        told = gateway.view.messages(ANNOUNCEMENT, since=on_ns, where=gateway.is_entity)
        check("announcements", len(told), equals=int(truck.limit("doip.announcements").value), message=told[0])
        for number, (before, after) in enumerate(pairwise(told), 2):
            gap = truck.limit("doip.announce_gap")
            check_time(f"time to announcement {number}", after.t_ns - before.t_ns, gap, message=after)
    with step(2, "Read the first announcement", expect="VIN, EID, GID and logical address plausible"):
        vin = told[0]["vin"].decode("ascii", "replace")
        check(
            "characters of the VIN that cannot be", sum(each in FORBIDDEN or not each.isalnum() for each in vin), equals=0, message=told[0]
        )
        for name in ("eid", "gid"):
            is_set = told[0][name].strip(b"\0") and told[0][name].strip(b"\xff")
            check(name.upper(), "set" if is_set else "not set", equals="set", message=told[0])
        check("logical address", told[0]["address"], equals=int(truck.pixit("doip_address")), message=told[0])


@case(
    "DOIP-002",
    title="Identification by VIN",
    purpose="A request for the identification by VIN is answered within 2 s if it is the truck's VIN, and not at all otherwise.",
    refs=["ISO13400-2:?/identification"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=["tells_itself_after_2_5s", "answers_any_vin"],
    duration_s=15,
)
def test_identification_by_vin(bench, truck, step, check, gateway):
    with step(1, "Ask for the identification with the truck's VIN", expect="Identification within 2 s, with this VIN"):
        vin = gateway.found()["vin"]
        request = gateway.asked(DoipMessage(PayloadType.IDENTIFICATION_REQ_VIN, {"vin": vin}))
        told = gateway.answered(ANNOUNCEMENT, to=request, limit=truck.limit("doip.control"), what="identification")
        check("VIN in it", told["vin"].hex(), equals=vin.hex(), message=told)
    with step(2, "Ask with another VIN", expect="No identification within 2 s"):
        other = vin[:-1] + (b"0" if vin[-1:] != b"0" else b"1")
        request = gateway.asked(DoipMessage(PayloadType.IDENTIFICATION_REQ_VIN, {"vin": other}))
        bench.run_for(truck.limit("doip.control").upper_ns)
        told = gateway.replies(ANNOUNCEMENT, to=request)
        check("identification", "sent" if told else "none", equals="none", message=told[0] if told else request)


@case(
    "DOIP-016",
    title="Power mode",
    purpose="The entity tells its diagnostic power mode within 2 s, and it is one of those defined.",
    refs=["ISO13400-2:?/status"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=["power_mode_undefined", "power_mode_untold"],
    duration_s=8,
)
def test_power_mode_is_told(truck, step, check, gateway):
    with step(1, "Ask for the power mode", expect="0, 1 or 2 within 2 s"):
        gateway.found()
        request = gateway.asked(DoipMessage(PayloadType.POWER_MODE_REQ))
        told = gateway.answered("DoIP.PowerModeRes", to=request, limit=truck.limit("doip.control"))
        check("power mode", told["mode"], between=POWER_MODES, message=told)


@case(
    "DOIP-017",
    title="Entity status",
    purpose="The entity tells its node type, how many connections it can have and has, and these are plausible.",
    refs=["ISO13400-2:?/status"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=["status_counts_no_socket", "status_without_sockets", "status_node_type_7", "status_longest_message_1"],
    pixit=["doip_testers"],
    duration_s=8,
)
def test_status_is_told(truck, step, check, gateway):
    with step(1, "Activate routing on one connection and ask for the status", expect="Node type 0 or 1; at least one connection, one open"):
        gateway.activated()
        request = gateway.asked(DoipMessage(PayloadType.STATUS_REQ))
        told = gateway.answered("DoIP.EntityStatusRes", to=request, limit=truck.limit("doip.control"))
        check("node type", told["node_type"], between=NODE_TYPES, message=told)
        check("connections at most", told["max_sockets"], at_least=1, message=told)
        check("connections open", told["open_sockets"], equals=1, message=told)
        if "max_size" in told.values:
            check("longest message", told["max_size"], at_least=len(gateway.diagnostic(b"\x3e\x00")), unit="By", message=told)
