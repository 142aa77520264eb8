"""``python -m harness.report.selfcheck.make``: writes anew what is known of the golden traces. Look through every change."""

from __future__ import annotations

import json

from harness.report.selfcheck.golden import make_golden, read_golden
from harness.report.signals import installed_standards

__all__ = ["main"]


def main() -> None:
    """Judge every golden trace as this installation does and write the result beside it."""
    for file, golden in read_golden():
        made = make_golden(file, golden, installed_standards()[golden["standard"]])
        file.write_text(json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        bad = [f"{row['name']} {row['verdict']}" for row in made.get("expected", {"checks": []})["checks"] if row["verdict"] != "pass"]
        print(f"{file.name}: {'; '.join(bad) or 'all pass'}")


if __name__ == "__main__":
    main()
