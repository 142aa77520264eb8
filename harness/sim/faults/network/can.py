"""Faults that are seen on the bus with a CAN interface alone: clock, load, error frames, sleep, lengths, counters, inputs, endurance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.core import Frame, ms, s
from harness.protocols.canbus.confinement import ControllerTraits
from harness.protocols.j1939.controller import Cyclic
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.j1939.ids import build_id
from harness.sim.ecus.endurance import EnduranceSetup, Harm
from harness.sim.ecus.fleet import SAFETY
from harness.sim.ecus.habits import Edit
from harness.sim.ecus.input import InputSetup
from harness.sim.ecus.seals import crc8_seal
from harness.sim.ecus.wakefulness import SleepSetup
from harness.sim.faults.network.changes import also, around, cycle, told
from harness.sim.faults.network.fault import Change, Fault, UnitSetup

__all__ = ["CAN_FAULTS"]

_SPEED = BY_NAME["CCVS1"].pgn
_EXTRA = 0xFF40
_CHARGE = 3
_VCU = 0x27
_SHORT = tuple(Frame(build_id(BY_NAME["Request"].pgn, _VCU), pgn.to_bytes(3, "little")) for pgn in range(0xFE00, 0xFE18))


def _safety(state: int, data: bytes, polynomial: int = 0x1D) -> bytes:
    """VcuSafety with another state or another checksum."""
    body = bytes((state << 4 | data[1] & 0xF,)) + data[2:]
    return bytes((crc8_seal(body, polynomial),)) + body


def _frozen() -> Edit:
    first: list[bytes] = []

    def edit(data: bytes) -> bytes:
        first.append(data)
        return first[0]

    return edit


def _skipping() -> Edit:
    """Every tenth count is left out, with a checksum that is right."""
    told_so_far = 0

    def edit(data: bytes) -> bytes:
        nonlocal told_so_far
        told_so_far += 1
        body = bytes((data[1] & 0xF0 | (data[1] + told_so_far // 10) & 0xF,)) + data[2:]
        return bytes((crc8_seal(body, 0x1D),)) + body

    return edit


def _wandering() -> Edit:
    turn = 0

    def edit(data: bytes) -> bytes:
        nonlocal turn
        turn += 1
        return data[:4] + bytes((turn & 0xFF,)) + data[5:]

    return edit


def _short_when_driving(data: bytes) -> bytes:
    return data[:6] if any(data[1:3]) else data


def _while_charging(*rows: Cyclic) -> Change:
    """*rows* as well, as long as the VCU says that the truck charges."""

    def change(setup: UnitSetup) -> UnitSetup:
        seen = bytearray(8)

        def watched(content: Callable[[int], bytes | None]) -> Callable[[int], bytes | None]:
            def once(now_ns: int) -> bytes | None:
                data = content(now_ns)
                seen[:] = data or seen
                return data

            return once

        own = [replace(row, content=watched(row.content)) if row.pgn == SAFETY else row for row in setup.spec.cyclic]
        more = [replace(row, content=lambda now_ns: bytes(8) if seen[1] >> 4 == _CHARGE else None) for row in rows]
        return replace(setup, spec=replace(setup.spec, cyclic=(*own, *more)))

    return change


_BURST = tuple(Cyclic(_EXTRA, s(20), lambda now_ns: bytes(8), offset_ns=s(3) + number * ms(0.6)) for number in range(250))
"""As many messages as the bus takes in 150 ms."""


def _other_speed(now_ns: int) -> bytes:
    return b"\xff\x00\x20\xcf" + b"\xff" * 4


def _controller(**traits: int | bool | None) -> Change:
    return lambda setup: replace(
        setup,
        around=replace(setup.around, controller=replace(ControllerTraits(), **traits)),  # type: ignore[arg-type]
    )


def _input(**changes: object) -> Change:
    return around(input=replace(InputSetup(), **changes))  # type: ignore[arg-type]


CAN_FAULTS = (
    Fault("clock_off_by_5_percent", "the bits that it sends are 5 % too short", (_controller(clock_ppm=50_000, recovery_ns=s(1)),)),
    Fault("clock_off_by_2_percent", "the bits that it sends are 2 % too short", (_controller(clock_ppm=20_000),)),
    Fault("bursts_of_150ms", "takes all of the bus for 150 ms every 20 s", (also(*_BURST),)),
    Fault(
        "charging_bursts_of_150ms",
        "takes all of the bus for 150 ms every 20 s while it charges",
        (_while_charging(*_BURST),),
    ),
    Fault("takes_half_of_the_bus", "sends 900 messages more a second", (also(Cyclic(_EXTRA, ms(1.1), lambda now_ns: bytes(8))),)),
    Fault(
        "bus_off_when_others_plug_in",
        "is bus-off for 3 s when somebody is plugged in",
        (_controller(bears_plugging=False, recovery_ns=s(3)),),
    ),
    Fault("bus_off_for_good", "stays off the bus when it was bus-off", (_controller(recovery_ns=None),)),
    Fault("bus_off_for_3s", "comes back 3 s after bus-off", (_controller(recovery_ns=s(3)),)),
    Fault(
        "speed_jitters_by_30ms",
        "sends CCVS1 after 70 ms and 130 ms in turn",
        (
            cycle("CCVS1", period_ns=ms(200)),
            lambda setup: also(*(replace(row, offset_ns=ms(130)) for row in setup.spec.cyclic if row.pgn == _SPEED))(setup),
        ),
    ),
    Fault("burst_at_start", "sends 24 short messages at once when power comes", (around(startup=_SHORT),)),
    Fault("never_sleeps", "does not go to sleep", (around(sleep=SleepSetup(sleeps=False)),)),
    Fault("sleeps_after_20s", "goes to sleep 20 s after the key", (around(sleep=SleepSetup(after_run_ns=s(20))),)),
    Fault("not_woken_by_frames", "does not wake up when it hears something", (around(sleep=SleepSetup(wakes=False)),)),
    Fault("wakes_after_3s", "wakes up 3 s after it heard something", (around(sleep=SleepSetup(wake_ns=s(3), awake_ns=s(6))),)),
    Fault("speed_shorter_while_driving", "CCVS1 has 6 bytes while the truck drives", (told("CCVS1", lambda: _short_when_driving),)),
    Fault("unused_bits_wander", "an unused byte of VcuSafety counts", (told(SAFETY, _wandering),)),
    Fault("standard_frame", "sends a frame with an 11-bit identifier", (around(raw=((s(1), Frame(0x123, bytes(8), extended=False)),)),)),
    Fault("remote_frame", "sends a remote frame", (around(raw=((s(1), Frame(build_id(_SPEED, _VCU), remote=True)),)),)),
    Fault("speed_of_two_senders", "another controller sends CCVS1 too", (also(Cyclic(_SPEED, ms(100), _other_speed, offset_ns=ms(50))),)),
    Fault("safety_counter_skips", "the counter of VcuSafety leaves counts out", (told(SAFETY, _skipping),)),
    Fault(
        "safety_checksum_of_2f",
        "the CRC of VcuSafety has another polynomial",
        (told(SAFETY, lambda: lambda d: _safety(d[1] >> 4, d, 0x2F)),),
    ),
    Fault("speed_stuck", "the vehicle speed never changes", (told("CCVS1", _frozen),)),
    Fault("state_out_of_range", "VcuSafety tells a state that nobody knows", (told(SAFETY, lambda: lambda data: _safety(9, data)),)),
    Fault("missing_input_untold", "records no trouble when its input is missing", (_input(tells=False),)),
    Fault("missing_input_borne_for_1s", "falls back 1 s after its input is missing", (_input(timeout_ns=s(1)),)),
    Fault("no_fallback", "does not fall back without its input", (_input(timeout_ns=0),)),
    Fault("missing_input_as_wrong", "takes a missing input for a wrong one", (_input(missing=(639, 19)),)),
    Fault("wrong_checksum_taken", "takes an input with a wrong checksum", (_input(checks_sum=False),)),
    Fault("wrong_counter_taken", "takes an input whose counter stands still", (_input(checks_counter=False),)),
    Fault("wrong_input_for_good", "takes no input any more after wrong ones", (_input(comes_back=False),)),
    Fault(
        "one_wrong_input_for_good",
        "takes no input any more after a single wrong one",
        (_input(bad_limit=1, comes_back=False),),
    ),
    Fault("still_counter_for_good", "takes no input any more after one whose counter stood still", (_input(forgives_counter=False),)),
    Fault(
        "silenced_by_fd_frames",
        "sends nothing any more after a CAN FD frame",
        (around(endurance=EnduranceSetup(hates=lambda frame: frame.fd, harm=Harm.STOPS)),),
    ),
    Fault("resets_at_400_frames_per_s", "starts anew at 400 frames a second", (around(endurance=EnduranceSetup(400)),)),
    Fault(
        "silenced_by_empty_frames",
        "sends nothing any more after a frame without data",
        (around(endurance=EnduranceSetup(hates=lambda frame: not frame.data, harm=Harm.STOPS)),),
    ),
    Fault(
        "drops_at_800_frames_per_s",
        "sends nothing as long as 800 frames a second come, and for 1.5 s more",
        (around(endurance=EnduranceSetup(800, harm=Harm.DROPS, lasts_ns=s(1.5))),),
    ),
    Fault(
        "stops_at_800_frames_per_s",
        "sends nothing any more after 800 frames a second",
        (around(endurance=EnduranceSetup(800, harm=Harm.STOPS)),),
    ),
    Fault("destroys_fd_frames", "does not bear CAN FD frames", (_controller(bears_fd=False),)),
    Fault("sends_without_supply", "goes on when its supply is switched off", (around(is_backfed=True),)),
)
