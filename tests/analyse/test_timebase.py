from __future__ import annotations

from decimal import Decimal

import pytest

from harness.analyse.captures import Timing
from harness.analyse.timebase import clock_of
from harness.case.suites.profile import load_profile
from harness.core import resource

LIMITS = load_profile(resource("test_suites", "gbt27930", "profile-2015.toml"))


def timing(**changes):
    usual = {
        "frames": 1000, "duration_ns": 10**10, "resolution_ns": 1000, "duplicates": 0, "backward": 0,
        "first_backward": None, "longest_gap_ns": 10**8, "longest_gap_frame": 7,
    }  # fmt: skip
    return Timing(**{**usual, **changes})


def test_good_stamps_give_a_time_base_with_the_assumed_accuracy():
    base = clock_of(timing(), LIMITS).base
    assert base is not None
    assert (base.source, base.resolution_ns, base.accuracy_ns) == ("recording", 1000, 1_000_000)
    assert base.interval_uncertainty_ns(250_000_000) == pytest.approx(1.634e6, rel=1e-3)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"backward": 1, "first_backward": 12}, "1 of them step back, the first at frame 12"),
        ({"duplicates": 100}, "10 % of them equal the one before"),
        ({"resolution_ns": 10**9}, "they count in steps of 1 s"),
        ({"resolution_ns": 10**8}, "they count in steps of 100 ms"),
    ],
)
def test_unusable_stamps_are_explained_in_a_sentence(change, text):
    clock = clock_of(timing(**change), LIMITS)
    assert clock.base is None
    assert text in clock.text


def test_a_few_equal_stamps_are_told_but_usable():
    clock = clock_of(timing(duplicates=10), LIMITS)
    assert clock.base is not None
    assert "10 equal stamps" in clock.text


def test_the_assumption_is_taken_from_the_profile():
    row = LIMITS["recording.stamp_accuracy"]
    limits = {**LIMITS, "recording.stamp_accuracy": type(row)(row.key, "us", Decimal(10), None, None, "own", row.ref, "low", "x")}
    base = clock_of(timing(), limits).base
    assert base is not None
    assert base.accuracy_ns == 10_000
