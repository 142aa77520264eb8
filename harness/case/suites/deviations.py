"""Expected deviations: known failures as data, with reason, ticket and expiry. They never change a verdict to the better."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.case.toml_file import read_toml
from harness.core import ConfigError, Problem, did_you_mean, toml_line

__all__ = ["Deviation", "load_deviations"]

_KEYS = frozenset(("case", "reason", "ticket", "expires"))


@dataclass(frozen=True, slots=True)
class Deviation:
    """A failure that is known and accepted for a time."""

    case: str
    reason: str
    ticket: str
    expires: dt.date

    def to_json(self) -> dict[str, str]:
        return {"id": self.case, "reason": self.reason, "ticket": self.ticket, "expires": self.expires.isoformat()}


def load_deviations(file: Path, *, today: dt.date, known_cases: Collection[str]) -> Mapping[str, Deviation]:
    """Read ``[[deviation]]`` entries with case, reason, ticket and expires (a TOML date).

    Raises:
        ConfigError: a key is missing or unknown, a case does not exist or is named twice, or an entry has expired.
    """
    text, document = read_toml(file, "list of deviations")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith("[[deviation]]")]
    problems = [
        Problem(f"unknown key '{key}'{did_you_mean(key, ('schema', 'deviation'))}", file)
        for key in document
        if key not in ("schema", "deviation")
    ]
    found: dict[str, Deviation] = {}
    entries = document.get("deviation", [])
    if not isinstance(entries, list):
        entries = [entries]
    if len(lines) != len(entries):
        lines = [toml_line(text, "deviation") or 1] * len(entries)
    for entry, line in zip(entries, lines, strict=True):
        match entry:
            case {"case": str() as case, "reason": str() as reason, "ticket": str() as ticket, "expires": dt.date() as expires} if set(
                entry
            ) == _KEYS and not isinstance(expires, dt.datetime):
                if case not in known_cases:
                    problems.append(Problem(f"'{case}' is no case{did_you_mean(case, known_cases)}", file, line))
                elif case in found:
                    problems.append(Problem(f"'{case}' is listed twice", file, line))
                elif expires < today:
                    problems.append(
                        Problem(f"the deviation of '{case}' expired on {expires}; remove it or renew it with a new date", file, line)
                    )
                found[case] = Deviation(case, reason, ticket, expires)
            case _:
                problems.append(
                    Problem("a deviation has exactly case, reason, ticket (strings) and expires (a date, 2027-01-31)", file, line)
                )
    if problems:
        raise ConfigError(problems)
    return found
