"""``python -m harness.report.lab`` writes the JSON Schema that is shipped."""

from __future__ import annotations

from harness.report.lab.schema import SCHEMA_FILE, schema_text

SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
print(SCHEMA_FILE)
