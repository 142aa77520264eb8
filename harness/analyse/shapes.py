"""The JSON Schemas of what the analyser writes (``python -m harness.analyse.shapes`` writes them anew)."""

from __future__ import annotations

from pathlib import Path

from harness.analyse.documents import AnalysisDoc, ComparisonDoc
from harness.case.run.validation import Shape

__all__ = ["ANALYSIS", "COMPARISON", "SCHEMA_FOLDER", "schema_texts"]

SCHEMA_FOLDER = Path(__file__).resolve().parent / "schemas"

ANALYSIS = Shape(AnalysisDoc, "precert-analysis/1")
COMPARISON = Shape(ComparisonDoc, "precert-comparison/1")


def schema_texts() -> dict[str, str]:
    """Text of each shipped schema by the stem of its file."""
    return {"analysis": ANALYSIS.schema_text(), "comparison": COMPARISON.schema_text()}


if __name__ == "__main__":
    SCHEMA_FOLDER.mkdir(exist_ok=True)
    for stem, text in schema_texts().items():
        SCHEMA_FOLDER.joinpath(f"{stem}.schema.json").write_text(text, encoding="utf-8")
