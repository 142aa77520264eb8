"""What holds for any payload, any policy and any frame."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.core import Frame, ms
from harness.protocols.j1939 import GLOBAL, NO_LIMIT, EventKind, GrantPolicy, Transport, TransportFaults
from harness.protocols.j1939.faults import skip_packet

PGN = 0x0200
LENGTHS = st.integers(9, 1785)
DURATIONS = st.sampled_from([0, 1, ms(1), ms(99), ms(700)])
FINAL = {EventKind.COMPLETED, EventKind.ABORTED, EventKind.TIMED_OUT, EventKind.REPLACED, EventKind.IGNORED, EventKind.BROKEN}

DELIVERING = st.builds(
    GrantPolicy,
    packets=st.none() | st.integers(1, 300),
    delay_ns=DURATIONS,
    hold_ns=st.sampled_from([0, ms(5), ms(1600)]),
    hold_every_ns=st.none() | st.sampled_from([ms(100), ms(1000)]),
    repeat_from=st.none() | st.integers(1, 255),
    acknowledge=st.booleans(),
)
ANY_POLICY = st.builds(
    GrantPolicy,
    respond=st.booleans(),
    packets=st.none() | st.integers(1, 300),
    beyond_limit=st.booleans(),
    delay_ns=DURATIONS,
    hold_ns=DURATIONS,
    hold_every_ns=st.none() | st.sampled_from([ms(1), ms(2000)]),
    repeat_from=st.none() | st.integers(0, 300),
    acknowledge=st.booleans(),
    abort_reason=st.none() | st.integers(0, 255),
    abort_after=st.integers(0, 20),
    cts_pgn=st.none() | st.integers(0, 0x3FFFF),
)
LIMITS = st.integers(1, 8) | st.just(NO_LIMIT)


def message(length):
    return bytes((n * 31 + length) & 0xFF for n in range(length))


@given(length=LENGTHS, policy=DELIVERING, limit=LIMITS, gap_ns=st.sampled_from([0, 1, ms(10)]))
@example(length=9, policy=GrantPolicy(), limit=NO_LIMIT, gap_ns=0)
@example(length=1785, policy=GrantPolicy.chunks(1), limit=1, gap_ns=ms(10))
@example(length=1785, policy=GrantPolicy(repeat_from=255), limit=NO_LIMIT, gap_ns=0)
@settings(deadline=None, max_examples=80)
def test_any_message_arrives_under_any_policy_that_delivers(exchange, length, policy, limit, gap_ns):
    sender = Transport(0xF4, dt_gap_ns=gap_ns)
    wire = exchange(sender, Transport(0x56, grants=policy))
    wire.carry(sender, sender.send(0, PGN, 0x56, message(length), max_per_cts=limit))
    wire.run()
    assert [m.data for m in wire.received[0x56]] == [message(length)]
    fate = wire.events[0xF4][-1]
    assert (fate.kind, fate.timer) == ((EventKind.COMPLETED, "") if policy.acknowledge else (EventKind.TIMED_OUT, "T3"))


@given(length=LENGTHS)
@settings(deadline=None, max_examples=25)
def test_any_broadcast_arrives(exchange, length):
    sender = Transport(0xF4)
    wire = exchange(sender, Transport(0x56))
    wire.carry(sender, sender.send(0, 0xFECA, GLOBAL, message(length)))
    wire.run()
    assert [m.data for m in wire.received[0x56]] == [message(length)]


@given(length=st.integers(9, 300), policy=ANY_POLICY, limit=LIMITS, lost=st.sets(st.integers(1, 44), max_size=4))
@settings(deadline=None, max_examples=100)
def test_any_policy_and_any_loss_comes_to_an_end_on_both_sides(exchange, length, policy, limit, lost):
    faults = TransportFaults(outgoing=[skip_packet(number) for number in lost])
    sender, receiver = Transport(0xF4, faults=faults, dt_gap_ns=ms(1)), Transport(0x56, grants=policy)
    wire = exchange(sender, receiver)
    wire.carry(sender, sender.send(0, PGN, 0x56, message(length), max_per_cts=limit))
    wire.run()
    assert not sender.is_sending(PGN)
    assert not receiver.is_receiving(PGN)
    assert wire.events[0xF4][-1].kind in FINAL
    assert sum(event.kind in FINAL for event in wire.events[0xF4]) == 1


@given(
    length=LENGTHS,
    heard=st.integers(0, 12),
    gap_ns=st.sampled_from([0, ms(10)]),
    policy=DELIVERING,
)
@settings(deadline=None, max_examples=60)
def test_peer_that_falls_silent_leaves_a_final_state(exchange, length, heard, gap_ns, policy):
    """One side stops to exist after *heard* frames; the other ends by itself, without a message."""
    for silent in (0xF4, 0x56):
        left = [heard]

        def filtered(frame, left=left):
            left[0] -= 1
            return frame if left[0] >= 0 else None

        faults = {address: TransportFaults() for address in (0xF4, 0x56)}
        faults[silent ^ 0xF4 ^ 0x56].incoming.append(filtered)
        sender = Transport(0xF4, faults=faults[0xF4], dt_gap_ns=gap_ns)
        receiver = Transport(0x56, faults=faults[0x56], grants=policy)
        wire = exchange(sender, receiver)
        wire.carry(sender, sender.send(0, PGN, 0x56, message(length)))
        wire.run()
        for address, transport in ((0xF4, sender), (0x56, receiver)):
            assert transport.next_deadline_ns() is None
            opened = wire.kinds(address).count("OPENED")
            assert opened == sum(event.kind in FINAL for event in wire.events[address])


PEERS = st.sampled_from([0x56, 0x57])
TP_DATA = st.one_of(
    st.binary(max_size=8),
    st.builds(
        lambda control, b, pgn: bytes((control, *b)) + pgn.to_bytes(3, "little"),
        st.sampled_from([16, 17, 19, 32, 255, 0]),
        st.tuples(*[st.sampled_from([0, 1, 2, 3, 7, 9, 14, 49, 255])] * 4),
        st.sampled_from([PGN, 0x0600, 0xFECA]),
    ),
    st.builds(
        lambda length, limit, pgn: bytes((16, length & 0xFF, length >> 8, -(-length // 7), limit)) + pgn.to_bytes(3, "little"),
        st.integers(9, 40),
        st.sampled_from([0, 1, 2, 255]),
        st.sampled_from([PGN, 0x0600]),
    ),
    st.builds(lambda n, rest: bytes((n,)) + rest, st.integers(0, 8), st.binary(min_size=7, max_size=7)),
)
TP_FRAMES = st.builds(
    lambda pf, destination, peer, data: Frame(7 << 26 | pf << 16 | destination << 8 | peer, data),
    st.sampled_from([0xEC, 0xEC, 0xEB, 0xEA]),
    st.sampled_from([0xF4, 0xF4, 0xF4, GLOBAL]),
    PEERS,
    TP_DATA,
)
MOVES = st.lists(
    st.one_of(
        TP_FRAMES,
        st.tuples(st.just("wait"), st.sampled_from([0, 1, ms(10), ms(300), ms(2000)])),
        st.tuples(st.just("fire"), st.just(0)),
        st.tuples(st.just("send"), st.sampled_from([9, 14, 49])),
        st.tuples(st.just("broadcast"), st.sampled_from([9, 49])),
        st.tuples(st.just("cancel"), st.sampled_from([PGN, 0x0600])),
    ),
    max_size=60,
)


def advance(transport, now_ns, until_ns):
    """Fire every deadline up to *until_ns*, which lies never in the past."""
    for _ in range(10_000):
        deadline_ns = transport.next_deadline_ns()
        if deadline_ns is None or deadline_ns > until_ns:
            return until_ns
        assert deadline_ns >= now_ns, "a deadline in the past"
        now_ns = deadline_ns
        transport.handle_timers(now_ns)
    raise AssertionError("timers without end")


@given(moves=MOVES, policy=ANY_POLICY, gap_ns=st.sampled_from([0, ms(10)]))
@settings(deadline=None, max_examples=300)
def test_no_frame_crashes_it_and_silence_ends_everything(moves, policy, gap_ns):
    transport, now_ns = Transport(0xF4, grants=policy, dt_gap_ns=gap_ns), 0
    for move in moves:
        if isinstance(move, Frame):
            transport.receive(now_ns, move)
        elif move[0] == "send" and not transport.is_sending(PGN, 0x56):
            transport.send(now_ns, PGN, 0x56, message(move[1]))
        elif move[0] == "broadcast" and not transport.is_sending(PGN, GLOBAL):
            transport.send(now_ns, PGN, GLOBAL, message(move[1]))
        elif move[0] == "cancel":
            transport.cancel(now_ns, move[1])
            assert not transport.is_sending(move[1])
            assert not transport.is_receiving(move[1])
        elif move[0] == "fire":
            now_ns = advance(transport, now_ns, transport.next_deadline_ns() or now_ns)
        elif move[0] == "wait":
            now_ns = advance(transport, now_ns, now_ns + move[1])
        assert (transport.next_deadline_ns() or now_ns) >= now_ns
    advance(transport, now_ns, now_ns + ms(3_600_000))
    assert transport.next_deadline_ns() is None
    for pgn in (PGN, 0x0600):
        assert not transport.is_sending(pgn)
        assert not transport.is_receiving(pgn)


@given(moves=st.lists(TP_FRAMES, max_size=30), policy=ANY_POLICY)
@settings(deadline=None, max_examples=60)
def test_reset_leaves_no_deadline_and_no_session(moves, policy):
    transport = Transport(0xF4, grants=policy)
    transport.send(0, PGN, 0x56, message(49))
    for frame in moves:
        transport.receive(0, frame)
    transport.reset()
    assert transport.next_deadline_ns() is None
    assert transport.handle_timers(ms(10_000)) == []
