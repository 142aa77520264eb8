"""The fault-twin matrix: every case passes on the healthy SUT, every fault is killed by the cases that name it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.case.run.runfolder import canonical_json, write_atomic
from harness.plugin.keeper import record_of, status_of
from harness.plugin.settings import RunSettings

__all__ = ["Cell", "Matrix", "ProofPlugin"]


@dataclass(frozen=True, slots=True)
class Cell:
    """Result of one case on the healthy SUT or with one fault."""

    case: str
    """Id of the case; on a further rig or in a further edition with ``@`` and which one."""
    fault: str
    """Empty for the healthy SUT."""
    verdict: str
    step: int | None
    """Step of the decisive check; ``None`` for the rules over the whole case."""
    check: str
    failed: tuple[str, ...]
    """Every check that failed, in order."""


@dataclass(slots=True)
class Matrix:
    """All cells of a proof."""

    expected: tuple[tuple[str, str], ...]
    """Every (case, fault) that belongs to the matrix, healthy ones with an empty fault."""
    others: tuple[tuple[str, str], ...] = ()
    """Every (case, fault) in which the case does not name the fault: the rest of the cross table."""
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)

    def healthy_not_passed(self) -> list[str]:
        """Cases that do not pass on the healthy SUT."""
        return sorted({case for case, fault in self.expected if not fault and self._verdict(case, "") != "pass"})

    def faults(self) -> list[str]:
        """All faults that cases name."""
        return sorted({fault for _, fault in self.expected if fault})

    def survivors(self) -> list[str]:
        """``case: fault (verdict)`` for every fault that a case names and that does not turn it to FAIL."""
        return [
            f"{case}: {fault} ({self._verdict(case, fault)})"
            for case, fault in sorted(self.expected)
            if fault and self._verdict(case, fault) != "fail"
        ]

    def killed(self) -> list[str]:
        """Faults that every case that names them sees."""
        surviving = {fault for case, fault in self.expected if fault and self._verdict(case, fault) != "fail"}
        return [fault for fault in self.faults() if fault not in surviving]

    def cases_without_fault(self) -> list[str]:
        """Cases that name no fault."""
        return sorted(self.cases() - {case for case, fault in self.expected if fault})

    def cases(self) -> set[str]:
        """Ids of the cases."""
        return {case.partition("@")[0] for case, _ in self.expected}

    def unnamed(self) -> dict[str, list[str]]:
        """Fault -> cases that fail on it without naming it."""
        table: dict[str, list[str]] = {}
        for case, fault in sorted(self.others):
            if self._verdict(case, fault) not in ("pass", "inconc", "not run"):
                table.setdefault(fault, []).append(case)
        return table

    @property
    def complete(self) -> bool:
        """Nothing is left to be wished for."""
        return bool(self.expected) and not (self.healthy_not_passed() or self.survivors() or self.cases_without_fault())

    def to_json(self) -> dict[str, object]:
        """The matrix in the form that ``prove --json`` promises, cells included."""
        return {
            "cases": len(self.cases()),
            "healthy_not_passed": self.healthy_not_passed(),
            "faults": len(self.faults()),
            "killed": len(self.killed()),
            "survivors": self.survivors(),
            "cases_without_fault": self.cases_without_fault(),
            **({"unnamed": self.unnamed()} if self.others else {}),
            "matrix": [
                {
                    "case": cell.case,
                    "fault": cell.fault,
                    "verdict": cell.verdict,
                    "step": cell.step,
                    "check": cell.check,
                    "failed": list(cell.failed),
                }
                for _, cell in sorted(self.cells.items())
            ],
        }

    def _verdict(self, case: str, fault: str) -> str:
        cell = self.cells.get((case, fault))
        return "not run" if cell is None else cell.verdict


class ProofPlugin:
    """Collects the records of a proof into its matrix and prints it."""

    def __init__(self, settings: RunSettings, file: Path | None) -> None:
        self._file = file
        self._named = {variant.source.meta.id: variant.source.meta.faults for variant in settings.variants}
        pairs = [(variant.id.partition("!")[0], "!".join(variant.faults)) for variant in settings.variants]
        self.matrix = Matrix(
            tuple(pair for pair in pairs if self._is_expected(*pair)), tuple(pair for pair in pairs if not self._is_expected(*pair))
        )

    def _is_expected(self, case: str, fault: str) -> bool:
        return not fault or fault in self._named[case.partition("@")[0]]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        content = record_of(report)
        if content is None:
            return
        record, variant = content
        case, _, fault = variant.partition("!")
        step = None if record["failure"] is None else record["failure"]["step"]
        check = record["reason"].split(":")[0]
        failed = tuple(found["name"] for found in record["checks"] if found["verdict"] == "fail")
        self.matrix.cells[case, fault] = Cell(case, fault, record["verdict"], step, check, failed)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str | tuple[str, dict[str, bool]]] | None:
        status = status_of(report)
        if status is None:
            return None
        content = record_of(report)
        case, _, fault = ("", "", "") if content is None else content[1].partition("!")
        killed = report.failed
        if fault and not self._is_expected(case, fault):
            return ("crossed", "", ("FAILS TOO" if killed else "-", {}))
        if fault:
            return ("killed", "x", ("KILLED", {"green": True})) if killed else ("survived", "S", ("SURVIVED", {"red": True}))
        return status

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self._file is not None:
            write_atomic(self._file, canonical_json(self.matrix.to_json()))
        if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            session.exitstatus = pytest.ExitCode.OK if self.matrix.complete else pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("fault-twin matrix")
        for line in matrix_text(self.matrix):
            terminalreporter.write_line(line)


def matrix_text(matrix: Matrix) -> list[str]:
    """The matrix as lines of text, a case at a time."""
    lines = []
    for case in dict.fromkeys(case for case, _ in matrix.expected):
        healthy = matrix.cells.get((case, ""))
        lines.append(f"{case:<14} healthy: {healthy.verdict if healthy else 'not run'}")
        for _, fault in [pair for pair in matrix.expected if pair[0] == case and pair[1]]:
            cell = matrix.cells.get((case, fault))
            if cell is None:
                lines.append(f"    {fault:<40} not run")
                continue
            place = f"step {cell.step}" if cell.step is not None else "rules"
            word = "killed" if cell.verdict == "fail" else f"SURVIVED ({cell.verdict})"
            lines.append(f"    {fault:<40} {word:<18} {place}: {cell.check}")
    summary = matrix.to_json()
    lines.append("")
    for fault, cases in matrix.unnamed().items():
        lines.append(f"fails too on {fault:<40} {', '.join(cases)}")
    lines.append(f"cases {summary['cases']}, faults {summary['faults']}, killed {summary['killed']}")
    for key, text in (
        ("healthy_not_passed", "not passed on the healthy SUT"),
        ("survivors", "survivors"),
        ("cases_without_fault", "without fault"),
    ):
        if values := summary[key]:
            assert isinstance(values, list)
            lines.append(f"{text}: {', '.join(values)}")
    lines.append("complete" if matrix.complete else "NOT complete")
    return lines
