"""Suites: folders with cases, requirements, PICS items, texts and profiles; shipped ones and those of other distributions."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal

from harness.case.metadata import CaseMeta
from harness.case.toml_file import read_toml
from harness.core import ConfigError, Problem, did_you_mean, resource, toml_line

__all__ = [
    "Bilingual",
    "CaseText",
    "Edition",
    "PixitItem",
    "Requirement",
    "Suite",
    "find_suites",
    "load_suite",
    "questions_of",
]

_KEYS = frozenset(("schema", "name", "version", "title", "standard", "method", "link", "suts", "profile", "prove"))
_OPTIONAL_KEYS = frozenset(("editions", "link_kind", "bitrate_bps", "prove_more"))
_LINK_KINDS = ("can", "network", "stream", "datagram", "line")
_EDITION_KEYS = frozenset(("name", "profile", "pics"))
_QUESTION_KEYS = frozenset(("en", "zh"))
_PIXIT_KEYS = _QUESTION_KEYS | {"kind", "choices", "pattern"}
_KINDS = ("text", "number")
_REQUIREMENT_KEYS = frozenset(("summary_en", "summary_zh", "source", "confidence"))


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in both languages of the report."""

    en: str
    zh: str

    def to_json(self) -> dict[str, str]:
        return {"en": self.en, "zh": self.zh}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of ``requirements.toml``: our own one-line summary, never the text of the standard."""

    id: str
    summary: Bilingual
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class PixitItem:
    """One value that cases need beside the PICS, and what is accepted for it."""

    question: Bilingual
    kind: Literal["text", "number"] | None = None
    """``None``: any plain value."""
    choices: tuple[str, ...] = ()
    """The only texts that are accepted; empty: any."""
    pattern: str = ""
    """Regular expression that the whole text must match; empty: none."""

    def objection(self, value: str | int | float | bool) -> str:
        """What is wrong with *value*, and what is expected; empty if it is accepted."""
        if self.kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
            return f"expected a number, have {_shown(value)}"
        if self.kind == "text" and not isinstance(value, str):
            return f"expected text in quotes, have {_shown(value)}"
        if self.choices and value not in self.choices:
            return f"{_shown(value)} is not accepted (have: {', '.join(self.choices)})"
        if self.pattern and not (isinstance(value, str) and re.fullmatch(self.pattern, value)):
            return f"{_shown(value)} is not accepted: {self.question.en}"
        return ""


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of the standard that a suite tests: a profile of its own, run where the SUT declares it."""

    name: str
    profile: Path
    pics: Mapping[str, str]
    """Role of the SUT -> PICS item by which it declares this edition."""


@dataclass(frozen=True, slots=True)
class CaseText:
    """The Chinese texts of a case, from ``texts.zh.toml``."""

    title: str
    purpose: str
    steps: tuple[tuple[str, str], ...]
    """Text and expectation of each step."""


