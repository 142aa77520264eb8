"""Values of many kinds as one labelled line."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import JsonValue

from harness.case.documents import Text
from harness.report.strings import text
from harness.report.view import Field

__all__ = ["compact", "stated"]


def stated(label: Text, value: str, *, client: bool = False) -> Field:
    """The laboratory's data, or the client's; says so if there are none."""
    if value:
        return Field(label, value, client=client)
    words = text("cover.not_stated")
    return Field(label, words["zh"], value_en=words["en"])


def compact(value: JsonValue | Mapping[str, JsonValue]) -> str:
    """A declared value on one line: ``driver simulated, bitrate_bps 250000``."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {compact(each)}" for key, each in value.items() if each not in (None, [], {})) or "—"
    if isinstance(value, list):
        return " ".join(compact(each) for each in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
