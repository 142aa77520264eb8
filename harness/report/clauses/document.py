"""A finished report as its reader has it: the text of its pages, its metadata, and the results that go with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from harness.case.documents import ChangeDoc, ResultsDoc, RowDoc, RunDoc
from harness.report.clauses.cells import PrintedRow, printed_rows
from harness.report.pdf_text import bare, dense
from harness.report.sheet_choice import has_sheet
from harness.report.strings import load_strings

__all__ = ["Finished", "Kept"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is wrong with the records behind a report; empty lists if nothing is."""

    changed: Sequence[str]
    """Records that are not those of the journal."""
    late: Sequence[str]
    """Observations that were not put on record when they were made."""
    original: Sequence[str] | None = None
    """Faults of the chain back to the reports that it replaces; ``None`` before it is sealed."""
    sealed_before: Sequence[str] | None = None
    """Earlier seals of this number or of this report; ``None`` before it is sealed."""

    @property
    def is_draft(self) -> bool:
        """Whether a report on such records can be a draft only."""
        return bool(self.changed or self.late)


@dataclass(frozen=True)
class Finished:
    """What the checks look at."""

    pages: Sequence[str]
    info: Mapping[str, str]
    """Title, author and keywords of the PDF."""
    results: ResultsDoc
    sha256: str
    """Of results.json."""
    selfcheck_version: str | None
    """Version of the software that was checked against known results; ``None`` if it was not."""
    changes: Sequence[ChangeDoc] = field(default=())
    """Differences from the report that it replaces."""
    signers: Mapping[str, str] | None = None
    """Whom the certificate of each signature field names; ``None`` before it is signed."""
    kept: Kept | None = None
    """What those who keep the records found; ``None`` if nobody looked."""

    @cached_property
    def dense_pages(self) -> Sequence[str]:
        """The pages without blanks, so that the layout breaks no word."""
        return [dense(page) for page in self.pages]

    @cached_property
    def whole(self) -> str:
        """All pages without blanks."""
        return "".join(self.dense_pages)

    @cached_property
    def _bare(self) -> str:
        return bare(self.whole)

    @property
    def cover(self) -> str:
        """The first page without blanks."""
        return self.dense_pages[0] if self.pages else ""

    @cached_property
    def rows(self) -> Mapping[str, PrintedRow]:
        """The rows of the results table as printed, by case id."""
        return {each.row["id"]: each for each in printed_rows("\n".join(self.pages), self.results["results"])}

    @cached_property
    def before_results(self) -> str:
        """Everything up to the results table: cover, statements, summary, item, conditions, equipment."""
        begins = [each.begin for each in self.rows.values() if each.text]
        return self.whole[: min(begins)] if begins else self.whole

    @cached_property
    def deviations(self) -> str:
        """The pages from the deviations on."""
        heading = load_strings()["section.deviations"]
        return self.whole.rpartition(dense(heading["zh"] + heading["en"]))[2]

    @cached_property
    def sheets(self) -> Mapping[str, str]:
        """The detail sheets without blanks, by case id; empty where there is none."""
        rows = [row for row in self.results["results"] if has_sheet(self.results["report"], row)]
        position = max((each.begin + len(dense(each.row["id"] + each.row["title"]["zh"])) for each in self.rows.values()), default=0)
        starts = []
        for row in rows:
            found = self.whole.find(dense(row["id"] + row["title"]["zh"]), position)
            starts.append(found)
            position = found + 1 if found >= 0 else position
        ends = [*starts, len(self.whole)][1:]
        printed = {row["id"]: self.whole[begin:end] if begin >= 0 else "" for row, begin, end in zip(rows, starts, ends, strict=True)}
        return {row["id"]: printed.get(row["id"], "") for row in self.results["results"]}

    @property
    def runs(self) -> Sequence[RunDoc]:
        """The runs that the report is about."""
        return self.results.get("merged_runs", [self.results["run"]])

    @property
    def tested(self) -> Sequence[RowDoc]:
        """The rows that were carried out."""
        return [row for row in self.results["results"] if row["attempts"]]

    def lacks(self, what: str, *words: object, within: str | None = None) -> Iterator[str]:
        """Those of *words* that are not printed (in the part *within*), as misses; *what* names them."""
        part = self._bare if within is None else bare(within)
        for each in words:
            if not dense(str(each)):
                yield f"{what} is empty"
            elif bare(str(each)) not in part:
                yield f"{what} '{each}' is not printed"

    def lacks_texts(self, *keys: str, within: str | None = None) -> Iterator[str]:
        """The texts of the string table that are not printed in both languages."""
        for key in keys:
            words = load_strings()[key]
            for language in ("zh", "en"):
                yield from self.lacks(f"the text {key}", words[language], within=within)


def first(misses: Iterable[str], count: int = 5) -> list[str]:
    """The first few misses; the rest are counted."""
    found = list(misses)
    return found[:count] + ([f"and {len(found) - count} more"] if len(found) > count else [])
