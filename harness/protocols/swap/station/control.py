"""The control of the swap station: what it commands and tells a truck, and what it does wrong on purpose. Sans-IO.

It knows no order of steps: every command is ordered by a case, sent at once and then again and again until the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.core import Frame
from harness.protocols.swap.messages import SwapProfile

__all__ = ["StationControl"]

_SEQUENCE, _COUNTERS = 15, 16
_PERIOD_NS = 100_000_000
"""Of a message whose cycle the profile leaves open."""
_COMMAND, _STATUS, _CHALLENGE = "STA_CMD", "STA_STS", "AUTH_CHAL"
_STATION = {"StationId": 1001, "QueueLength": 0, "BayTemp": 25, "StationMode": "auto"}
_READY = {
    "StationReady": "yes",
    "EmergencyStop": "no",
    "RobotClear": "yes",
    "StationInterlock": "closed",
    "ExpectedPackCrc": None,
    "StaFailReason": "none",
}
SESSION = 0x0101
LAB_ALGORITHM = 1


class StationControl:
    """Every call gives the frames to send, as they stand on CAN."""

    def __init__(self, profile: SwapProfile) -> None:
        self._profile = profile
        self._counters: dict[str, int] = {}
        self._due: dict[str, int] = {}
        self._fields: dict[str, object] = dict(_READY)
        self._session = SESSION
        self._command = "none"
        self._latest = "none"
        self._sequence = 0
        self._nonces: list[tuple[int, int, int | None]] = []
        self._raw: list[Frame] = []
        self._is_silent = self._is_frozen = self._at_once = False
        self._spoiled = 0
        self._length: int | None = None

    # Orders

    def command(self, word: str, **fields: object) -> int:
        """Command *word* with a new sequence number, which is returned; *fields* of the command stay as they are given."""
        self._fields.update(fields)
        self._sequence = (self._sequence + 1) % _SEQUENCE
        self._command = self._latest = word
        self._at_once = True
        return self._sequence

    def rest(self) -> None:
        """Command nothing, under the sequence number of the latest command."""
        self._command = "none"
        self._at_once = True

    def repeat(self) -> int:
        """Command the latest again, under its sequence number."""
        self._command = self._latest
        self._at_once = True
        return self._sequence

    def set(self, **fields: object) -> None:
        """Tell these fields of the command from now on (``EmergencyStop="yes"``), at once if one is being sent."""
        self._fields.update(fields)
        self._at_once = _COMMAND in self._due

    def session(self, number: int) -> None:
        """Stand under this session from the next command on; 0: none."""
        self._session = number

    def silence(self) -> None:
        """Send nothing more."""
        self._is_silent = True

    def speak(self) -> None:
        """Send again."""
        self._is_silent = False
        self._at_once = _COMMAND in self._due

    def end(self) -> None:
        """Send no commands any more, until the next one is given."""
        self._due.pop(_COMMAND, None)

    def spoil_checksum(self, times: int) -> None:
        """Give the next commands a wrong checksum."""
        self._spoiled = times

    def freeze_counter(self) -> None:
        """Send commands with one and the same counter."""
        self._is_frozen = True

    def shorten(self, length: int) -> None:
        """Send commands with so many bytes only."""
        self._length = length

    def challenge(self, nonce: int, *, session: int | None = None, algorithm: int = LAB_ALGORITHM) -> None:
        """Challenge the truck, under the present session if none is given."""
        self._nonces.append((nonce, algorithm, session))

    def replay(self, frame: Frame) -> None:
        """Send a frame of the station link as it was recorded."""
        self._raw.append(frame)

    def revert(self) -> None:
        """Do nothing wrong any more, and tell that all is well in the station."""
        self._is_silent = self._is_frozen = False
        self._spoiled, self._length = 0, None
        self._fields = dict(_READY)

    # The node that carries it

    def start(self, now_ns: int) -> None:
        """The station begins to tell of itself."""
        self._due[_STATUS] = now_ns

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called; 0: at once."""
        if self._at_once or self._nonces or self._raw:
            return 0
        return min(self._due.values(), default=None)

    def handle_timers(self, now_ns: int) -> list[Frame]:
        """Do what is due."""
        out, self._raw = self._raw, []
        if self._at_once:
            self._at_once = False
            self._due[_COMMAND] = now_ns
        for name, due_ns in list(self._due.items()):
            if due_ns <= now_ns:
                self._due[name] += self._profile.cycle_ns(name) or _PERIOD_NS
                out += self._send(name)
        nonces, self._nonces = self._nonces, []
        for nonce, algorithm, session in nonces:
            values = {"Nonce": nonce, "AlgorithmId": algorithm, "SessionId": self._session if session is None else session}
            out.append(self._frame(_CHALLENGE, values))
        return out

    def _send(self, name: str) -> list[Frame]:
        if self._is_silent or not self._profile.has(name):
            return []
        if name == _STATUS:
            return [self._frame(name, _STATION)]
        values = {**self._fields, "SwapCmd": self._command, "CmdSeq": self._sequence, "SessionId": self._session}
        frame = self._frame(name, values, frozen=self._is_frozen)
        if self._spoiled:
            self._spoiled -= 1
            frame = replace(frame, data=self._with_wrong_checksum(frame))
        return [frame if self._length is None else replace(frame, data=frame.data[: self._length])]

    def _frame(self, name: str, values: Mapping[str, object], *, frozen: bool = False) -> Frame:
        """With what the profile has signals for."""
        known = {signal: value for signal, value in values.items() if self._profile.has(name, signal)}
        return self._profile.frame(name, known, counter=self._count(name, frozen=frozen))

    def _with_wrong_checksum(self, frame: Frame) -> bytes:
        """One bit of the content turned over, so that the checksum does not fit."""
        data = bytearray(frame.data)
        data[-2] ^= 1
        return bytes(data)

    def _count(self, name: str, *, frozen: bool = False) -> int:
        counter = self._counters.get(name, -1) + (not frozen)
        self._counters[name] = counter % _COUNTERS
        return self._counters[name]