@dataclass(frozen=True, slots=True)
class Suite:
    """What a suite folder declares beside its cases."""

    name: str
    version: str
    title: Bilingual
    folder: Path
    standard: str
    """Entry point name in ``precert.standards``."""
    method: str
    """Method that the report names for its rows."""
    link: str
    """Name of the rig's link on which the standard is spoken."""
    suts: Mapping[str, frozenset[str]]
    """Roles that can be the system under test -> whose messages the rules of the standard are applied to then.
    A case that names none tests the first."""
    profile: Path
    """Limits of cases that name no edition."""
    prove_rigs: tuple[str, ...]
    """Rigs on which ``precert prove`` runs a case wherever it applies; its faults on the first of them."""
    requirements: Mapping[str, Requirement]
    pics_items: Mapping[str, Bilingual]
    """Question of each PICS item."""
    pixit_items: Mapping[str, PixitItem]
    """Question of each PIXIT value, with what is accepted for it."""
    texts: Mapping[str, CaseText]
    link_kind: str = "can"
    """What that link carries; on a rig where it carries something else no case of the suite is run."""
    bitrate_bps: int | None = None
    """Bit rate that the standard asks for; ``None`` if it leaves that open."""
    prove_more: tuple[str, ...] = ()
    """Rigs for those cases that apply on none of ``prove_rigs``: a truck with a special fitting need not repeat all others."""
    editions: Mapping[str, Edition] = field(default_factory=dict)
    """By name, in the order of ``suite.toml``; empty if the suite knows none."""

    def modules(self) -> list[Path]:
        """The case files, sorted; they may stand in folders of their own."""
        return sorted(self.folder.rglob("test_*.py"))

    def sut_of(self, meta: CaseMeta) -> str:
        """The role that a case tests."""
        return meta.sut or next(iter(self.suts))

    def profile_of(self, edition: str) -> Path:
        """The profile of an edition; the default one for ``""``."""
        return self.editions[edition].profile if edition else self.profile

    def profiles(self) -> Mapping[str, Path]:
        """Every profile by edition, the default one under ``""``."""
        return {"": self.profile, **{name: edition.profile for name, edition in self.editions.items()}}

    def condition(self, meta: CaseMeta) -> str:
        """Under which declarations the case applies: its own condition, and one of its editions."""
        items = [self.editions[name].pics.get(self.sut_of(meta), "") for name in meta.editions if name in self.editions]
        if not any(items):
            return meta.pics
        editions = " OR ".join(dict.fromkeys(item for item in items if item))
        own = f"({meta.pics})" if " OR " in meta.pics else meta.pics
        return f"{own} AND {f'({editions})' if ' OR ' in editions else editions}"

    def edition_items(self, sut: str) -> tuple[str, ...]:
        """The PICS items by which a SUT of this role declares the editions that it speaks."""
        return tuple(edition.pics[sut] for edition in self.editions.values() if sut in edition.pics)

    def editions_of(self, meta: CaseMeta, declared: Mapping[str, bool]) -> tuple[str, ...]:
        """The editions for which the case is run: all of its own that are declared; one nameless if it knows none."""
        if not meta.editions:
            return ("",)
        sut = self.sut_of(meta)
        return tuple(name for name in meta.editions if declared.get(self.editions[name].pics.get(sut, ""), False))


def find_suites() -> list[Path]:
    """Folders of all suites: those that travel with the harness, then entry points ``precert.suites``.

    Raises:
        ConfigError: an entry point names no package with a ``suite.toml``.
    """
    folders = sorted(file.parent for file in resource("test_suites").glob("*/suite.toml"))
    for entry in sorted(entry_points(group="precert.suites"), key=lambda entry: entry.name):
        origin = entry.dist.name if entry.dist is not None else "an unknown distribution"
        try:
            spec = importlib.util.find_spec(entry.value)
        except (ImportError, ValueError) as error:
            raise ConfigError(f"suite '{entry.name}' of {origin}: package '{entry.value}' cannot be found: {error}") from error
        locations = [] if spec is None else [Path(place) for place in spec.submodule_search_locations or ()]
        folder = next((place for place in locations if (place / "suite.toml").is_file()), None)
        if folder is None:
            raise ConfigError(f"suite '{entry.name}' of {origin}: package '{entry.value}' has no suite.toml")
        folders.append(folder)
    return folders


def load_suite(folder: Path) -> Suite:
    """Read ``suite.toml`` and the catalogues beside it.

    Raises:
        ConfigError: all problems of all these files.
    """
    file = folder / "suite.toml"
    text, document = read_toml(file, "suite file")
    problems = list(_problems_of_suite(document, text, file))
    requirements = _read_requirements(folder / "requirements.toml", problems)
    pics_items, pixit_items = _read_items(folder / "pics.toml", problems)
    texts = _read_texts(folder, problems)
    if problems:
        raise ConfigError(problems)
    return Suite(
        name=document["name"],
        version=document["version"],
        title=Bilingual(document["title"]["en"], document["title"]["zh"]),
        folder=folder,
        standard=document["standard"],
        method=document["method"],
        link=document["link"],
        suts={role: frozenset(parties) for role, parties in document["suts"].items()},
        profile=folder / document["profile"],
        prove_rigs=tuple(document["prove"]),
        requirements=requirements,
        pics_items=pics_items,
        pixit_items=pixit_items,
        texts=texts,
        link_kind=document.get("link_kind", "can"),
        bitrate_bps=document.get("bitrate_bps"),
        prove_more=tuple(document.get("prove_more", ())),
        editions={row["name"]: Edition(row["name"], folder / row["profile"], dict(row["pics"])) for row in document.get("editions", ())},
    )


