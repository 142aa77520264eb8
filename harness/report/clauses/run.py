"""All checks on one finished report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.case.documents import ChangeDoc, ResultsDoc
from harness.case.run.runfolder import canonical_json
from harness.core import Problem
from harness.report.clauses.document import Finished, Kept, first
from harness.report.clauses.equipment import EQUIPMENT
from harness.report.clauses.extra import EXTRA
from harness.report.clauses.identity import IDENTITY
from harness.report.clauses.item import ITEM
from harness.report.clauses.kept import KEPT
from harness.report.clauses.listing import ClauseDoc, ClausesDoc, State, demands, state_of
from harness.report.clauses.methods import METHODS
from harness.report.clauses.records import RECORDS
from harness.report.clauses.results import RESULTS
from harness.report.clauses.uncertainty import UNCERTAINTY
from harness.report.pdf_text import document_info, page_texts
from harness.report.selfcheck import SelfcheckDoc

__all__ = ["CHECKS", "check_clauses", "clause_problems", "finished"]

CHECKS: Mapping[str, Callable[[Finished], Iterator[str]]] = {
    **IDENTITY,
    **ITEM,
    **RESULTS,
    **RECORDS,
    **EQUIPMENT,
    **EXTRA,
    **UNCERTAINTY,
    **METHODS,
    **KEPT,
}
"""What finds the misses of each demand, by its id."""


def finished(
    pdf: bytes,
    results: ResultsDoc,
    selfcheck: SelfcheckDoc | None = None,
    changes: Sequence[ChangeDoc] = (),
    kept: Kept | None = None,
) -> Finished:
    """*pdf* as the checks read it; *kept* is what was found about the records behind it.

    Raises:
        PdfError: it cannot be read.
    """
    sha256 = hashlib.sha256(canonical_json(results)).hexdigest()
    version = selfcheck["precert_version"] if selfcheck is not None else None
    return Finished(page_texts(pdf), document_info(pdf), results, sha256, version, changes, kept=kept)


def check_clauses(report: Finished) -> ClausesDoc:
    """Every demand with what became of it."""
    checks: list[ClauseDoc] = []
    draft = report.kept is None or report.kept.is_draft
    for demand in demands():
        state = state_of(
            demand, report.results, selfcheck=report.selfcheck_version is not None, signed=report.signers is not None, draft=draft
        )
        missing = first(dict.fromkeys(CHECKS[demand.id](report))) if state in (State.MET, State.AT_SEALING) else []
        told = State.MISSED if missing else state
        checks.append({"id": demand.id, "clause": demand.clause, "state": told.value, "missing": missing})
    number = report.results["report"]["number"]
    return {"schema": "precert-clauses/1", "number": number, "results_sha256": report.sha256, "checks": checks}


def clause_problems(document: ClausesDoc, file: Path | None = None) -> list[Problem]:
    """The misses as problems: check, clause, what is missing, what to do."""
    todo = {demand.id: demand for demand in demands()}
    return [
        Problem(f"{check['id']} (ISO/IEC 17025 {check['clause']}): {miss}; {todo[check['id']].todo}", file)
        for check in document["checks"]
        for miss in check["missing"]
    ]
