"""Runs in a process of their own, the way a user starts them, and a suite of trials in a distribution of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUARD_S = 300.0

Command = Callable[..., subprocess.CompletedProcess[str]]

_TRIALS = '''\
"""Cases that end in every way in which a case can end."""

from harness.case import case
from harness.core import s


{cases}
'''

_CASE = """\
@case(
    "{id}",
    title="Trial",
    purpose="Show how a case ends.",
    refs=["TRIAL-1:1/ends"],
    basis="project",
    confidence="high",
    pics="{pics}",
    faults=["bhm_never_sent"],
    needs={needs},
)
def test_{name}(bench, truck, step, check):
    with step(1, "Begin", expect="What the trial is about"):
{body}
"""

_HANDSHAKE = """\
        bench.control("charger").hold("handshake")
        bench.control("charger", 1).plug_in()
        bench.control("charger").begin("handshake")
        bhm = bench.reach("BHM", within=truck.limit("trial.answer"))
"""

BODIES: Mapping[str, tuple[str, str]] = {
    "TRIAL-PASS": ("V.DC", _HANDSHAKE),
    "TRIAL-CRASH": ("V.DC", _HANDSHAKE + '        check("quotient", 1 / 0, at_most=1)\n'),
    "TRIAL-FAIL": ("V.DC", _HANDSHAKE + '        check("BHM.max_voltage", bhm["max_voltage_v"], at_most=100, unit="V", message=bhm)\n'),
    "TRIAL-INCONC": ("V.DC", _HANDSHAKE + '        bench.reach("BSD", within=s(1))\n'),
    "TRIAL-SILENT": ("V.DC", "        bench.run_for(s(1))\n"),
    "TRIAL-AUX": ("V.DC AND V.AUX", _HANDSHAKE),
    "TRIAL-RECOGNITION": (
        "V.DC",
        _HANDSHAKE + '        bench.control("charger").hold("recognition")\n        bench.reach("BRM", within=s(20))\n',
    ),
    "TRIAL-POWER": ("V.DC", _HANDSHAKE),
    "TRIAL-ZZ-LAST": ("V.DC", _HANDSHAKE),
}
"""PICS condition and only step of each trial; they run in this order."""
NEEDS: Mapping[str, list[str]] = {"TRIAL-POWER": ["writes", "energise"]}
"""Stimuli that a trial needs leave for, if any."""

_FILES = {
    "__init__.py": "",
    "suite.toml": """\
schema = 1
name = "trial"
version = "1.0.0"
title = { en = "Trials", zh = "试验" }
standard = "gbt27930"
method = "Trials"
link = "charge"
suts = {truck = ["vehicle"]}
profile = "profile.toml"
prove = ["virtual-truck.yaml"]
""",
    "profile.toml": """\
schema = 1
name = "trial"
title = "Trials"

[limits."trial.answer"]
value = 5
unit = "s"
source = "own"
ref = "TRIAL-1:1/ends"
confidence = "high"
text = "first BHM"
""",
    "requirements.toml": """\
schema = 1

[requirements."TRIAL-1:1/ends"]
summary_en = "Every case ends."
summary_zh = "每个用例都有结论。"
source = "own"
confidence = "high"
""",
    "pics.toml": """\
schema = 1

[pics]
"V.DC" = { en = "DC?", zh = "直流?" }
"V.AUX" = { en = "Auxiliary supply?", zh = "辅助电源?" }

[pixit]
""",
}

_MODELS = '''\
"""Trucks that do not behave."""

from harness.core import Frame, Level
from harness.sim.truck import heavy_truck

CRM = 0x1801F456


class Breaking:
    """Another node that raises when CRM comes."""

    def __init__(self, node):
        self._node, self.name = node, node.name
        self.start, self.handle_timers, self.next_deadline_ns = node.start, node.handle_timers, node.next_deadline_ns

    def receive(self, now_ns, pdu):
        if isinstance(pdu, Frame) and pdu.can_id == CRM:
            raise KeyError("no such state")
        return self._node.receive(now_ns, pdu)


def breaking_truck(options):
    bms, pilot = heavy_truck(options)
    return [Breaking(bms), pilot]
'''

RIG = """\
schema: 1
rig: {name}
bench_mode: simulation
time: virtual
clock: {{source: virtual, resolution_us: 0.001, accuracy_us: 0, drift_ppm: 0}}
links:
  charge: {{driver: simulated, bitrate_bps: 250000}}
  pilot: {{kind: line, driver: simulated}}
