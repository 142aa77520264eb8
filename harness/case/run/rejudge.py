"""Re-judging from the record alone: decision arithmetic, steps and verdict of an attempt, computed again from its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from harness.case.documents import CheckDoc, DecisionDoc, RecordDoc, ValueDoc
from harness.core import Criterion, DecisionRule, Verdict, decide, worst

__all__ = ["rejudge_check", "rejudge_record"]


def rejudge_record(record: RecordDoc) -> Iterator[str]:
    """One line for each statement of *record* that does not follow from its values, limits, U and rules."""
    for position, check in enumerate(record["checks"]):
        yield from (f"checks[{position}] {check['name']}: {line}" for line in rejudge_check(check))
    for step in record["steps"]:
        own = [record["checks"][index] for index in step["checks"] if index < len(record["checks"])]
        if len(own) != len(step["checks"]) or any(check["step"] != step["n"] for check in own):
            yield f"step {step['n']}: names checks that are not its own"
            continue
        judged = step["state"] != "not_reached" and own
        found = worst(Verdict.from_word(check["verdict"]) for check in own) if judged else Verdict.INCONC
        if found.word != step["verdict"]:
            yield f"step {step['n']}: states {step['verdict']}, its checks give {found.word}"
    stated = Verdict.from_word(record["verdict"])
    of_checks = worst(Verdict.from_word(check["verdict"]) for check in record["checks"])
    if of_checks > stated:
        yield f"states {stated.word}, its checks give {of_checks.word}"
    if stated is Verdict.PASS and any(step["verdict"] != "pass" for step in record["steps"]):
        yield "states pass, but not every step passed"


def rejudge_check(check: CheckDoc) -> Iterator[str]:
    """One line for each member of a numeric check that does not follow from its value, criterion, U and rule."""
    value, stated = check["value"], check["decision"]
    if value is None or stated is None:
        return
    try:
        found, verdict = _decided(value, check, stated)
    except (ArithmeticError, ValueError) as error:
        yield f"cannot be judged: {error}"
        return
    for key, number in found.items():
        if stated[key] != number:  # type: ignore[literal-required]
            yield f"{key} is '{stated[key]}', computed '{number}'"  # type: ignore[literal-required]
    word = Verdict.from_word(check["verdict"])
    spoiled = word is Verdict.INCONC and check["reason"] is not None
    softened = word <= Verdict.PASS and check["severity"] != "failure"
    if word is not verdict and not (spoiled or softened):
        yield f"states {word.word}, value, limit, U and rule give {verdict.word}"
    unit = "" if value["unit"] == "1" else f" {value['unit']}"
    if check["observed"] != f"{value['v']}{unit}":
        yield f"prints '{check['observed']}', the judged value is '{value['v']}{unit}'"


def _decided(value: ValueDoc, check: CheckDoc, stated: DecisionDoc) -> tuple[dict[str, str | None], Verdict]:
    criterion = Criterion(_decimal(check["criterion"]["lower"]), _decimal(check["criterion"]["upper"]), value["unit"])
    decision = decide(Decimal(value["v"]), criterion, _decimal(value["U"]), DecisionRule(stated["rule"]))
    found = {
        "w": f"{decision.guard:f}",
        "acceptance_lower": _text(decision.accept_lower),
        "acceptance_upper": _text(decision.accept_upper),
        "conformity": None if decision.conformity is None else decision.conformity.value,
        "p_conform": None if decision.p_conform is None else f"{decision.p_conform:.6f}",
    }
    return found, decision.verdict


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
