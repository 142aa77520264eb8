"""Words and names that rows and sheets share."""

from __future__ import annotations

import re
from decimal import Decimal

from harness.report.strings import text
from harness.report.view import VerdictView

__all__ = ["anchor_of", "seconds", "verdict_view"]


def verdict_view(word: str) -> VerdictView:
    """The words of a verdict or of ``na``."""
    words = text(f"verdict.{word}")
    return VerdictView(word, words["zh"], words["en"])


def anchor_of(case_id: str) -> str:
    """Name of the sheet of a case as link target."""
    return "case-" + re.sub(r"[^A-Za-z0-9.-]", "-", case_id)


def seconds(value: str | None) -> str:
    """An instant or a duration in seconds, to the millisecond."""
    return "" if value is None else f"{Decimal(value):.3f} s"
