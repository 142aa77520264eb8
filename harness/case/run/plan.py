"""The plan of a run: which cases apply, with which declarations, limits and software, before the first frame."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import harness
from harness.case.metadata import CaseSource
from harness.case.suites.catalogue import Catalogue
from harness.case.suites.numbers import OfficialNumber
from harness.case.suites.pics import Declaration, parse_condition
from harness.case.suites.profile import load_profile
from harness.case.suites.suite import Suite
from harness.core import ConfigError, Problem, did_you_mean, toml_line

if TYPE_CHECKING:
    from harness.case.documents import ApplicabilityDoc, CaseDoc, CorrectionsDoc, PlanDoc, ProfileDoc, RigDoc, SuiteDoc

__all__ = ["applicability", "check_declaration", "make_plan", "suite_document"]


def applicability(source: CaseSource, declaration: Declaration, lacking: Mapping[str, str] = MappingProxyType({})) -> ApplicabilityDoc:
    """Whether the case applies to what is declared, with the reason if not.

    *lacking* are those of its messages that the message profile of the rig does not have, with the title of that profile.

    Raises:
        ConfigError: items that are not declared leave it open.
    """
    condition = parse_condition(source.condition)
    applies = condition.value(declaration.pics)
    if applies is None:
        items = ", ".join(sorted(condition.items() - declaration.pics.keys()))
        raise ConfigError(Problem(f"{source.meta.id}: whether {source.condition} holds is left open by {items}", declaration.file))
    reason = ""
    if not applies:
        own = parse_condition(source.meta.pics)
        text, decisive = (source.meta.pics, own) if own.value(declaration.pics) is False else (source.condition, condition)
        declared = ", ".join(f"{item} = {str(declaration.pics[item]).lower()}" for item in sorted(decisive.items()))
        reason = f"{text} does not hold: {declared}"
    elif lacking:
        applies, reason = False, f"the {next(iter(lacking.values()))} has no {', '.join(lacking)}"
    return {"value": "applicable" if applies else "not_applicable", "pics": source.condition, "reason": reason}


def check_declaration(cases: Sequence[CaseSource], catalogue: Catalogue, declaration: Declaration) -> None:
    """Every item and value that *cases* use must be declared, nothing unknown may be, and values must be of their kind.

    Raises:
        ConfigError: all missing, unknown and wrong entries, with what asks for them.
    """
    text = declaration.file.read_text(encoding="utf-8")
    problems = [
        *_missing(cases, declaration),
        *_no_edition(cases, catalogue, declaration),
        *_unknown(catalogue, declaration, text),
        *_wrong_values(cases, catalogue, declaration, text),
    ]
    if problems:
        raise ConfigError(problems)


def _missing(cases: Sequence[CaseSource], declaration: Declaration) -> Iterator[Problem]:
    wanted: dict[str, list[str]] = {}
    for source in cases:
        for item in parse_condition(source.condition).items():
            if item not in declaration.pics:
                wanted.setdefault(item, []).append(source.meta.id)
    for item, users in sorted(wanted.items()):
        hint = did_you_mean(item, declaration.pics)
        yield Problem(
            f"PICS item '{item}' is not declared, but {_users(users)} for it{hint}; declare it true or false with its reason",
            declaration.file,
        )
    values: dict[str, list[str]] = {}
    for source in cases:
        if parse_condition(source.condition).value(declaration.pics) is not True:
            continue
        for key in source.meta.pixit:
            if key not in declaration.pixit:
                values.setdefault(key, []).append(source.meta.id)
    for key, users in sorted(values.items()):
        yield Problem(f"PIXIT value '{key}' is missing, but {_users(users)} for it{did_you_mean(key, declaration.pixit)}", declaration.file)


def _no_edition(cases: Sequence[CaseSource], catalogue: Catalogue, declaration: Declaration) -> Iterator[Problem]:
    """A SUT that declares every edition of a suite false leaves nothing to test, which can hardly be meant."""
    wanting: dict[str, list[CaseSource]] = {}
    for source in cases:
        if source.meta.editions and parse_condition(source.meta.pics).value(declaration.pics):
            wanting.setdefault(source.suite, []).append(source)
    for name, sources in wanting.items():
        suite = catalogue.suite(name)
        items = suite.edition_items(sources[0].sut)
        if items and all(declaration.pics.get(item) is False for item in items):
            yield Problem(
                f"no edition is declared for suite '{name}': {', '.join(items)} are all false, so none of {len(sources)} cases applies; "
                "declare as true what the system under test speaks",
                declaration.file,
                toml_line(declaration.file.read_text(encoding="utf-8"), "pics", items[0]),
            )


def _unknown(catalogue: Catalogue, declaration: Declaration, text: str) -> Iterator[Problem]:
    items, values = catalogue.questions()
    for item in declaration.pics:
        if item not in items:
            yield Problem(
                f"PICS item '{item}' belongs to no suite{did_you_mean(item, items)}", declaration.file, toml_line(text, "pics", item)
            )
    for key in declaration.pixit:
        if key not in values:
            yield Problem(
                f"PIXIT value '{key}' belongs to no suite{did_you_mean(key, values)}", declaration.file, toml_line(text, "pixit", key)
            )


def _wrong_values(cases: Sequence[CaseSource], catalogue: Catalogue, declaration: Declaration, text: str) -> Iterator[Problem]:
    for name in dict.fromkeys(source.suite for source in cases):
        items = catalogue.suite(name).pixit_items
        for key, value in declaration.pixit.items():
            if key in items and (objection := items[key].objection(value)):
                yield Problem(f"pixit.{key}: {objection}", declaration.file, toml_line(text, "pixit", key))


def _users(ids: Sequence[str]) -> str:
    if len(ids) == 1:
        return f"{ids[0]} asks"
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more cases" if len(ids) > 3 else "") + " ask"


def make_plan(
    cases: Sequence[CaseSource],
    catalogue: Catalogue,
    declaration: Declaration,
    *,
    rig: RigDoc,
    item: Mapping[str, str | None],
    decision_rule: str,
    seed: int,
    operator: str | None,
    tools: Mapping[str, str],
    numbers: Mapping[str, OfficialNumber] = MappingProxyType({}),
    corrections: Path | None = None,
    lacking: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    profiles: Mapping[str, ProfileDoc] = MappingProxyType({}),
) -> PlanDoc:
    """The plan document, not yet sealed.

    *lacking* says by case what the message profiles of the rig do not have of its messages; *profiles* are those by standard.

    Raises:
        ConfigError: see ``check_declaration``.
    """
    check_declaration(cases, catalogue, declaration)
    used = [suite for suite in catalogue.suites if any(source.suite == suite.name for source in cases)]
    return {
        "schema": "precert-plan/1",
        "precert_version": harness.__version__,
        "rig": rig,
        "item": dict(item),
        "pics": {key: {"value": value, "why": declaration.why[key]} for key, value in sorted(declaration.pics.items())},
        "pixit": dict(sorted(declaration.pixit.items())),
        "decision_rule": decision_rule,
        "seed": seed,
        "suites": [suite_document(suite) for suite in used],
        "operator": operator,
        "cases": [_case(source, catalogue.suite(source.suite), declaration, numbers, lacking.get(source.meta.id, {})) for source in cases],
        "tools": dict(sorted(tools.items())),
        **_corrections(corrections),  # type: ignore[typeddict-item]
        **({"profiles": dict(profiles)} if profiles else {}),
    }


def _corrections(file: Path | None) -> dict[str, CorrectionsDoc]:
    if file is None:
        return {}
    return {"corrections": {"file": file.name, "sha256": _sha256(file), "limits": list(load_profile(file))}}


def suite_document(suite: Suite) -> SuiteDoc:
    """Identity of a suite: version, and hashes over its files and its limits."""
    digest = hashlib.sha256()
    for file in sorted(path for path in suite.folder.rglob("*") if path.is_file() and path.suffix in (".py", ".toml")):
        digest.update(file.relative_to(suite.folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return {
        "name": suite.name,
        "version": suite.version,
        "title": {"en": suite.title.en, "zh": suite.title.zh},
        "sha256": digest.hexdigest(),
        "profile": suite.profile.name,
        "profile_sha256": _sha256(suite.profile),
        "editions": [
            {"name": edition.name, "profile": edition.profile.name, "profile_sha256": _sha256(edition.profile)}
            for edition in suite.editions.values()
        ],
    }


def _case(
    source: CaseSource, suite: Suite, declaration: Declaration, numbers: Mapping[str, OfficialNumber], lacking: Mapping[str, str]
) -> CaseDoc:
    meta, zh = source.meta, suite.texts[source.meta.id]
    return {
        "id": meta.id,
        "suite": source.suite,
        "title": {"en": meta.title, "zh": zh.title},
        "purpose": {"en": meta.purpose, "zh": zh.purpose},
        "refs": list(meta.refs),
        "basis": meta.basis,  # type: ignore[typeddict-item]
        "confidence": meta.confidence,  # type: ignore[typeddict-item]
        "pics": source.condition,
        "sut": source.sut,
        **({"official": asdict(numbers[meta.id])} if meta.id in numbers else {}),  # type: ignore[typeddict-item]
        "editions": [name for name in suite.editions_of(meta, declaration.pics) if name],
        "applicability": applicability(source, declaration, lacking),
        "steps": [
            {"n": step.number, "text": {"en": step.text, "zh": text}, "expect": {"en": step.expect, "zh": expect}}
            for step, (text, expect) in zip(source.steps, zh.steps, strict=True)
        ],
    }


def _sha256(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(Problem(f"the profile cannot be read: {error}", file)) from error
