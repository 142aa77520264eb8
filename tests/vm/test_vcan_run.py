"""Two processes over SocketCAN: the simulated SUT alone in one, the certification run against it in another.

The clock of an emulated machine is coarse, and the tester on it is late now and then. That may cost verdicts on
periods, which are inconclusive then and say so; it must cost nothing else. A machine that stands still altogether
(its own host is busy) makes the SUT late too. Mostly both say so themselves, but a process that is held up between
its look at the clock and its frame knows nothing of it. So a case that went wrong is repeated: a defect shows every
time, a delay does not. Cases whose trouble nobody explained may be few only.
"""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.socketcan,
    pytest.mark.skipif(not Path("/sys/class/net/vcan0").exists(), reason="the kernel has no vcan0"),
]

ROOT = Path(__file__).parents[2]
PRECERT = Path(sys.executable).with_name("precert")
READY_S = 300.0
RUN_S = 900.0
END_S = 60.0
STALL_S = 0.03
"""A third of the shortest reaction that a step judges (BST within 100 ms of CST)."""
REPETITIONS = 4
UNEXPLAINED = 3
"""So many cases of a rig may go wrong once although neither process says that it was held up."""
CASES = {
    "vcan.yaml": (
        *("GBT-VP.101", "GBT-VP.102", "GBT-VN.103"),
        *("GBT-VP.201", "GBT-VP.205", "GBT-VN.202"),
        *("GBT-VP.301", "GBT-VP.308", "GBT-VP.401"),
        *("GBT-VT.501", "GBT-VT.507"),
    ),
    "vcan-charger.yaml": (
        *("GBT-DP.1001", "GBT-DN.1002"),
        *("GBT-DP.2001", "GBT-DN.2002", "GBT-DP.2003"),
        *("GBT-DN.3002",),
    ),
}
"""Cases of each phase and each kind for the SUT of each rig: what is shown here is the way over a kernel, not each case once more."""
EVERY_CASE = "PRECERT_VCAN_EVERY_CASE"
"""Set, all cases of at most ten seconds of bus time are run: 37 and 20, some five minutes more."""


LATE = re.compile(r"^precert truck: (\S+) late by (\d+) ms")
END_OF_TURN = timedelta(seconds=1)
"""The SUT tells of a delay some time after it."""


@dataclass(frozen=True)
class Campaign:
    """What both processes left behind."""

    rig: str
    runs: list[dict[str, Any]]
    """results.json of the run and of its repetitions."""
    records: dict[str, dict[str, Any]]
    """The last record of each case."""
    unexplained: list[str]
    """What went wrong in some run of a case although neither process says that it was held up."""
    exit_codes: list[int]
    output: str
    sut_exit_code: int
    sut_output: str


def complaints(record: dict[str, Any]) -> list[str]:
    """What the stage does not put up with: everything but periods that the tester's own jitter leaves open."""
    wrong = [
        f"{record['id']}: {check['name']}: {check['verdict']} {check['reason']}: {check['observed']}, expected {check['expected']}"
        for check in record["checks"]
        if check["verdict"] != "pass" and check["reason"] != "TESTER_JITTER"
    ]
    if record["verdict"] in ("fail", "error") and not wrong:
        wrong.append(f"{record['id']}: {record['verdict']}: {record['reason']}")
    return wrong


def is_spoilt(record: dict[str, Any], delays: Sequence[tuple[datetime, float]]) -> bool:
    """The machine stood still for too long for tester or SUT; *delays* are those of the SUT by its own account."""
    began, ended = (datetime.fromisoformat(record["execution"][key]) for key in ("started_at", "ended_at"))
    late_s = [float(record["tester"]["jitter_s"]), *(late_s for at, late_s in delays if began <= at <= ended + END_OF_TURN)]
    return max(late_s) > STALL_S


def delays_in(output: Iterable[str]) -> list[tuple[datetime, float]]:
    """When, and by how many seconds, the SUT was late."""
    found = (LATE.search(line) for line in output)
    return [(datetime.fromisoformat(each[1]), float(each[2]) / 1e3) for each in found if each]