def _problems_of_suite(document: Mapping[str, Any], text: str, file: Path) -> Iterator[Problem]:
    for key in document:
        if key not in _KEYS | _OPTIONAL_KEYS:
            yield Problem(f"unknown key '{key}'{did_you_mean(key, _KEYS | _OPTIONAL_KEYS)}", file, toml_line(text, key))
    for key in sorted(_KEYS - document.keys()):
        yield Problem(f"'{key}' is missing", file)
    for key in ("name", "version", "standard", "method", "link", "profile"):
        if not isinstance(document.get(key, ""), str):
            yield Problem(f"'{key}' must be a string", file, toml_line(text, key))
    for key in ("prove", "prove_more"):
        if not _are_strings(document.get(key, [])):
            yield Problem(f"'{key}' must be a list of strings", file, toml_line(text, key))
    if (kind := document.get("link_kind", "can")) not in _LINK_KINDS:
        yield Problem(f"'link_kind' knows no '{kind}'{did_you_mean(str(kind), _LINK_KINDS)}", file, toml_line(text, "link_kind"))
    rate = document.get("bitrate_bps", 1)
    if not isinstance(rate, int) or isinstance(rate, bool) or rate <= 0:
        yield Problem("'bitrate_bps' must be a positive whole number", file, toml_line(text, "bitrate_bps"))
    suts = document.get("suts", {"": []})
    if not isinstance(suts, dict) or not suts or not all(_are_strings(parties) for parties in suts.values()):
        yield Problem("'suts' must name the roles that can be tested: {truck = [\"vehicle\"]}", file, toml_line(text, "suts"))
    yield from _problems_of_editions(document, text, file)
    title = document.get("title", {"en": "", "zh": ""})
    if not isinstance(title, dict) or set(title) != {"en", "zh"}:
        yield Problem('\'title\' must be {en = "...", zh = "..."}', file, toml_line(text, "title"))
    if document.get("schema", 1) != 1:
        yield Problem(f"'schema = 1' is expected, not {document['schema']!r}", file, toml_line(text, "schema"))


def _problems_of_editions(document: Mapping[str, Any], text: str, file: Path) -> Iterator[Problem]:
    rows = document.get("editions", [])
    if not isinstance(rows, list):
        yield Problem("'editions' must be a list of tables: [[editions]]", file, toml_line(text, "editions"))
        return
    suts = document.get("suts", {})
    for number, row in enumerate(rows, 1):
        match row:
            case {"name": str(), "profile": str(), "pics": dict() as pics} if len(row) == len(_EDITION_KEYS):
                for role in pics:
                    if role not in suts:
                        yield Problem(f"editions {number}: '{role}' is none of 'suts'{did_you_mean(role, suts)}", file)
            case _:
                needs = 'name, profile and pics = {truck = "ITEM"}'
                yield Problem(f"editions {number} needs exactly {needs}", file, toml_line(text, "editions"))


def _are_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _read_requirements(file: Path, problems: list[Problem]) -> dict[str, Requirement]:
    text, rows = _read_table(file, "requirement catalogue", "requirements", problems)
    requirements: dict[str, Requirement] = {}
    for key, row in rows.items():
        if not isinstance(row, dict) or set(row) != _REQUIREMENT_KEYS or not all(isinstance(value, str) for value in row.values()):
            problems.append(
                Problem(
                    f"requirement '{key}' needs exactly {', '.join(sorted(_REQUIREMENT_KEYS))}", file, toml_line(text, "requirements", key)
                )
            )
            continue
        requirements[key] = Requirement(key, Bilingual(row["summary_en"], row["summary_zh"]), row["source"], row["confidence"])
    return requirements


def questions_of(folder: Path) -> tuple[frozenset[str], frozenset[str]]:
    """PICS items and PIXIT values that the suite in *folder* asks for; none where they cannot be read."""
    problems: list[Problem] = []
    items, values = _read_items(folder / "pics.toml", problems)
    return frozenset(items), frozenset(values)


