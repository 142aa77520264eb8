"""F8 where frames of both sides cross: a late charger is not the fault of the vehicle, a restless vehicle is."""

from __future__ import annotations

import pytest

from harness.protocols.j1939.frames import Abort, Cts, EndOfMsgAck, Rts, build_packet

RULE = "F8 vehicle transport"
CM_VEHICLE, CM_CHARGER, DT_VEHICLE = 0x1CEC56F4, 0x1CECF456, 0x1CEB56F4
BCS = 0x001100
PAYLOAD = bytes(range(9))


class Exchange:
    """Single frames of the transfer of BCS, appended to a healthy charge that has none."""

    def __init__(self, tape) -> None:  # type: ignore[no-untyped-def]
        self.tape = tape

    def rts(self, at_ms: float) -> None:
        self.tape.put(at_ms, CM_VEHICLE, Rts(9, 2, 0xFF, BCS).encode())

    def cts(self, at_ms: float) -> None:
        self.tape.put(at_ms, CM_CHARGER, Cts(2, 1, BCS).encode())

    def packets(self, at_ms: float, *numbers: int) -> None:
        for offset, number in enumerate(numbers):
            self.tape.put(at_ms + 10 * offset, DT_VEHICLE, build_packet(PAYLOAD, number))

    def ack(self, at_ms: float) -> None:
        self.tape.put(at_ms, CM_CHARGER, EndOfMsgAck(9, 2, BCS).encode())


@pytest.fixture
def exchange(tape):  # type: ignore[no-untyped-def]
    return Exchange(tape.charging(4000))


def test_announcement_that_crosses_a_late_grant_is_no_fault(exchange, judge) -> None:  # type: ignore[no-untyped-def]
    exchange.rts(5000)
    exchange.cts(5190)
    exchange.rts(5250)
    exchange.packets(5260, 1, 2)
    exchange.cts(5290)
    exchange.packets(5300, 1, 2)
    exchange.ack(5330)
    check = judge(exchange.tape)[RULE]
    assert check.verdict.word == "pass"
    assert "1 announced again while the grant was on its way" in check.observed


def test_abort_of_a_vehicle_that_was_granted_twice_is_no_fault(exchange, judge) -> None:  # type: ignore[no-untyped-def]
    exchange.rts(5000)
    exchange.cts(5190)
    exchange.rts(5250)
    exchange.packets(5260, 1)
    exchange.cts(5265)
    exchange.tape.put(5270, CM_VEHICLE, Abort(4, BCS).encode())
    assert judge(exchange.tape)[RULE].verdict.word == "pass"


def test_announcement_after_the_response_time_of_a_grant_is_a_fault(exchange, judge) -> None:  # type: ignore[no-untyped-def]
    exchange.rts(5000)
    exchange.cts(5010)
    exchange.rts(5250)
    assert judge(exchange.tape)[RULE].verdict.word == "fail"


def test_vehicle_that_keeps_announcing_instead_of_sending_is_blamed(exchange, judge) -> None:  # type: ignore[no-untyped-def]
    for turn in range(4):
        exchange.rts(5000 + 100 * turn)
        exchange.cts(5050 + 100 * turn)
    assert judge(exchange.tape)[RULE].verdict.word == "fail"


def test_announcement_in_the_middle_of_its_packets_is_a_fault(exchange, judge) -> None:  # type: ignore[no-untyped-def]
    exchange.rts(5000)
    exchange.cts(5010)
    exchange.packets(5020, 1)
    exchange.rts(5050)
    assert judge(exchange.tape)[RULE].verdict.word == "fail"


def test_late_acknowledgement_belongs_to_the_transfer_before(exchange, judge) -> None:  # type: ignore[no-untyped-def]
    exchange.rts(5000)
    exchange.cts(5010)
    exchange.packets(5020, 1, 2)
    exchange.rts(5250)
    exchange.ack(5260)
    exchange.cts(5270)
    exchange.packets(5280, 1, 2)
    exchange.ack(5310)
    checks = judge(exchange.tape)
    assert checks[RULE].verdict.word == "pass"
    assert checks["F8 charger transport"].verdict.word == "pass"


def test_vehicle_may_take_a_late_acknowledgement_for_the_end_of_the_new_transfer(exchange, judge) -> None:  # type: ignore[no-untyped-def]
    exchange.rts(5000)
    exchange.cts(5010)
    exchange.packets(5020, 1, 2)
    exchange.rts(5250)
    exchange.ack(5260)
    exchange.cts(5270)
    exchange.rts(5500)
    assert judge(exchange.tape)[RULE].verdict.word == "pass"


def test_packets_asked_for_again_and_then_acknowledged_are_no_fault(exchange, judge) -> None:  # type: ignore[no-untyped-def]
    exchange.rts(5000)
    exchange.cts(5010)
    exchange.packets(5020, 1, 2)
    exchange.cts(5050)
    exchange.ack(5060)
    exchange.packets(5070, 1)
    assert judge(exchange.tape)[RULE].verdict.word == "pass"


def test_packets_long_after_the_acknowledgement_are_a_fault(exchange, judge) -> None:  # type: ignore[no-untyped-def]
    exchange.rts(5000)
    exchange.cts(5010)
    exchange.packets(5020, 1, 2)
    exchange.cts(5050)
    exchange.ack(5060)
    exchange.packets(5300, 1)
    assert judge(exchange.tape)[RULE].verdict.word == "fail"
