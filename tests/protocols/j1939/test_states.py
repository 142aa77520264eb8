"""Every pair of state and event of the two addressed sides, against one table each."""

from __future__ import annotations

import pytest

from harness.core import ms
from harness.protocols.j1939 import J1939_21, GrantPolicy, Grants, TransportFaults
from harness.protocols.j1939.frames import Cts, EndOfMsgAck, Rts, build_packet
from harness.protocols.j1939.originator import Originator, OriginatorState
from harness.protocols.j1939.receiver import Receiver, ReceiverState
from harness.protocols.j1939.session import Context, Turn

PGN = 0x0200
DATA = bytes(range(49))


def context(policy=None, gap_ns=0):
    return Context(J1939_21, Grants(policy or GrantPolicy()), TransportFaults(), gap_ns)


class Blocker:
    """Holds a turn."""


def blocked_turn():
    turn = Turn()
    turn.owner = Blocker()
    return turn


# --- originator ---------------------------------------------------------------------------------------------


def originator(state):
    """A transfer of seven packets in *state*; SENDING has sent packet 1, DONE has sent all."""
    turn = blocked_turn() if state == "WAIT_TURN" else Turn()
    session = Originator(context(gap_ns=ms(10)), 0x56, PGN, DATA, turn, 255)
    session.start(0)
    match state:
        case "HELD":
            session.on_cts(0, Cts(0, 1, PGN))
        case "WAIT_TURN" | "SENDING":
            session.on_cts(0, Cts(7, 1, PGN))
        case "DONE":
            session.on_cts(0, Cts(7, 1, PGN))
            while session.state is OriginatorState.SENDING:
                session.on_timer(session.deadline_ns)
    return session


ORIGINATOR_EVENTS = {
    "grant": lambda s: s.on_cts(ms(500), Cts(2, 1, PGN)),
    "hold": lambda s: s.on_cts(ms(500), Cts(0, 1, PGN)),
    "grant of nothing": lambda s: s.on_cts(ms(500), Cts(1, 8, PGN)),
    "acknowledgement": lambda s: s.on_ack(ms(500), EndOfMsgAck(49, 7, PGN)),
    "abort": lambda s: s.on_abort(ms(500), 2),
    "timer": lambda s: s.on_timer(ms(500)),
}
ORIGINATOR_TABLE = {
    #            grant        hold      grant of nothing acknowledgement abort    timer
    "WAIT_CTS": ("SENDING", "HELD", "WAIT_CTS", "CLOSED", "CLOSED", "CLOSED"),
    "HELD": ("SENDING", "HELD", "HELD", "CLOSED", "CLOSED", "CLOSED"),
    "WAIT_TURN": ("WAIT_TURN", "HELD", "WAIT_TURN", "CLOSED", "CLOSED", None),
    "SENDING": ("CLOSED", "CLOSED", "CLOSED", "CLOSED", "CLOSED", "SENDING"),
    "DONE": ("SENDING", "HELD", "WAIT_CTS", "CLOSED", "CLOSED", "CLOSED"),
}
ORIGINATOR_ROWS = [
    (state, event, after)
    for state, row in ORIGINATOR_TABLE.items()
    for event, after in zip(ORIGINATOR_EVENTS, row, strict=True)
    if after is not None
]


@pytest.mark.parametrize(("state", "event", "after"), ORIGINATOR_ROWS, ids=[f"{s}-{e}" for s, e, _ in ORIGINATOR_ROWS])
def test_originator_follows_the_table(state, event, after):
    session = originator(state)
    assert session.state.name == ("WAIT_CTS" if state == "DONE" else state)
    ORIGINATOR_EVENTS[event](session)
    assert session.state.name == after
    assert session.is_open is (after != "CLOSED")
    assert (session.deadline_ns is None) is (after in ("CLOSED", "WAIT_TURN"))


def test_originator_table_names_every_state():
    assert {state.name for state in OriginatorState} == {*ORIGINATOR_TABLE, "CLOSED"} - {"DONE"}


@pytest.mark.parametrize("event", ["acknowledgement", "abort", "timer", "grant"])
def test_originator_gives_up_the_turn_when_it_closes(event):
    session = originator("SENDING")
    assert session.turn.owner is session
    ORIGINATOR_EVENTS["grant" if event == "timer" else event](session)
    assert session.turn.owner is None


# --- receiver -----------------------------------------------------------------------------------------------

POLICIES = {"DELAYED": GrantPolicy.delayed(ms(50)), "HOLDING": GrantPolicy.hold(ms(600))}


def receiver(state):
    """A transfer of seven packets in *state*, three per grant; STARTED has one, ALMOST all but the last of its grant."""
    turn = blocked_turn() if state == "WAIT_TURN" else Turn()
    session = Receiver(context(POLICIES.get(state)), 0xF4, 0x56, Rts(49, 7, 3, PGN), turn, 0)
    session.start(0)
    for number in {"STARTED": (1,), "ALMOST": (1, 2)}.get(state, ()):
        session.on_packet(ms(10), build_packet(DATA, number))
    return session


RECEIVER_EVENTS = {
    "packet 3": lambda s: s.on_packet(ms(100), build_packet(DATA, 3)),
    "packet 7": lambda s: s.on_packet(ms(100), build_packet(DATA, 7)),
    "abort": lambda s: s.on_abort(ms(100), 2),
    "timer": lambda s: s.on_timer(s.deadline_ns),
}
RECEIVER_TABLE = {
    #            packet 3     packet 7     abort     timer
    "DELAYED": ("DELAYED", "DELAYED", "CLOSED", "RECEIVING"),
    "HOLDING": ("HOLDING", "HOLDING", "CLOSED", "HOLDING"),
    "WAIT_TURN": ("WAIT_TURN", "WAIT_TURN", "CLOSED", "WAIT_TURN"),
    "RECEIVING": ("RECEIVING", "RECEIVING", "CLOSED", "CLOSED"),
    "STARTED": ("RECEIVING", "RECEIVING", "CLOSED", "CLOSED"),
    "ALMOST": ("RECEIVING", "RECEIVING", "CLOSED", "CLOSED"),
}
RECEIVER_ROWS = [(s, e, after) for s, row in RECEIVER_TABLE.items() for e, after in zip(RECEIVER_EVENTS, row, strict=True)]


@pytest.mark.parametrize(("state", "event", "after"), RECEIVER_ROWS, ids=[f"{s}-{e}" for s, e, _ in RECEIVER_ROWS])
def test_receiver_follows_the_table(state, event, after):
    session = receiver(state)
    assert session.state.name == ("RECEIVING" if state in ("STARTED", "ALMOST") else state)
    RECEIVER_EVENTS[event](session)
    assert session.state.name == after
    assert session.is_open is (after != "CLOSED")
    assert (session.deadline_ns is None) is (after == "CLOSED")


def test_receiver_table_names_every_state():
    assert {state.name for state in ReceiverState} == {*RECEIVER_TABLE, "CLOSED"} - {"STARTED", "ALMOST"}


@pytest.mark.parametrize(("state", "timer"), [("RECEIVING", "T2"), ("STARTED", "T1"), ("ALMOST", "T1")])
def test_receiver_names_the_timer_that_expired(state, timer):
    session = receiver(state)
    session.on_timer(session.deadline_ns)
    assert session.context.events[-1].timer == timer
