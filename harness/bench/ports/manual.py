"""Lines that a person works: a level becomes an instruction on the operator's terminal, done when Enter is pressed."""

from __future__ import annotations

import contextlib
import os
import queue
import select
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from harness.bench.port import Sink
from harness.bench.ports.options import Options, place
from harness.bench.ports.worker import Worker
from harness.core import ConfigError, Level, LocalProtocolError, Pdu, RigError

__all__ = ["INSTRUCTIONS", "ManualPort"]

_POLL_S = 0.1
_TERMINAL = "/dev/tty"
_ENTER = ("press Enter when it is done", "完成后按回车键")


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the operator reads, in both languages; ``{value}`` stands for the level."""

    en: str
    zh: str

    def prompt(self, value: float) -> str:
        """The whole prompt for *value*."""
        en, zh = (text.replace("{value}", f"{value:g}") for text in (self.en, self.zh))
        return f"\r\n>>> {en} / {zh}\r\n    ({_ENTER[0]} / {_ENTER[1]}) "


_ELECTRICAL = ("cp_", "pp_")
"""How lines begin that no hand can set."""

Instructions = Mapping[str, Mapping[float | None, Instruction]]
"""By line, then by value; ``None`` stands for every other value."""

INSTRUCTIONS: Instructions = {
    "plug": {
        1.0: Instruction("Plug the connector into the vehicle inlet", "请将充电插头插入车辆插座"),
        0.0: Instruction("Unplug the connector from the vehicle inlet", "请将充电插头从车辆插座拔出"),
    },
    "aux_v": {
        0.0: Instruction("Switch the auxiliary supply off", "请关闭低压辅助电源"),
        None: Instruction("Switch the auxiliary supply on: {value} V", "请接通低压辅助电源：{value} V"),
    },
    "start_button": {
        None: Instruction("Start charging at the charger: button, card or app", "请在充电机上启动充电（按钮、刷卡或扫码）"),
    },
    "stop_button": {
        None: Instruction("Stop charging at the charger by its operator's means", "请在充电机上由操作人员停止充电"),
    },
    "stop_request": {
        1.0: Instruction("Make the vehicle end charging by its declared stop means", "请用车辆声明的手段结束充电"),
    },
    "swap_pack": {
        1.0: Instruction("Let the pack of the vehicle be exchanged for another one", "请为车辆更换另一电池包"),
    },
    "pause_request": {
        1.0: Instruction("Make the vehicle pause charging by its declared pause means", "请用车辆声明的手段暂停充电"),
        0.0: Instruction("Let the vehicle resume charging", "请让车辆恢复充电"),
    },
    "user_stop": {
        1.0: Instruction("Make the vehicle end charging by its declared stop means", "请用车辆声明的手段结束充电"),
    },
    "user_pause": {
        1.0: Instruction("Make the vehicle pause the session by its declared pause means", "请用车辆声明的手段暂停会话"),
        0.0: Instruction("Let the vehicle resume the session", "请让车辆恢复会话"),
    },
}
"""Used for each line that the rig file gives no ``instructions``."""


class ManualPort:
    """Each new level of a line with an instruction waits for the operator, one after the other, in order.

    The port echoes a level at the instant at which the operator confirms it: that is when it came to be. Levels
    that repeat the present one, and lines without an instruction, are not for the operator and echo at once; the
    latter are listed in ``info``. Control pilot and proximity (``cp_...``, ``pp_...``) are nothing that a hand can
    set: without an instruction they are listed, too, but not echoed, so that no case takes them for driven.

    Options: ``terminal`` (default ``/dev/tty``) and ``instructions``: by line, by value or ``any``, a text each
    in ``en`` and ``zh``; a line that is not named there keeps its own of ``INSTRUCTIONS``.
    """

    def __init__(self, options: Mapping[str, object]) -> None:
        """Raises:
        ConfigError: an instruction is incomplete, or there is another option.
        """
        given = Options(options)
        self._terminal = given.text("terminal", _TERMINAL)
        table = given.table("instructions")
        self._instructions = {**INSTRUCTIONS, **_read_instructions(given, table or {})}
        given.take("channel")
        given.finish(("terminal", "instructions"))
        self._link = given.link
        self.echoes = True
        self._info = {
            "interface": "manual",
            "terminal": self._terminal,
            "stamps": "none, time of the operator's confirmation",
            "echo": "yes",
        }
        self.info: Mapping[str, str] = self._info
        self.failure: str | None = None
        self._sink: Sink | None = None
        self._fd = -1
        self._orders: queue.SimpleQueue[Level | None] = queue.SimpleQueue()
        self._present: dict[str, float] = {}
        self._uninstructed: set[str] = set()
        self._worker = Worker()

    def __str__(self) -> str:
        return f"{place(self._link)}operator at '{self._terminal}'"

    def open(self, sink: Sink) -> None:
        """See ``Port.open``."""
        if self._sink is not None:
            raise ConfigError(f"{self} is asked already")
        self._fd = self._open_terminal()
        self._sink, self.failure = sink, None
        self._orders, self._present = queue.SimpleQueue(), {}
        self._worker.start(self._link or "manual", partial(self._work, sink))

    def send(self, pdu: Pdu) -> None:
        """See ``Port.send``."""
        if not isinstance(pdu, Level):
            raise LocalProtocolError(f"{self} works lines, not a {type(pdu).__name__}")
        if self.failure is not None:
            raise RigError(self.failure)
        if self._sink is None:
            raise RigError(f"{self} is not asked any more, {pdu} cannot be set")
        self._orders.put(pdu)

    def dropped(self) -> int:
        """Nothing is received from an operator, so nothing is lost."""
        return 0

    def close(self) -> None:
        """See ``Port.close``."""
        if self._sink is None:
            return
        self._sink = None
        self._worker.stop()
        self._orders.put(None)
        self._worker.join()
        os.close(self._fd)
        self._fd = -1

    def _open_terminal(self) -> int:
        reason = "it is no terminal"
        try:
            fd = os.open(self._terminal, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            reason = error.strerror or str(error)
        else:
            if os.isatty(fd):
                return fd
            os.close(fd)
        todo = "run from a terminal where the operator sits, or replace driver 'manual' by the port of a pilot box"
        raise ConfigError(f"{self} cannot be asked: {reason}; {todo}")

    def _work(self, sink: Sink) -> None:
        while (level := self._orders.get()) is not None and not self._worker.is_ended:
            instruction = self._instruction(level)
            if instruction is not None and self._present.get(level.line) != level.value:
                try:
                    confirmed = self._ask(instruction.prompt(level.value))
                except OSError as error:
                    self.failure = f"{self} was lost: {error.strerror or error}"
                    return
                if not confirmed:
                    return
            self._present[level.line] = level.value
            if instruction is None and level.line.startswith(_ELECTRICAL):
                continue
            sink(level, time.monotonic_ns(), None, True)

    def _instruction(self, level: Level) -> Instruction | None:
        texts = self._instructions.get(level.line)
        if texts is None:
            if level.line not in self._uninstructed:
                self._uninstructed.add(level.line)
                self._info["not_instructed"] = ", ".join(sorted(self._uninstructed))
            return None
        return texts.get(level.value, texts.get(None))

    def _ask(self, prompt: str) -> bool:
        """Whether the operator confirmed before the port was closed."""
        # What was typed before the question is no answer to it.
        with contextlib.suppress(termios.error):
            termios.tcflush(self._fd, termios.TCIFLUSH)
        os.write(self._fd, prompt.encode())
        while not self._worker.is_ended:
            if not select.select([self._fd], [], [], _POLL_S)[0]:
                continue
            typed = os.read(self._fd, 256)
            if not typed:
                raise OSError("end of input")
            if b"\n" in typed or b"\r" in typed:
                return True
        return False


def _read_instructions(given: Options, table: Mapping[str, object]) -> Instructions:
    read: dict[str, dict[float | None, Instruction]] = {}
    for line, values in table.items():
        if not isinstance(values, Mapping) or not values:
            given.problem(f"instructions.{line}: give a text for each value, as {{1: {{en: ..., zh: ...}}}}")
            continue
        for value, texts in values.items():
            key = _value_of(value)
            where = f"instructions.{line}.{value}"
            if key is None and value != "any":
                given.problem(f"{where}: a value must be a number or 'any'")
            elif (
                not isinstance(texts, Mapping)
                or set(texts) != {"en", "zh"}
                or not all(isinstance(text, str) and text for text in texts.values())
            ):
                given.problem(f"{where}: give the text as {{en: ..., zh: ...}}")
            else:
                read.setdefault(line, {})[key] = Instruction(texts["en"], texts["zh"])
    return read


def _value_of(key: object) -> float | None:
    if isinstance(key, bool) or not isinstance(key, int | float | str):
        return None
    try:
        return float(key)
    except ValueError:
        return None
