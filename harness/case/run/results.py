"""From the sealed plan and the records to results.json: one row per planned case, verdicts aggregated, counts.

Pure functions. A verdict only ever gets worse on the way: a record that claims more than its checks, steps
and evidence carry is lowered here, never raised.
"""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, cast

from harness.case.documents import (
    AttemptDoc,
    CaseDoc,
    CheckDoc,
    CountsDoc,
    EvidenceDoc,
    ExecutionDoc,
    PlanDoc,
    RecordDoc,
    ResultsDoc,
    RowDoc,
    RunDoc,
    SuiteCountsDoc,
    SuiteDoc,
    VerdictWord,
)
from harness.case.run.validation import VOLATILE
from harness.core import ConfigError, Problem, Reason, Verdict, worst

__all__ = [
    "Judged",
    "all_passed",
    "assemble",
    "count",
    "counted_as",
    "decided_by",
    "deciding_check",
    "judge_record",
    "main_evidence",
    "suite_counts",
    "suite_verdict",
    "without_volatile",
]

CountWord = Literal["pass", "fail", "inconc", "na", "none", "error"]
_WORDS: tuple[CountWord, ...] = ("pass", "fail", "inconc", "na", "none", "error")


class Judged(NamedTuple):
    """Verdict of one attempt with the reason that goes with it."""

    verdict: Verdict
    reason: str
    code: str


def assemble(plan: PlanDoc, records: Sequence[RecordDoc], *, ended_at: str | None = None, interrupted: bool = False) -> ResultsDoc:
    """results.json of one run. Without *ended_at* the run counts as interrupted.

    Raises:
        ConfigError: a record belongs to no planned case, to one that is not applicable, or is there twice.
    """
    by_case = _by_case(plan, records)
    suites = {suite["name"]: suite for suite in plan["suites"]}
    rows = [_row(plan, case, suites.get(case["suite"]), by_case[case["id"]]) for case in plan["cases"]]
    sealed_at = plan.get("sealed_at", "")
    started = min((at for record in records if (at := record["execution"]["started_at"])), default=sealed_at)
    last = max((at for record in records if (at := record["execution"]["ended_at"])), default=sealed_at)
    end = ended_at or last
    return {
        "schema": "precert-results/1",
        "report": {
            "number": _report_number(plan),
            "revision": 0,
            "accreditation": "none",
            "bench_mode": plan["rig"]["bench_mode"],
            "issued_at": end,
            "languages": ["zh-CN", "en"],
        },
        "run": _run(plan, started, end, interrupted or ended_at is None),
        "plan": {
            "sha256": plan.get("sha256", ""),
            "sealed_at": sealed_at,
            "decision_rule": plan["decision_rule"],
            "cases": [case["id"] for case in plan["cases"]],
        },
        "item": plan["item"],
        "equipment": plan.get("equipment", []),
        "suites": suite_counts(plan["suites"], rows),
        "results": rows,
        "counts": count(rows),
        "counts_project": count(row for row in rows if row["basis"] == "project"),
    }


def judge_record(case: CaseDoc, record: RecordDoc) -> Judged:
    """The verdict of one attempt: what the record states, lowered where checks, steps or evidence do not carry it."""
    judged = Judged(Verdict.from_word(record["verdict"]), record["reason"], record["reason_code"])
    for check in record["checks"]:
        if (verdict := Verdict.from_word(check["verdict"])) > judged.verdict:
            judged = Judged(verdict, f"{check['name']}: {check['observed']}, expected {check['expected']}", check["reason"] or "")
    if judged.verdict is not Verdict.PASS:
        return judged
    done = {step["n"] for step in record["steps"] if step["state"] == "done" and step["checks"]}
    if missing := [str(step["n"]) for step in case["steps"] if step["n"] not in done]:
        return Judged(Verdict.INCONC, f"no check recorded in step {', '.join(missing)}", Reason.NO_CHECK)
    if not any(evidence["frames"] for evidence in record["evidence"]):
        return Judged(Verdict.INCONC, "no recorded traffic supports the verdict", Reason.LOG_INCOMPLETE)
    return judged


def decided_by(attempts: Sequence[AttemptDoc], retry_reasons: Sequence[str]) -> Literal["worst", "retry"]:
    """The rule by which one of *attempts* counts: the worst of them, or the last because the plan allowed to repeat the others."""
    editions = [attempt.get("edition", "") for attempt in attempts]
    judged = [Judged(Verdict.from_word(attempt["verdict"]), attempt["reason"], attempt["reason_code"]) for attempt in attempts]
    position = _deciding_attempt(editions, judged, retry_reasons)
    own = [each for each, edition in zip(judged, editions, strict=True) if position is not None and edition == editions[position]]
    return "retry" if len(own) > 1 and _last_counts(own, retry_reasons) else "worst"


