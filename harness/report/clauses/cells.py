"""The rows of the results table, found again in the text of the PDF, and the numbers that they print.

Numbers are computed from results.json here, by no function that was used to set the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation

from harness.case.documents import CheckDoc, RowDoc
from harness.case.run.results import counted_as, deciding_check
from harness.report.citing import printed_ref
from harness.report.pdf_text import bare, dense, dense_with_places
from harness.report.strings import load_strings

__all__ = ["Numbers", "PrintedRow", "printed_rows", "row_misses", "sheet_misses"]

_NUMBER = re.compile(r"[-−]?\d{1,24}(?:\.\d{1,24})?(?:[eE][-−+]\d{1,2}(?!\d))?")
_TERM = re.compile(rf"(y|U|w|AL)(?:\((?:lower|upper)\))?=(?:{_NUMBER.pattern}[+−]{_NUMBER.pattern}=)?({_NUMBER.pattern})")
"""One term of the arithmetic; of an acceptance limit, its result."""
_AFTER_NAME = 900
"""How far behind its name the decision on a check is looked for."""


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """One row as printed; ``text`` is empty if it is not in the table."""

    row: RowDoc
    text: str
    """Without blanks."""
    spaced: str
    """As extracted: in it, numbers of neighbouring cells are apart."""
    begin: int
    end: int
    """Place in the text of all pages without blanks."""


def printed_rows(raw: str, rows: Sequence[RowDoc]) -> Iterator[PrintedRow]:
    """Each of *rows* with where it stands in the text *raw* of all pages."""
    whole, places = dense_with_places(raw)
    starts = [f"{number}{row['id']}{dense(row['title']['zh'])}" for number, row in enumerate(rows, 1)]
    legend, position = dense(load_strings()["results.legend"]["zh"]), 0
    for index, row in enumerate(rows):
        begin = whole.find(starts[index], position)
        if begin < 0:
            yield PrintedRow(row, "", "", 0, 0)
            continue
        next_one = whole.find(starts[index + 1], begin + 1) if index + 1 < len(rows) else -1
        end = next_one if next_one > 0 else whole.find(legend, begin)
        end = end if end > 0 else len(whole)
        position = begin + 1
        yield PrintedRow(row, whole[begin:end], raw[places[begin] : places[end - 1] + 1], begin, end)


class Numbers:
    """The numbers in a piece of text, with blanks and without: a line break may stand within one."""

    def __init__(self, *pieces: str) -> None:
        self._found = [number for piece in pieces for match in _NUMBER.finditer(piece) if (number := _number(match[0])) is not None]

    def hold(self, exact: Decimal) -> bool:
        """Whether *exact* is printed with all of its digits."""
        return exact in self._found

    def hold_rounded(self, exact: Decimal) -> bool:
        """Whether *exact* is printed, rounded to the digits shown: two at least, if it has them."""
        for shown in self._found:
            exponent = shown.as_tuple().exponent
            quantum = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
            enough = len(shown.as_tuple().digits) >= 2 or shown == exact
            if enough and abs(shown - exact) <= quantum / 2:
                return True
        return False


def row_misses(printed: PrintedRow) -> Iterator[str]:
    """Cells of the results table that are not what results.json says."""
    row, strings = printed.row, load_strings()
    if not printed.text:
        yield f"{row['id']}: the row is not in the results table"
        return
    words = strings[f"verdict.{counted_as(row)}"]
    if dense(words["zh"] + words["en"]) not in printed.text:
        yield f"{row['id']}: verdict {words['zh']} {words['en']}"
    for ref in row["refs"]:
        # Reports of earlier versions print the id as it is.
        if bare(printed_ref(ref)) not in bare(printed.text) and bare(ref) not in bare(printed.text):
            yield f"{row['id']}: clause {ref}"
    # Which recording stands for the row is no claim of its own: any of them will do.
    if row["evidence"] and not any(each["sha256"][:8] in printed.text for each in row["evidence"]):
        yield f"{row['id']}: hash of the evidence"
    check = deciding_check(row)
    if check is not None and check["value"] is not None:
        for miss in _number_misses(check, Numbers(printed.spaced, printed.text)):
            yield f"{row['id']}: {miss}"


def sheet_misses(row: RowDoc, sheet: str) -> Iterator[str]:
    """Decisions that a detail sheet has to show, and does not, or shows with other numbers."""
    deciding = deciding_check(row)
    if row["attempts"] and not sheet:
        yield f"{row['id']}: there is no detail sheet"
        return
    for check in _decisions(row):
        if not (check is deciding or check["verdict"] != "pass" or (check["step"] is not None and _uncertainty(check) is not None)):
            continue
        name = dense(check["name"])
        places = [match.start() for match in re.finditer(re.escape(name), sheet)]
        if not places:
            yield f"{row['id']} {check['name']}: is not on the sheet"
        elif not any(_shows(sheet[place : place + len(name) + _AFTER_NAME], check) for place in places):
            yield f"{row['id']} {check['name']}: the arithmetic of the decision"


def _decisions(row: RowDoc) -> Iterator[CheckDoc]:
    for check in row["checks"]:
        criterion = check["criterion"]
        if check["value"] is not None and check["decision"] is not None and (criterion["lower"] or criterion["upper"]):
            yield check


def _shows(piece: str, check: CheckDoc) -> bool:
    """Whether *piece* prints value, U, guard band and acceptance limits, computed again from limit, U and rule."""
    value, decision, criterion = check["value"], check["decision"], check["criterion"]
    assert value is not None
    assert decision is not None
    expanded = _uncertainty(check)
    guard = Decimal(0) if decision["rule"] == "SIMPLE" or expanded is None else expanded
    wanted = {"y": [Decimal(value["v"])], "w": [guard], "AL": []}
    wanted["U"] = [] if expanded is None else [two_figures_up(expanded)]
    wanted["AL"] += [Decimal(criterion["lower"]) + guard] if criterion["lower"] is not None else []
    wanted["AL"] += [Decimal(criterion["upper"]) - guard] if criterion["upper"] is not None else []
    found: dict[str, list[Decimal]] = {"y": [], "U": [], "w": [], "AL": []}
    for match in _TERM.finditer(piece):
        if (number := _number(match[2])) is not None:
            found[match[1]].append(number)
    return all(found[name][: len(numbers)] == numbers for name, numbers in wanted.items())


def _number_misses(check: CheckDoc, numbers: Numbers) -> Iterator[str]:
    value, criterion = check["value"], check["criterion"]
    assert value is not None
    if not numbers.hold_rounded(Decimal(value["v"])):
        yield f"value {value['v']} {value['unit']}"
    for limit in (criterion["lower"], criterion["upper"]):
        if limit is not None and not numbers.hold(Decimal(limit)):
            yield f"limit {limit}"
    if (expanded := _uncertainty(check)) is not None and not numbers.hold(two_figures_up(expanded)):
        yield f"U {value['U']}"


def two_figures_up(value: Decimal) -> Decimal:
    """*value* with two significant figures, rounded up."""
    if not value:
        return value
    step = Decimal(10) ** (value.adjusted() - 1)
    return (value / step).to_integral_value(rounding=ROUND_CEILING) * step


def _uncertainty(check: CheckDoc) -> Decimal | None:
    value = check["value"]
    return None if value is None or value["U"] is None else Decimal(value["U"])


def _number(shown: str) -> Decimal | None:
    try:
        return Decimal(shown.replace("−", "-"))
    except InvalidOperation:
        return None
