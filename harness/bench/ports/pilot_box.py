"""Lines of a pilot box on a serial port: control pilot, proximity, plug, output, in lines of ASCII text.

Every line ends with LF; words are divided by one blank, values are decimal numbers in the unit that the name of the line carries.

========================  ================================================================================================
host to box               meaning
========================  ================================================================================================
``HELLO 1``               who are you; the number is the version of the protocol
``SET plug 1``            bring the line to this level
========================  ================================================================================================

==================================  ======================================================================================
box to host                         meaning
==================================  ======================================================================================
``BOX 1 plug,cp_source_v bench-3``  answer to ``HELLO``: version, the lines that it drives, its name
``OK plug 1 12345678``              the line has come to the level of ``SET``
``ERR plug relay stuck``            it cannot be brought there; the run ends
``LEV cp_v 8.97 12345690``          a line that it measures has changed
==================================  ======================================================================================

The last number of ``OK`` and ``LEV`` counts microseconds on the clock of the box, from any origin; a box without a clock leaves it out,
and the time of reading is the stamp then. ``SET`` for one line are answered in their order. After its answer to ``HELLO`` the box tells
the present level of every line that it measures.
"""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from functools import partial

import serial

from harness.bench.port import Sink
from harness.bench.ports.options import Options, place
from harness.bench.ports.worker import Worker
from harness.core import ConfigError, Level, LocalProtocolError, Pdu, RigError

__all__ = ["PilotBoxPort"]

_VERSION = 1
_BAUDRATE = 115_200
_ANSWER_S = 3.0
"""So long a box may take to say who it is."""
_POLL_S = 0.1
_LONGEST_LINE = 512


