"""The station of the tester: what it commands, how often, and what it does wrong when a case wants it."""

from __future__ import annotations

import pytest

from harness.core import Frame, ms, s
from harness.protocols.swap.messages import Decoded
from harness.protocols.swap.pack import PackBms, PackFacts
from harness.protocols.swap.profile import default_profile
from harness.protocols.swap.station import StationBus, StationControl
from harness.sim.swap.pack import SwapPack

PROFILE = default_profile()
CODE = "TSTPB02GHJKLM2B2C0000002"


def played(node: StationBus | StationControl | PackBms, until_ns: int, from_ns: int = 0) -> list[tuple[int, Frame]]:
    """What *node* sends up to an instant, with the instants."""
    sent, now_ns = [], from_ns
    while (due_ns := node.next_deadline_ns()) is not None and max(due_ns, now_ns) <= until_ns:
        now_ns = max(due_ns, now_ns)
        sent += [(now_ns, frame) for frame in node.handle_timers(now_ns) if isinstance(frame, Frame)]
    return sent


def read(frame: Frame) -> Decoded:
    decoded = PROFILE.read(frame)
    assert decoded is not None
    return decoded


def commands(sent: list[tuple[int, Frame]]) -> list[tuple[int, Decoded]]:
    return [(t_ns, read(frame)) for t_ns, frame in sent if PROFILE.read(frame) and read(frame).message == "STA_CMD"]


@pytest.fixture
def control() -> StationControl:
    station = StationControl(PROFILE)
    station.start(0)
    return station


def test_station_commands_nothing_before_it_is_told(control: StationControl) -> None:
    assert {read(frame).message for _, frame in played(control, s(2))} == {"STA_STS"}


def test_command_goes_out_at_once_and_every_cycle_with_one_sequence_number(control: StationControl) -> None:
    played(control, ms(30))
    number = control.command("unlock", ExpectedPackCrc=0x1234)
    seen = commands(played(control, ms(330), ms(30)))
    assert [t_ns for t_ns, _ in seen] == [ms(30), ms(130), ms(230), ms(330)]
    assert {(each.values["SwapCmd"], each.values["CmdSeq"], each.values["ExpectedPackCrc"]) for _, each in seen} == {
        ("unlock", number, 0x1234)
    }
    assert [each.values["Counter"] for _, each in seen] == [0, 1, 2, 3]
    assert {each.fault for _, each in seen} == {""}


def test_sequence_number_runs_modulo_15_and_stays_for_a_repetition(control: StationControl) -> None:
    assert [control.command("lock") for _ in range(16)] == [*range(1, 15), 0, 1]
    control.rest()
    rested = commands(played(control, 0))[-1][1].values
    assert (rested["SwapCmd"], rested["CmdSeq"]) == ("none", 1)
    assert control.repeat() == 1
    assert commands(played(control, 0))[-1][1].values["SwapCmd"] == "lock"


def test_spoiled_frozen_and_short_commands_end_with_revert(control: StationControl) -> None:
    control.spoil_checksum(2)
    control.command("unlock")
    assert [each.fault for _, each in commands(played(control, ms(250)))] == ["checksum", "checksum", ""]
    control.freeze_counter()
    assert len({each.values["Counter"] for _, each in commands(played(control, ms(550), ms(250)))}) == 1
    control.shorten(6)
    assert {each.fault for _, each in commands(played(control, ms(750), ms(550)))} == {"length"}
    control.revert()
    assert {each.fault for _, each in commands(played(control, ms(950), ms(750)))} == {""}


def test_silent_station_sends_nothing_and_speaks_again(control: StationControl) -> None:
    control.command("unlock")
    control.silence()
    assert played(control, s(1)) == []
    control.speak()
    assert len(commands(played(control, s(1), s(1)))) == 1


def test_challenge_stands_under_the_session(control: StationControl) -> None:
    control.session(7)
    control.challenge(0xA5)
    control.challenge(0xA6, session=9)
    sent = [read(frame) for _, frame in played(control, 0) if read(frame).message == "AUTH_CHAL"]
    assert [(each.values["Nonce"], each.values["SessionId"]) for each in sent] == [(0xA5, 7), (0xA6, 9)]


def test_station_over_a_stream_leaves_its_commands_off_the_bus() -> None:
    for streamed, count in ((False, 1), (True, 0)):
        control = StationControl(PROFILE)
        bus = StationBus(PROFILE, control, {}, streamed=streamed)
        bus.start(0)
        control.command("unlock")
        assert len(commands(played(bus, 0))) == count


def test_bus_knows_no_pack_and_no_order_of_another_name() -> None:
    bus = StationBus(PROFILE, StationControl(PROFILE), {}, streamed=False)
    with pytest.raises(KeyError):
        bus.to_pack("new", "silent", True)
    with pytest.raises(KeyError):
        bus.to_pack("new", "supply", 0, True)


# The pack


@pytest.fixture
def pack() -> PackBms:
    plant = SwapPack(618.2)
    plant.is_mated = plant.is_supplied = plant.hvil = True
    return PackBms(PROFILE, PackFacts(CODE, 96.0), plant)


def names(sent: list[tuple[int, Frame]]) -> set[str]:
    return {decoded.message for _, frame in sent if (decoded := PROFILE.read(frame)) is not None}


def test_pack_speaks_only_with_supply(pack: PackBms) -> None:
    assert pack.next_deadline_ns() is None
    pack.supply(0, True)
    assert pack.next_deadline_ns() == ms(300)
    assert names(played(pack, s(1))) == {"PACK_STS1", "PACK_STS2", "PACK_LIM", "PACK_THM", "PACK_VER"}
    pack.supply(s(1), False)
    assert played(pack, s(5), s(1)) == []


def test_pack_tells_its_version_for_ten_seconds_and_when_it_is_asked(pack: PackBms) -> None:
    pack.supply(0, True)
    played(pack, s(11))
    assert "PACK_VER" not in names(played(pack, s(13), s(11)))
    asked = Frame(0x18EAF4D0, PROFILE.pgn("PACK_VER").to_bytes(3, "little"))
    assert names([(s(13), frame) for frame in pack.receive(s(13), asked)]) == {"PACK_VER"}
    assert pack.receive(s(13), Frame(0x18EA27D0, asked.data)) == []


def test_pack_says_what_it_is_told_to_say_until_revert(pack: PackBms) -> None:
    pack.supply(0, True)
    pack.change("PACK_STS2", InsulationRes=50, InsulationStatus="fault")
    told = [each.values for _, frame in played(pack, s(2)) if (each := PROFILE.read(frame)) and each.message == "PACK_STS2"]
    assert {(values["InsulationRes"], values["InsulationStatus"]) for values in told} == {(50.0, "fault")}
    pack.revert()
    latest = [PROFILE.read(frame) for _, frame in played(pack, s(3), s(2))]
    assert {each.values["InsulationStatus"] for each in latest if each is not None and each.message == "PACK_STS2"} == {"ok"}


def test_identity_goes_out_by_broadcast_and_may_lack_a_packet(pack: PackBms) -> None:
    def packets(until_ns: int, from_ns: int) -> list[int]:
        return [frame.data[0] for _, frame in played(pack, until_ns, from_ns) if frame.can_id >> 8 & 0xFFFF == 0xEBFF]

    pack.supply(0, True)
    assert packets(s(1), 0) == [1, 2, 3, 4]
    pack.identity("X" * 24, drop_packet=2)
    assert packets(s(2), s(1)) == [1, 3, 4]
    pack.identity(None)
    assert packets(s(3), s(2)) == []