def deciding_check(row: RowDoc) -> CheckDoc | None:
    """The check whose result is printed for the row: the first of the row's verdict; of a pass, the last one of the
    steps that is about the purpose of the case (not of its closing session), a measured one (with U) before a counted
    one before one without a number. ``None`` if no check gave the verdict (not tested, an exception).
    """
    checks = [check for check in row["checks"] if check["verdict"] == row["verdict"]]
    if row["verdict"] != "pass":
        return checks[0] if checks else None
    of_steps = [check for check in checks if check["step"] is not None] or checks
    if not of_steps:
        return None
    of_steps = [check for check in of_steps if not check.get("closing")] or of_steps
    numeric = [check for check in of_steps if check["kind"] == "numeric"]
    measured = [check for check in numeric if check["value"] is not None and check["value"]["U"] is not None]
    return (measured or numeric or of_steps)[-1]


def main_evidence(row: RowDoc) -> EvidenceDoc | None:
    """The recording that stands for the row where there is room for one: that with the most frames, the first of several."""
    return max(row["evidence"], key=lambda each: each["frames"], default=None)


def counted_as(row: RowDoc) -> CountWord:
    """The column of the summary in which the row stands."""
    if row["applicability"]["value"] == "not_applicable":
        return "na"
    return row["verdict"]


def count(rows: Iterable[RowDoc]) -> CountsDoc:
    """How many rows have which result; the columns sum to ``planned``."""
    counter = Counter(counted_as(row) for row in rows)
    counts: dict[str, int] = {"planned": counter.total(), **{word: counter[word] for word in _WORDS}}
    return cast("CountsDoc", counts)


def suite_verdict(rows: Sequence[RowDoc]) -> Literal["none", "pass", "inconc", "fail", "error", "na"]:
    """Worst of the applicable rows. A row not tested makes it at least ``inconc``; nothing applicable is ``na``.

    A suite of which nothing was tested is ``none``.
    """
    words = [counted_as(row) for row in rows if counted_as(row) != "na"]
    if not words:
        return "na"
    found = worst(Verdict.from_word(word) for word in words)
    if found is not Verdict.NONE and "none" in words:
        found = max(found, Verdict.INCONC)
    return cast("VerdictWord", found.word)


def suite_counts(suites: Sequence[SuiteDoc] | Sequence[SuiteCountsDoc], rows: Sequence[RowDoc]) -> list[SuiteCountsDoc]:
    """Verdict and counts of each suite, in the order of the plan."""
    found: list[SuiteCountsDoc] = []
    for suite in suites:
        own = [row for row in rows if row["suite"] == suite["name"]]
        found.append(
            {
                "name": suite["name"],
                "version": suite["version"],
                "title": suite["title"],
                "verdict": suite_verdict(own),
                "counts": count(own),
                "counts_project": count(row for row in own if row["basis"] == "project"),
            }
        )
    return found


def all_passed(results: ResultsDoc) -> bool:
    """Whether something was applicable and every applicable row passed: exit code 0."""
    counts = results["counts"]
    return counts["pass"] > 0 and counts["pass"] + counts["na"] == counts["planned"]


def without_volatile(results: ResultsDoc) -> dict[str, object]:
    """A copy without the members that may differ between two equal runs (``x-volatile`` of the schema)."""
    document = copy.deepcopy(dict(results))
    for pointer in VOLATILE:
        _remove(document, pointer.strip("/").split("/"))
    return document


def _remove(node: object, path: list[str]) -> None:
    head, *rest = path
    if isinstance(node, list):
        for child in node:
            _remove(child, rest)
    elif isinstance(node, dict):
        if rest:
            _remove(node.get(head), rest)
        else:
            node.pop(head, None)


def _by_case(plan: PlanDoc, records: Sequence[RecordDoc]) -> dict[str, list[RecordDoc]]:
    planned = {case["id"]: case for case in plan["cases"]}
    by_case: dict[str, list[RecordDoc]] = defaultdict(list)
    problems = []
    if twice := [case_id for case_id, n in Counter(case["id"] for case in plan["cases"]).items() if n > 1]:
        problems.append(Problem(f"planned twice: {', '.join(twice)}"))
    for record in records:
        case = planned.get(record["id"])
        if case is None:
            problems.append(Problem(f"record of '{record['id']}', which is not in the sealed plan"))
        elif case["applicability"]["value"] == "not_applicable":
            problems.append(Problem(f"record of '{record['id']}', which the sealed plan calls not applicable"))
        elif any(record["attempt"] == other["attempt"] for other in by_case[record["id"]]):
            problems.append(Problem(f"two records of '{record['id']}', attempt {record['attempt']}"))
        by_case[record["id"]].append(record)
    if problems:
        raise ConfigError(problems)
    return by_case


