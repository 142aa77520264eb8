from __future__ import annotations

from decimal import Decimal

import pytest

from harness.case.suites.profile import load_choices, load_profile
from harness.core import ConfigError, Criterion, ms, resource, s

GOOD = """schema = 1
name = "demo"
title = "Demo limits"

[limits."period.BHM"]
value = 250
lower = 225.0
upper = 275.10
unit = "ms"
source = "S4"
ref = "GBT27930-2015:?/BHM-period"
confidence = "medium"
text = "interval between two BHM"

[limits]
"timeout.TB6" = {upper = 1.2, unit = "s", source = "S4", ref = "GBT27930-2015:8/TB6", confidence = "high", text = "CCS"}
"""


@pytest.fixture
def profile(tmp_path):
    def write(text):
        path = tmp_path / "profile.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def problems(path):
    with pytest.raises(ConfigError) as caught:
        load_profile(path)
    return [(problem.line, problem.text) for problem in caught.value.problems]


def test_rows_keep_their_digits_and_unit(profile):
    row = load_profile(profile(GOOD))["period.BHM"]
    assert (row.value, row.lower, row.upper) == (Decimal(250), Decimal("225.0"), Decimal("275.10"))
    assert str(row.upper) == "275.10"
    assert row.criterion() == Criterion(Decimal("225.0"), Decimal("275.10"), "ms")
    assert (row.nominal_ns, row.lower_ns, row.upper_ns) == (ms(250), ms(225), ms(275.1))


def test_rows_may_stand_in_one_line(profile):
    assert load_profile(profile(GOOD))["timeout.TB6"].upper_ns == s(1.2)


def test_a_profile_with_a_base_says_only_what_differs(profile, tmp_path):
    profile(GOOD)
    other = tmp_path / "other.toml"
    row = '"timeout.TB6" = {upper = 2, unit = "s", source = "S4", ref = "x", confidence = "high", text = "CCS"}'
    other.write_text(f'schema = 1\nname = "o"\ntitle = "o"\nbase = "profile.toml"\n[limits]\n{row}\n', encoding="utf-8")
    limits = load_profile(other)
    assert (limits["timeout.TB6"].upper, limits["period.BHM"].value) == (2, 250)


@pytest.mark.parametrize(
    ("base", "text"),
    [
        ("missing.toml", "no such profile"),
        ("../profile.toml", "'base' must be the name of a profile in the same folder"),
        ("profile.toml", "has a base itself"),
    ],
)
def test_a_base_must_be_a_complete_profile_beside_it(profile, base, text):
    with pytest.raises(ConfigError, match=text):
        load_profile(profile(GOOD.replace("schema = 1", f'schema = 1\nbase = "{base}"')))


def test_choices_come_from_the_profile_its_base_or_are_the_usual(profile, tmp_path):
    assert load_choices(profile(GOOD)) == {"period_verdict": "strict"}
    profile(GOOD.replace("schema = 1", 'schema = 1\nchoices.period_verdict = "statistical"'))
    other = tmp_path / "other.toml"
    other.write_text(GOOD.replace("schema = 1", 'schema = 1\nbase = "profile.toml"'), encoding="utf-8")
    assert load_choices(other) == {"period_verdict": "statistical"}


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ('choices.period_verdikt = "strict"', "choices.period_verdikt is unknown (did you mean 'period_verdict'?)"),
        ('choices.period_verdict = "mean"', "choices.period_verdict must be one of strict, statistical, not 'mean'"),
        ("choices = 1", "'choices' must be a table"),
    ],
)
def test_unknown_choices_are_named_with_their_line(profile, row, text):
    with pytest.raises(ConfigError) as caught:
        load_choices(profile(GOOD.replace("schema = 1", f"schema = 1\n{row}")))
    assert [(problem.text, problem.line) for problem in caught.value.problems] == [(text, 2)]


ROW = GOOD.partition("[limits]")[0]


