"""One attempt of one case: its bench, its recorder, its judges, its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from harness.bench.evidence import write_evidence
from harness.case.documents import EvidenceDoc, RecordDoc
from harness.case.expectations import CaseBench
from harness.case.recorder import CaseRecorder
from harness.case.run.record import Circumstances, make_record, seconds
from harness.case.run.runfolder import RunFolder, file_sha256, now_text
from harness.case.running import RunningBench
from harness.case.sut import Sut
from harness.core import Check, Inconclusive, JudgeContext, Reason, judge_quality
from harness.plugin.fitness import lack_of_leave
from harness.plugin.settings import RunSettings, Variant
from harness.rig.build import build_bench
from harness.rig.profiles import profile_limits, spoken

__all__ = ["Attempt", "AttemptBench"]


class AttemptBench(RunningBench, Protocol):
    """What an attempt needs of a bench beyond what its case does."""

    @property
    def info(self) -> Mapping[str, str]: ...

    def start(self) -> None: ...

    def close(self) -> None: ...

    def tester_jitter_ns(self) -> int: ...

    def dropped(self) -> int: ...

    def outages(self, link: str) -> tuple[tuple[int, int], ...]: ...


class Attempt:
    """Runs a case on a fresh bench and makes its record. ``trouble`` is what kept the bench from starting."""

    def __init__(
        self,
        variant: Variant,
        settings: RunSettings,
        out: Path | None,
        bench: AttemptBench | None = None,
        view: type[CaseBench] = CaseBench,
    ) -> None:
        """*bench* stands in for the one of the variant's rig, *view* is how the case sees it."""
        self.variant = variant
        self._folder = None if out is None else RunFolder(out)
        self._deviation = settings.deviations.get(variant.source.meta.id)
        self._suite = settings.catalogue.suite(variant.source.suite)
        self._started_at = now_text()
        self.trouble: BaseException | None = None
        self._is_started = False
        self._standard = spoken(settings.standards[self._suite.name], variant.rig)
        self._limits = profile_limits(self._standard, variant.rig, settings.limits[self._suite.name, variant.edition], settings.corrected)
        self._choices = settings.choices[self._suite.name, variant.edition]
        self._bench: AttemptBench = bench or build_bench(variant.rig, faults=variant.injected)
        self.recorder = CaseRecorder(
            variant.source.steps,
            now_ns=self._bench.now_ns,
            time_base=variant.rig.clock,
            rule=variant.rig.decision_rule,
            link=self._suite.link,
        )
        self.bench = view(self._bench, self.recorder, partial(self._standard.decoder, variant.edition), self._suite.link)
        self.sut = Sut(variant.declaration, self._limits, variant.edition)

    def start(self) -> None:
        """Start the bench; what prevents it becomes the verdict of the attempt.

        Without leave of the rig for a stimulus of the case nothing is started: no port is opened, nothing is sent.
        """
        self.trouble = self._lack_of_leave()
        if self.trouble is not None:
            return
        try:
            self._bench.start()
            self._is_started = True
        except Exception as error:
            self.trouble = error

    def _lack_of_leave(self) -> Inconclusive | None:
        lack = lack_of_leave(self.variant.source.meta, self.variant.rig)
        return Inconclusive(Reason.NOT_ALLOWED, lack) if lack else None

    def close(self) -> None:
        """Stop the bench in its safe state, if that has not been done."""
        self._bench.close()

    def finish(self, error: BaseException | None) -> RecordDoc:
        """Stop the bench, run the judges, write the evidence; *error* is what ended the case early."""
        bus_time_ns = self._bench.now_ns() if self._is_started else 0
        try:
            self._bench.close()
        except Exception as broken:
            error = error or broken
        jitter_ns = self._bench.tester_jitter_ns()
        self.recorder.leave_periods_open(jitter_ns, self._limits)
        try:
            for check in self._judge(jitter_ns) if self._is_started else ():
                self.recorder.add(check)
        except Exception as broken:
            error = error or broken
        if lost := self._bench.dropped():
            seen = judge_quality("recording complete", False, observed=f"{lost} PDUs lost by a port", expected="none")
            self.recorder.add(seen.inconclusive(Reason.LOG_INCOMPLETE, "what was lost cannot be judged"))
        outcome = self.recorder.outcome(error)
        around = Circumstances(
            case_id=self.variant.source.meta.id,
            suite=self._suite.name,
            attempt=self.variant.attempt,
            edition=self.variant.edition,
            started_at=self._started_at,
            ended_at=now_text(),
            bus_time_ns=bus_time_ns,
            operator=self.variant.rig.operator,
            site=self.variant.rig.site,
            bench_mode=self.variant.rig.bench_mode.value,
            evidence=self._write_evidence(),
            jitter_ns=jitter_ns,
            bench=self._bench.info,
            dropped=self._bench.dropped(),
            deviation=self._deviation,
        )
        return make_record(self.recorder, outcome, around, self.bench.all_messages(), self._bench.trace)

    def _judge(self, jitter_ns: int) -> list[Check]:
        rig = self.variant.rig
        context = JudgeContext(
            limits=self._limits,
            time_base=rig.clock,
            rule=rig.decision_rule,
            parties=self._suite.suts[self.variant.source.sut],
            choices=self._choices,
            edition=self.variant.edition,
            tester_jitter_ns=jitter_ns,
            declared=self.variant.declaration.pixit,
        )
        checks: list[Check] = []
        for link, view in self.bench.views().items():
            seen = replace(context, outages=self._bench.outages(link))
            found = self._standard.judge(view.all_messages(), self._bench.trace.on(link), seen)
            checks += found if link == self._suite.link else [replace(check, name=f"{check.name} on {link}") for check in found]
        return checks

    def _write_evidence(self) -> list[EvidenceDoc]:
        if self._folder is None:
            return []
        files: list[EvidenceDoc] = []
        for link in self._bench.trace.links():
            records = self._bench.trace.on(link)
            path = write_evidence(self._folder.evidence_file(self.variant.source.meta.id, self.variant.attempt, link), records)
            files.append(
                {
                    "link": link,
                    "path": self._folder.relative(path),
                    "format": path.suffix[1:],
                    "sha256": file_sha256(path),
                    "t0_s": seconds(records[0].t_ns),
                    "t1_s": seconds(records[-1].t_ns),
                    "frames": len(records),
                }
            )
        return files