class Process:
    """A child whose output is read as it comes, on a processor of its own.

    A virtual CAN has one queue per processor: frames of a sender that moves from one to another can overtake each other.
    """

    def __init__(self, cpu: int, *arguments: str) -> None:
        self.child = subprocess.Popen(
            [PRECERT, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"COLUMNS": "160"},
        )
        os.sched_setaffinity(self.child.pid, {cpu})
        self.lines: list[str] = []
        self._spoke = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.lines.append(line)
            self._spoke.set()

    def await_output(self) -> None:
        assert self._spoke.wait(READY_S), "the SUT said nothing"

    def end(self, limit_s: float) -> int:
        try:
            code = self.child.wait(limit_s)
        finally:
            if self.child.poll() is None:
                self.child.kill()
        self._reader.join(END_S)
        return code

    @property
    def output(self) -> str:
        return "".join(self.lines)


@pytest.fixture(scope="module", params=CASES)
def campaign(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    """One run of the cases. Those that went wrong are repeated."""
    cpus = sorted(os.sched_getaffinity(0))
    folder = tmp_path_factory.mktemp("vcan")
    rig = f"rigs/{request.param}"
    sut = Process(cpus[0], "truck", "--rig", rig)
    runs: list[dict[str, Any]] = []
    records: dict[str, dict[str, Any]] = {}
    unexplained: list[str] = []
    codes, output = [], ""
    select = ["gbt27930"] if EVERY_CASE in os.environ else list(CASES[request.param])
    try:
        sut.await_output()
        while select and len(runs) <= REPETITIONS:
            out = folder / f"run-{len(runs) + 1}"
            tester = Process(cpus[-1], "run", *select, "--rig", rig, "-m", "not nightly", "--out", str(out))
            codes.append(tester.end(RUN_S))
            output += tester.output
            assert sut.child.poll() is None, f"the SUT ended during the run\n{sut.output}"
            assert (out / "results.json").is_file(), tester.output
            runs.append(json.loads((out / "results.json").read_text(encoding="utf-8")))
            latest = [json.loads(line) for line in (out / "records.jsonl").read_text(encoding="utf-8").splitlines()]
            records |= {record["id"]: record for record in latest}
            wrong = [record for record in latest if complaints(record)]
            unexplained += [text for record in wrong if not is_spoilt(record, delays_in(sut.lines)) for text in complaints(record)]
            select = [record["id"] for record in wrong]
        sut.child.send_signal(signal.SIGTERM)
        sut_code = sut.end(END_S)
    finally:
        sut.child.kill()
    return Campaign(request.param, runs, records, unexplained, codes, output, sut_code, sut.output)


def test_every_case_was_run(campaign: Campaign) -> None:
    counts = campaign.runs[0]["counts"]
    assert counts["planned"] - counts["na"] == len(campaign.records)
    assert set(CASES[campaign.rig]) <= campaign.records.keys()
    assert {record["bench_mode"] for record in campaign.records.values()} == {"simulation"}


def test_nothing_but_periods_is_left_open(campaign: Campaign) -> None:
    wrong = [text for record in campaign.records.values() for text in complaints(record)]
    assert not wrong, "\n".join(wrong)


def test_what_went_wrong_once_was_the_machine(campaign: Campaign) -> None:
    assert len(campaign.unexplained) <= UNEXPLAINED, "\n".join(campaign.unexplained)


def test_the_exit_code_tells_whether_all_cases_passed(campaign: Campaign) -> None:
    counts = campaign.runs[0]["counts"]
    assert campaign.exit_codes[0] == (0 if counts["pass"] + counts["na"] == counts["planned"] else 1), campaign.output


def test_the_jitter_of_the_tester_is_in_every_record(campaign: Campaign, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        for text in campaign.unexplained:
            print(f"\n{campaign.rig}, repeated: {text}", end="")
        for number, results in enumerate(campaign.runs, 1):
            print(f"\n{campaign.rig}, run {number}: {told(results)}", end="")
        jitters_ms = [float(record["tester"]["jitter_s"]) * 1e3 for record in campaign.records.values()]
        print(
            f"\n{campaign.rig}, worst jitter of the tester per case: min {min(jitters_ms):.3f} ms, "
            f"median {statistics.median(jitters_ms):.3f} ms, max {max(jitters_ms):.3f} ms"
        )
    assert all(jitter_ms > 0 for jitter_ms in jitters_ms)


def told(results: dict[str, Any]) -> str:
    """One line about a run."""
    counts = results["counts"]
    return (
        f"{counts['planned']} cases, {counts['pass']} pass, {counts['inconc']} inconclusive, {counts['fail']} fail, {counts['error']} error"
    )


def test_the_sut_ends_in_order_on_sigterm(campaign: Campaign) -> None:
    assert campaign.sut_exit_code == 0, campaign.sut_output
    assert campaign.sut_output.rstrip().endswith("precert truck: ended")
    assert "Traceback" not in campaign.sut_output
