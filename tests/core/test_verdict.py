"""The algebra of verdicts (lab_report.md section 4)."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import Verdict, worst

verdicts = st.sampled_from(list(Verdict))


def test_the_order_is_none_pass_inconc_fail_error():
    assert sorted(Verdict) == [Verdict.NONE, Verdict.PASS, Verdict.INCONC, Verdict.FAIL, Verdict.ERROR]


@given(verdicts, verdicts, verdicts)
def test_combination_is_associative(a: Verdict, b: Verdict, c: Verdict):
    assert worst([worst([a, b]), c]) is worst([a, worst([b, c])]) is worst([a, b, c])


@given(verdicts, verdicts)
def test_combination_is_commutative(a: Verdict, b: Verdict):
    assert worst([a, b]) is worst([b, a])


@given(verdicts)
def test_combination_is_idempotent_with_identity_none(a: Verdict):
    assert worst([a, a]) is a
    assert worst([a, Verdict.NONE]) is a
    assert worst([]) is Verdict.NONE


@given(st.lists(st.lists(verdicts)))
def test_grouping_does_not_matter(groups: list[list[Verdict]]):
    assert worst(worst(group) for group in groups) is worst(chain.from_iterable(groups))


@given(st.lists(verdicts), verdicts)
def test_nothing_makes_a_verdict_better(before: list[Verdict], more: Verdict):
    assert worst([*before, more]) >= worst(before)


def test_files_spell_verdicts_in_lower_case():
    assert [verdict.word for verdict in Verdict] == ["none", "pass", "inconc", "fail", "error"]
    assert all(Verdict.from_word(verdict.word) is verdict for verdict in Verdict)
    with pytest.raises(ValueError, match="'passed' is no verdict"):
        Verdict.from_word("passed")
