"""Checks the documents of a run folder against their shape, and writes the JSON Schemas that state it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from harness.case.documents import AmendmentDoc, JournalDoc, PlanDoc, RecordDoc, ResultsDoc
from harness.core import ConfigError, Problem

__all__ = ["AMENDMENT", "JOURNAL", "PLAN", "RECORD", "RESULTS", "SCHEMA_FOLDER", "VOLATILE", "Shape", "schema_texts", "write_schemas"]

SCHEMA_FOLDER = Path(__file__).resolve().parent / "schemas"

VOLATILE = (
    "/report/number",
    "/report/issued_at",
    "/run/started_at",
    "/run/ended_at",
    "/plan/sealed_at",
    "/results/*/execution/started_at",
    "/results/*/execution/ended_at",
    "/results/*/attempts/*/started_at",
    "/results/*/attempts/*/ended_at",
)
"""Members of results.json that differ between two runs of the same plan with the same outcome, as JSON
pointers in which ``*`` stands for any index."""

_SHOWN = 5
_T = TypeVar("_T")


class Shape(Generic[_T]):
    """Reads, checks and describes one kind of document. Unknown members are problems."""

    def __init__(self, document: type[_T], name: str, volatile: tuple[str, ...] = ()) -> None:
        self.name = name
        self._volatile = volatile
        self._adapter: TypeAdapter[_T] = TypeAdapter(document)

    def check(self, document: object, file: Path | None = None, line: int | None = None) -> _T:
        """*document* itself if it has the shape.

        Raises:
            ConfigError: it has not; the first few differences are named.
        """
        try:
            self._adapter.validate_python(document)
        except ValidationError as error:
            raise ConfigError(_problems(error, file, line)) from None
        return document  # type: ignore[return-value]  # the adapter has just proved it

    def parse(self, text: bytes, file: Path, line: int | None = None) -> _T:
        """The document written in *text*.

        Raises:
            ConfigError: *text* is no JSON, or has not the shape.
        """
        try:
            document = json.loads(text)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            row = line if line is not None else getattr(error, "lineno", None)
            raise ConfigError(Problem(f"no JSON: {getattr(error, 'msg', error)}", file, row)) from None
        return self.check(document, file, line)

    def json_schema(self) -> dict[str, object]:
        """The JSON Schema (2020-12) of the document, with the volatile members under ``x-volatile``."""
        schema: dict[str, object] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:precert:schema:{self.name}",
        }
        schema.update(self._adapter.json_schema())
        if self._volatile:
            schema["x-volatile"] = list(self._volatile)
        return schema

    def schema_text(self) -> str:
        """The JSON Schema as it is shipped."""
        return json.dumps(self.json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _problems(error: ValidationError, file: Path | None, line: int | None) -> list[Problem]:
    found = error.errors(include_url=False)
    problems = []
    for item in found[:_SHOWN]:
        place = ".".join(str(part) for part in item["loc"]) or "document"
        problems.append(Problem(f"{place}: {item['msg'][:1].lower()}{item['msg'][1:]}", file, line))
    if len(found) > _SHOWN:
        problems.append(Problem(f"... and {len(found) - _SHOWN} more", file, line))
    return problems


PLAN = Shape(PlanDoc, "precert-plan/1")
RECORD = Shape(RecordDoc, "precert-record/1")
JOURNAL = Shape(JournalDoc, "precert-journal/1")
RESULTS = Shape(ResultsDoc, "precert-results/1", VOLATILE)
AMENDMENT = Shape(AmendmentDoc, "precert-amendment/1")


def schema_texts() -> dict[str, str]:
    """Text of each shipped schema by the stem of its file."""
    return {
        "plan": PLAN.schema_text(),
        "record": RECORD.schema_text(),
        "journal": JOURNAL.schema_text(),
        "results": RESULTS.schema_text(),
        "amendment": AMENDMENT.schema_text(),
    }


def write_schemas(folder: Path = SCHEMA_FOLDER) -> list[Path]:
    """Write the schema files (``python -m harness.case.run.validation``); returns their paths."""
    paths = []
    for stem, text in schema_texts().items():
        path = folder / f"{stem}.schema.json"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


if __name__ == "__main__":
    for written in write_schemas():
        print(written)
