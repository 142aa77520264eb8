"""The part of the plug-in that keeps the run: plan before the first frame, records as they come, results at the end.

It works in one process only, also when workers run the cases: the one in which pytest was started.
"""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import pytest

from harness.case.documents import RecordDoc, ResultsDoc, RigDoc
from harness.case.run.plan import make_plan
from harness.case.run.results import all_passed
from harness.case.run.runfolder import RunFolder
from harness.core import HarnessError, Verdict
from harness.plugin.cases import NOT_APPLICABLE, RECORD
from harness.plugin.profiles import profile_documents
from harness.plugin.settings import RunSettings
from harness.rig.profiles import unspoken

__all__ = ["KeeperPlugin", "record_of", "status_of"]

_NOTHING_RUN = 2
"""Exit code of a run that did not begin."""
_TOOLS = ("pytest", "python-can", "cantools", "numpy")


class KeeperPlugin:
    """Writes the run folder of one run."""

    def __init__(self, settings: RunSettings, out: Path) -> None:
        self._settings = settings
        self._out = out
        self._folder: RunFolder | None = None
        self._results: ResultsDoc | None = None
        self._trouble: str | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        # Not at the end of the collection: pytest reports that also for one that failed.
        if not _distributes(session.config) and not session.testsfailed and not _only_lists(session.config):
            self._seal([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: Sequence[str]) -> None:
        if self._folder is None:
            self._seal(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        record = _record_of(report)
        if record is None or self._folder is None or self._trouble is not None:
            return
        try:
            self._folder.append_record(record)
            self._folder.append_journal(
                "case_finished",
                {
                    "id": record["id"],
                    "attempt": record["attempt"],
                    "verdict": record["verdict"],
                    "evidence": {file["path"]: file["sha256"] for file in record["evidence"]},
                },
            )
        except OSError as error:
            self._trouble = _unwritten(error, self._folder)
            pytest.exit(self._trouble, returncode=1)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str | tuple[str, dict[str, bool]]] | None:
        return status_of(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self._folder is None:
            if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
                session.exitstatus = _NOTHING_RUN
            return
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        try:
            self._results = self._folder.finish(interrupted=exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED))
        except HarnessError as error:
            self._trouble = str(error)
            return
        except OSError as error:
            self._trouble = self._trouble or _unwritten(error, self._folder)
            return
        if all_passed(self._results) and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if _only_lists(terminalreporter.config):
            return
        write = terminalreporter.write_line
        terminalreporter.section("precert verdicts")
        if self._trouble is not None:
            write(self._trouble, red=True)
        if self._results is None and self._trouble is not None:
            return
        if self._results is None:
            write("no run: no case was left to run; check the selection and the marker expression")
            return
        for line in verdict_table(self._results):
            write(line)
        for line in (*open_results(self._results), *expected_deviations(self._results)):
            write(line)
        write(f"run folder: {self._out}")

    def _seal(self, ids: Iterable[str]) -> None:
        chosen = {re.split("[@!]", match[1])[0] for nodeid in ids if (match := re.search(r"\[([^\]]+)\]$", nodeid))}
        sources = {variant.source.meta.id: variant.source for variant in self._settings.variants}
        cases = [source for case_id, source in sources.items() if case_id in chosen]
        if not cases:
            return
        rig = self._settings.rig
        sut = rig.sut
        item: dict[str, str | None] = {"role": sut.name, "model": sut.model, "pics_file": self._settings.declaration.file.name}
        if vin := self._settings.declaration.pixit.get("vin"):
            item["vin"] = str(vin)
        if self._settings.faults:
            item["injected_faults"] = ", ".join(self._settings.faults)
        plan = make_plan(
            cases,
            self._settings.catalogue,
            self._settings.declaration,
            rig={key: value for key, value in rig.to_plan().items() if key in RigDoc.__annotations__},  # type: ignore[arg-type]
            item=item,
            decision_rule=rig.decision_rule.value,
            seed=rig.seed,
            operator=rig.operator,
            tools={name: version(name) for name in _TOOLS} | {"python": platform.python_version()},
            numbers=self._settings.numbers,
            corrections=self._settings.corrections,
            lacking={source.meta.id: unspoken(self._settings.standards[source.suite], rig, source.meta.messages) for source in cases},
            profiles=profile_documents([self._settings.standards[name] for name in dict.fromkeys(each.suite for each in cases)], rig),
        )
        try:
            self._folder = RunFolder.create(self._out, plan)
        except HarnessError as error:
            pytest.exit(str(error), returncode=2)


def _unwritten(error: OSError, folder: RunFolder) -> str:
    return f"{folder.path}: cannot be written: {error.strerror}; the run ends here, the cases before it are kept in records.jsonl"


def verdict_table(results: ResultsDoc) -> list[str]:
    """Counts of each suite and of the whole, as lines of text."""
    header = f"{'suite':<16}{'planned':>9}{'pass':>7}{'fail':>7}{'inconc':>8}{'error':>7}{'n/a':>6}{'not tested':>12}"
    rows = [header]
    suites = [(suite["name"], suite["counts"]) for suite in results["suites"]]
    for name, counts in [*suites, ("all", results["counts"])] if len(suites) > 1 else suites:
        rows.append(
            f"{name:<16}{counts['planned']:>9}{counts['pass']:>7}{counts['fail']:>7}{counts['inconc']:>8}"
            f"{counts['error']:>7}{counts['na']:>6}{counts['none']:>12}"
        )
    return rows


def open_results(results: ResultsDoc) -> list[str]:
    """Every case that is neither passed nor failed with its reason; failures are told above with their frames."""
    lines = []
    for row in results["results"]:
        if row["verdict"] == "inconc":
            lines.append(f"{row['id']:<14} inconclusive {row['reason_code']}: {row['reason']}")
        elif row["verdict"] == "none" and row["applicability"]["value"] == "not_applicable":
            lines.append(f"{row['id']:<14} not applicable: {row['applicability']['reason']}")
        elif row["verdict"] == "none":
            lines.append(f"{row['id']:<14} not tested")
    return lines


def expected_deviations(results: ResultsDoc) -> list[str]:
    """Declared deviations of the cases that were run, as lines of text; they change no verdict."""
    return [
        f"{row['id']:<14} {row['verdict']}, expected deviation {entry['ticket']}: {entry['reason']} (until {entry['expires']})"
        for row in results["results"]
        for entry in row["deviations"]
    ]


def status_of(report: pytest.TestReport) -> tuple[str, str, str | tuple[str, dict[str, bool]]] | None:
    """How the terminal counts and shows a report of a case; ``None`` for anything else."""
    if any(name == NOT_APPLICABLE for name, _ in report.user_properties):
        return ("not applicable", "-", ("N/A", {"yellow": True})) if report.when == "setup" else ("", "", "")
    record = _record_of(report)
    if record is None:
        return None
    match Verdict.from_word(record["verdict"]):
        case Verdict.PASS:
            return "passed", ".", ("PASS", {"green": True})
        case Verdict.INCONC:
            return "inconclusive", "I", ("INCONC", {"yellow": True})
        case Verdict.ERROR:
            return "failed", "E", ("ERROR", {"red": True})
    return "failed", "F", ("FAIL", {"red": True})


def _record_of(report: pytest.TestReport) -> RecordDoc | None:
    content = record_of(report)
    return None if content is None else content[0]


def record_of(report: pytest.TestReport) -> tuple[RecordDoc, str] | None:
    """Record and variant that a report carries; ``None`` if it is not the one in which the attempt ended."""
    if report.when == "teardown":
        return None
    for name, value in report.user_properties:
        if name == RECORD:
            content = json.loads(str(value))
            return content["record"], content["variant"]
    return None


def _only_lists(config: pytest.Config) -> bool:
    return bool(config.getoption("collectonly"))


def _distributes(config: pytest.Config) -> bool:
    return bool(config.getoption("numprocesses", None))
