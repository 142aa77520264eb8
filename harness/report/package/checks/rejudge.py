"""Results judged again: from plan and records, and every decision from value, limit, U and rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from harness.case.documents import CheckDoc, DecisionDoc, ResultsDoc, RowDoc
from harness.case.run.invariants import recompute
from harness.core import Criterion, Decision, DecisionRule, Reason, Verdict, decide, worst

__all__ = ["Rejudged", "decision_faults", "differences", "rejudge"]

_ADDED = ("report", "issuer", "client", "equipment", "counts", "counts_project", "suites")
"""What the laboratory adds, and what follows from the rows."""
_LOWERED = {Reason.CAL_EXPIRED: ("inconc", ("pass",)), Reason.NO_TIMEBASE: ("inconc", ("pass",)), Reason.ITEM_CHANGED: ("error", None)}
"""Reason codes with which a report lowers what the run gave: to which verdict, and from which ones (``None``: from any)."""
_ROW_ADDED = ("execution", "equipment", "performed_by", "scope_status", "verdict", "reason", "reason_code")


@dataclass(frozen=True, slots=True)
class Rejudged:
    """One row, judged again."""

    id: str
    stated: str
    found: str
    numbers: int
    """How many of its checks were decided again from numbers."""

    @property
    def agrees(self) -> bool:
        """Whether the stated verdict may stand: the found one, or a worse one."""
        return Verdict.from_word(self.stated) >= Verdict.from_word(self.found)


def differences(stated: ResultsDoc, computed: ResultsDoc) -> list[str]:
    """Where *stated*, as a report has it, is not what plan and records give; what the laboratory adds does not count."""
    found = [key for key in computed if key not in (*_ADDED, "results") and not _covers(stated.get(key), computed.get(key))]
    rows = {row["id"]: row for row in stated["results"]}
    own = {row["id"]: row for row in computed["results"]}
    found += [f"{case_id} is missing" for case_id in own if case_id not in rows]
    found += [f"{case_id} was never planned" for case_id in rows if case_id not in own]
    for case_id, row in own.items():
        if case_id in rows:
            found += [f"{case_id}: {what}" for what in _row_differences(rows[case_id], row)]
    return found


def rejudge(row: RowDoc) -> Rejudged:
    """The verdict of a row from its checks, numbers decided again, other checks as stated."""
    numbers = 0
    verdicts = []
    for check in row["checks"]:
        found = recompute(check)
        if found is not None:
            numbers += 1
        verdicts.append(_weighed(check, found))
    verdict = worst(verdicts)
    return Rejudged(row["id"], row["verdict"], verdict.word, numbers)


def decision_faults(check: CheckDoc, rule: str) -> list[str]:
    """Members of the decision of a numeric check that do not follow from value, limit and U; *rule* is that of the plan."""
    value, criterion, decision = check["value"], check["criterion"], check["decision"]
    if value is None or decision is None or (criterion["lower"] is None and criterion["upper"] is None):
        return []
    if decision["rule"] not in (rule, DecisionRule.SIMPLE):
        return [f"rule {decision['rule']}, planned {rule}"]
    if decision["rule"] != DecisionRule.SIMPLE and value["U"] is None:
        return ["U"]
    bounds = Criterion(_decimal(criterion["lower"]), _decimal(criterion["upper"]), value["unit"])
    again = decide(Decimal(value["v"]), bounds, _decimal(value["U"]), DecisionRule(decision["rule"]))
    return list(_decision_faults(decision, again))


def _decision_faults(stated: DecisionDoc, again: Decision) -> Iterator[str]:
    if Decimal(stated["w"]) != again.guard:
        yield f"w {stated['w']}, computed {again.guard}"
    if _decimal(stated["acceptance_lower"]) != again.accept_lower or _decimal(stated["acceptance_upper"]) != again.accept_upper:
        yield "acceptance limits"
    if stated["conformity"] != again.conformity:
        yield f"conformity {stated['conformity']}, computed {again.conformity}"
    probability = stated["p_conform"]
    if probability is not None and again.p_conform is not None and abs(float(probability) - again.p_conform) > 1e-6:
        yield f"p_conform {probability}, computed {again.p_conform:.6f}"


def _weighed(check: CheckDoc, found: Verdict | None) -> Verdict:
    """A check of less severity than failure costs nothing; one that was spoiled stays as stated."""
    stated = Verdict.from_word(check["verdict"])
    if found is None or (stated is Verdict.INCONC and check["reason"] is not None):
        return stated
    return min(found, Verdict.PASS) if check["severity"] != "failure" else found


def _row_differences(stated: RowDoc, computed: RowDoc) -> Iterator[str]:
    if stated["verdict"] != computed["verdict"] and not _may_be_lowered(stated, computed):
        yield f"states {stated['verdict']}, plan and records give {computed['verdict']}"
    for key, value in computed.items():
        if key not in _ROW_ADDED and stated.get(key) != value:
            yield f"another '{key}'"
    for part in ("state", "attempt", "started_at", "ended_at"):
        if stated["execution"].get(part) != computed["execution"].get(part):
            yield f"another execution.{part}"


def _may_be_lowered(stated: RowDoc, computed: RowDoc) -> bool:
    to, of = _LOWERED.get(cast("Reason", stated["reason_code"]), ("", None))
    return stated["verdict"] == to and (of is None or computed["verdict"] in of)


def _covers(stated: object, computed: object) -> bool:
    """Whether *stated* holds everything that *computed* does; a laboratory adds members, it changes none."""
    if isinstance(stated, dict) and isinstance(computed, dict):
        return all(key in stated and _covers(stated[key], value) for key, value in computed.items())
    return stated == computed


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