class PilotBoxPort:
    """Levels to and from one box. Options: ``device`` (a serial port) and ``baudrate`` (default 115200).

    A level that the box confirms is echoed at that instant: it is then that it came to be. A line that the box does not drive is not
    echoed, so that a case does not take it for driven; such lines are listed in ``info``.
    """

    def __init__(self, options: Mapping[str, object]) -> None:
        """Raises:
        ConfigError: the device is missing, or there is another option.
        """
        given = Options(options)
        self._device = given.text("device", required="name the serial port of the box, for example '/dev/ttyUSB0'")
        self._baudrate = given.number("baudrate") or _BAUDRATE
        given.finish(("device", "baudrate"))
        self._link = given.link
        self.echoes = True
        self._info = {
            "interface": "pilot_box",
            "device": self._device,
            "baudrate": str(self._baudrate),
            "stamps": "none, time of reading",
            "echo": "yes",
        }
        self.info: Mapping[str, str] = self._info
        self.failure: str | None = None
        self._serial: serial.Serial | None = None
        self._reader = Worker()
        self._drives: frozenset[str] = frozenset()
        self._pending: defaultdict[str, deque[Level]] = defaultdict(deque)
        self._sending = threading.Lock()
        self._dropped = 0

    def __str__(self) -> str:
        return f"{place(self._link)}pilot box at '{self._device}'"

    def open(self, sink: Sink) -> None:
        """See ``Port.open``."""
        if self._serial is not None:
            raise ConfigError(f"{self} is open already")
        try:
            opened = serial.Serial(self._device, self._baudrate, timeout=_POLL_S, write_timeout=_ANSWER_S, exclusive=True)
        except (OSError, ValueError) as error:  # SerialException is an OSError
            todo = "is the box plugged in, the device right, and nobody else using it?"
            raise ConfigError(f"{self} cannot be opened: {error}; {todo}") from error
        try:
            rest = self._greet(opened)
        except BaseException:
            opened.close()
            raise
        self._serial, self.failure, self._dropped = opened, None, 0
        self._pending.clear()
        self._reader.start(self._link or "pilot_box", partial(self._read, opened, sink, rest))

    def send(self, pdu: Pdu) -> None:
        """See ``Port.send``."""
        if not isinstance(pdu, Level):
            raise LocalProtocolError(f"{self} works lines, not a {type(pdu).__name__}")
        if self.failure is not None:
            raise RigError(self.failure)
        if self._serial is None:
            raise RigError(f"{self} is not open, it cannot set {pdu}")
        if pdu.line not in self._drives:
            known = set(filter(None, self._info.get("not_driven", "").split(", ")))
            self._info["not_driven"] = ", ".join(sorted({*known, pdu.line}))
            return
        with self._sending:
            self._pending[pdu.line].append(pdu)
            try:
                self._serial.write(f"SET {pdu.line} {pdu.value!r}\n".encode("ascii"))
            except (OSError, UnicodeEncodeError) as error:
                raise RigError(f"{self} did not take {pdu}: {error}") from error

    def dropped(self) -> int:
        """Lines of text that could not be read."""
        return self._dropped

    def close(self) -> None:
        """See ``Port.close``."""
        opened, self._serial = self._serial, None
        if opened is None:
            return
        self._reader.join()
        opened.close()

    def _greet(self, opened: serial.Serial) -> bytes:
        """Ask the box who it is; what it said behind its answer."""
        until_s = time.monotonic() + _ANSWER_S
        rest = b""
        try:
            opened.reset_input_buffer()
            opened.write(f"HELLO {_VERSION}\n".encode("ascii"))
            while time.monotonic() < until_s:
                *lines, rest = (rest + opened.read(max(1, opened.in_waiting))).split(b"\n")
                for index, line in enumerate(lines):
                    words = line.decode("ascii", errors="replace").split(None, 3)
                    if words[:1] == ["BOX"] and len(words) >= 3:
                        self._met(words)
                        return b"\n".join([*lines[index + 1 :], rest])
        except OSError as error:
            raise ConfigError(f"{self} cannot be used: {error}") from error
        raise ConfigError(f"{self} does not say who it is within {_ANSWER_S:g} s; is it a pilot box, and {self._baudrate} baud right?")

    def _met(self, words: list[str]) -> None:
        if words[1] != str(_VERSION):
            raise ConfigError(f"{self} speaks version {words[1]} of the protocol, this program version {_VERSION}")
        self._drives = frozenset(filter(None, words[2].split(",")))
        self._info["drives"] = ", ".join(sorted(self._drives))
        self._info["name"] = words[3].strip() if len(words) > 3 else ""

    def _read(self, opened: serial.Serial, sink: Sink, rest: bytes) -> None:
        while not self._reader.is_ended:
            try:
                data = opened.read(max(1, opened.in_waiting))
            except (OSError, TypeError) as error:  # pyserial lets a TypeError out when the device is closed under it
                if not self._reader.is_ended:
                    self.failure = f"{self} was lost: {error}"
                return
            host_ns = time.monotonic_ns()
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._take(line, host_ns, sink)
            if len(rest) > _LONGEST_LINE:
                rest = b""
                self._dropped += 1

    def _take(self, line: bytes, host_ns: int, sink: Sink) -> None:
        words = line.decode("ascii", errors="replace").split()
        match words:
            case []:
                return
            case ["ERR", name, *reason]:
                self.failure = f"{self} cannot set '{name}': {' '.join(reason) or 'no reason given'}"
            case ["LEV" | "OK" as kind, name, value, *stamp] if len(stamp) <= 1:
                self._told(kind, name, value, stamp, host_ns, sink)
            case _:
                self._dropped += 1

    def _told(self, kind: str, name: str, value: str, stamp: list[str], host_ns: int, sink: Sink) -> None:
        try:
            volts, interface_ns = float(value), int(stamp[0]) * 1000 if stamp else None
        except ValueError:
            self._dropped += 1
            return
        if not math.isfinite(volts):
            self._dropped += 1
            return
        if interface_ns is not None:
            self._info["stamps"] = "clock of the box"
        if kind == "LEV":
            sink(Level(name, volts), host_ns, interface_ns, False)
            return
        with self._sending:
            ordered = self._pending[name].popleft() if self._pending[name] else None
        if ordered is None or not math.isclose(ordered.value, volts, rel_tol=1e-6, abs_tol=1e-6):
            self._dropped += 1
        else:
            sink(ordered, host_ns, interface_ns, True)
