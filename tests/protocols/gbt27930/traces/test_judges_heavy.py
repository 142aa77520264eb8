"""Rules that heavy trucks come near: currents and energies at their bounds, voltages of a laboratory's own, packs of many cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core import Check, Limit, Verdict
from tests.protocols.gbt27930.traces.conftest import PAYLOADS, Tape

Judge = Callable[..., dict[str, Check]]
BCP = bytes.fromhex(PAYLOADS["BCP"])
CURRENTS = {"BCP": 2, "CML": 4, "BCL": 2, "CCS": 2}
"""First byte of the largest current of each message."""


def with_raw(name: str, at: int, raw: int) -> str:
    """The usual payload of a message with two bytes replaced."""
    data = bytes.fromhex(PAYLOADS[name])
    return (data[:at] + raw.to_bytes(2, "little") + data[at + 2 :]).hex()


def told(name: str, data: str) -> Tape:
    """A charge in which one message has this payload."""
    tape = Tape()
    if name != "BCP":
        return tape.charging(5000).replace(name, data)
    tape.recognition().transfer(2140, "BCP", data)
    return tape


@pytest.mark.parametrize("name", CURRENTS)
@pytest.mark.parametrize(("raw", "verdict"), [(0, Verdict.PASS), (4000, Verdict.PASS), (4001, Verdict.FAIL), (63536, Verdict.FAIL)])
def test_raw_current_above_4000_is_a_discharge(judge: Judge, name: str, raw: int, verdict: Verdict) -> None:
    check = judge(told(name, with_raw(name, CURRENTS[name], raw)))[f"F3 {name} current encoding"]
    assert check.verdict is verdict
    assert bool(check.findings) is (verdict is Verdict.FAIL)


def test_smallest_current_of_cml_is_judged_too(judge: Judge) -> None:
    assert judge(told("CML", with_raw("CML", 6, 4001)))["F3 CML current encoding"].verdict is Verdict.FAIL


def test_encoding_follows_the_profile(judge: Judge, limits: Mapping[str, Limit]) -> None:
    wider = {**limits, "encoding.current_raw": replace(limits["encoding.current_raw"], upper=Decimal(10000))}
    tape = told("BCL", with_raw("BCL", 2, 9000))
    assert judge(tape)["F3 BCL current encoding"].verdict is Verdict.FAIL
    assert judge(tape, limits=wider)["F3 BCL current encoding"].verdict is Verdict.PASS


@pytest.mark.parametrize(("raw", "verdict"), [(9999, Verdict.PASS), (10000, Verdict.PASS), (10001, Verdict.FAIL), (65535, Verdict.FAIL)])
def test_energy_of_bcp_ends_at_1000_kwh(judge: Judge, raw: int, verdict: Verdict) -> None:
    assert judge(told("BCP", with_raw("BCP", 4, raw)))["F3 BCP values"].verdict is verdict


@pytest.mark.parametrize("highest_v", [1000, 1250, 1500])
def test_highest_voltage_is_that_of_the_profile(judge: Judge, limits: Mapping[str, Limit], highest_v: int) -> None:
    own = {**limits, "range.max_voltage_v": replace(limits["range.max_voltage_v"], upper=Decimal(highest_v))}
    verdicts = [
        judge(told("BCP", with_raw("BCP", 6, raw)), limits=own)["F3 BCP values"].verdict for raw in (highest_v * 10, highest_v * 10 + 1)
    ]
    assert verdicts == [Verdict.PASS, Verdict.FAIL]


def test_default_highest_voltage_is_1000_v(limits: Mapping[str, Limit]) -> None:
    keys = ("range.max_voltage_v", "range.min_voltage_v", "range.voltage_v", "range.rated_voltage_v")
    assert {limits[key].upper for key in keys} == {Decimal(1000)}


class TestCellGroups:
    """Groups of six cells, so that a recording stays short."""

    @pytest.fixture
    def six(self, judge: Judge, limits: Mapping[str, Limit]) -> Judge:
        small = {**limits, "judge.cells_per_group": replace(limits["judge.cells_per_group"], value=Decimal(6))}
        return lambda tape, **more: judge(tape, limits=small, **more)

    @staticmethod
    def tape(*groups: tuple[int, int], spacing_ms: float = 5000, group_of_bcs: int | None = 1) -> Tape:
        """A charge in which BMV tells of these groups (number, cells), one after the other; without BCS for ``None``."""
        tape = Tape().configuration()
        end_ms = 4000 + spacing_ms * len(groups)
        tape.send(3480, "CRO(AA)")
        tape.every(50, "BCL", 3500, end_ms)
        tape.every(50, "CCS", 3620.5, end_ms)
        at_ms = 3510.0
        while at_ms < end_ms and group_of_bcs is not None:
            tape.transfer(at_ms, "BCS", f"C50EA00F4C{group_of_bcs << 4 | 1:02X}4D0000")
            at_ms += 250
        for number, (group, cells) in enumerate(groups):
            tape.transfer(3600 + number * spacing_ms, "BMV", (330 | group << 12).to_bytes(2, "little").hex() * cells)
        return tape

    def test_groups_spread_over_ten_seconds_are_right(self, six: Judge) -> None:
        checks = six(self.tape((1, 6), (2, 5), (1, 6), (2, 5)), declared={"cells_in_series": 11})
        found = {name: check.verdict for name, check in checks.items() if "BMV" in name or name.startswith("F7 BCS group")}
        assert {name for name, verdict in found.items() if verdict is not Verdict.PASS} == set()
        assert {"F5 BMV spacing of groups", "F7 BMV group numbers", "F7 BMV group sizes", "F7 BMV cells"} <= set(found)
        assert "F7 BCS group of the highest cell" in found

    def test_one_group_is_a_pack_like_any_other(self, six: Judge) -> None:
        checks = six(self.tape((6, 5), (6, 5), spacing_ms=10000, group_of_bcs=2))
        assert not {"F5 BMV spacing of groups", "F7 BMV group numbers", "F7 BCS group of the highest cell"} & set(checks)

    @pytest.mark.parametrize(("groups", "uneven"), [(((1, 6), (2, 5), (1, 6), (2, 5)), False), (((1, 6), (2, 5), (2, 5), (1, 6)), True)])
    def test_every_group_has_the_period_for_itself(self, six: Judge, groups: tuple[tuple[int, int], ...], uneven: bool) -> None:
        check = six(self.tape(*groups, group_of_bcs=None))["F5 BMV period"]
        assert (check.verdict, bool(check.findings)) == (Verdict.PASS, uneven)

    def test_group_that_is_left_out_is_seen(self, six: Judge) -> None:
        assert six(self.tape((1, 6), (3, 5), (1, 6), (3, 5)))["F7 BMV group numbers"].verdict is Verdict.FAIL

    def test_group_that_never_comes_is_missed_in_the_sum(self, six: Judge) -> None:
        tape = self.tape((1, 6), (1, 6), spacing_ms=10000)
        assert six(tape, declared={"cells_in_series": 11})["F7 BMV cells"].verdict is Verdict.FAIL
        assert "F7 BMV cells" not in six(tape)

    def test_round_that_the_charge_cut_short_is_no_miss(self, six: Judge) -> None:
        assert "F7 BMV cells" not in six(self.tape((1, 6), spacing_ms=4000), declared={"cells_in_series": 11})

    def test_only_the_last_group_may_be_smaller(self, six: Judge) -> None:
        assert six(self.tape((1, 5), (2, 6)))["F7 BMV group sizes"].verdict is Verdict.FAIL

    def test_cells_of_two_groups_in_one_message_are_seen(self, six: Judge) -> None:
        tape = self.tape((1, 6), (2, 5))
        tape.transfer(12100, "BMV", "4A11" * 5 + "4A21")
        assert six(tape)["F7 BMV group numbers"].verdict is Verdict.FAIL

    def test_highest_cell_in_a_group_that_never_comes_is_seen(self, six: Judge) -> None:
        checks = six(self.tape((1, 6), (2, 5), (1, 6), group_of_bcs=3))
        assert checks["F7 BCS group of the highest cell"].verdict is Verdict.FAIL

    def test_groups_on_each_others_heels_give_a_finding(self, six: Judge) -> None:
        tape = self.tape((1, 6), (2, 5), spacing_ms=1000)
        check = six(tape)["F5 BMV spacing of groups"]
        assert (check.verdict, bool(check.findings)) == (Verdict.PASS, True)

    def test_refused_group_takes_its_turn(self, six: Judge) -> None:
        tape = self.tape((1, 6), (2, 5), (1, 6), (2, 5), group_of_bcs=None)
        tape.drop(lambda at_ms, frame: 8602 < at_ms < 8700)
        assert six(tape)["F5 BMV period"].findings == ()

    @pytest.mark.parametrize(
        ("spacing_ms", "observed", "inside"),
        [(4500, "4.5 s", True), (4499, "4.499 s", False), (5500, "5.5 s", True), (5501, "5.501 s", False)],
    )
    def test_groups_follow_each_other_after_their_share_of_the_period(
        self, six: Judge, spacing_ms: float, observed: str, inside: bool
    ) -> None:
        check = six(self.tape((1, 6), (2, 5), spacing_ms=spacing_ms))["F5 BMV spacing of groups"]
        assert (check.observed, check.expected) == (observed, "4.5..5.5 s")
        assert check.note == "the period over 2 groups; 1 intervals"
        assert (not check.findings) is inside
        assert len(check.frames) == 2

    def test_spacing_that_is_farthest_from_the_middle_is_shown(self, six: Judge) -> None:
        tape = self.tape((1, 6), (2, 5))
        tape.transfer(8600 + 5300, "BMV", "4A11" * 6)
        assert six(tape)["F5 BMV spacing of groups"].observed == "5.3 s"
        tape = self.tape((1, 6), (2, 5))
        tape.transfer(8600 + 4600, "BMV", "4A11" * 6)
        assert six(tape)["F5 BMV spacing of groups"].observed == "4.6 s"

    def test_spacing_is_not_judged_without_a_clock_or_both_ends_of_the_period(
        self, six: Judge, judge: Judge, limits: Mapping[str, Limit]
    ) -> None:
        tape = self.tape((1, 6), (2, 5))
        assert "F5 BMV spacing of groups" not in six(tape, time_base=None)
        for end in ("lower", "upper"):
            small = {
                **limits,
                "judge.cells_per_group": replace(limits["judge.cells_per_group"], value=Decimal(6)),
                "period.BMV": replace(limits["period.BMV"], **{end: None}),
            }
            assert "F5 BMV spacing of groups" not in judge(tape, limits=small)

    def test_what_the_groups_carry_is_told(self, six: Judge) -> None:
        checks = six(self.tape((1, 6), (2, 5), (1, 6), (2, 5)), declared={"cells_in_series": 11})
        assert checks["F7 BMV group numbers"].observed == "groups 1, 2"
        assert checks["F7 BMV group sizes"].observed == "group 1: 6 cells, group 2: 5 cells"
        assert (checks["F7 BMV cells"].observed, checks["F7 BMV cells"].note) == ("11", "over all groups (6 + 5), declared 11")
        assert (checks["F7 BCS group of the highest cell"].observed, checks["F7 BCS group of the highest cell"].occurrences) == ("1", 0)

    def test_group_larger_than_a_message_can_tell_is_seen(self, six: Judge) -> None:
        check = six(self.tape((1, 6), (2, 7)))["F7 BMV group sizes"]
        assert (check.verdict, check.occurrences) == (Verdict.FAIL, 1)
