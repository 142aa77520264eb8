"""The python-can port: options, errors that help, lost devices, garbage on the wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import can
import pytest

from harness.bench.ports import open_port
from harness.bench.ports.can_frames import frame_of
from harness.core import ConfigError, Frame, Level, LocalProtocolError, RigError

Opened = Callable[[Any], Any]
Until = Callable[[Callable[[], object]], None]


def problems(driver: str, **options: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        open_port(driver, {"link": "charge", **options})
    return [str(problem) for problem in caught.value.problems]


def test_unknown_driver_is_compared_with_ports_and_interfaces():
    with pytest.raises(ConfigError, match=r"'sockecan' \(did you mean 'socketcan'\?\)"):
        open_port("sockecan", {})
    with pytest.raises(ConfigError, match=r"'manul' \(did you mean 'manual'\?\)"):
        open_port("manul", {})


def test_all_problems_of_the_options_come_at_once():
    assert problems("virtual", chanel="x", bitrate_bps=-1, data_bitrate_bps=2_000_000) == [
        "link 'charge': 'channel' must name the channel of interface 'virtual', not None",
        "link 'charge': 'bitrate_bps' must be a positive integer, not -1",
        "link 'charge': 'data_bitrate_bps' needs 'fd: true'",
        "link 'charge': unknown key 'chanel' (did you mean 'channel'?)",
    ]


def test_option_that_the_interface_does_not_take_is_rejected_although_python_can_would_swallow_it():
    assert problems("socketcan", channel="can0", local_lopback=False) == [
        "link 'charge': unknown key 'local_lopback' (did you mean 'local_loopback'?)"
    ]


def test_spelling_of_python_can_is_answered_with_ours():
    assert problems("virtual", channel="x", bitrate=250000) == ["link 'charge': unknown key 'bitrate': write bitrate_bps"]


def test_own_options_of_an_interface_are_passed_on(opened: Opened):
    port = open_port("virtual", {"channel": "own options", "rx_queue_size": 7})
    opened(port)
    assert port.info["rx_queue_size"] == "7"


def test_fd_without_rates_is_refused():
    assert "'fd: true' needs 'bitrate_bps' and 'data_bitrate_bps'" in problems("virtual", channel="x", fd=True)[0]


def test_fd_on_a_serial_adapter_asks_for_its_clock():
    assert "needs 'f_clock_hz'" in problems("slcan", channel="x", fd=True, bitrate_bps=250000, data_bitrate_bps=2000000)[0]


def test_impossible_bit_timing_is_refused_before_anything_is_opened():
    found = problems("slcan", channel="x", fd=True, bitrate_bps=250000, data_bitrate_bps=2000000, f_clock_hz=1_000_000)
    assert "from a clock of 1000000 Hz" in found[0]


def test_echo_cannot_be_demanded_of_an_interface_without():
    assert "does not report own transmissions" in problems("slcan", channel="x", receive_own_messages=True)[0]


def test_echo_can_be_switched_off(opened: Opened):
    quiet, other = (open_port("virtual", {"channel": "quiet", "receive_own_messages": flag}) for flag in (False, True))
    quiet_box, other_box = opened(quiet), opened(other)
    quiet.send(Frame(1))
    other_box.wait(1)
    other.send(Frame(2))
    quiet_box.wait(1)
    assert not quiet.echoes
    assert [arrival.pdu for arrival in quiet_box.arrivals] == [Frame(2)]


def test_missing_network_interface_says_how_to_make_it():
    port = open_port("socketcan", {"link": "charge", "channel": "vcan99"})
    with pytest.raises(ConfigError) as caught:
        port.open(lambda *_: None)
    assert "link 'charge': socketcan 'vcan99' cannot be opened: there is no such network interface" in str(caught.value)
    assert "ip link add dev vcan99 type vcan" in str(caught.value)


def test_network_interface_that_is_no_can_interface_is_named():
    with pytest.raises(ConfigError, match="'lo' is no CAN interface"):
        open_port("socketcan", {"channel": "lo"}).open(lambda *_: None)


def test_missing_serial_device_says_why_and_where_to_look():
    port = open_port("slcan", {"channel": "/dev/does-not-exist", "sleep_after_open": 0})
    with pytest.raises(ConfigError) as caught:
        port.open(lambda *_: None)
    assert "slcan '/dev/does-not-exist' cannot be opened" in str(caught.value)
    assert "No such file or directory" in str(caught.value)
    assert "serial.tools.list_ports" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_driver_of_a_vendor_is_a_configuration_problem():
    with pytest.raises(ConfigError, match=r"kvaser '0' cannot be opened: .*install its driver"):
        open_port("kvaser", {"channel": "0"}).open(lambda *_: None)


def test_configuration_files_of_python_can_do_not_change_the_rig(monkeypatch: pytest.MonkeyPatch, opened: Opened):
    monkeypatch.setenv("CAN_INTERFACE", "socketcan")
    monkeypatch.setenv("CAN_CHANNEL", "elsewhere")
    port = open_port("virtual", {"channel": "as the rig says"})
    opened(port)
    assert port.info["interface"] == "virtual"


def test_pdu_of_another_kind_of_link_is_an_error_of_the_tester(opened: Opened):
    port = open_port("virtual", {"channel": "kinds"})
    opened(port)
    with pytest.raises(LocalProtocolError, match="not a Level"):
        port.send(Level("plug", 1))


def test_fd_frame_on_a_classic_link_is_an_error_of_the_tester(opened: Opened):
    port = open_port("virtual", {"channel": "classic"})
    opened(port)
    with pytest.raises(LocalProtocolError, match="no CAN FD link"):
        port.send(Frame(1, bytes(12), fd=True))


def test_error_frames_are_counted_and_not_delivered(opened: Opened):
    port = open_port("virtual", {"channel": "errors"})
    box = opened(port)
    with can.Bus("errors", "virtual") as bus:
        bus.send(can.Message(is_error_frame=True))
        bus.send(can.Message(arbitration_id=5, is_extended_id=False))
    assert [arrival.pdu for arrival in box.wait(1)] == [Frame(5, extended=False)]
    assert port.error_frames() == 1
    assert port.dropped() == 0
    port.close()
    assert port.error_frames() == 1


def test_message_that_no_bus_can_carry_is_refused():
    with pytest.raises(ValueError, match="9 data bytes"):
        frame_of(can.Message(arbitration_id=1, dlc=9, data=bytes(9)))


@pytest.mark.parametrize(
    "garbage",
    [b"T12\r", b"\xff\xfe\r", b"tXYZ0\r", b"t1239\r", b"t1232AA\r"],
    ids=["short", "no ASCII", "no number", "no length", "cut off"],
)
def test_garbage_of_a_serial_adapter_is_counted_and_reading_goes_on(
    adapters: Callable[[int], Any], opened: Opened, until: Until, garbage: bytes
):
    wire = adapters(1)
    port = open_port("slcan", {"channel": wire.paths[0], "sleep_after_open": 0})
    box = opened(port)
    wire.inject(0, garbage)
    until(lambda: port.dropped() == 1)
    wire.inject(0, b"t1231AA\r")
    assert box.wait(1)[0].pdu == Frame(0x123, b"\xaa", extended=False)
    assert port.failure is None


def test_bit_rate_reaches_the_serial_adapter(adapters: Callable[[int], Any], opened: Opened, until: Until):
    wire = adapters(1)
    opened(open_port("slcan", {"channel": wire.paths[0], "sleep_after_open": 0, "bitrate_bps": 250_000}))
    until(lambda: "S5" in wire.commands[0])


def test_bit_rate_that_the_adapter_does_not_have_is_refused(adapters: Callable[[int], Any]):
    port = open_port("slcan", {"channel": adapters(1).paths[0], "sleep_after_open": 0, "bitrate_bps": 123_456})
    with pytest.raises(ConfigError, match="Invalid bitrate"):
        port.open(lambda *_: None)


def test_adapter_pulled_out_during_the_run_is_reported_on_the_next_send(adapters: Callable[[int], Any], opened: Opened, until: Until):
    wire = adapters(1)
    port = open_port("slcan", {"link": "charge", "channel": wire.paths[0], "sleep_after_open": 0})
    opened(port)
    wire.unplug()
    until(lambda: port.failure)
    with pytest.raises(RigError, match=r"link 'charge': slcan .* was lost"):
        port.send(Frame(1))
    port.close()


def test_bus_that_does_not_take_a_frame_is_named_with_the_frame(opened: Opened, monkeypatch: pytest.MonkeyPatch):
    port = open_port("virtual", {"link": "charge", "channel": "refusing"})
    opened(port)

    def refuse(*_: object, **__: object) -> None:
        raise can.CanOperationError("Transmit buffer full")

    monkeypatch.setattr("can.interfaces.virtual.VirtualBus.send", refuse)
    with pytest.raises(RigError, match="link 'charge': virtual 'refusing' did not take 1826F456#01: Transmit buffer full"):
        port.send(Frame(0x1826F456, b"\x01"))


def test_driver_that_fails_in_its_own_way_does_not_look_like_a_silent_bus(opened: Opened, monkeypatch: pytest.MonkeyPatch, until: Until):
    def fail(*_: object, **__: object) -> None:
        raise AttributeError("handle is gone")

    monkeypatch.setattr("can.interfaces.virtual.VirtualBus._recv_internal", fail)
    port = open_port("virtual", {"channel": "failing"})
    opened(port)
    until(lambda: port.failure)
    assert "handle is gone" in port.failure
