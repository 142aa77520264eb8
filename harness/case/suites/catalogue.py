"""The catalogue: all cases of all suites with their metadata checked together, and the selection of cases from it."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from harness.case.metadata import BASES, CONFIDENCES, CaseMeta, CaseSource
from harness.case.suites.family import texts_of
from harness.case.suites.pics import parse_condition
from harness.case.suites.profile import load_profile
from harness.case.suites.source import read_cases
from harness.case.suites.suite import Suite, find_suites, load_suite, questions_of
from harness.core import ConfigError, Limits, Problem, did_you_mean

__all__ = ["Catalogue", "load_catalogue"]

_SUITE_NAME = re.compile(r'^name\s*=\s*"([^"]+)"', re.MULTILINE)
_CASE_NAME = re.compile(r'^@case\(\s*"([^"]+)"', re.MULTILINE)
_GLOB, _PLACEHOLDER = re.compile(r"[*?\[]"), re.compile(r"[{*]")
_ID = re.compile(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every known case, in the order of suites and sources."""

    suites: tuple[Suite, ...]
    cases: tuple[CaseSource, ...]
    unread: tuple[Path, ...] = ()
    """Folders of suites that the selection could not name."""

    def questions(self) -> tuple[frozenset[str], frozenset[str]]:
        """PICS items and PIXIT values that any suite asks for, those included that were not read: a declaration may answer to all."""
        read = [(frozenset(suite.pics_items), frozenset(suite.pixit_items)) for suite in self.suites]
        found = [*read, *map(questions_of, self.unread)]
        return frozenset().union(*(items for items, _ in found)), frozenset().union(*(values for _, values in found))

    def suite(self, name: str) -> Suite:
        """The suite called *name*.

        Raises:
            KeyError: there is none.
        """
        return {suite.name: suite for suite in self.suites}[name]

    def select(self, patterns: Sequence[str]) -> tuple[CaseSource, ...]:
        """Cases that any of *patterns* names: suite, folder of ``test_suites``, case id, or id with ``*``. None: all.

        Raises:
            ConfigError: a pattern names nothing.
        """
        if not patterns:
            return self.cases
        chosen: set[str] = set()
        problems = []
        for pattern in patterns:
            found = [source.meta.id for source in self.cases if self._names(pattern, source)]
            if not found:
                known = [suite.name for suite in self.suites] + [source.meta.id for source in self.cases]
                problems.append(Problem(f"'{pattern}' is no suite, folder or case id{did_you_mean(pattern, known)}"))
            chosen.update(found)
        if problems:
            raise ConfigError(problems)
        return tuple(source for source in self.cases if source.meta.id in chosen)

    def _names(self, pattern: str, source: CaseSource) -> bool:
        folder = self.suite(source.suite).folder
        return (
            fnmatch.fnmatchcase(source.meta.id, pattern)
            or pattern == source.suite
            or pattern.rstrip("/").removeprefix("test_suites/") == folder.name
            or (Path(pattern).is_dir() and source.file.resolve().is_relative_to(Path(pattern).resolve()))
        )


def load_catalogue(folders: Iterable[Path] | None = None, *, select: Sequence[str] = ()) -> Catalogue:
    """Read the suites in *folders*, by default all that are installed; with *select* those only that its patterns can name.

    Raises:
        ConfigError: everything that is wrong with any suite or case that was read, all at once.
    """
    problems: list[Problem] = []
    suites: list[Suite] = []
    cases: list[CaseSource] = []
    known = find_suites() if folders is None else list(folders)
    chosen = _worth_reading(known, select)
    for folder in chosen:
        try:
            suite = load_suite(folder)
        except ConfigError as error:
            problems.extend(error.problems)
            continue
        suites.append(suite)
        own: list[CaseSource] = []
        for file in suite.modules():
            found, trouble = read_cases(file, suite.name, suite.folder)
            own.extend(replace(source, condition=suite.condition(source.meta), sut=suite.sut_of(source.meta)) for source in found)
            problems.extend(trouble)
        suite = suites[-1] = replace(suite, texts=texts_of(own, suite.texts))
        problems.extend(_problems_of_cases(suite, own))
        cases.extend(own)
    problems.extend(_duplicates(suites, cases))
    if problems:
        raise ConfigError(problems)
    return Catalogue(tuple(suites), tuple(cases), tuple(folder for folder in known if folder not in chosen))


