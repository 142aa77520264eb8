"""How a control unit lives with its bus: sleep, a supervised input, what it does not endure, its CAN controller."""

from __future__ import annotations

import pytest

from harness.core import Frame, Level, ms, s
from harness.protocols.canbus.confinement import Controllers, ControllerTraits
from harness.protocols.j1939.integrity import xbr_checksum
from harness.sim.ecus.endurance import Endurance, EnduranceSetup, Harm
from harness.sim.ecus.input import BrakeInput, InputSetup
from harness.sim.ecus.memory import FaultMemory, Trouble
from harness.sim.ecus.state import TruckState
from harness.sim.ecus.wakefulness import SleepSetup, Wakefulness
from harness.sim.networked_truck import UnitsNode, networked_truck

XBR = 0x0C04270B
VCU = 0x27


def xbr(count: int, demand: int = 0x7000, *, spoilt: int = 0) -> Frame:
    data = demand.to_bytes(2, "little") + bytes.fromhex("10FFFFFFFF")
    return Frame(XBR, data + bytes((xbr_checksum(XBR, data, count) << 4 ^ spoilt | count,)))


class Supervised:
    """An input with its state and its memory."""

    def __init__(self, **changes: object) -> None:
        self.state = TruckState()
        self.memory = FaultMemory([Trouble(639, 9, 1), Trouble(639, 19, 2)])
        self.input = BrakeInput(VCU, InputSetup(**changes), self.state, self.memory)  # type: ignore[arg-type]

    def active(self) -> list[int]:
        return [dtc.fmi for dtc in self.memory.active()]


@pytest.fixture
def fed() -> Supervised:
    """An input that got a right message every 20 ms for 200 ms."""
    made = Supervised()
    for count in range(11):
        made.input.receive(ms(20) * count, xbr(count))
    return made


def test_right_messages_are_obeyed(fed: Supervised) -> None:
    assert (fed.state.demand, fed.state.is_limp, fed.active()) == (0x7000, False, [])


def test_missing_messages_bring_fallback_and_trouble_and_right_ones_heal_them(fed: Supervised) -> None:
    assert fed.input.next_deadline_ns() == ms(400)
    fed.input.handle_timers(ms(400) - 1)
    assert not fed.state.is_limp
    fed.input.handle_timers(ms(400))
    assert (fed.state.demand, fed.state.is_limp, fed.active(), fed.input.next_deadline_ns()) == (None, True, [9], None)
    fed.input.receive(ms(500), xbr(11))
    assert (fed.state.demand, fed.state.is_limp, fed.active()) == (0x7000, False, [])


def test_five_wrong_messages_in_a_row_are_a_trouble_and_none_is_obeyed(fed: Supervised) -> None:
    for number in range(5):
        assert fed.active() == []
        fed.input.receive(ms(220 + 20 * number), xbr((11 + number) % 16, 0x6000, spoilt=0x10))
    assert (fed.state.demand, fed.active()) == (0x7000, [19])


def test_counter_that_stands_still_is_wrong(fed: Supervised) -> None:
    fed.input.receive(ms(220), xbr(10, 0x6000))
    assert fed.state.demand == 0x7000


@pytest.mark.parametrize(
    "frame",
    [
        Frame(XBR, b"\0" * 7),
        Frame(0x0C04280B, xbr(11, 1).data),
        Frame(XBR & 0x7FF, xbr(11, 1).data, extended=False),
        Frame(XBR, remote=True),
    ],
)
def test_frames_of_another_kind_are_no_input(fed: Supervised, frame: Frame) -> None:
    fed.input.receive(ms(220), frame)
    assert fed.state.demand == 0x7000


def test_without_the_first_message_nothing_is_missing() -> None:
    fresh = Supervised()
    fresh.input.receive(0, xbr(0, spoilt=0x10))
    assert fresh.input.next_deadline_ns() is None
    assert fresh.active() == []


def test_unit_sleeps_after_its_after_run_and_is_woken_by_a_frame() -> None:
    unit = Wakefulness(SleepSetup())
    assert unit.is_awake(s(100))
    unit.turn(s(100), False)
    assert (unit.is_awake(s(102.9)), unit.is_awake(s(103))) == (True, False)
    assert not unit.hear(s(110))
    assert [unit.is_awake(s(110) + ms(t)) for t in (0, 149, 150, 3149, 3150)] == [False, False, True, True, False]
    unit.turn(s(120), True)
    assert unit.is_awake(s(120))


def test_frames_keep_a_unit_awake() -> None:
    unit = Wakefulness(SleepSetup())
    unit.turn(0, False)
    assert unit.hear(s(2.9))
    assert (unit.is_awake(s(5.8)), unit.is_awake(s(5.9))) == (True, False)


@pytest.mark.parametrize(
    ("harm", "resets", "during", "after"),
    [(Harm.RESETS, True, True, True), (Harm.DROPS, False, False, True), (Harm.STOPS, False, False, False)],
)
def test_too_many_frames_do_harm(harm: Harm, resets: bool, during: bool, after: bool) -> None:
    unit = Endurance(EnduranceSetup(100, harm=harm))
    heard = [unit.hear(ms(5) * number, Frame(1)) for number in range(25)]
    assert any(heard) is resets
    assert (unit.may_send(ms(125)), unit.may_send(s(2))) == (during, after)


def test_few_frames_do_no_harm() -> None:
    unit = Endurance(EnduranceSetup(100, harm=Harm.STOPS))
    assert not any(unit.hear(ms(11) * number, Frame(1)) for number in range(200))
    assert unit.may_send(s(3))


def truck(**options: object) -> UnitsNode:
    node = networked_truck(options)[0]
    assert isinstance(node, UnitsNode)
    return node


def test_truck_stands_on_the_bus_with_a_controller_for_each_unit() -> None:
    node = truck(supply=False, faults=["bus_off_for_good"])
    assert isinstance(node, Controllers)
    assert set(node.controllers) == {"vcu", "bms", "inverter", "gateway", "t_box"}
    assert node.controllers["vcu"] == ControllerTraits(recovery_ns=None)
    assert node.controllers["bms"] == ControllerTraits()
    assert [node.controller_of(Frame(can_id)) for can_id in (0x18FEF127, 0x18F090F3, 0x18FEF1AA)] == ["vcu", "bms", "vcu"]


def test_unit_off_the_bus_hears_nothing() -> None:
    node = truck(supply=False)
    vcu = node.units[0]
    request = Frame(0x18EA27F9, (0xFEEB).to_bytes(3, "little"))
    node.start(0)
    node.on_bus(s(1), "vcu", False)
    before = vcu.next_deadline_ns()
    node.receive(s(1), request)
    assert vcu.next_deadline_ns() == before


def test_lines_of_key_and_plug_reach_the_truck() -> None:
    units, supply = networked_truck({})
    assert isinstance(units, UnitsNode)
    supply.receive(0, Level("kl30", 1.0))
    supply.receive(0, Level("plug", 1.0))
    supply.receive(0, Level("kl15", 0.0))
    seen: dict[int, int] = {}
    while (due_ns := units.next_deadline_ns()) is not None and due_ns < s(8):
        for frame in units.handle_timers(due_ns):
            assert isinstance(frame, Frame)
            seen[frame.can_id] = due_ns
    assert 0x18FF31F3 in seen
    assert max(seen.values()) < s(3)
