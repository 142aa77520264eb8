"""Opinions and interpretations: what persons say, apart from what was measured."""

from __future__ import annotations

from harness.case.documents import ResultsDoc
from harness.report.view import OpinionView

__all__ = ["opinion_views"]


def opinion_views(results: ResultsDoc) -> list[OpinionView]:
    """The opinions with author, basis and what they refer to."""
    return [OpinionView(each["text"], each["author"], each["basis"], ", ".join(each["refs"])) for each in results.get("opinions", [])]
