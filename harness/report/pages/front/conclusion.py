"""The conclusion in words, generated from what was decided. It never speaks of a standard as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.case.documents import ResultsDoc, RowDoc, Text
from harness.case.identification import ITEMS
from harness.case.run.laboratory import foreign_vins
from harness.case.run.results import counted_as
from harness.report.citing import cited, made_here
from harness.report.pages.bench.identification import disagreements
from harness.report.pages.deviations import deviating_rows
from harness.report.strings import text

__all__ = ["Concerned", "concerned_requirements", "conclude"]


@dataclass(frozen=True, slots=True)
class Concerned:
    """The requirements of one standard that the planned cases refer to. A requirement stands where its worst case puts it."""

    standard: str
    met: Sequence[str]
    not_met: Sequence[str]
    undecided: Sequence[str]

    @property
    def all(self) -> list[str]:
        """Every requirement concerned."""
        return [*self.met, *self.not_met, *self.undecided]


def concerned_requirements(rows: Iterable[RowDoc]) -> list[Concerned]:
    """Requirements by standard: met, not met, not decided. Not applicable rows and project-defined ones are left out."""
    words: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        word = counted_as(row)
        if word == "na" or row["basis"] == "project":
            continue
        for ref in row["refs"]:
            standard, requirement = cited(ref)
            words.setdefault(standard, {}).setdefault(requirement, []).append(word)
    return [_concerned(standard, requirements) for standard, requirements in words.items()]


def _concerned(standard: str, requirements: dict[str, list[str]]) -> Concerned:
    met, not_met, undecided = [], [], []
    for requirement, found in requirements.items():
        if "fail" in found:
            not_met.append(requirement)
        elif set(found) == {"pass"}:
            met.append(requirement)
        else:
            undecided.append(requirement)
    return Concerned(standard, _sorted(met), _sorted(not_met), _sorted(undecided))


def conclude(results: ResultsDoc, item: str) -> list[Text]:
    """The sentences of the conclusion; *item* is the identity of the one item tested."""
    counts, rows = results["counts"], results["results"]
    sentences = [
        text(
            "conclusion.counts",
            planned=counts["planned"],
            passed=counts["pass"],
            failed=counts["fail"],
            inconc=counts["inconc"],
            error=counts["error"],
            none=counts["none"],
            na=counts["na"],
        )
    ]
    sentences += [_part(concerned) for concerned in concerned_requirements(rows)]
    sentences += _spoken(results)
    sentences += _outcome(rows)
    sentences += [text("deviation.summary", ids=_ids(deviating))] if (deviating := deviating_rows(results)) else []
    sentences.append(text("conclusion.item", item=item))
    sentences += _other_vins(results)
    for name, values in disagreements(results):
        sentences.append(_disagreement(ITEMS.get(name, {"zh": name, "en": name}), "; ".join(values)))
    if faults := results["item"].get("injected_faults"):
        sentences.append(text("conclusion.faults", faults=faults))
    return sentences


def _spoken(results: ResultsDoc) -> list[Text]:
    """By which message profiles the tests spoke."""
    runs = [run for run in (results.get("run"), *results.get("merged_runs", ())) if run is not None]
    told = {(name, title["en"]): title for run in runs for name, title in run.get("profiles", {}).items()}
    return [text("conclusion.spoken", suite=name, title_zh=title["zh"], title_en=title["en"]) for (name, _), title in told.items()]


def _other_vins(results: ResultsDoc) -> list[Text]:
    """That the item told another VIN than the one declared: whose results these are is then in doubt, or was explained."""
    item = results["item"]
    reason = item.get("other_vin")
    key = "conclusion.other_vin_explained" if reason else "conclusion.other_vin"
    more = {"reason": reason} if reason else {}
    return [text(key, name=name, vin=vin, stated=item.get("vin"), **more) for name, vin in foreign_vins(item).items()]


def _disagreement(item: Text, values: str) -> Text:
    """That paths told different *values*; the declaration among them is named in the language of the sentence."""
    declared = text("identification.declared")
    both = f"{declared['zh']} {declared['en']}"
    return text(
        "identification.conclusion",
        item_zh=item["zh"],
        item_en=item["en"],
        values_zh=values.replace(both, declared["zh"]),
        values_en=values.replace(both, declared["en"]),
    )


def _outcome(rows: Sequence[RowDoc]) -> list[Text]:
    failed = [row for row in rows if counted_as(row) == "fail"]
    undecided = [row["id"] for row in rows if counted_as(row) in ("inconc", "error", "none")]
    passed = any(counted_as(row) == "pass" for row in rows)
    sentences = []
    if failed:
        sentences.append(text("conclusion.failed", ids=_ids(row["id"] for row in failed)))
        if own := [row["id"] for row in failed if row["basis"] == "project"]:
            sentences.append(text("conclusion.failed_project", ids=_ids(own)))
    elif passed:
        sentences.append(text("conclusion.no_failure"))
    else:
        sentences.append(text("conclusion.nothing"))
    if undecided:
        sentences.append(text("conclusion.open", ids=_ids(undecided)))
    return sentences


def _part(concerned: Concerned) -> Text:
    kind = made_here(concerned.standard)
    numbered = [] if kind == "house" else [requirement for requirement in concerned.all if not requirement.startswith("?")]
    unknown = len(concerned.all) - len(numbered)
    parts = []
    if clauses := _sorted({requirement.partition("/")[0] for requirement in numbered}):
        parts.append(text("conclusion.clause_list", clauses=", ".join(clauses)))
    if unknown:
        # What the project numbers itself has no official number to be checked against.
        parts.append(text("conclusion.own_requirements" if kind else "conclusion.open_clauses", count=unknown))
    return text(
        f"conclusion.part_{kind}" if kind else "conclusion.part",
        standard=concerned.standard,
        list_zh="\uff0c".join(part["zh"] for part in parts),
        list_en="; ".join(part["en"] for part in parts),
    )


def _ids(ids: Iterable[str]) -> str:
    return ", ".join(ids)


def _sorted(values: Iterable[str]) -> list[str]:
    """Clause numbers in the order of a table of contents, 8.2 before 8.10; unknown ones last."""

    def key(value: str) -> tuple[bool, list[tuple[int, str]]]:
        parts = re.split(r"[./]", value)
        return value.startswith("?"), [(int(part), "") if part.isdigit() else (-1, part) for part in parts]

    return sorted(values, key=key)
