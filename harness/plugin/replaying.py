"""Runs the cases of a finished run again on its recordings: the case text and the rules of the standard, no bench."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from harness.bench.recording import read_evidence
from harness.case.documents import PlanDoc, RecordDoc
from harness.case.metadata import CaseSource
from harness.case.run.plan import suite_document
from harness.case.run.runfolder import file_sha256
from harness.case.suites.catalogue import Catalogue, load_catalogue
from harness.case.suites.deviations import Deviation
from harness.case.suites.pics import Declaration
from harness.core import ConfigError, DecisionRule, Problem, Record, TimeBase, ns_from, resource
from harness.plugin.attempt import Attempt
from harness.plugin.cases import CasePlugin
from harness.plugin.keeper import record_of
from harness.plugin.profiles import restore_profiles
from harness.plugin.recorded import NotRecorded, RecordedBench, RecordedCaseBench
from harness.plugin.settings import RunSettings, Variant, attempt, corrected, load_suites
from harness.rig import BenchMode, LinkKind, LinkSpec, Rig, RoleKind, RoleSpec, TimeMode

__all__ = ["Rerun", "rerun", "rig_of_plan"]


@dataclass(slots=True)
class Rerun:
    """What came of running cases again on their recordings, by case id and attempt."""

    records: dict[tuple[str, int], RecordDoc] = field(default_factory=dict)
    untold: dict[tuple[str, int], str] = field(default_factory=dict)
    """Why the text of a case cannot be judged on its recording; its record here holds what could be."""
    notes: list[str] = field(default_factory=list)
    """In what this installation differs from that of the run."""


def rerun(folder: Path, plan: PlanDoc, records: Sequence[RecordDoc], limits: Path | None = None) -> Rerun:
    """Run the cases of *records* again on the evidence in *folder*; *limits* is the laboratory's file, if the run had one.

    Raises:
        ConfigError: the suites of this installation are wrong, or *limits* is not the file of the run.
    """
    result = Rerun()
    catalogue = load_catalogue()
    known = {source.meta.id: source for source in catalogue.cases}
    kept = []
    for record in records:
        if record["id"] in known:
            kept.append(record)
        else:
            result.untold[record["id"], record["attempt"]] = "the case is not installed here"
    result.notes += _changed_suites(plan, catalogue)
    if not kept:
        return result
    with tempfile.TemporaryDirectory(prefix="precert-profiles-") as place:
        rig = replace(rig_of_plan(plan), profiles=restore_profiles(plan.get("profiles", {}), Path(place)))
        _run_again(folder, _settings(plan, rig, catalogue, known, kept, limits), kept, result)
    return result


def _run_again(folder: Path, settings: RunSettings, kept: Sequence[RecordDoc], result: Rerun) -> None:
    by_attempt = {(record["id"], record["attempt"]): record for record in kept}
    collector = _Collector(result)

    def make(variant: Variant) -> Attempt:
        return _RecordedAttempt(variant, settings, folder, by_attempt[variant.source.meta.id, variant.attempt], result)

    plugins = [CasePlugin(settings, None, make), collector]
    folders = sorted({str(settings.catalogue.suite(record["suite"]).folder) for record in kept})
    ini = resource("test_suites", "pytest.ini")
    arguments = ["-c", str(ini), f"--rootdir={ini.parent}", "-q", "--tb=no", "-p", "no:xdist", "-p", "no:cacheprovider"]
    with redirect_stdout(io.StringIO()) as output:
        code = pytest.main([*arguments, "-W", "ignore::pytest.PytestAssertRewriteWarning", *folders], plugins=plugins)
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise ConfigError(Problem(f"the cases could not be run again: {output.getvalue().strip()[-400:]}", folder))
    for key in by_attempt.keys() - result.records.keys() - result.untold.keys():
        result.untold[key] = "the case did not run again"


class _Collector:
    """Takes the records from the reports of pytest."""

    def __init__(self, result: Rerun) -> None:
        self._result = result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        content = record_of(report)
        if content is not None:
            record, _ = content
            self._result.records[record["id"], record["attempt"]] = record


class _RecordedAttempt(Attempt):
    """An attempt on its own recording."""

    def __init__(self, variant: Variant, settings: RunSettings, folder: Path, record: RecordDoc, result: Rerun) -> None:
        self._result = result
        self._unreadable: ConfigError | None = None
        try:
            bench = _bench_of(variant.rig, folder, record)
        except ConfigError as error:
            bench, self._unreadable = RecordedBench(variant.rig, (), end_ns=None), error
        super().__init__(variant, settings, None, bench, RecordedCaseBench)

    def start(self) -> None:
        super().start()
        self.trouble = self.trouble or self._unreadable

    def finish(self, error: BaseException | None) -> RecordDoc:
        if isinstance(error, NotRecorded):
            self._result.untold[self.variant.source.meta.id, self.variant.attempt] = str(error)
        return super().finish(error)


def _bench_of(rig: Rig, folder: Path, record: RecordDoc) -> RecordedBench:
    traces: list[tuple[int, int, int, Record]] = []
    for order, evidence in enumerate(record["evidence"]):
        found = read_evidence(folder / evidence["path"], evidence["link"], ns_from(evidence["t0_s"] or "0", "s"))
        traces += [(each.t_ns, order, each.number, each) for each in found]
    bus_time, tester = record["execution"]["bus_time_s"], record["tester"]
    end_ns = ns_from(bus_time, "s") if bus_time is not None and rig.time is TimeMode.VIRTUAL else None
    return RecordedBench(
        rig,
        [each for *_, each in sorted(traces, key=lambda row: row[:3])],
        end_ns=end_ns,
        jitter_ns=ns_from(tester["jitter_s"] or "0", "s"),
        dropped=tester.get("dropped", 0),
        info=tester.get("bench", {}),
    )


def _settings(
    plan: PlanDoc, rig: Rig, catalogue: Catalogue, known: Mapping[str, CaseSource], records: Sequence[RecordDoc], limits_file: Path | None
) -> RunSettings:
    declared = plan["pics"]
    declaration = Declaration(
        Path(str(plan["item"].get("pics_file") or "PICS file of the run")),
        {item: row["value"] for item, row in declared.items()},
        {item: row["why"] for item, row in declared.items()},
        dict(plan["pixit"]),  # type: ignore[arg-type]
    )
    problems: list[Problem] = []
    limits, choices, standards = load_suites(problems, catalogue, [known[record["id"]] for record in records])
    if (file := _corrections(plan, limits_file)) is not None:
        limits = attempt(problems, partial(corrected, limits, file)) or limits
    if problems:
        raise ConfigError(problems)
    variants = tuple(
        Variant(known[record["id"]], rig, declaration, (), record.get("edition", ""), record["attempt"], str(record["attempt"]))
        for record in records
    )
    deviations = {record["id"]: _deviation(record) for record in records if record["deviations"]}
    keys = frozenset(plan.get("corrections", {}).get("limits", ()))
    return RunSettings(catalogue, variants, None, rig, declaration, limits, choices, standards, (), deviations, corrected=keys)


def _corrections(plan: PlanDoc, given: Path | None) -> Path | None:
    """The laboratory's own limits, which the run folder knows by their hash only.

    Raises:
        ConfigError: the run had such a file and it is not given, or another one is.
    """
    stated = plan.get("corrections")
    if stated is None:
        if given is not None:
            raise ConfigError(Problem("the run had no limits of the laboratory; leave --limits out", given))
        return None
    if given is None:
        raise ConfigError(f"the run had limits of the laboratory; name that file with --limits ({stated['file']})")
    if not given.is_file():
        raise ConfigError(Problem("no such file", given))
    if (found := file_sha256(given)) != stated["sha256"]:
        raise ConfigError(Problem(f"not the limits of the run: SHA-256 {found[:16]}..., the plan states {stated['sha256'][:16]}...", given))
    return given


def _deviation(record: RecordDoc) -> Deviation:
    row = record["deviations"][0]
    return Deviation(record["id"], str(row["reason"]), str(row["ticket"]), dt.date.fromisoformat(str(row["expires"])))


def _changed_suites(plan: PlanDoc, catalogue: Catalogue) -> list[str]:
    installed = {suite.name: suite for suite in catalogue.suites}
    return [
        f"suite '{suite['name']}' of this installation is not that of the run ({suite['version']}): cases or limits may judge otherwise"
        for suite in plan["suites"]
        if suite["name"] not in installed or suite_document(installed[suite["name"]])["sha256"] != suite["sha256"]
    ]


def rig_of_plan(plan: PlanDoc) -> Rig:
    """The rig as far as the sealed plan tells, enough for judging.

    Raises:
        ConfigError: the plan does not describe its rig.
    """
    rig = plan["rig"]
    try:
        links = {name: _link(name, row) for name, row in rig["links"].items()}  # type: ignore[arg-type]
        roles = {name: _role(name, row) for name, row in rig.get("roles", {}).items()}  # type: ignore[arg-type]
        clock = None if rig["clock"] is None else TimeBase(**rig["clock"])  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"plan.json does not describe the rig as a run does: {type(error).__name__}: {error}") from error
    return Rig(
        rig["name"],
        Path(rig["file"] or rig["name"]),
        BenchMode(rig["bench_mode"]),
        TimeMode(rig["time"]),
        clock,
        links,
        roles,
        seed=plan["seed"],
        decision_rule=DecisionRule(plan["decision_rule"]),
        allow=frozenset(rig.get("allow", ())),
        operator=plan["operator"],
    )


def _link(name: str, row: Mapping[str, object]) -> LinkSpec:
    return LinkSpec(name, LinkKind(str(row["kind"])), str(row["driver"]))


def _role(name: str, row: Mapping[str, object]) -> RoleSpec:
    links = row["links"]
    assert isinstance(links, list)
    model = row["model"]
    return RoleSpec(name, RoleKind(str(row["kind"])), tuple(map(str, links)), None if model is None else str(model))
