"""Shape of a market profile, as validated at the file's edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from harness.case.documents import Text

__all__ = ["LeadTimeShape", "MarketShape", "NeedShape", "RiskShape", "WordsShape"]

Line = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Confidence = Literal["high", "medium", "low"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class WordsShape(_Strict):
    """One text in both languages."""

    zh: Line
    en: Line

    def text(self) -> Text:
        """As documents have it."""
        return {"zh": self.zh, "en": self.en}


class LeadTimeShape(_Strict):
    """Weeks to close an item, from and to."""

    weeks: Annotated[list[int], Field(min_length=2, max_length=2)]
    source: Line
    confidence: Confidence


class RiskShape(_Strict):
    """From how many weeks on a lead time is a risk."""

    high_from_weeks: int
    medium_from_weeks: int
    source: Line
    confidence: Confidence


class NeedShape(_Strict):
    """One row of ``[[needs]]``."""

    id: Line
    kind: Literal["interface", "data"]
    interface: Line
    title: WordsShape
    why: WordsShape
    necessity: Literal["required", "if_fitted", "recommended"]
    applies_if: str = ""
    basis: Literal["quoted", "derived", "project"]
    confidence: Confidence
    source: Line
    cases: list[str]
    next: WordsShape | None = None
    """What to do while the item is open, beside what follows from the reason."""
    lead_time: LeadTimeShape | None = None


class MarketShape(_Strict):
    """The whole file."""

    schema_: int = Field(alias="schema")
    id: Line
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    title: WordsShape
    official_text: Line
    note: WordsShape
    risk: RiskShape
    interfaces: dict[str, WordsShape] = {}
    needs: list[NeedShape]

    @classmethod
    def fields_at(cls, path: Sequence[str]) -> list[str]:
        """Names of the members of the table at *path*; none where names are free."""
        model: type[BaseModel] = cls
        for part in path:
            field = model.model_fields.get(part)
            inner = [each for each in (field.annotation, *get_args(field.annotation)) if _is_model(each)] if field else []
            if not inner:
                return []
            model = inner[-1]
        return [field.alias or name for name, field in model.model_fields.items()]


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
