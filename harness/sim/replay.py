"""The replay truck: answers a charger as the vehicle of a recording did, from a file that ``precert analyse --replay`` wrote.

It reacts to what the tester's charger says now: each new word of the charger opens the section of the recording that this word opened
there, and the recorded messages follow at their recorded delays. Multi-packet messages are real transfers that wait for the CTS of the
tester. What the charger never said in the recording has no effect.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core import ConfigError, Frame, Node, Pdu, Problem
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.replay import Answer, Follower, Script, read_lines, word_of
from harness.protocols.gbt27930.wire import Wire, single_frame
from harness.protocols.j1939 import Transport
from harness.sim.options import OptionReader

__all__ = ["SCHEMA", "ReplayOptions", "ReplayTruck", "read_replay", "replay"]

SCHEMA = "precert-replay/1"
_STANDARD = "gbt27930"


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """Options of the model."""

    file: str = ""
    """Replay file; in a rig relative to the rig's own folder."""
    seed: int = 0
    """Taken by every model; this one has nothing random."""


def replay(options: Mapping[str, object]) -> list[Node]:
    """A truck that answers as recorded. Option: ``file``, a replay file. Its one node sits on the charging CAN; there is no pilot link.

    Raises:
        ConfigError: unknown option, or the file is missing or none of a replay; with its line.
    """
    reader = OptionReader("replay", options)
    chosen = reader.read(ReplayOptions)
    reader.names("faults", (), "fault")
    reader.require(bool(chosen.file), "option 'file' must name a replay file; make one with 'precert analyse CAPTURE --replay FILE'")
    reader.finish()
    return [ReplayTruck(read_replay(Path(chosen.file)))]


def read_replay(path: Path) -> Script:
    """The session in a replay file.

    Raises:
        ConfigError: the file cannot be read, or a line is wrong.
    """
    try:
        texts = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(Problem(f"no replay file: {what}; make one with 'precert analyse CAPTURE --replay FILE'", path)) from error
    lines = [_line(text, number, path) for number, text in enumerate(texts, 1) if text.strip()]
    head = lines[0] if lines else {}
    if (head.get("schema"), head.get("standard")) != (SCHEMA, _STANDARD):
        text = f"no replay file of this version: its first line must have schema '{SCHEMA}' and standard '{_STANDARD}'"
        raise ConfigError(Problem(text, path, 1))
    try:
        script = read_lines(lines[1:])
    except ValueError as error:
        index, text = error.args
        raise ConfigError(Problem(str(text), path, index + 2)) from error
    if not script.sections:
        raise ConfigError(Problem("the replay holds no section", path, len(lines)))
    return script


def _line(text: str, number: int, path: Path) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ConfigError(Problem(f"no line of JSON: {error}", path, number)) from error
    if not isinstance(found, dict):
        raise ConfigError(Problem("a line must be an object", path, number))
    return found


class ReplayTruck:
    """The recorded vehicle on the charging CAN; a ``Node``."""

    def __init__(self, script: Script, *, name: str = "replay") -> None:
        self.name = name
        self._sections = script.sections
        self._wire = Wire("vehicle", any_length=True)
        self._transport = Transport(self._wire.own_address, dt_gap_ns=script.dt_gap_ns)
        self._follower = Follower()
        self._index = -1
        self._due: list[tuple[int, Answer]] = []
        """Instants and answers of the present section that are still to come, in order."""

    @property
    def section(self) -> str:
        """Word of the section that is replayed, empty before the first."""
        return self._sections[self._index].word if self._index >= 0 else ""

    def start(self, now_ns: int) -> list[Pdu]:
        """Wait for the charger."""
        return []

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """Take a frame of the charger."""
        if not isinstance(pdu, Frame):
            return []
        if self._wire.is_transport(pdu):
            return list(self._transport.receive(now_ns, pdu))
        row = self._wire.identify(pdu)
        word = word_of(row.name, pdu.data) if row else ""
        if word and self._follower.hear(word, now_ns) and (index := self._next(word)) is not None:
            self._index = index
            self._due = [(now_ns + answer.after_ns, answer) for answer in self._sections[index].answers]
        return []

    def next_deadline_ns(self) -> int | None:
        """The next answer, or what the transport waits for."""
        deadlines = [self._due[0][0]] if self._due else []
        if (transport_ns := self._transport.next_deadline_ns()) is not None:
            deadlines.append(transport_ns)
        return min(deadlines, default=None)

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """Send what is due."""
        out: list[Pdu] = list(self._transport.handle_timers(now_ns))
        while self._due and self._due[0][0] <= now_ns:
            due_ns, answer = self._due.pop(0)
            if answer.repeat_ns is not None:
                self._due.append((max(due_ns + answer.repeat_ns, now_ns + 1), answer))
                self._due.sort(key=lambda item: item[0])
            out += self._send(now_ns, answer)
        return out

    def _send(self, now_ns: int, answer: Answer) -> list[Frame]:
        if len(answer.data) <= 8:
            return [single_frame(answer.name, answer.data)]
        pgn, peer = MESSAGES[answer.name].pgn, self._wire.peer_address
        if self._transport.is_sending(pgn, peer):
            if not self._transport.is_unanswered(pgn, peer):
                return []
            self._transport.cancel(now_ns, pgn, peer)
        return self._transport.send(now_ns, pgn, peer, answer.data, max_per_cts=answer.max_per_cts)

    def _next(self, word: str) -> int | None:
        """The next section that *word* opened in the recording, or else the first one."""
        found = [index for index, section in enumerate(self._sections) if section.word == word]
        return next((index for index in found if index > self._index), found[0] if found else None)
