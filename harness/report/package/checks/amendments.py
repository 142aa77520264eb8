"""V13: from an amendment back to the first report, each step proven by a seal, and its difference list made again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

from harness.case.documents import AmendmentDoc, ChangeDoc, ResultsDoc
from harness.case.run.validation import AMENDMENT as AMENDMENT_SHAPE
from harness.case.run.validation import RESULTS as RESULTS_SHAPE
from harness.core import ConfigError
from harness.report.campaign.amendment import AMENDED, next_number
from harness.report.campaign.differences import changes_between
from harness.report.package.amendment import Earlier, read_earlier, supersedes_of
from harness.report.package.container.bag import ManifestError
from harness.report.package.container.layout import AMENDMENT, EARLIER, REPORT_FILES
from harness.report.package.container.opening import Opened
from harness.report.package.outcome import Step
from harness.report.package.signing.trust import Trust, Unreadable, check_cms

__all__ = ["check_amendments"]

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
    first, later, walked = replaced.number, number, list[str]()
    while replaced is not None:
        if replaced.number in walked or replaced.number not in enclosed:
            step.fail("v13.missing", number=replaced.number)
            return
        walked.append(replaced.number)
        if later != (expected := next_number(replaced.number)[0]):
            step.fail("v13.number", number=later, replaced=replaced.number, expected=expected)
        earlier = _proven(opened, replaced.number, trust, moment, step)
        if earlier is None:
            return
        if (earlier.number, earlier.pdf_sha256) != (replaced.number, replaced.sha256):
            step.fail("v13.hash", number=replaced.number)
        if later == number:
            _check_list(opened, results, earlier, step)
        later, replaced = replaced.number, earlier.replaced
    for name in enclosed:
        if name not in walked:
            step.fail("v13.unstated", number=name)
    step.end("v13.ok", number=first, reports=len(walked) + 1)


def _proven(opened: Opened, number: str, trust: Trust, moment: datetime | None, step: Step) -> Earlier | None:
    """The earlier report as its enclosed seal states it."""
    prefix = f"{EARLIER}/{number}/"
    files = {path.removeprefix(prefix): opened.read(path) or b"" for path in opened.files if path.startswith(prefix)}
    try:
        earlier = read_earlier(files)
        signed = check_cms(earlier.signature, earlier.signed, trust, moment)
    except (ManifestError, Unreadable) as error:
        step.fail("v13.seal", number=number, detail=str(error))
        return None
    if not signed.intact or not signed.trusted:
        step.fail("v13.seal", number=number, detail=signed.problem or signed.subject)
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
