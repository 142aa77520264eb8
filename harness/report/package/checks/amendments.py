"""V13: from an amendment back to the first report, each step proven by a seal, and its difference list made again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

from harness.case.documents import AmendmentDoc, ChangeDoc, ResultsDoc
from harness.case.run.validation import AMENDMENT as AMENDMENT_SHAPE
from harness.case.run.validation import RESULTS as RESULTS_SHAPE
from harness.core import ConfigError
from harness.report.campaign.amendment import AMENDED, next_number
from harness.report.campaign.differences import changes_between
from harness.report.package.amendment import Earlier, Replaced, read_earlier, supersedes_of
from harness.report.package.container.bag import ManifestError
from harness.report.package.container.layout import AMENDMENT, EARLIER, REPORT_FILES
from harness.report.package.container.opening import Opened
from harness.report.package.outcome import Step
from harness.report.package.signing.trust import Trust, Unreadable, check_cms

__all__ = ["Walk", "check_amendments", "walk_back"]

_SHOWN = 5


def check_amendments(opened: Opened, results: ResultsDoc, number: str, trust: Trust, moment: datetime | None, step: Step) -> None:
    """V13."""
    enclosed = sorted({path.split("/")[2] for path in opened.files if path.startswith(f"{EARLIER}/")})
    replaced = supersedes_of(results)
    if replaced is None:
        if AMENDED.fullmatch(number):
            step.fail("v13.suffix", number=number)
        if REPORT_FILES[AMENDMENT] in opened.files:
            step.fail("v13.list", detail=AMENDMENT)
        for name in enclosed:
            step.fail("v13.unstated", number=name)
        step.end("v13.first")
        return
    files = {path: opened.read(path) or b"" for path in opened.files if path.startswith(f"{EARLIER}/")}
    walk = walk_back(files, number, replaced, trust, moment)
    for key, values in walk.faults:
        step.fail(key, **values)
    if walk.nearest is not None:
        _check_list(opened, results, walk.nearest, step)
    if not walk.complete:
        return
    for name in enclosed:
        if name not in walk.numbers:
            step.fail("v13.unstated", number=name)
    step.end("v13.ok", number=replaced.number, reports=len(walk.numbers) + 1)


@dataclass(slots=True)
class Walk:
    """The way from an amendment back to the first report."""

    numbers: list[str] = field(default_factory=list)
    faults: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    """Keys of sentences, with what they tell of."""
    nearest: Earlier | None = None
    """The report that was replaced last."""
    complete: bool = False


def walk_back(files: Mapping[str, bytes], number: str, replaced: Replaced, trust: Trust, moment: datetime | None) -> Walk:
    """Go from *number*, which says that it replaces *replaced*, through the earlier seals in *files* to the first report."""
    walk, later, before = Walk(), number, cast("Replaced | None", replaced)
    enclosed = {path.split("/")[2] for path in files}
    while before is not None:
        if before.number in walk.numbers or before.number not in enclosed:
            walk.faults.append(("v13.missing", {"number": before.number}))
            return walk
        walk.numbers.append(before.number)
        if later != (expected := next_number(before.number)[0]):
            walk.faults.append(("v13.number", {"number": later, "replaced": before.number, "expected": expected}))
        earlier = _proven(files, before.number, trust, moment, walk)
        if earlier is None:
            return walk
        if (earlier.number, earlier.pdf_sha256) != (before.number, before.sha256):
            walk.faults.append(("v13.hash", {"number": before.number}))
        walk.nearest = walk.nearest or earlier
        later, before = before.number, earlier.replaced
    walk.complete = True
    return walk


def _proven(files: Mapping[str, bytes], number: str, trust: Trust, moment: datetime | None, walk: Walk) -> Earlier | None:
    """The earlier report as its enclosed seal states it."""
    prefix = f"{EARLIER}/{number}/"
    try:
        earlier = read_earlier({path.removeprefix(prefix): content for path, content in files.items() if path.startswith(prefix)})
        signed = check_cms(earlier.signature, earlier.signed, trust, moment)
    except (ManifestError, Unreadable) as error:
        walk.faults.append(("v13.seal", {"number": number, "detail": str(error)}))
        return None
    if not signed.intact or not signed.trusted:
        walk.faults.append(("v13.seal", {"number": number, "detail": signed.problem or signed.subject}))
    return earlier


def _check_list(opened: Opened, results: ResultsDoc, earlier: Earlier, step: Step) -> None:
    """The list is that of the results, and comparing the two documents again gives it."""
    stated = cast("Mapping[str, object]", results["report"]).get("supersedes")
    listed = _listed(opened, step)
    if listed is None:
        return
    if listed["number"] != results["report"]["number"] or listed["supersedes"] != stated:
        step.fail("v13.list", detail=f"{listed['number']}, {listed['supersedes']['number']}")
        return
    seal = hashlib.sha256(earlier.signed).hexdigest()
    if listed["supersedes"].get("seal", seal) != seal:
        step.fail("v13.hash", number=earlier.number)
    if earlier.results is None or hashlib.sha256(earlier.results).hexdigest() != listed["supersedes"]["results_sha256"]:
        step.fail("v13.list", detail="results.json")
        return
    try:
        old = RESULTS_SHAPE.parse(earlier.results, Path("results.json"))
    except ConfigError as error:
        step.fail("v13.list", detail=error.problems[0].text)
        return
    found = changes_between(old, results)
    for change in _apart(listed["changes"], found)[:_SHOWN]:
        step.fail("v13.change", where=change["where"], what=change["what"])
    if not found:
        step.fail("v13.list", detail="-")


def _listed(opened: Opened, step: Step) -> AmendmentDoc | None:
    content = opened.read(REPORT_FILES[AMENDMENT])
    if content is None:
        step.fail("v13.list", detail=AMENDMENT)
        return None
    try:
        return AMENDMENT_SHAPE.parse(content, Path(AMENDMENT))
    except ConfigError as error:
        step.fail("v13.list", detail=error.problems[0].text)
        return None


def _apart(stated: Sequence[ChangeDoc], found: Sequence[ChangeDoc]) -> list[ChangeDoc]:
    """Changes that only one of the two lists has."""
    one, other = {_key(change) for change in stated}, {_key(change) for change in found}
    return [change for change in [*stated, *found] if (_key(change) in one) != (_key(change) in other)]


def _key(change: ChangeDoc) -> tuple[str, str, str, str]:
    return change["where"], change["what"], change["old"], change["new"]
