"""The same messages through another implementation, in both directions."""

from __future__ import annotations

from collections import deque
from typing import Any

import isotp
import pytest

from harness.core import Frame
from harness.protocols.isotp import FlowPolicy, Received, Transport, normal, normal_fixed

LENGTHS = (1, 7, 8, 20, 62, 63, 200, 4095)


def peer(options: dict[str, Any], *, fixed: bool) -> tuple[Any, deque[Any], deque[Any]]:
    """The other implementation with the frames that go to it and those that come from it."""
    to_peer: deque[Any] = deque()
    from_peer: deque[Any] = deque()
    if fixed:
        address = isotp.Address(isotp.AddressingMode.NormalFixed_29bits, target_address=0xF1, source_address=0x10)
    else:
        address = isotp.Address(isotp.AddressingMode.Normal_11bits, txid=0x7E8, rxid=0x7E0)
    logic = isotp.TransportLayerLogic(
        rxfn=lambda timeout: to_peer.popleft() if to_peer else None,
        txfn=from_peer.append,
        address=address,
        params={"stmin": 0, "tx_padding": 0xCC, "blocking_send": False, **options},
    )
    return logic, to_peer, from_peer


def pump(ours: Transport, logic: Any, to_peer: deque[Any], from_peer: deque[Any], frames: list[Frame]) -> list[bytes]:
    """Carry frames between both until nothing moves; what we received."""
    found: list[bytes] = []
    for _ in range(3000):
        for frame in frames:
            to_peer.append(isotp.CanMessage(frame.can_id, data=frame.data, extended_id=frame.extended, is_fd=frame.fd, dlc=0))
        logic.process(rx_timeout=0)
        frames = []
        while from_peer:
            sent = from_peer.popleft()
            frames += ours.receive(0, Frame(sent.arbitration_id, bytes(sent.data), extended=sent.is_extended_id, fd=sent.is_fd))
        if ours.next_deadline_ns() == 0:
            frames += ours.handle_timers(0)
        found += [event.data for event in ours.events() if isinstance(event, Received)]
        if not frames and not to_peer and not logic.transmitting() and not ours.is_sending:
            break
    return found


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize(("frame_bytes", "block_size"), [(8, 0), (8, 3), (64, 2)])
def test_messages_arrive_between_both_implementations(fixed: bool, frame_bytes: int, block_size: int) -> None:
    options = {"blocksize": block_size, "can_fd": frame_bytes > 8, "tx_data_length": frame_bytes}
    for length in LENGTHS:
        data = bytes(index * 5 & 0xFF for index in range(length))
        way = normal_fixed(0x10, 0xF1) if fixed else normal(0x7E0, 0x7E8)
        ours = Transport(way, frame_bytes=frame_bytes, policy=FlowPolicy(block_size))
        logic, to_peer, from_peer = peer(options, fixed=fixed)
        pump(ours, logic, to_peer, from_peer, ours.send(0, data))
        assert bytes(logic.recv() or b"") == data
        logic.send(data)
        assert pump(ours, logic, to_peer, from_peer, []) == [data]