roles:
  charger: {{kind: sim, links: [charge, pilot], model: dc_charger, options: {{timeouts: false}}}}
  truck: {{kind: sut, links: [charge, pilot], model: {model}{pics}}}
seed: 1
"""


@dataclass(frozen=True)
class Run:
    """A run folder and what was printed."""

    folder: Path
    exit_code: int
    output: str

    @property
    def results(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.folder / "results.json").read_text(encoding="utf-8"))
        return document

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self.results["results"]}

    @property
    def junit(self) -> dict[str, ElementTree.Element]:
        return {str(case.get("name")): case for case in ElementTree.parse(self.folder / "junit.xml").iter("testcase")}


def environment(more: Mapping[str, str] = {}) -> dict[str, str]:
    """The environment without what the running pytest put into it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")} | {"COLUMNS": "160", **more}


@pytest.fixture(scope="session")
def clean_environment() -> Callable[..., dict[str, str]]:
    """Environment for a child, with further variables."""
    return lambda **more: environment(more)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def trial_suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder for PYTHONPATH with a distribution that brings the suite ``trial`` and the model ``breaking_truck``."""
    folder = tmp_path_factory.mktemp("distribution")
    package = folder / "precert_trial"
    package.mkdir()
    for name, text in _FILES.items():
        (package / name).write_text(text, encoding="utf-8")
    cases = [
        _CASE.format(id=case_id, name=case_id.lower().replace("-", "_"), pics=pics, body=body, needs=NEEDS.get(case_id, []))
        for case_id, (pics, body) in BODIES.items()
    ]
    (package / "test_trial.py").write_text(_TRIALS.format(cases="\n\n".join(cases)), encoding="utf-8")
    texts = [f'[cases."{case_id}"]\ntitle = "试验"\npurpose = "结论"\nsteps = [["开始", "结果"]]\n' for case_id in BODIES]
    (package / "texts.zh.toml").write_text("schema = 1\n\n" + "\n".join(texts), encoding="utf-8")
    (folder / "precert_trial_models.py").write_text(_MODELS, encoding="utf-8")
    info = folder / "precert_trial-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: precert-trial\nVersion: 1.0\n", encoding="utf-8")
    entries = "[precert.suites]\ntrial = precert_trial\n\n[precert.models]\nbreaking_truck = precert_trial_models:breaking_truck\n"
    (info / "entry_points.txt").write_text(entries, encoding="utf-8")
    return folder


@pytest.fixture
def rig(tmp_path: Path, root: Path) -> Callable[..., Path]:
    """Write a rig file and give its path."""

    def write(name: str = "trial", *, model: str = "heavy_truck", pics: Path | None = root / "rigs" / "pics" / "heavy-truck.toml") -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(RIG.format(name=name, model=model, pics="" if pics is None else f", pics: {pics}"), encoding="utf-8")
        return path

    return write


@pytest.fixture
def precert(tmp_path: Path) -> Command:
    """Run the command in an empty folder."""

    def call(*arguments: str | Path, env: Mapping[str, str] = {}) -> subprocess.CompletedProcess[str]:
        return _call([Path(sys.executable).with_name("precert"), *arguments], tmp_path, env)

    return call


@pytest.fixture
def bare_pytest(tmp_path: Path) -> Command:
    """Run pytest in an empty folder."""

    def call(*arguments: str | Path, env: Mapping[str, str] = {}) -> subprocess.CompletedProcess[str]:
        return _call([sys.executable, "-m", "pytest", *arguments], tmp_path, env)

    return call


@pytest.fixture
def trial(precert: Command, trial_suite: Path, rig: Callable[..., Path], tmp_path: Path) -> Callable[..., Run]:
    """Run trials on a rig with the given truck model."""

    def run(select: Iterable[str], *options: str | Path, model: str = "heavy_truck") -> Run:
        done = precert("run", *select, "--rig", rig(model=model), "--out", "run", *options, env={"PYTHONPATH": str(trial_suite)})
        return Run(tmp_path / "run", done.returncode, done.stdout + done.stderr)

    return run


def _call(command: Iterable[str | Path], folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], cwd=folder, env=environment(env), capture_output=True, text=True, check=False, timeout=GUARD_S
    )
