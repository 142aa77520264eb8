"""Words and texts of fixed form in the files of a run folder."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, StringConstraints

__all__ = [
    "STRICT",
    "Basis",
    "BenchMode",
    "Confidence",
    "DateText",
    "DecimalText",
    "HashText",
    "InstantText",
    "RuleText",
    "SeverityWord",
    "VerdictWord",
]

STRICT = ConfigDict(extra="forbid")

DecimalText = Annotated[str, StringConstraints(pattern=r"^-?\d+(\.\d+)?([eE][-+]?\d+)?$")]
DateText = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
HashText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
InstantText = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$")]
RuleText = Annotated[str, StringConstraints(pattern=r"^(SIMPLE|GUARD_U|NONBINARY_U)$")]
VerdictWord = Literal["none", "pass", "inconc", "fail", "error"]
BenchMode = Literal["simulation", "hil", "vehicle", "replay"]
Basis = Literal["quoted", "derived", "project"]
Confidence = Literal["high", "medium", "low"]
SeverityWord = Literal["info", "warning", "failure"]