@pytest.mark.parametrize(
    ("old", "new", "line", "text"),
    [
        ('unit = "ms"', 'unit = "msec"', 9, "limits.period.BHM: unknown unit 'msec' (did you mean 'ms'?)"),
        ('confidence = "medium"', 'confidence = "middle"', 12, "unknown confidence 'middle'"),
        ("lower = 225.0", "lowr = 225.0", 7, "unknown key 'lowr' (did you mean 'lower'?)"),
        ("lower = 225.0", "lower = 260", 6, "'lower' 260 is above 'value' 250"),
        ("lower = 225.0", 'lower = "225"', 7, "'lower' must be a number, not '225'"),
        ("lower = 225.0", "lower = nan", 7, "'lower' must be a number"),
        ("value = 250", "value = true", 6, "'value' must be a number, not True"),
        ('source = "S4"\n', "", 5, "'source' is missing"),
        ('text = "interval between two BHM"', 'text = " "', 13, "'text' must be a text in one line"),
        ("value = 250\nlower = 225.0\nupper = 275.10\n", "", 5, "a row needs 'value', 'lower' or 'upper'"),
        ("schema = 1", "schema = 2", 1, "'schema = 1' is expected, not 2"),
        ('name = "demo"', "name = 3", 2, "'name' must be a text in one line"),
        ('title = "Demo limits"', 'tittle = "Demo limits"', 3, "unknown key 'tittle' (did you mean 'title'?)"),
        ('[limits."period.BHM"]', "[limits.period.BHM]", 5, 'a key with dots needs quotes: [limits."period.BHM"]'),
    ],
)
def test_each_mistake_is_named_with_its_line(profile, old, new, line, text):
    assert old in ROW
    found = problems(profile(ROW.replace(old, new)))
    assert any(text in seen for _, seen in found), found
    assert line in [at for at, seen in found if text in seen], found


def test_all_problems_are_reported_together(profile):
    assert len(problems(profile(ROW.replace('"ms"', '"msec"').replace('"medium"', '"middle"').replace("schema = 1", "")))) == 3


@pytest.mark.parametrize(
    ("text", "expected"), [("", "'schema = 1' is expected"), ("schema = 1\nlimits = 3\n", "[limits] is missing or empty")]
)
def test_empty_profile_is_refused(profile, text, expected):
    assert any(expected in seen for _, seen in problems(profile(text)))


def test_missing_file_and_broken_toml_are_configuration_errors(tmp_path, profile):
    assert "no such profile" in problems(tmp_path / "absent.toml")[0][1]
    assert problems(profile("schema = = 1"))[0][0] == 1


class TestShippedProfile:
    limits = load_profile(resource("test_suites", "gbt27930", "profile-2015.toml"))

    @pytest.mark.parametrize(
        ("key", "lower", "upper", "unit"),
        [
            ("period.BST", 7, 13, "ms"),
            ("period.BCL", 45, 55, "ms"),
            ("period.BHM", 225, 275, "ms"),
            ("period.BCP", 450, 550, "ms"),
            ("timeout.TB6", "1.0", "1.2", "s"),
            ("timeout.TB2", "5.0", "5.5", "s"),
            ("timeout.TB8", "10.0", "13.0", "s"),
            ("timeout.TB1", "30.0", "33.0", "s"),
            ("timeout.TB5", "60.0", "63.0", "s"),
            ("timeout.TC13", "540.0", "660.0", "s"),
            ("length.BRM", 49, 49, "By"),
            ("length.CCS", 7, 8, "By"),
            ("range.BCP.max_current_a", -400, 0, "A"),
        ],
    )
    def test_limits_are_those_of_the_reference(self, key, lower, upper, unit):
        row = self.limits[key]
        assert (row.lower, row.upper, row.unit) == (Decimal(lower), Decimal(upper), unit)

    def test_every_message_has_a_period_and_a_length(self):
        from harness.protocols.gbt27930.messages import MESSAGES

        assert [name for name in MESSAGES if f"period.{name}" not in self.limits] == []
        assert [name for name in MESSAGES if f"length.{name}" not in self.limits] == []

    def test_nominal_periods_are_those_of_the_message_table(self):
        from harness.protocols.gbt27930.messages import MESSAGES

        assert {name: self.limits[f"period.{name}"].nominal_ns for name in MESSAGES} == {
            name: row.period_ns for name, row in MESSAGES.items()
        }

    def test_every_timer_of_the_machines_has_a_window(self):
        from harness.protocols.gbt27930.timers import TIMERS

        assert [name for name in TIMERS if f"timeout.{name}" not in self.limits] == []
