"""Which report this is, who issues it, for whom, about which days: clauses 7.8.2.1 a to e, h to j, o, and 7.8.8."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from harness.case.run.laboratory import same_name
from harness.report.clauses.document import Finished
from harness.report.lab.forbidden import placeholder_in
from harness.report.pdf_text import dense
from harness.report.strings import load_strings

__all__ = ["IDENTITY"]

_REVISED = re.compile(r"-A[1-9]\d*$")
_FOOT = 120
"""Characters at the end of the last page in which its footer may stand behind the end mark."""


def title(report: Finished) -> Iterator[str]:
    words = load_strings()["title.report"]
    yield from report.lacks("title", words["zh"], words["en"], within=report.cover)
    stated = report.info.get("Title", "")
    if stated != f"{words['zh']} {words['en']} {report.results['report']['number']}":
        yield f"the title in the metadata is '{stated}'"
    if bare := _pages_without(report, words["zh"]):
        yield f"title on page {bare}"


def issuer(report: Finished) -> Iterator[str]:
    body = report.results.get("issuer", {"name": "", "address": "", "contact": ""})
    yield from report.lacks("issuer", body["name"], body["address"], within=report.cover)
    if not report.results["report"].get("demo") and any(placeholder_in(body[key]) for key in ("name", "address")):
        yield "the issuer is a placeholder"


def place(report: Finished) -> Iterator[str]:
    site = report.results.get("site", {"name": "", "address": ""})
    yield from report.lacks("place of testing", site["name"], within=report.before_results)
    coordinates = [site[key] for key in ("latitude", "longitude") if key in site]
    yield from report.lacks("address or coordinates", *(coordinates or [site["address"]]), within=report.before_results)


def number_and_pages(report: Finished) -> Iterator[str]:
    number, total = report.results["report"]["number"], len(report.pages)
    if bare := _pages_without(report, number):
        yield f"report number on page {bare}"
    words, end = load_strings()["page.of"], load_strings()["title.end"]
    for language in ("zh", "en"):
        wrong = [
            position
            for position, page in enumerate(report.dense_pages, 1)
            if dense(words[language].format(n=position, total=total)) not in page
        ]
        if wrong:
            yield f"'{words[language].format(n=wrong[0], total=total)}' on page {', '.join(map(str, wrong[:5]))}"
    yield from _end_mark(report, dense(f"——{end['zh']}{end['en']}——"))


def _end_mark(report: Finished, mark: str) -> Iterator[str]:
    if mark not in (report.dense_pages[-1] if report.pages else ""):
        yield "end mark on the last page"
        return
    if any(mark in page for page in report.dense_pages[:-1]):
        yield "the end mark stands before the last page"
    after = report.dense_pages[-1].rpartition(mark)[2]
    words, total = load_strings()["page.of"], len(report.pages)
    foot = [load_strings()["page.results_hash"]["zh"], report.sha256[:16]]
    foot += [words["zh"].format(n=total, total=total), words["en"].format(n=total, total=total)]
    for part in foot:
        after = after.replace(dense(part), "", 1)
    if after:
        yield f"something follows the end mark: '{after[:_FOOT]}'"


def client(report: Finished) -> Iterator[str]:
    body = report.results.get("client", {"name": "", "address": "", "contact": ""})
    yield from report.lacks("client", body["name"], body["contact"], within=report.cover)


def received(report: Finished) -> Iterator[str]:
    day = str(report.results["item"].get("received") or "")
    yield from report.lacks("date of receipt", day, within=report.before_results)
    if day > min((run["started_at"][:10] for run in report.runs), default=day):
        yield f"received on {day}, after the first test"


def dates(report: Finished) -> Iterator[str]:
    first, last = min(run["started_at"][:10] for run in report.runs), max(run["ended_at"][:10] for run in report.runs)
    label = load_strings()["cover.tested"]
    printed = " – ".join(dict.fromkeys((first, last)))
    yield from report.lacks("dates of testing", f"{label['zh']} {label['en']} {printed}", within=report.cover)
    for row in report.tested:
        started, ended = row["execution"]["started_at"], row["execution"]["ended_at"]
        if started is not None and ended is not None and not first <= started[:10] <= ended[:10] <= last:
            yield f"{row['id']} ran on {started[:10]}, outside of the dates of testing"


def issued(report: Finished) -> Iterator[str]:
    stated = report.results["report"]["issued_at"]
    label = load_strings()["cover.issued"]
    yield from report.lacks("issue date", f"{label['zh']} {label['en']} {stated[:10]}", within=report.cover)
    last = max((datetime.fromisoformat(run["ended_at"]) for run in report.runs), default=None)
    if last is not None and datetime.fromisoformat(stated) < last.replace(microsecond=0):
        yield f"issued at {stated}, before the last test ended"


def authorised(report: Finished) -> Iterator[str]:
    people = report.results.get("people")
    label = load_strings()["summary.approved"]
    if people is None:
        yield "nobody approves the report"
        return
    person = people["approved"]
    yield from report.lacks("approver", f"{label['zh']} {label['en']} {person['name']} {person['role']}", within=report.before_results)
    if report.signers is None:
        return
    if "approved" not in report.signers:
        yield "the approver has not signed"
    elif same_name(report.signers["approved"]) != same_name(person["name"]):
        yield f"approved by '{person['name']}' as printed, signed by '{report.signers['approved']}'"


def amended(report: Finished) -> Iterator[str]:
    number, replaced = report.results["report"]["number"], report.results["report"]["supersedes"]
    if number == replaced["number"] or not _REVISED.search(number):
        yield f"'{number}' is no number of an amendment of '{replaced['number']}'"
    yield from report.lacks("replaced report", replaced["number"], replaced["issued_at"][:10], replaced["sha256"], within=report.cover)
    if replaced["number"] not in report.info.get("Keywords", ""):
        yield "the metadata do not name the replaced report"


def changes_marked(report: Finished) -> Iterator[str]:
    if not report.changes:
        yield "nothing was changed"
    for change in report.changes:
        yield from report.lacks("change", change["where"])
        yield from report.lacks(f"change of {change['where']} to", *([change["new"]] if change["new"] else []))


def _pages_without(report: Finished, words: str) -> str:
    return ", ".join(str(position) for position, page in enumerate(report.dense_pages, 1) if dense(words) not in page)


IDENTITY = {
    "RPT-TITLE": title,
    "RPT-ISSUER": issuer,
    "RPT-PLACE": place,
    "RPT-ID": number_and_pages,
    "RPT-CLIENT": client,
    "RPT-RECV": received,
    "RPT-DATES": dates,
    "RPT-ISSUE": issued,
    "RPT-AUTH": authorised,
    "AMD-ID": amended,
    "AMD-MARK": changes_marked,
}