def _row(plan: PlanDoc, case: CaseDoc, suite: SuiteDoc | None, records: list[RecordDoc]) -> RowDoc:
    attempts = sorted(records, key=lambda record: record["attempt"])
    judged = [judge_record(case, record) for record in attempts]
    deciding = _deciding_attempt([record.get("edition", "") for record in attempts], judged, plan.get("retry_reasons", []))
    record = attempts[deciding] if deciding is not None else None
    verdict, reason, code = judged[deciding] if deciding is not None else _not_tested(case)
    version = suite["version"] if suite else plan["precert_version"]
    not_started: ExecutionDoc = {
        "state": "not_started",
        "attempt": 0,
        "started_at": None,
        "ended_at": None,
        "bus_time_s": None,
        "operator": plan["operator"],
        "site": None,
    }
    return {
        "id": case["id"],
        "suite": case["suite"],
        "title": case["title"],
        "refs": case["refs"],
        "basis": case["basis"],
        "confidence": case["confidence"],
        "method": {"id": (suite and suite.get("method")) or f"PRECERT-{case['suite']}@{version}", "suite": f"{case['suite']}@{version}"},
        "applicability": case["applicability"],
        "execution": record["execution"] if record else not_started,
        "steps": record["steps"] if record else [],
        "checks": record["checks"] if record else [],
        "findings": record["findings"] if record else [],
        "verdict": cast("VerdictWord", verdict.word),
        "reason": reason,
        "reason_code": code,
        "deviations": record["deviations"] if record else [],
        "performed_by": record["performed_by"] if record else "self",
        "scope_status": record["scope_status"] if record else "not-accredited",
        "bench_mode": record["bench_mode"] if record else plan["rig"]["bench_mode"],
        "evidence": record["evidence"] if record else cast("list[EvidenceDoc]", []),
        "equipment": record["equipment"] if record else [],
        "attempts": [_attempt(each, one) for each, one in zip(attempts, judged, strict=True)],
        **({"official": case["official"]} if "official" in case else {}),  # type: ignore[typeddict-item]
        **({"identified": record["identified"]} if record and "identified" in record else {}),  # type: ignore[typeddict-item]
    }


def _deciding_attempt(editions: Sequence[str], judged: Sequence[Judged], retry_reasons: Sequence[str]) -> int | None:
    """Position of the attempt that counts: of each edition the first of the worst, or the last if the plan allows the
    retries; of the editions the first of the worst.
    """
    counting = []
    for edition in dict.fromkeys(editions):
        own = [position for position, name in enumerate(editions) if name == edition]
        if _last_counts([judged[position] for position in own], retry_reasons):
            counting.append(own[-1])
        else:
            counting.append(max(own, key=lambda position: (judged[position].verdict, -position)))
    return max(counting, key=lambda position: (judged[position].verdict, -position), default=None)


def _last_counts(attempts: Sequence[Judged], retry_reasons: Sequence[str]) -> bool:
    """Whether the plan allowed each of *attempts* but the last to be made again."""
    return all(attempt.code in retry_reasons for attempt in attempts[:-1])


def _not_tested(case: CaseDoc) -> Judged:
    if case["applicability"]["value"] == "not_applicable":
        return Judged(Verdict.NONE, case["applicability"]["reason"], "")
    return Judged(Verdict.NONE, "planned, no finished attempt on record", "")


def _attempt(record: RecordDoc, judged: Judged) -> AttemptDoc:
    return {
        "attempt": record["attempt"],
        "edition": record.get("edition", ""),
        "state": record["execution"]["state"],
        "started_at": record["execution"]["started_at"],
        "ended_at": record["execution"]["ended_at"],
        "verdict": cast("VerdictWord", judged.verdict.word),
        "reason": judged.reason,
        "reason_code": judged.code,
        "evidence": record["evidence"],
    }


def _run(plan: PlanDoc, started_at: str, ended_at: str, interrupted: bool) -> RunDoc:
    run: RunDoc = {
        "state": "interrupted" if interrupted else "finished",
        "started_at": started_at,
        "ended_at": ended_at,
        "precert_version": plan["precert_version"],
        "tools": plan.get("tools", {}),
        "rig": plan["rig"],
        "seed": plan["seed"],
        "operator": plan["operator"],
    }
    if profiles := plan.get("profiles"):
        run["profiles"] = {name: profile["title"] for name, profile in profiles.items()}
    return run


def _report_number(plan: PlanDoc) -> str:
    """Unique without a register: instant of sealing and beginning of the plan's hash."""
    digits = "".join(char for char in plan.get("sealed_at", "")[:19] if char.isdigit())
    return f"PC-{digits[:8]}-{digits[8:]}-{plan.get('sha256', '')[:8]}"
