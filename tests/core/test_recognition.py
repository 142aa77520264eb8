"""Whose a link is: who knows its own frames goes before who takes anything of a form."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core import Direction, Frame, Recognition, Record, claims_on


class Taker:
    """Claims frames with an identifier of its own."""

    def __init__(self, name: str, own: range, *, general: bool = False, alone: bool = False) -> None:
        self.name, self.is_general = name, general
        self._own, self._alone = own, alone

    def has(self, record: Record) -> bool:
        return isinstance(record.pdu, Frame) and record.pdu.can_id in self._own

    def recognise(self, records: Sequence[Record]) -> Recognition | None:
        matched = sum(map(self.has, records))
        is_own = None if self._alone else self.has
        return Recognition(self.name, "", matched, len(records) - matched, "", is_own=is_own) if matched else None


RECORDS = [Record(number, number, number, "can", Direction.RX, "", Frame(number)) for number in range(1, 11)]
FEW, MANY, ANY = Taker("few", range(1, 3)), Taker("many", range(1, 6)), Taker("any", range(1, 100), general=True)


def names(*standards: Taker) -> list[tuple[str, int]]:
    return [(claim.standard.name, claim.recognition.matched) for claim in claims_on(RECORDS, standards)]


def test_general_standard_gets_what_the_best_of_the_others_leaves():
    assert names(ANY, FEW, MANY) == [("many", 5), ("any", 5)]
    assert [record.number for record in claims_on(RECORDS, [MANY, ANY])[1].records] == [6, 7, 8, 9, 10]


def test_general_standard_alone_gets_everything_and_nobody_nothing():
    assert names(ANY) == [("any", 10)]
    assert names(Taker("none", range(0))) == []


def test_standard_that_has_the_link_for_itself_shares_it_with_nobody():
    assert names(Taker("alone", range(1, 3), alone=True), ANY) == [("alone", 2)]


def test_general_standard_that_finds_nothing_in_the_rest_is_silent():
    assert names(MANY, Taker("other", range(1, 6), general=True)) == [("many", 5)]
