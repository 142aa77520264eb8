from __future__ import annotations

import pytest

from harness.core import ms
from harness.protocols.j1939 import J1939_21, TIMERS


@pytest.mark.parametrize(
    ("name", "field", "value_ms"),
    [("Tr", "tr_ns", 200), ("Th", "th_ns", 500), ("T1", "t1_ns", 750), ("T2", "t2_ns", 1250), ("T3", "t3_ns", 1250), ("T4", "t4_ns", 1050)],
)
def test_default_times_are_those_of_the_table(name, field, value_ms):
    assert TIMERS[name].value_ns == ms(value_ms)
    assert getattr(J1939_21, field) == ms(value_ms)


def test_own_broadcast_spacing_lies_within_the_permitted_one():
    assert TIMERS["BAM min"].value_ns <= J1939_21.bam_gap_ns <= TIMERS["BAM max"].value_ns


def test_every_row_names_its_source():
    assert all(row.source and row.confidence in ("high", "medium", "low") for row in TIMERS.values())
