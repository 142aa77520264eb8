"""Global risk of JCGM 106 with the numbers of lab_report.md section 5, and budget B4 of section 6.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import combined, from_expanded, global_risk, rectangular, resolution

LIMITS = (595.0, 605.0)


@pytest.mark.parametrize(("guard", "pfa", "pfr"), [(0.0, 0.0045, 0.0060), (0.6, 0.0001, 0.0352)])
def test_guarding_moves_the_risk_from_the_user_to_the_producer(guard: float, pfa: float, pfr: float):
    risk = global_risk(600, 2.5, 0.3, LIMITS, guard)
    assert (round(risk.false_acceptance, 4), round(risk.false_rejection, 4)) == (pfa, pfr)


@given(st.floats(0.5, 4), st.floats(0.05, 1), st.floats(0, 1), st.floats(0.01, 1))
def test_a_wider_guard_band_never_raises_the_risk_of_the_user(spread: float, u: float, guard: float, more: float):
    narrow, wide = (global_risk(600, spread, u, LIMITS, each) for each in (guard, guard + more))
    assert wide.false_acceptance <= narrow.false_acceptance + 1e-9
    assert wide.false_rejection >= narrow.false_rejection - 1e-9
    assert 0 <= narrow.false_acceptance <= 1


def test_a_production_far_outside_is_never_wrongly_rejected():
    risk = global_risk(700, 1, 0.3, LIMITS, 0)
    assert risk.false_rejection == pytest.approx(0, abs=1e-12)
    assert risk.false_acceptance == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("spread", "u"), [(0, 1), (1, 0), (-1, 1)])
def test_without_spread_or_uncertainty_there_is_no_risk_to_compute(spread: float, u: float):
    with pytest.raises(ValueError, match="above zero"):
        global_risk(600, spread, u, LIMITS, 0)


def test_budget_of_a_voltage():
    parts = [rectangular(0.5), from_expanded(0.10), resolution(0.1), 0.05]
    assert parts == pytest.approx([0.2887, 0.05, 0.0289, 0.05], abs=5e-5)
    assert combined(parts) == pytest.approx(0.2986, abs=5e-5)
