"""A pilot box on a serial port, played on a pseudo-terminal: greeting, confirmed levels, measured lines, wrong and lost boxes."""

from __future__ import annotations

import os
import select
import threading
import tty
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.bench.ports import open_port
from harness.core import ConfigError, Frame, Level, LocalProtocolError, RigError

Opened = Callable[[Any], Any]
Until = Callable[[Callable[[], object]], None]


class Box:
    """The other end of the wire: answers ``HELLO`` with *greeting* and every ``SET`` with what *answer* says."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self.greeting = "BOX 1 plug,cp_source_v,cp_duty_percent bench-3\n"
        self.answer: Callable[[str, str], str] = lambda line, value: f"OK {line} {value}\n"
        self.heard: list[str] = []
        self._stop, self._stopping = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def say(self, text: str | bytes) -> None:
        os.write(self._master, text.encode() if isinstance(text, str) else text)

    def unplug(self) -> None:
        if self._thread.is_alive():
            os.write(self._stopping, b"x")
            self._thread.join()
            for fd in (self._slave, self._master, self._stop, self._stopping):
                os.close(fd)

    def _run(self) -> None:
        rest = b""
        while True:
            ready, _, _ = select.select([self._stop, self._master], [], [])
            if self._stop in ready:
                return
            *lines, rest = (rest + os.read(self._master, 4096)).split(b"\n")
            for line in lines:
                words = line.decode().split()
                self.heard.append(" ".join(words))
                if words[0] == "HELLO":
                    self.say(self.greeting)
                elif words[0] == "SET":
                    self.say(self.answer(words[1], words[2]))


@pytest.fixture
def box() -> Iterator[Box]:
    played = Box()
    yield played
    played.unplug()


def port_to(box: Box, **options: Any) -> Any:
    return open_port("pilot_box", {"link": "pilot", "device": box.path, **options})


def test_box_says_who_it_is_and_confirmed_levels_are_echoed(box: Box, opened: Opened):
    port = port_to(box)
    mail = opened(port)
    assert port.info["name"] == "bench-3"
    assert port.info["drives"] == "cp_duty_percent, cp_source_v, plug"
    port.send(Level("plug", 1))
    port.send(Level("cp_source_v", -12))
    echoes = mail.wait(2, echo=True)
    assert [arrival.pdu for arrival in echoes] == [Level("plug", 1), Level("cp_source_v", -12)]
    assert [arrival.interface_ns for arrival in echoes] == [None, None]
    assert box.heard == ["HELLO 1", "SET plug 1", "SET cp_source_v -12"]
    assert port.dropped() == 0


def test_measured_lines_arrive_with_the_clock_of_the_box(box: Box, opened: Opened):
    port = port_to(box)
    mail = opened(port)
    box.say("LEV cp_v 8.97 12345690\nLEV cp_v 6.01 12345990\r\nLEV contactor 1\n")
    arrivals = mail.wait(3)
    assert [arrival.pdu for arrival in arrivals] == [Level("cp_v", 8.97), Level("cp_v", 6.01), Level("contactor", 1)]
    assert [arrival.interface_ns for arrival in arrivals] == [12_345_690_000, 12_345_990_000, None]
    assert port.info["stamps"] == "clock of the box"


def test_greeting_may_stand_among_levels(box: Box, opened: Opened):
    box.greeting = "LEV cp_v 12\nBOX 1 plug\nLEV cp_v 9\n"
    port = port_to(box)
    mail = opened(port)
    assert [arrival.pdu for arrival in mail.wait(1)] == [Level("cp_v", 9)]
    assert port.info["name"] == ""


def test_line_that_the_box_does_not_drive_is_not_taken_for_driven(box: Box, opened: Opened):
    port = port_to(box)
    mail = opened(port)
    port.send(Level("pp_ohm", 1500))
    port.send(Level("cp_frequency_hz", 970))
    port.send(Level("plug", 1))
    assert [arrival.pdu for arrival in mail.wait(1, echo=True)] == [Level("plug", 1)]
    assert port.info["not_driven"] == "cp_frequency_hz, pp_ohm"
    assert len(mail.arrivals) == 1


def test_refused_level_ends_the_run(box: Box, opened: Opened, until: Until):
    box.answer = lambda line, value: f"ERR {line} relay stuck\n"
    port = port_to(box)
    opened(port)
    port.send(Level("plug", 1))
    until(lambda: port.failure)
    with pytest.raises(RigError, match="cannot set 'plug': relay stuck"):
        port.send(Level("plug", 0))


@pytest.mark.parametrize(
    "text",
    ["LEV\n", "LEV cp_v\n", "LEV cp_v nine\n", "LEV cp_v 9 soon\n", "LEV cp_v nan\n", "OK plug 1\n", "HELLO\n", b"\xff\xfe\n", "x" * 600],
)
def test_what_cannot_be_read_is_counted(box: Box, opened: Opened, until: Until, text: str | bytes):
    port = port_to(box)
    mail = opened(port)
    box.say(text)
    until(lambda: port.dropped() == 1)
    box.say("\nLEV cp_v 9\n")
    assert mail.wait(1)[0].pdu == Level("cp_v", 9)


def test_confirmation_of_another_level_is_no_echo(box: Box, opened: Opened, until: Until):
    box.answer = lambda line, value: f"OK {line} 7\n"
    port = port_to(box)
    mail = opened(port)
    port.send(Level("plug", 1))
    until(lambda: port.dropped() == 1)
    assert mail.arrivals == []


def test_silent_device_is_no_box(box: Box, opened: Opened):
    box.greeting = "login: "
    with pytest.raises(ConfigError, match=r"link 'pilot': pilot box at '.*' does not say who it is within 3 s"):
        opened(port_to(box))


def test_box_of_another_version_is_refused(box: Box, opened: Opened):
    box.greeting = "BOX 2 plug\n"
    with pytest.raises(ConfigError, match="speaks version 2 of the protocol, this program version 1"):
        opened(port_to(box))


def test_missing_device_is_told(opened: Opened):
    with pytest.raises(ConfigError, match=r"cannot be opened: .*; is the box plugged in"):
        opened(open_port("pilot_box", {"device": "/dev/ttyNOBOX9"}))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "key 'device' is missing: name the serial port of the box"),
        ({"device": "/dev/x", "baudrate": "fast"}, "'baudrate' must be a positive integer"),
        ({"device": "/dev/x", "parity": "even"}, "unknown key 'parity'"),
    ],
)
def test_wrong_options_are_told(options: dict[str, object], text: str):
    with pytest.raises(ConfigError, match=text):
        open_port("pilot_box", options)


def test_only_levels_are_carried_and_only_while_open(box: Box, opened: Opened):
    port = port_to(box)
    with pytest.raises(RigError, match="is not open"):
        port.send(Level("plug", 1))
    opened(port)
    with pytest.raises(LocalProtocolError, match="works lines, not a Frame"):
        port.send(Frame(1))
    with pytest.raises(ConfigError, match="is open already"):
        port.open(lambda *_: None)
    port.close()
    port.close()


def test_lost_box_is_told(box: Box, opened: Opened, until: Until):
    port = port_to(box)
    opened(port)
    box.unplug()
    until(lambda: port.failure)
    with pytest.raises(RigError, match="was lost"):
        port.send(Level("plug", 1))
