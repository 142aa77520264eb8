"""An amendment: a report under a new number that names the one it replaces and lists every difference from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from harness.case.documents import AmendmentDoc, ResultsDoc, SupersedesDoc
from harness.core import ConfigError, Problem
from harness.report.campaign.differences import changes_between

__all__ = ["AMENDED", "Amends", "OldReport", "amend", "next_number"]

AMENDED = re.compile(r"(?P<base>.+)-A(?P<revision>[1-9]\d*)")
"""Number of an amendment."""


@dataclass(frozen=True, slots=True)
class OldReport:
    """The report that is to be replaced."""

    file: Path
    """As the user named it."""
    results: ResultsDoc
    results_sha256: str
    pdf_sha256: str
    seal: str
    """Seal value of its package, empty if it was not sealed."""


@dataclass(frozen=True, slots=True)
class Amends:
    """What an amendment is made for."""

    old: OldReport
    reason: str


def next_number(number: str) -> tuple[str, int]:
    """Number and revision of the report that replaces *number*: ``PC-1`` gives ``PC-1-A1``, that gives ``PC-1-A2``."""
    match = AMENDED.fullmatch(number)
    base, revision = (match["base"], int(match["revision"]) + 1) if match else (number, 1)
    return f"{base}-A{revision}", revision


def amend(results: ResultsDoc, amends: Amends, own_number: str = "") -> tuple[ResultsDoc, AmendmentDoc]:
    """*results* as those of the amendment, and the document that says what it changes.

    *own_number* is the number in the laboratory's file, empty if there is none; it may be that of the old report.

    Raises:
        ConfigError: no reason, no difference, another item, or a number that is not one of this chain.
    """
    old, reason = amends.old, amends.reason.strip()
    stated = old.results["report"]
    number, revision = next_number(stated["number"])
    base = AMENDED.fullmatch(number)
    assert base is not None
    if not reason:
        raise ConfigError(Problem("an amendment needs a reason; give it with --reason", old.file))
    if own_number and own_number not in (number, stated["number"], base["base"]):
        text = f"the laboratory's file numbers the report {own_number}, but what replaces {stated['number']} is {number}"
        raise ConfigError(Problem(f"{text}; leave the number out", old.file))
    theirs, ours = old.results["item"].get("vin"), results["item"].get("vin")
    if theirs and ours and theirs != ours:
        raise ConfigError(Problem(f"is about another item (VIN {theirs}, here {ours}); that is a report of its own", old.file))
    if not (changes := changes_between(old.results, results)):
        text = f"nothing differs from {stated['number']}; an amendment without a change is not made"
        raise ConfigError(Problem(text, old.file))
    supersedes: SupersedesDoc = {
        "number": stated["number"],
        "issued_at": stated["issued_at"],
        "sha256": old.pdf_sha256,
        "results_sha256": old.results_sha256,
        "reason": reason,
    }
    if old.seal:
        supersedes["seal"] = old.seal
    amended = cast("ResultsDoc", dict(results))
    amended["report"] = {**results["report"], "number": number, "revision": revision, "supersedes": supersedes}
    return amended, {"schema": "precert-amendment/1", "number": number, "supersedes": supersedes, "changes": changes}
