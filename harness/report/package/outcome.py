"""What a verification found: remarks by step, and whether the package holds."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from harness.case.documents import Text
from harness.report.package.wording import say

__all__ = ["STEPS", "Remark", "Status", "Step", "Verification"]

STEPS = tuple(f"V{number}" for number in range(1, 14))


class Status(enum.StrEnum):
    """Outcome of a remark or a step, worse ones later."""

    OK = "ok"
    NOTE = "note"
    """Holds, but a reader should know."""
    SKIPPED = "skipped"
    """Not checked because an earlier step failed."""
    UNPROVEN = "unproven"
    """Intact, but the reader named no root that vouches for it."""
    FAIL = "fail"

    @property
    def rank(self) -> int:
        """Position from good to bad."""
        return list(Status).index(self)


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence of a step."""

    status: Status
    text: Text
    key: str
    """Key of the sentence: stable, for tests and for programs that read the JSON."""


@dataclass(slots=True)
class Step:
    """One of V1 to V13."""

    id: str
    remarks: list[Remark] = field(default_factory=list)

    @property
    def title(self) -> Text:
        """What is checked."""
        return say(f"step.{self.id}")

    @property
    def status(self) -> Status:
        """The worst of its remarks; a step without any was not checked."""
        return max((remark.status for remark in self.remarks), key=lambda status: status.rank, default=Status.SKIPPED)

    def add(self, status: Status, key: str, **values: object) -> None:
        """Remark *key* of the string table."""
        self.remarks.append(Remark(status, say(key, **values), key))

    def fail(self, key: str, **values: object) -> None:
        """A remark that ends the package's standing."""
        self.add(Status.FAIL, key, **values)

    def end(self, key: str, **values: object) -> None:
        """The sentence of a step in which nothing failed; nothing if something did."""
        if self.status is not Status.FAIL:
            self.remarks.insert(0, Remark(Status.OK, say(key, **values), key))


@dataclass(slots=True)
class Verification:
    """The whole outcome."""

    package: str
    steps: Sequence[Step]
    number: str = ""
    """Report number as the package states it."""
    root: str = ""
    """SHA-256 of the tag manifest."""
    test_certificates: list[str] = field(default_factory=list)
    """Subjects that say TEST ONLY."""
    rows: list[dict[str, JsonValue]] = field(default_factory=list)
    """Every row as judged again, if asked for."""

    @property
    def status(self) -> Status:
        """OK, UNPROVEN or FAIL. A step that was not checked never leaves a package standing."""
        worst = max((step.status for step in self.steps), key=lambda status: status.rank)
        if worst is Status.SKIPPED:
            return Status.FAIL
        return Status.OK if worst is Status.NOTE else worst

    @property
    def holds(self) -> bool:
        """Whether the reader may rely on the package."""
        return self.status is Status.OK

    def step(self, step_id: str) -> Step:
        """The step of this id."""
        return next(step for step in self.steps if step.id == step_id)

    def document(self) -> dict[str, JsonValue]:
        """For ``--json``."""
        document: dict[str, JsonValue] = {
            "schema": "precert-verification/1",
            "package": self.package,
            "number": self.number,
            "root": self.root,
            "status": str(self.status),
            "holds": self.holds,
            "test_certificates": list(self.test_certificates),
            "steps": [
                {
                    "id": step.id,
                    "title": {"zh": step.title["zh"], "en": step.title["en"]},
                    "status": str(step.status),
                    "remarks": [
                        {"status": str(each.status), "key": each.key, "zh": each.text["zh"], "en": each.text["en"]} for each in step.remarks
                    ],
                }
                for step in self.steps
            ],
        }
        if self.rows:
            document["rows"] = list(self.rows)
        return document
