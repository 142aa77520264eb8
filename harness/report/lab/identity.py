"""What the item said of itself on the links at the begin and at the end of the runs: a sample that was swapped gives itself away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from harness.case.documents import EvidenceDoc
from harness.report.campaign import Campaign
from harness.report.signals import Standards, decode_recording

__all__ = ["Identity", "read_identity"]

_FACT = "VIN"
"""Name under which a standard tells the identity of a vehicle among the facts of a session."""
_LOOKED_AT = 25
"""Recordings from either end; a case may well stop before the vehicle says who it is."""


class Identity(NamedTuple):
    """Readings by name, at the begin and at the end; both empty if the recordings tell nothing."""

    start: Mapping[str, str]
    end: Mapping[str, str]


def read_identity(campaign: Campaign, standards: Standards) -> Identity:
    """The VIN in the first and in the last recording of each run that tells one, by the standard that tells it.

    Interfaces that only one of the runs has are not missed in the others. An item without a declared VIN is no vehicle: what is heard
    then is what the tester says as one.

    Raises:
        ConfigError: a recording is damaged.
    """
    if not campaign.results["item"].get("vin"):
        return Identity({}, {})
    records = sorted(campaign.records, key=lambda record: record["execution"]["started_at"] or "")
    runs: dict[str, list[EvidenceDoc]] = {}
    for record in records:
        for file in record["evidence"]:
            if file["frames"]:
                runs.setdefault(file.get("run", ""), []).append(file)
    start: dict[str, str] = {}
    end: dict[str, str] = {}
    for files in runs.values():
        first = _first_told(campaign, files[:_LOOKED_AT], standards)
        last = _first_told(campaign, reversed(files[-_LOOKED_AT:]), standards, last=True)
        if first is not None and last is not None:
            for name, vin in (first, last):
                start.setdefault(name, vin)
                end[name] = vin
    return Identity(start, end)


def _first_told(campaign: Campaign, files: Iterable[EvidenceDoc], standards: Standards, *, last: bool = False) -> tuple[str, str] | None:
    """The name of the reading, and the VIN."""
    for file in files:
        if told := list(_told(campaign, file, standards)):
            return told[-1 if last else 0]
    return None


def _told(campaign: Campaign, file: EvidenceDoc, standards: Standards) -> Iterator[tuple[str, str]]:
    decoded = decode_recording(campaign.evidence_path(file), file, standards)
    if decoded is None:
        return
    for session in standards[decoded.standard].sessions(decoded.messages, decoded.records):
        if vin := session.facts.get(_FACT):
            yield f"{_FACT} ({decoded.standard})", vin