def _worth_reading(folders: Sequence[Path], select: Sequence[str]) -> Sequence[Path]:
    """The folders with suites that *select* can name; all of them if a pattern names none, for the suggestions of the message.

    Reading a suite takes most of the time of a short run, so this looks at its text only.
    """
    if not select or any(Path(pattern).is_dir() for pattern in select):
        return folders
    names = {folder: _names_in(folder) for folder in folders}
    chosen = [folder for folder in folders if any(_can_name(pattern, names[folder]) for pattern in select)]
    named = all(any(_can_name(pattern, names[folder]) for folder in chosen) for pattern in select)
    return chosen if named else folders


def _names_in(folder: Path) -> frozenset[str]:
    """Names of the suite in *folder* and the ids of its cases, those of families with their placeholders."""
    found = {folder.name, f"test_suites/{folder.name}"}
    try:
        found.update(_SUITE_NAME.findall((folder / "suite.toml").read_text(encoding="utf-8")))
        for file in folder.rglob("test_*.py"):
            found.update(_CASE_NAME.findall(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        # What cannot be read is told by whoever reads it in earnest.
        return frozenset(("*",))
    return frozenset(found)


def _can_name(pattern: str, names: Collection[str]) -> bool:
    """Whether *pattern* may be one of *names* or match one: as far as both are literal, they agree."""
    wanted = _GLOB.split(pattern.rstrip("/"), maxsplit=1)[0]
    for name in names:
        known = _PLACEHOLDER.split(name, maxsplit=1)[0]
        if known.startswith(wanted) if wanted != pattern.rstrip("/") else wanted == name:
            return True
        if known != name and wanted.startswith(known):
            return True
    return False


def _problems_of_cases(suite: Suite, cases: Sequence[CaseSource]) -> Iterator[Problem]:
    profiles: dict[Path, Limits] = {}
    for file in dict.fromkeys(suite.profiles().values()):
        try:
            profiles[file] = load_profile(file)
        except ConfigError as error:
            yield from error.problems
    for source in cases:
        yield from _problems_of_case(suite, source, profiles)
    used = {ref for source in cases for ref in source.meta.refs}
    if len(profiles) == len(set(suite.profiles().values())):
        # Limits of the rules that run over every case cover their requirement too.
        used.update(limit.ref for limits in profiles.values() for limit in limits.values())
        for file, limits in profiles.items():
            for limit in limits.values():
                if limit.ref not in suite.requirements:
                    known = did_you_mean(limit.ref, suite.requirements)
                    yield Problem(f"limit '{limit.key}': requirement '{limit.ref}' is not in requirements.toml{known}", file)
        for requirement in suite.requirements:
            if requirement not in used:
                yield Problem(f"requirement '{requirement}' is covered by no case and no limit", suite.folder / "requirements.toml")
    for case_id in suite.texts:
        if case_id not in {source.meta.id for source in cases}:
            yield Problem(f"'{case_id}' has Chinese texts but is no case of this suite", suite.folder / "texts.zh.toml")


def _problems_of_case(suite: Suite, source: CaseSource, profiles: Mapping[Path, Limits]) -> Iterator[Problem]:
    texts = chain(
        _own_problems(source.meta, suite.requirements), _selection_problems(suite, source), _file_problems(suite, source, profiles)
    )
    return (Problem(f"{source.meta.id}: {text}", source.file, source.line) for text in texts)


def _own_problems(meta: CaseMeta, requirements: Collection[str]) -> Iterator[str]:
    """What is wrong with the metadata whatever the suite."""
    if not _ID.fullmatch(meta.id):
        yield f"'{meta.id}' is no case id; it names files too: letters, digits, dots, hyphens, underscores"
    if meta.basis not in BASES:
        yield f"basis '{meta.basis}' is unknown{did_you_mean(meta.basis, BASES)}"
    if meta.confidence not in CONFIDENCES:
        yield f"confidence '{meta.confidence}' is unknown{did_you_mean(meta.confidence, CONFIDENCES)}"
    if not meta.refs:
        yield "names no requirement in 'refs'"
    for ref in meta.refs:
        if ref not in requirements:
            yield f"requirement '{ref}' is not in requirements.toml{did_you_mean(ref, requirements)}"
    if not meta.faults:
        yield "names no fault; a case that no fault can turn red is worth nothing"
    for fault in meta.faults:
        edition = fault.partition("@")[2]
        if edition and edition not in meta.editions:
            yield f"fault '{fault}': the case is not run in edition '{edition}'{did_you_mean(edition, meta.editions)}"


def _selection_problems(suite: Suite, source: CaseSource) -> Iterator[str]:
    """What keeps the case from being selected: role, editions, PICS and PIXIT."""
    meta = source.meta
    if source.sut not in suite.suts:
        yield f"tests the role '{source.sut}', which is none of 'suts' in suite.toml{did_you_mean(source.sut, suite.suts)}"
    if suite.editions and not meta.editions:
        yield f"names no edition in 'editions' (have: {', '.join(suite.editions)})"
    for name in meta.editions:
        if name not in suite.editions:
            yield f"edition '{name}' is not in suite.toml{did_you_mean(name, suite.editions)}"
        elif source.sut not in suite.editions[name].pics:
            yield f"edition '{name}' has no PICS item for the role '{source.sut}' in suite.toml"
    try:
        for item in sorted(parse_condition(source.condition).items()):
            if item not in suite.pics_items:
                yield f"PICS item '{item}' is not in pics.toml{did_you_mean(item, suite.pics_items)}"
    except ValueError as error:
        yield f"pics: {error}"
    for key in meta.pixit:
        if key not in suite.pixit_items:
            yield f"PIXIT value '{key}' is not in pics.toml{did_you_mean(key, suite.pixit_items)}"
    for key in sorted(source.pixit - set(meta.pixit)):
        yield f"reads the PIXIT value '{key}' without naming it in 'pixit'"


def _file_problems(suite: Suite, source: CaseSource, profiles: Mapping[Path, Limits]) -> Iterator[str]:
    """What profiles and texts lack of the case."""
    meta = source.meta
    for file in dict.fromkeys(suite.profile_of(name) for name in meta.editions or ("",) if name in suite.profiles()):
        for key in sorted(source.limits - profiles.get(file, dict.fromkeys(source.limits)).keys()):
            yield f"limit '{key}' is not in {file.name}{did_you_mean(key, profiles[file])}"
    if (text := suite.texts.get(meta.id)) is None:
        yield "has no Chinese texts in texts.zh.toml"
    elif len(text.steps) != len(source.steps):
        yield f"has {len(source.steps)} steps, but {len(text.steps)} in texts.zh.toml"


def _duplicates(suites: Sequence[Suite], cases: Sequence[CaseSource]) -> Iterator[Problem]:
    seen: dict[str, CaseSource] = {}
    for source in cases:
        if (first := seen.setdefault(source.meta.id, source)) is not source:
            yield Problem(f"{source.meta.id} is already the case at {first.file}:{first.line}", source.file, source.line)
    names = [suite.name for suite in suites]
    for suite in suites:
        if names.count(suite.name) > 1:
            yield Problem(f"suite name '{suite.name}' is taken twice", suite.folder / "suite.toml")
