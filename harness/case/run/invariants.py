"""What must hold in every results.json: each row once, counts that sum, verdicts that an auditor can recompute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from harness.case.documents import CheckDoc, CriterionDoc, DecisionDoc, ResultsDoc, RowDoc, ValueDoc
from harness.case.run.laboratory import laboratory_violations
from harness.case.run.results import count
from harness.core import Criterion, DecisionRule, Verdict, decide, worst

__all__ = ["recompute", "violations"]


def violations(results: ResultsDoc) -> list[str]:
    """One line for each invariant that *results* breaks; empty if it holds."""
    rows = (line for row in results["results"] for line in _row(row))
    return [*_table(results), *rows, *laboratory_violations(results)]


def recompute(check: CheckDoc) -> Verdict | None:
    """The verdict of a numeric check from its value, criterion, U and rule; ``None`` if there is nothing to compute."""
    value, criterion, decision = check["value"], check["criterion"], check["decision"]
    if value is None or decision is None or (criterion["lower"] is None and criterion["upper"] is None):
        return None
    return _decide(value, criterion, decision)


def _decide(value: ValueDoc, criterion: CriterionDoc, decision: DecisionDoc) -> Verdict:
    bounds = Criterion(_decimal(criterion["lower"]), _decimal(criterion["upper"]), value["unit"])
    rule = DecisionRule(decision["rule"])
    return decide(Decimal(value["v"]), bounds, _decimal(value["U"]), rule).verdict


def _table(results: ResultsDoc) -> Iterator[str]:
    ids = [row["id"] for row in results["results"]]
    if twice := [case_id for case_id, n in Counter(ids).items() if n > 1]:
        yield f"rows more than once: {', '.join(twice)}"
    if ids != results["plan"]["cases"]:
        yield "the rows are not the planned cases in their order"
    if results["counts"] != count(results["results"]):
        yield "the counts do not sum up the rows"
    if results["counts_project"] != count(row for row in results["results"] if row["basis"] == "project"):
        yield "the counts of project-defined cases do not sum up their rows"


def _row(row: RowDoc) -> Iterator[str]:
    case_id, verdict = row["id"], Verdict.from_word(row["verdict"])
    if row["applicability"]["value"] == "not_applicable" and (verdict is not Verdict.NONE or not row["applicability"]["pics"]):
        yield f"{case_id}: not applicable needs its PICS condition and no verdict"
    if verdict in (Verdict.INCONC, Verdict.ERROR, Verdict.FAIL) and not row["reason"]:
        yield f"{case_id}: {row['verdict']} without a reason"
    if verdict is Verdict.INCONC and not row["reason_code"]:
        yield f"{case_id}: inconc without a reason code"
    if (found := worst(Verdict.from_word(check["verdict"]) for check in row["checks"])) > verdict:
        yield f"{case_id}: the row says {row['verdict']}, a check says {found.word}"
    if not _ordered([row["execution"]["started_at"], row["execution"]["ended_at"]]):
        yield f"{case_id}: ended before it started"
    for check in row["checks"]:
        yield from (f"{case_id}: {check['name']}: {line}" for line in _check(check))


def _check(check: CheckDoc) -> Iterator[str]:
    value = check["value"]
    if check["kind"] == "numeric" and value is None:
        yield "numeric without a value"
    if value is not None:
        coverage = [value["U"], value["k"], value["p"]]
        if any(part is None for part in coverage) and any(part is not None for part in coverage):
            yield "U, k and p go together"
        if value["U"] is not None and Decimal(value["U"]) <= 0:
            yield f"U = {value['U']}; an uncertainty is never 0"
    stated = Verdict.from_word(check["verdict"])
    if (decision := check["decision"]) is not None and decision["rule"] != DecisionRule.SIMPLE and value and value["U"] is None:
        yield f"rule {decision['rule']} without an uncertainty"
        return
    found = recompute(check)
    if found is None or stated is found:
        return
    spoiled = stated is Verdict.INCONC and check["reason"] is not None
    softened = stated <= Verdict.PASS and check["severity"] != "failure"
    if not (spoiled or softened):
        yield f"states {stated.word}, but value, criterion and rule give {found.word}"


def _ordered(instants: Sequence[str | None]) -> bool:
    known = [datetime.fromisoformat(text) for text in instants if text is not None]
    return known == sorted(known)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
