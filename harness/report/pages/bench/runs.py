"""The runs behind a merged report: which bench made how many attempts, how many of them count, and by which rules."""

from __future__ import annotations

from collections import Counter

from harness.case.documents import ResultsDoc, RowDoc
from harness.report.strings import text
from harness.report.view import Table

__all__ = ["runs_table"]


def runs_table(results: ResultsDoc) -> Table | None:
    """One line for each run, ``None`` for a report about a single one."""
    if (runs := results.get("merged_runs")) is None:
        return None
    made = Counter(attempt.get("run", "") for row in results["results"] for attempt in row["attempts"])
    counting = Counter(_deciding_run(row) for row in results["results"] if row["attempts"])
    rows = []
    for run in runs:
        name, mode, state = run.get("name", ""), text(f"mode.{run['rig']['bench_mode']}"), text(f"state.{run['state']}")
        rows.append(
            (
                name,
                run["rig"]["name"],
                f"{mode['zh']} {mode['en']}",
                f"{_minute(run['started_at'])} – {_minute(run['ended_at'])}",
                f"{state['zh']} {state['en']}",
                str(made[name]),
                str(counting[name]),
            )
        )
    header = [
        text("condition.runs"),
        text("condition.rig"),
        text("cover.mode"),
        text("campaign.span"),
        text("condition.state"),
        text("campaign.attempts"),
        text("campaign.counting"),
    ]
    return Table(header, rows, text("campaign.runs"))


def _minute(instant: str) -> str:
    """To the minute, in the zone of the bench; the conditions have it to the digit."""
    return instant[:16].replace("T", " ")


def _deciding_run(row: RowDoc) -> str:
    return next((attempt.get("run", "") for attempt in row["attempts"] if attempt["attempt"] == row["execution"]["attempt"]), "")
