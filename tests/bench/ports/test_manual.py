"""Lines worked by a person: instructions in order, the level counts from the confirmation."""

from __future__ import annotations

import os
import select
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.bench.ports import open_port
from harness.core import ConfigError, Frame, Level, LocalProtocolError, RigError

Opened = Callable[[Any], Any]
Until = Callable[[Callable[[], object]], None]


class Operator:
    """Reads what the terminal shows and presses keys."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setcbreak(self._slave)
        self.path = os.ttyname(self._slave)
        self.shown = ""

    def read(self, *texts: str) -> None:
        """Wait until all *texts* have been shown."""
        seen = b""
        while not all(text in self.shown for text in texts):
            assert select.select([self._master], [], [], 20)[0], f"{texts} not in {self.shown!r}"
            seen += os.read(self._master, 4096)
            self.shown += seen.decode(errors="ignore")

    def press(self, keys: bytes = b"\n") -> None:
        self.shown = ""
        os.write(self._master, keys)

    def leave(self) -> None:
        if self._master >= 0:
            os.close(self._slave)
            os.close(self._master)
            self._master = -1


@pytest.fixture
def operator() -> Iterator[Operator]:
    person = Operator()
    yield person
    person.leave()


def test_instruction_is_given_in_both_languages_and_the_level_counts_from_enter(operator: Operator, opened: Opened):
    port = open_port("manual", {"terminal": operator.path})
    box = opened(port)
    port.send(Level("plug", 1))
    operator.read("Plug the connector into the vehicle inlet", "请将充电插头插入车辆插座", "press Enter", "按回车键")
    assert box.arrivals == []
    operator.press()
    assert [arrival.pdu for arrival in box.wait(1, echo=True)] == [Level("plug", 1)]


def test_instructions_come_one_after_the_other(operator: Operator, opened: Opened):
    port = open_port("manual", {"terminal": operator.path})
    box = opened(port)
    port.send(Level("plug", 1))
    port.send(Level("aux_v", 12))
    operator.read("Plug the connector")
    assert "auxiliary" not in operator.shown
    operator.press()
    operator.read("Switch the auxiliary supply on: 12 V", "12 V")
    operator.press()
    assert [arrival.pdu for arrival in box.wait(2, echo=True)] == [Level("plug", 1), Level("aux_v", 12)]


def test_other_keys_confirm_nothing(operator: Operator, opened: Opened):
    port = open_port("manual", {"terminal": operator.path})
    box = opened(port)
    port.send(Level("plug", 1))
    operator.read("Plug the connector")
    operator.press(b"yes ")
    operator.press()
    box.wait(1, echo=True)
    assert len(box.arrivals) == 1


def test_level_that_repeats_the_present_one_asks_nobody(operator: Operator, opened: Opened):
    port = open_port("manual", {"terminal": operator.path})
    box = opened(port)
    port.send(Level("plug", 1))
    operator.read("Plug the connector")
    operator.press()
    port.send(Level("plug", 1))
    assert [arrival.pdu for arrival in box.wait(2, echo=True)] == [Level("plug", 1)] * 2


def test_line_without_an_instruction_is_not_for_the_operator_and_the_evidence_says_so(operator: Operator, opened: Opened):
    port = open_port("manual", {"terminal": operator.path})
    box = opened(port)
    port.send(Level("dc_v", 400.0))
    port.send(Level("dc_a", 10.0))
    assert [arrival.pdu for arrival in box.wait(2, echo=True)] == [Level("dc_v", 400.0), Level("dc_a", 10.0)]
    assert port.info["not_instructed"] == "dc_a, dc_v"


def test_stop_means_of_the_vehicle_is_asked_of_the_operator(operator: Operator, opened: Opened):
    port = open_port("manual", {"terminal": operator.path})
    box = opened(port)
    port.send(Level("stop_request", 1))
    operator.read("Make the vehicle end charging by its declared stop means / 请用车辆声明的手段结束充电")
    assert box.arrivals == []
    operator.press()
    assert [arrival.pdu for arrival in box.wait(1, echo=True)] == [Level("stop_request", 1)]


@pytest.mark.parametrize("level", [Level("plug", 1), Level("plug", 0), Level("aux_v", 24), Level("aux_v", 0), Level("stop_request", 1)])
def test_lines_on_which_a_person_must_act_keep_their_instruction_beside_own_ones(operator: Operator, opened: Opened, level: Level):
    texts = {"key": {"any": {"en": "Turn the key", "zh": "请转动钥匙"}}}
    port = open_port("manual", {"terminal": operator.path, "instructions": texts})
    box = opened(port)
    port.send(level)
    operator.read("press Enter")
    assert (box.arrivals, port.info.get("not_instructed")) == ([], None)


def test_own_instructions_are_used(operator: Operator, opened: Opened):
    texts = {
        "key": {1: {"en": "Turn the key on", "zh": "请打开钥匙"}, "any": {"en": "Turn the key to {value}", "zh": "请将钥匙转到{value}"}},
        "plug": {1: {"en": "Plug in on the left", "zh": "请插入左侧插座"}},
    }
    port = open_port("manual", {"terminal": operator.path, "instructions": texts})
    opened(port)
    port.send(Level("key", 1))
    operator.read("Turn the key on / 请打开钥匙")
    operator.press()
    port.send(Level("key", 2))
    operator.read("Turn the key to 2 / 请将钥匙转到2")
    operator.press()
    port.send(Level("plug", 1))
    operator.read("Plug in on the left / 请插入左侧插座")


def test_closing_does_not_wait_for_the_operator(operator: Operator, opened: Opened):
    port = open_port("manual", {"terminal": operator.path})
    box = opened(port)
    port.send(Level("plug", 1))
    operator.read("Plug the connector")
    port.close()
    port.close()
    assert box.arrivals == []
    with pytest.raises(RigError, match="not asked any more"):
        port.send(Level("plug", 0))


def test_terminal_that_goes_away_is_reported_on_the_next_send(operator: Operator, opened: Opened, until: Until):
    port = open_port("manual", {"link": "pilot", "terminal": operator.path})
    opened(port)
    port.send(Level("plug", 1))
    operator.read("Plug the connector")
    operator.leave()
    until(lambda: port.failure)
    with pytest.raises(RigError, match=r"link 'pilot': operator at .* was lost"):
        port.send(Level("plug", 0))


def test_only_levels_are_instructed(operator: Operator, opened: Opened):
    port = open_port("manual", {"terminal": operator.path})
    opened(port)
    with pytest.raises(LocalProtocolError, match="not a Frame"):
        port.send(Frame(1))


def test_without_a_terminal_the_run_does_not_begin(tmp_path: Path):
    for path in (tmp_path / "missing", Path("/dev/null")):
        with pytest.raises(ConfigError, match=r"cannot be asked: .*run from a terminal"):
            open_port("manual", {"terminal": str(path)}).open(lambda *_: None)


def test_incomplete_instructions_are_all_reported():
    table = {"key": {1: {"en": "Turn the key on"}, "x": {"en": "a", "zh": "b"}}, "door": "open"}
    with pytest.raises(ConfigError) as caught:
        open_port("manual", {"link": "pilot", "instructions": table, "terminl": "x"})
    assert [str(problem) for problem in caught.value.problems] == [
        "link 'pilot': instructions.key.1: give the text as {en: ..., zh: ...}",
        "link 'pilot': instructions.key.x: a value must be a number or 'any'",
        "link 'pilot': instructions.door: give a text for each value, as {1: {en: ..., zh: ...}}",
        "link 'pilot': unknown key 'terminl' (did you mean 'terminal'?)",
    ]


def test_pilot_and_proximity_are_not_taken_for_set_by_hand(operator: Operator, opened: Opened, until: Until):
    port = open_port("manual", {"terminal": operator.path})
    box = opened(port)
    port.send(Level("cp_duty_percent", 5))
    port.send(Level("pp_ohm", 1500))
    port.send(Level("dc_v", 0))
    assert [arrival.pdu for arrival in box.wait(1, echo=True)] == [Level("dc_v", 0)]
    assert port.info["not_instructed"] == "cp_duty_percent, dc_v, pp_ohm"


def test_pilot_with_an_instruction_of_its_own_counts_when_it_is_confirmed(operator: Operator, opened: Opened):
    texts = {"en": "Set the duty cycle to {value} %", "zh": "请将占空比设为{value}%"}
    port = open_port("manual", {"terminal": operator.path, "instructions": {"cp_duty_percent": {"any": texts}}})
    box = opened(port)
    port.send(Level("cp_duty_percent", 5))
    operator.read("Set the duty cycle to 5 %")
    operator.press()
    assert [arrival.pdu for arrival in box.wait(1, echo=True)] == [Level("cp_duty_percent", 5)]
