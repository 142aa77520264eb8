"""The list of evidence files."""

from __future__ import annotations

from collections.abc import Iterable

from harness.case.documents import RowDoc
from harness.report.campaign import Campaign
from harness.report.view import Attachment

__all__ = ["attachments_of"]


def attachments_of(campaign: Campaign, rows: Iterable[RowDoc]) -> list[Attachment]:
    """Evidence files of all attempts, in the order of the rows."""
    return [
        Attachment(
            row["id"], file.get("run", ""), file["path"], file["frames"], campaign.evidence_path(file).stat().st_size, file["sha256"]
        )
        for row in rows
        for attempt in row["attempts"]
        for file in attempt["evidence"]
    ]
