"""The TCP connection: torn down in each phase, accepted late (reference catalogue 9.2)."""

from harness.case import case
from harness.core import Chunk, Direction, Inconclusive, Reason
from harness.protocols.iso15118.message import VEHICLE, V2gMessage

from ..words import EXCHANGES, PHASES, request_of
from .leaving import is_close, is_tester_close
from .raw import is_opening


@case(
    "HV-TCP-01",
    title="TCP reset in each phase",
    purpose="When the connection is torn down the vehicle returns to state B, opens its contactor, and asks nothing more (SAFE-STOP).",
    refs=["ISO15118:?/tcp-reset", "ISO15118:?/safe-stop"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["stays_in_cp_c_after_reset", "contactor_stays_closed_after_a_fault"],
    needs=["energise"],
    duration_s=120,
)
def test_reset_in_each_phase(bench, truck, step, check, charger, session):
    first, *others = PHASES[truck.edition]
    with step(1, "Bring the vehicle to SessionSetupReq, then reset the connection", expect="SAFE-STOP: no request, state B"):
        torn(bench, truck, charger, session, first)
    with step(
        2,
        "The same in new sessions in authorization, parameter discovery, cable check, pre-charge and charging",
        expect="SAFE-STOP each time: no request, state B within 0.25 s, out of charging within 1.5 s with the contactor open",
    ):
        for exchange in others:
            session.fresh()
            torn(bench, truck, charger, session, exchange)


def torn(bench, truck, charger, session, exchange):
    """A session whose connection is torn down at *exchange*."""
    request = session.good_up_to(exchange, lambda: charger.withhold(exchange))
    charger.reset_tcp()
    until_ns = bench.now_ns + truck.limit("approach.own").upper_ns
    reset = bench.wait_record(is_tester_close, since=request.t_ns - 1, until_ns=until_ns)
    if reset is None or not reset.pdu.reset:
        raise Inconclusive(Reason.PRECONDITION, "the tester did not reset the connection")
    session.safe_stop(reset.t_ns, exchange=exchange, since=request, tcp=False)


@case(
    "HV-TCP-02",
    title="Late TCP accept",
    purpose="A connection that is accepted after 19 s still leads to a session; after 21 s the vehicle has ended its setup.",
    refs=["V2G2-723", "ISO15118:?/setup-time"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["setup_timer_missing", "setup_timer_of_10s"],
    duration_s=60,
)
def test_late_accept(bench, truck, step, check, charger, session):
    with step(
        1, "Accept the TCP connection 21 s after the vehicle asked for it", expect="no request on the connection; state B all the time"
    ):
        _, opened = late_accept(bench, truck, charger, session, truck.limit("stimulus.accept_too_late").nominal_ns)
        bench.run_for(truck.limit("stimulus.accept_watch").nominal_ns)
        messages = [message for message in bench.all_messages() if isinstance(message, V2gMessage) and message.t_ns > opened]
        asked = [message for message in messages if message.sender == VEHICLE and message.connection]
        check("requests after the accept", len(asked), equals=0, message=asked[0] if asked else None)
        session.stays_in_b(since=opened)
    with step(2, "The same in a new setup, but 19 s after", expect="SessionSetupReq, and the request after its response"):
        session.fresh()
        first, opened = late_accept(bench, truck, charger, session, truck.limit("stimulus.accept_late").nominal_ns)
        await_session(bench, truck, first, opened)
        setup = bench.expect("SessionSetupReq", within=truck.limit("approach.own_next"), after=opened)
        bench.expect(request_of(EXCHANGES[truck.edition][2]), within=truck.limit("approach.own_next"), after=setup)


def late_accept(bench, truck, charger, session, delay_ns):
    """Plug in and leave the connection that the vehicle asks for waiting; its first discovery request, and the time of the accept."""
    charger.accept_after(delay_ns)
    since_ns = bench.now_ns
    session.plug_in()
    first = session.discovery(since=since_ns)
    until_ns = bench.now_ns + truck.limit("sdp.connect").upper_ns
    asked = bench.wait_record(is_opening, since=since_ns, until_ns=until_ns)
    if asked is None:
        raise Inconclusive(Reason.PRECONDITION, "the vehicle asked for no TCP connection")
    session.wait_until(asked.t_ns + delay_ns)
    early = bench.records(since=asked.t_ns - 1, where=is_accept)
    if [record for record in early if record.t_ns < asked.t_ns + delay_ns]:
        raise Inconclusive(Reason.PRECONDITION, "the tester accepted the connection too early")
    return first, bench.now_ns


def await_session(bench, truck, first, opened):
    """Let the vehicle set up its session, or end the setup.

    Raises:
        Inconclusive: its setup time was over before it got to the second request; a slow vehicle may need more than is left of it.
    """
    second = request_of(EXCHANGES[truck.edition][2])
    until_ns = opened + truck.limit("approach.own_next").upper_ns
    closed = bench.wait_record(
        lambda record: is_close(record) or bool(bench.messages(second, since=opened)), since=opened, until_ns=until_ns
    )
    least_ns = first.t_ns + truck.limit("setup.end").lower_ns
    if closed is not None and is_close(closed) and closed.t_ns >= least_ns:
        text = "the vehicle ended its setup when its time was over; an earlier accept (limit stimulus.accept_late) leaves it more"
        raise Inconclusive(Reason.PRECONDITION, text)


def is_accept(record):
    """The tester accepts a connection."""
    return isinstance(record.pdu, Chunk) and record.direction is Direction.TX and record.pdu.begin
