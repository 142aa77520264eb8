"""Known traces: what is decoded from them and what the rules of their standard say about them is known.

Each ``golden/*.json`` names a trace beside it, the clock, rule and limits to judge by, and what comes of it. The
limits are part of it, so that a laboratory that corrects a limit does not change what is known.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import NotRequired, TypedDict, cast

from harness.bench.recording import read_evidence
from harness.case.suites.profile import load_choices, load_profile
from harness.core import Check, ConfigError, DecisionRule, JudgeContext, Limit, Message, Record, Standard, TimeBase, resource
from harness.report.selfcheck.vectors import Trial

__all__ = ["GOLDEN_FOLDER", "Golden", "check_golden", "make_golden", "read_golden"]

GOLDEN_FOLDER = Path(__file__).with_name("golden")
_LIMIT_FIELDS = ("unit", "value", "lower", "upper")


class CheckRow(TypedDict):
    """What a rule gives."""

    name: str
    verdict: str
    value: str | None
    U: str | None
    occurrences: int


class Expected(TypedDict):
    """What comes of a trace."""

    messages: dict[str, int]
    ended_by: list[str]
    checks: list[CheckRow]


class Golden(TypedDict):
    """One known trace with the circumstances to judge it by."""

    schema: str
    title: dict[str, str]
    made_by: str
    """How the trace was made."""
    standard: str
    edition: str
    profile: str
    """Where limits come from that are not listed: a file below ``test_suites``."""
    trace: str
    sha256: str
    first_ns: int
    rule: str
    clock: dict[str, float] | None
    parties: list[str]
    declared: dict[str, str | int | float | bool]
    limits: dict[str, dict[str, str | None]]
    expected: NotRequired[Expected]


@dataclass(slots=True)
class _Limits(Mapping[str, Limit]):
    """The listed limits, after them those of the profile; remembers what was asked for."""

    listed: Mapping[str, Limit]
    installed: Mapping[str, Limit]
    asked: dict[str, Limit]

    def __getitem__(self, key: str) -> Limit:
        limit = self.listed.get(key) or self.installed[key]
        self.asked[key] = limit
        return limit

    def __iter__(self) -> Iterator[str]:
        return iter(self.installed.keys() | self.listed.keys())

    def __len__(self) -> int:
        return len(self.installed.keys() | self.listed.keys())


def read_golden(folder: Path = GOLDEN_FOLDER) -> list[tuple[Path, Golden]]:
    """The known traces in the order of their names."""
    return [(file, cast("Golden", json.loads(file.read_text(encoding="utf-8")))) for file in sorted(folder.glob("*.json"))]


def check_golden(file: Path, golden: Golden, standards: Mapping[str, Standard]) -> Iterator[Trial]:
    """Compare what comes of a trace with what is known. A rule that is not known must find nothing wrong."""
    expected, name = golden.get("expected"), file.stem
    trace = file.with_name(golden["trace"])
    digest = hashlib.sha256(trace.read_bytes()).hexdigest() if trace.is_file() else "nothing"
    yield f"{name}: trace", "" if digest == golden["sha256"] else f"SHA-256 is {digest[:16]}, known is {golden['sha256'][:16]}"
    if expected is None or golden["standard"] not in standards:
        yield f"{name}: standard", f"'{golden['standard']}' is not installed" if expected else "nothing is known of it"
        return
    try:
        found, _ = _judge(file, golden, standards[golden["standard"]])
    except (ConfigError, KeyError, ValueError) as error:
        yield f"{name}: judging", f"{type(error).__name__}: {error}"
        return
    for key in ("messages", "ended_by"):
        told, known = found[key], expected[key]
        yield f"{name}: {key}", "" if told == known else f"gives {told}, known is {known}"
    rows = {row["name"]: row for row in found["checks"]}
    for row in expected["checks"]:
        yield f"{name}: {row['name']}", "" if rows.get(row["name"]) == row else f"gives {rows.get(row['name'])}, known is {row}"
    known_names = {row["name"] for row in expected["checks"]}
    for row in found["checks"]:
        if row["name"] not in known_names and row["verdict"] not in ("pass", "none"):
            yield f"{name}: {row['name']}", f"gives {row['verdict']}, but nothing is known of this rule"


def make_golden(file: Path, golden: Golden, standard: Standard) -> Golden:
    """*golden* with limits and results as this installation gives them, to be looked through before they count as known."""
    content = file.with_name(golden["trace"]).read_bytes()
    expected, asked = _judge(file, golden, standard)
    limits = {
        key: {name: None if value is None else str(value) for name, value in asdict(limit).items() if name in _LIMIT_FIELDS}
        for key, limit in sorted(asked.items())
    }
    return {**golden, "sha256": hashlib.sha256(content).hexdigest(), "limits": limits, "expected": expected}


def _judge(file: Path, golden: Golden, standard: Standard) -> tuple[Expected, dict[str, Limit]]:
    records = read_evidence(file.with_name(golden["trace"]), "charge", golden["first_ns"])
    decoder = standard.decoder(golden["edition"])
    messages = [message for record in records for message in decoder.feed(record)]
    profile = resource("test_suites", *golden["profile"].split("/"))
    limits = _Limits({key: _limit(key, row) for key, row in golden["limits"].items()}, load_profile(profile), {})
    context = JudgeContext(
        limits=limits,
        time_base=None if golden["clock"] is None else TimeBase("interface", **golden["clock"]),
        rule=DecisionRule(golden["rule"]),
        parties=frozenset(golden["parties"]),
        declared=golden["declared"],
        choices=load_choices(profile),
        edition=golden["edition"],
    )
    checks = standard.judge(messages, records, context)
    return _expected(standard, messages, records, checks), limits.asked


def _expected(standard: Standard, messages: Sequence[Message], records: Sequence[Record], checks: Sequence[Check]) -> Expected:
    counted = Counter(message.name for message in messages)
    return {
        "messages": dict(sorted(counted.items())),
        "ended_by": [session.ended_by for session in standard.sessions(messages, records)],
        "checks": [
            {
                "name": check.name,
                "verdict": check.verdict.word,
                "value": None if check.value is None else f"{check.value:f}",
                "U": None if check.uncertainty is None else f"{check.uncertainty:f}",
                "occurrences": check.occurrences,
            }
            for check in checks
        ],
    }


def _limit(key: str, row: Mapping[str, str | None]) -> Limit:
    value, lower, upper = (None if (text := row[name]) is None else Decimal(text) for name in ("value", "lower", "upper"))
    return Limit(key, row["unit"] or "1", value, lower, upper, "selfcheck", "", "high")
