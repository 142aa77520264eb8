"""Extra and foreign traffic of a tester: exact instants, repeatable noise, other paces and identifiers."""

from __future__ import annotations

from itertools import pairwise

import pytest

from harness.core import Frame, LocalProtocolError, ms, s
from harness.protocols.gbt27930.charger import ChargerMachine, ChargerOptions
from harness.protocols.gbt27930.charger.traffic import Traffic
from harness.protocols.gbt27930.messages import MESSAGES


def sent(machine: ChargerMachine, until_ns: int) -> list[tuple[int, Frame]]:
    out: list[tuple[int, Frame]] = []
    while (due := machine.next_deadline_ns()) is not None and due <= until_ns:
        out += [(due, pdu) for pdu in machine.handle_timers(due) if isinstance(pdu, Frame)]
    return out


@pytest.fixture
def charger() -> ChargerMachine:
    machine = ChargerMachine(ChargerOptions(cts=False))
    machine.start(0)
    return machine


def named(frames: list[tuple[int, Frame]], name: str) -> list[int]:
    return [t for t, frame in frames if frame.can_id == MESSAGES[name].can_id]


def test_an_extra_message_comes_beside_those_of_the_phase(charger):
    charger.begin()
    charger.also_send("CML", every_ns=ms(50), max_voltage_v=600.0)
    frames = sent(charger, ms(499))
    assert named(frames, "CHM") == [0, ms(250)]
    assert named(frames, "CML") == [ms(50) * n for n in range(10)]
    assert {frame.data[:2] for _, frame in frames if frame.can_id == MESSAGES["CML"].can_id} == {(6000).to_bytes(2, "little")}
    charger.stop_sending("CML")
    assert named(sent(charger, s(1)), "CML") == []


def test_an_extra_message_without_period_comes_once(charger):
    charger.also_send("CST", manual=1)
    assert [frame.data.hex() for _, frame in sent(charger, s(1))] == ["0400f0f0"]


def test_raw_bytes_and_another_identifier_go_out_as_given(charger):
    charger.also_send("CRM", data=b"\xaa", can_id=0x123, extended=False)
    assert [frame for _, frame in sent(charger, 0)] == [Frame(0x123, b"\xaa", extended=False)]


def test_unplugging_ends_extra_traffic(charger):
    charger.also_send("CEM", every_ns=ms(250))
    assert sent(charger, 0)
    charger.reset()
    assert sent(charger, s(1)) == []


def test_silence_covers_extra_traffic(charger):
    charger.also_send("CEM", every_ns=ms(250))
    charger.silence()
    assert sent(charger, s(1)) == []


def test_another_pace_holds_until_it_is_taken_back(charger):
    charger.pace("CHM", ms(400))
    charger.begin()
    assert named(sent(charger, ms(900)), "CHM") == [0, ms(400), ms(800)]
    charger.pace("CHM", None)
    assert named(sent(charger, ms(1700)), "CHM") == [ms(1200), ms(1450), ms(1700)]


def test_varied_periods_stay_inside_their_bounds_and_differ(charger):
    charger.vary("CHM", ms(225), ms(275))
    charger.begin()
    times = named(sent(charger, s(30)), "CHM")
    gaps = {after - before for before, after in pairwise(times)}
    assert len(gaps) > 20
    assert ms(225) <= min(gaps) <= max(gaps) <= ms(275)


def test_a_readdressed_message_keeps_its_content(charger):
    charger.readdress("CHM", 0x1826F457)
    charger.begin()
    assert [(frame.can_id, frame.data) for _, frame in sent(charger, 0)] == [(0x1826F457, b"\x01\x01\x00")]
    charger.readdress("CHM", None)
    assert [frame.can_id for _, frame in sent(charger, ms(250))] == [MESSAGES["CHM"].can_id]


def test_foreign_frames_are_repeatable_and_name_neither_party():
    def noise(seed: int) -> list[Frame]:
        traffic = Traffic(seed)
        traffic.add_noise("random", 500, 0)
        found = []
        while (due := traffic.next_deadline_ns()) is not None and due < s(2):
            found += [pdu for pdu in traffic.take_due(due) if isinstance(pdu, Frame)]
        return found

    frames = noise(1)
    assert len(frames) == 1000
    assert frames == noise(1) != noise(2)
    assert not any({frame.can_id & 0xFF, frame.can_id >> 8 & 0xFF} & {0x56, 0xF4} for frame in frames)


@pytest.mark.parametrize(
    "order",
    [
        lambda charger: charger.also_send("BHM"),
        lambda charger: charger.also_send("CHM", data=bytes(9)),
        lambda charger: charger.pace("BRM", ms(1)),
        lambda charger: charger.readdress("XYZ", 1),
    ],
)
def test_what_the_charger_does_not_send_cannot_be_ordered(charger, order):
    with pytest.raises(LocalProtocolError):
        order(charger)
