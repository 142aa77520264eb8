"""The list of the demands, and which of them a report can be held to."""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypedDict

from harness.case.documents import ResultsDoc, Text
from harness.report.clauses.uncertainty import has_evaluated, has_qualitative, has_unevaluated

__all__ = ["ClauseDoc", "ClausesDoc", "Demand", "State", "demands", "state_of"]

CLAUSES_FILE = Path(__file__).with_name("clauses.toml")


class State(enum.StrEnum):
    """What became of a demand."""

    MET = "met"
    NOT_APPLICABLE = "not_applicable"
    """Nothing in this report that it could be about."""
    OPEN = "open"
    """Stands, but the report is a draft that lacks what it is about: no laboratory file, no selfcheck, records that the journal
    does not bear out."""
    AT_SEALING = "at_sealing"
    """What can be seen before the report is signed is there; the signature is looked at when it is sealed and when it is verified."""
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand."""

    id: str
    clause: str
    what: Text
    """What must appear."""
    needs: str
    """Without it, the demand is not applicable, or open."""
    todo: str
    """What to do if it is missed."""
    limit_s: float = 0
    """Of the demands on times."""


class ClauseDoc(TypedDict):
    """One check in clauses.json."""

    id: str
    clause: str
    state: Literal["met", "not_applicable", "open", "at_sealing", "missed"]
    missing: list[str]


class ClausesDoc(TypedDict):
    """clauses.json: what the finished document was checked for."""

    schema: Literal["precert-clauses/1"]
    number: str
    results_sha256: str
    checks: list[ClauseDoc]


@cache
def demands() -> tuple[Demand, ...]:
    """All demands in their order."""
    document = tomllib.loads(CLAUSES_FILE.read_text(encoding="utf-8"))
    return tuple(_demand(name, row) for name, row in document.items())


def _demand(name: str, row: Mapping[str, Any]) -> Demand:
    words: Text = {"zh": row["zh"], "en": row["en"]}
    return Demand(name, row["clause"], words, row.get("needs", ""), row["todo"], row.get("limit_s", 0))


def state_of(demand: Demand, results: ResultsDoc, *, selfcheck: bool, signed: bool = False, draft: bool = False) -> State:
    """``MET`` for a demand that the report can be held to (it remains to be seen), else why not.

    *draft*: its records cannot be sealed as they are.
    """
    if demand.needs in ("seal", "chain"):
        if demand.needs == "chain" and "supersedes" not in results["report"]:
            return State.NOT_APPLICABLE
        return State.MET if signed else State.AT_SEALING
    if demand.needs == "records":
        return State.OPEN if draft and not signed else State.MET
    if demand.needs in ("lab", "signature"):
        if "people" not in results:
            return State.OPEN
        return State.MET if signed or demand.needs == "lab" else State.AT_SEALING
    if demand.needs in ("standard_method", "own_method"):
        own = demand.needs == "own_method"
        used = any(row["method"]["id"].startswith("PRECERT-") is own for row in results["results"])
        if not used:
            return State.NOT_APPLICABLE
        return State.MET if "methods" in results else State.OPEN
    if demand.needs == "selfcheck":
        return State.MET if selfcheck else State.OPEN
    if demand.needs and not _PRESENT[demand.needs](results):
        return State.NOT_APPLICABLE
    return State.MET


_PRESENT: Mapping[str, Callable[[ResultsDoc], bool]] = {
    "conditions": lambda results: bool(results.get("conditions")),
    "providers": lambda results: any(row["performed_by"] != "self" for row in results["results"]),
    "method_deviations": lambda results: bool(results.get("method_deviations")),
    "opinions": lambda results: bool(results.get("opinions")),
    "asked_for": lambda results: bool(results.get("markets") or results.get("required_content") or results.get("complaints")),
    "supersedes": lambda results: "supersedes" in results["report"],
    "equipment": lambda results: bool(results["equipment"]),
    "calibrated": lambda results: any("cal" in each for each in results["equipment"]),
    "corrections": lambda results: any(each.get("cal", {}).get("corrections") for each in results["equipment"]),
    "auxiliary": lambda results: any(each.get("kind") == "auxiliary" for each in results["equipment"]),
    "logger": lambda results: any(each.get("kind") == "logger" for each in results["equipment"]),
    "evaluated": has_evaluated,
    "unevaluated": has_unevaluated,
    "qualitative": has_qualitative,
    "numbers": lambda results: any(check["value"] is not None for row in results["results"] for check in row["checks"]),
}
"""What a report may be without."""
