"""What the station asks of the control pilot (reference catalogue 9.10)."""

from harness.case import case
from harness.core import Inconclusive, Reason


def refusals(bench):
    """CableCheckRes that refuse."""
    return bench.messages("CableCheckRes", where=lambda message: message.text("ResponseCode").startswith("FAILED"))


def presents(bench, truck, state):
    """Make sure that the tester's truck presents *state*, by the level that it makes."""
    level, limit = bench.level("cp_v"), truck.limit(f"pilot.{state}")
    if level is None:
        raise Inconclusive(Reason.NO_LINE, "the rig has no line that shows the state of the control pilot")
    if not limit.lower <= level <= limit.upper:
        raise Inconclusive(Reason.PRECONDITION, f"the truck's control pilot is at {level:g} V, state {state.upper()} was to be presented")


@case(
    "HV-SECC-CP1",
    title="CableCheck without state C or D",
    purpose="A station whose vehicle asks for the cable check but stays in state B refuses, puts no voltage out, and ends the connection.",
    refs=["ISO15118:?/station-cable-check-pilot"],
    basis="quoted",
    confidence="medium",
    pics="S.CCS",
    editions=["din70121", "iso15118-2"],
    faults=["cable_check_in_b", "keeps_tcp_open"],
    needs=["energise"],
    duration_s=30,
    sut="charger",
)
def test_cable_check_in_b(bench, truck, step, check, vehicle, session):
    with step(1, "Run the session up to CableCheck, keep the control pilot in state B", expect="CableCheckReq is on the link"):
        vehicle.hold_cp("B")
        since_ns = bench.now_ns
        session.plug_in()
        request = bench.reach("CableCheckReq", within=truck.limit("approach.request"))
        truck.limit("pilot.b")
        presents(bench, truck, "b")
    with step(2, "Go on asking", expect="FAILED in a CableCheckRes, TCP connection ended by the station, no voltage at the output"):
        bench.wait_record(lambda _: bool(refusals(bench)), since=0, until_ns=request.t_ns + truck.limit("station.answer").upper_ns)
        vehicle.silence()
        answers = bench.messages("CableCheckRes", since=since_ns)
        codes = [answer.text("ResponseCode") for answer in answers]
        check(
            "CableCheckRes ResponseCode", codes[-1] if codes else "no response", equals="FAILED", message=answers[-1] if answers else None
        )
        session.closed(answers[-1] if answers else request)
        volts = [level for t_ns, level in bench.level_changes("dc_v") if t_ns > since_ns]
        check("voltage at the output", max([*volts, 0]), limit=truck.limit("station.no_voltage"), unit="V")


@case(
    "HV-SECC-CP2",
    title="WeldingDetection without state B",
    purpose="A station whose vehicle asks for welding detection but stays in state C refuses and ends the connection.",
    refs=["ISO15118:?/station-welding-pilot"],
    basis="quoted",
    confidence="medium",
    pics="S.CCS",
    editions=["iso15118-2"],
    faults=["welding_detection_in_c", "keeps_tcp_open"],
    needs=["energise"],
    duration_s=30,
    sut="charger",
)
def test_welding_detection_in_c(bench, truck, step, check, vehicle, session):
    with step(1, "Charge, end charging but keep the control pilot in state C", expect="WeldingDetectionReq is on the link"):
        session.plug_in()
        bench.reach("CurrentDemandReq", within=truck.limit("approach.request"))
        vehicle.hold_cp("C")
        bench.run_for(truck.limit("stimulus.charge").nominal_ns)
        vehicle.stop()
        request = bench.reach("WeldingDetectionReq", within=truck.limit("approach.request"))
        vehicle.silence()
        truck.limit("pilot.c")
        presents(bench, truck, "c")
    with step(2, "Stay silent", expect="FAILED in WeldingDetectionRes, TCP connection ended by the station"):
        session.refused(request, "FAILED")
