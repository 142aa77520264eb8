"""Diagnostic addresses and their identifiers: both schemes, both sides, and a tester that speaks them side by side."""

from __future__ import annotations

import pytest

from harness.core import Frame, LocalProtocolError
from harness.protocols.uds.addressing import ELEVEN_BIT, from_tester, from_unit, is_eleven_bit, to_all, way_of
from harness.protocols.uds.client import DiagnosticClient

TESTER = 0xF1


@pytest.mark.parametrize(
    ("unit", "request_id", "answer_id", "all_id"),
    [(0x27, 0x18DA27F1, 0x18DAF127, 0x18DB33F1), (0x7E0, 0x7E0, 0x7E8, 0x7DF), (0x7E7, 0x7E7, 0x7EF, 0x7DF)],
)
def test_identifiers_of_a_unit(unit: int, request_id: int, answer_id: int, all_id: int) -> None:
    there, back = from_tester(unit, TESTER), from_unit(unit, TESTER)
    assert (there.send_id, there.receive_id) == (back.receive_id, back.send_id) == (request_id, answer_id)
    assert there.extended is back.extended is not is_eleven_bit(unit)
    assert to_all(unit, TESTER) == all_id
    request, answer = (way_of(Frame(can_id, b"", extended=there.extended)) for can_id in (request_id, answer_id))
    assert request is not None
    assert answer is not None
    assert (request.target, request.sender, answer.source, answer.sender) == (unit, "tester", unit, "ecu")


@pytest.mark.parametrize("unit", [-1, 0x100, 0x7DF, 0x7E8, 0x18DA27F1])
def test_what_is_no_address_is_refused(unit: int) -> None:
    with pytest.raises(LocalProtocolError, match="no diagnostic address"):
        from_tester(unit, TESTER)


def test_addresses_of_both_schemes_do_not_meet() -> None:
    assert not set(ELEVEN_BIT) & set(range(0x100))


def test_a_tester_speaks_both_schemes_side_by_side() -> None:
    client = DiagnosticClient(TESTER)
    frames = [frame for unit in (0x27, 0x7E0) for frame in client.request(0, bytes.fromhex("22F190"), unit, functional=False)]
    assert [(frame.can_id, frame.extended) for frame in frames] == [(0x18DA27F1, True), (0x7E0, False)]
    first = bytes.fromhex("101462F1904C5A5A")
    (leave,) = client.receive(0, Frame(0x7E8, first, extended=False))
    assert (leave.can_id, leave.extended, leave.data[0]) == (0x7E0, False, 0x30)
    assert client.receive(0, Frame(0x7E8, first)) == [], "a 29-bit identifier with the same number is something else"
    assert client.receive(0, Frame(0x7E0, first, extended=False)) == [], "that is a request of another tester"
    (leave,) = client.receive(0, Frame(0x18DAF127, first))
    assert leave.can_id == 0x18DA27F1
    (to_both,) = client.request(0, bytes.fromhex("3E00"), 0x7E1, functional=True)
    assert (to_both.can_id, to_both.extended) == (0x7DF, False)