def _read_items(file: Path, problems: list[Problem]) -> tuple[dict[str, Bilingual], dict[str, PixitItem]]:
    text, document = _read(file, "list of PICS items", problems)
    tables = ("schema", "pics", "pixit")
    problems.extend(
        Problem(f"unknown key '{key}'{did_you_mean(key, tables)}", file, toml_line(text, key)) for key in document if key not in tables
    )
    pics: dict[str, Bilingual] = {}
    for key, row in _rows(document, "pics", text, file, problems).items():
        if isinstance(row, dict) and set(row) == _QUESTION_KEYS:
            pics[key] = Bilingual(row["en"], row["zh"])
        else:
            problems.append(Problem(f"pics item '{key}' needs its question as en and zh", file, toml_line(text, "pics", key)))
    pixit: dict[str, PixitItem] = {}
    for key, row in _rows(document, "pixit", text, file, problems).items():
        faults = list(_problems_of_pixit(key, row))
        problems.extend(Problem(fault, file, toml_line(text, "pixit", key)) for fault in faults)
        if not faults:
            choices = tuple(row.get("choices", ()))
            pixit[key] = PixitItem(Bilingual(row["en"], row["zh"]), row.get("kind"), choices, row.get("pattern", ""))
    return pics, pixit


def _problems_of_pixit(key: str, row: object) -> Iterator[str]:
    if not isinstance(row, dict) or not row.keys() >= _QUESTION_KEYS:
        yield f"pixit item '{key}' needs its question as en and zh"
        return
    for name in row:
        if name not in _PIXIT_KEYS:
            yield f"pixit item '{key}': unknown key '{name}'{did_you_mean(name, _PIXIT_KEYS)}"
    if row.get("kind", "text") not in _KINDS:
        yield f"pixit item '{key}': 'kind' must be text or number, not {_shown(row['kind'])}"
    choices = row.get("choices", [])
    if not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
        yield f"pixit item '{key}': 'choices' must be a list of texts"
    if row.get("kind") == "number" and {"choices", "pattern"} & row.keys():
        yield f"pixit item '{key}': 'choices' and 'pattern' go with text only"
    pattern = row.get("pattern", "")
    try:
        re.compile(pattern)
    except (re.error, TypeError):
        yield f"pixit item '{key}': 'pattern' is no regular expression"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else str(value)


def _read_texts(folder: Path, problems: list[Problem]) -> dict[str, CaseText]:
    """From ``texts.zh.toml``, or from the files of the folder ``texts.zh``."""
    texts: dict[str, CaseText] = {}
    for file in sorted((folder / "texts.zh").glob("*.toml")) or [folder / "texts.zh.toml"]:
        for key, text in _read_text_file(file, problems).items():
            if key in texts:
                problems.append(Problem(f"'{key}' has its texts in another file already", file))
            texts[key] = text
    return texts


def _read_text_file(file: Path, problems: list[Problem]) -> dict[str, CaseText]:
    text, rows = _read_table(file, "Chinese text table", "cases", problems)
    texts: dict[str, CaseText] = {}
    for key, row in rows.items():
        match row:
            case {"title": str() as title, "purpose": str() as purpose, "steps": list() as steps} if len(row) == 3:
                pairs = [tuple(step) for step in steps if isinstance(step, list) and len(step) == 2]
                if len(pairs) == len(steps):
                    texts[key] = CaseText(title, purpose, tuple((str(first), str(second)) for first, second in pairs))
                    continue
        problems.append(
            Problem(f"texts of '{key}' need title, purpose and steps = [[text, expectation], ...]", file, toml_line(text, "cases", key))
        )
    return texts


def _read_table(file: Path, what: str, table: str, problems: list[Problem]) -> tuple[str, dict[str, Any]]:
    text, document = _read(file, what, problems)
    for key in document:
        if key not in ("schema", table):
            problems.append(Problem(f"unknown key '{key}'{did_you_mean(key, ('schema', table))}", file, toml_line(text, key)))
    return text, _rows(document, table, text, file, problems)


def _rows(document: Mapping[str, Any], table: str, text: str, file: Path, problems: list[Problem]) -> dict[str, Any]:
    rows = document.get(table, {})
    if isinstance(rows, dict):
        return rows
    problems.append(Problem(f"'{table}' must be a table", file, toml_line(text, table)))
    return {}


def _read(file: Path, what: str, problems: list[Problem]) -> tuple[str, dict[str, Any]]:
    try:
        return read_toml(file, what)
    except ConfigError as error:
        problems.extend(error.problems)
        return "", {}
