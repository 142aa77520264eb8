"""The records behind a report: kept as they were made, changed by nobody, and the report itself issued once. Clauses 7.5.1, 7.5.2, 7.8.8.

What is wrong with them is found where they are kept: in the run folders, in the chain of an amendment, in the register of
seals. Here it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.case.run.asmade import late_closings
from harness.case.run.journal import journal_differences
from harness.report.campaign import Run
from harness.report.clauses.document import Finished, Kept
from harness.report.clauses.listing import demands

__all__ = ["KEPT", "closing_limit_s", "kept_in"]


def closing_limit_s() -> float:
    """Within how many seconds of its last sample evidence is closed."""
    return next(demand.limit_s for demand in demands() if demand.id == "REC-ASMADE")


def kept_in(runs: Sequence[Run]) -> Kept:
    """What the run folders behind a report show."""
    limit_s = closing_limit_s()
    changed, late = [], []
    for run in runs:
        name = run.path.name
        if not run.journal:
            changed.append(f"{name}: there is no journal")
        changed += [f"{name}: {line}" for line in sorted(journal_differences(run.journal, run.records))]
        late += [f"{name}: {line}" for line in late_closings(run.plan, run.journal, run.records, limit_s)]
    return Kept(changed, late)


def _late(report: Finished) -> Iterator[str]:
    yield from report.kept.late if report.kept is not None else ["nobody looked at the times of the evidence"]


def _changed(report: Finished) -> Iterator[str]:
    yield from report.kept.changed if report.kept is not None else ["nobody looked at the journal"]


def _original(report: Finished) -> Iterator[str]:
    """Before it is sealed, a report has no chain yet."""
    if report.kept is not None and report.kept.original is not None:
        yield from report.kept.original


def _edited(report: Finished) -> Iterator[str]:
    if report.kept is not None and report.kept.sealed_before is not None:
        yield from report.kept.sealed_before


KEPT = {"REC-ASMADE": _late, "REC-CHANGE": _changed, "AMD-ORIG": _original, "AMD-NOEDIT": _edited}
