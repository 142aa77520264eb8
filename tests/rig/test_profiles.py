"""Message profiles that a rig names: what is wrong with one is told with the rig, and its limits take the place of the suite's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.case.suites.catalogue import load_catalogue
from harness.case.suites.profile import load_profile as load_limits
from harness.core import ConfigError, resource
from harness.rig import Rig, load_rig, standard
from harness.rig.build import build_bench
from harness.rig.profiles import profile_limits, spoken, unspoken

OTHER = Path(__file__).parents[1] / "suites" / "swap" / "other-profile"
LIMITS = resource("test_suites", "swap", "profile.toml")


@pytest.fixture
def rig() -> Rig:
    return load_rig(OTHER.with_suffix(".yaml"))


def test_rig_without_profile_speaks_the_one_of_the_standard() -> None:
    own = standard("swap")
    shipped = load_rig("virtual-swap")
    assert spoken(own, shipped) is own
    assert unspoken(own, shipped, ("PACK_THM", "PACK_STS2.ImdActive")) == {}
    limits = load_limits(LIMITS)
    assert profile_limits(own, shipped, limits, ()) is limits


def test_default_timers_and_cycles_of_the_suite_are_those_of_the_shipped_profile() -> None:
    told = standard("swap").profile_limits()  # type: ignore[attr-defined]
    own = load_limits(LIMITS)
    for key in (key for key in own if key.startswith(("timer.", "cycle.")) and key not in ("cycle.mean", "cycle.single")):
        assert (own[key].value, own[key].unit) == (told[key].value, told[key].unit), key


def test_profile_of_the_rig_is_spoken_and_tells_what_it_lacks(rig: Rig) -> None:
    assert unspoken(standard("swap"), rig, ("PACK_THM.Leak", "PACK_STS2.ImdActive", "PACK_STS1.SOC")) == {
        "PACK_THM.Leak": "profile OTHER 1 of the tests",
        "PACK_STS2.ImdActive": "profile OTHER 1 of the tests",
    }


def test_every_message_that_a_case_names_is_one_that_a_profile_can_have() -> None:
    own = standard("swap")
    named = {name for source in load_catalogue(select=["swap"]).cases for name in source.meta.messages}
    assert {"PACK_THM.Leak", "PACK_STS2.ImdActive"} <= named
    assert own.lacking(named) == ()  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match=r"'PACK_THM.Leek' \(did you mean 'PACK_THM.Leak'\?\)"):
        own.lacking(["PACK_THM.Leek"])  # type: ignore[attr-defined]


def test_timers_of_the_profile_take_the_place_of_the_suites_but_not_of_corrections(rig: Rig) -> None:
    own, limits = spoken(standard("swap"), rig), load_limits(LIMITS)
    assert profile_limits(own, rig, limits, ())["timer.T_BMS_FIRST"].value == 4
    assert profile_limits(own, rig, limits, ())["timer.T_BMS_FIRST"].ref == limits["timer.T_BMS_FIRST"].ref
    corrected = {**limits, "timer.T_BMS_FIRST": replace(limits["timer.T_BMS_FIRST"], value=Decimal(7))}
    assert profile_limits(own, rig, corrected, ("timer.T_BMS_FIRST",))["timer.T_BMS_FIRST"].value == 7


def test_models_get_the_profile(rig: Rig) -> None:
    bench = build_bench(rig)
    bench.start()
    bench.run_until(500_000_000)
    bench.close()
    profile = spoken(standard("swap"), rig).profile  # type: ignore[attr-defined]
    told = {decoded.message for record in bench.trace.on("swap") if (decoded := profile.read(record.pdu)) is not None and not decoded.fault}
    assert {"VEH_STS", "LOCK_STS", "STA_STS", "PACK_STS2"} <= told


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("profiles: {swop: other}", "5: profiles.swop: no standard named 'swop' (did you mean 'swap'?)"),
        ("profiles: {gbt27930: other}", "5: profiles.gbt27930: this standard has no message profile to replace"),
        ("profiles: {swap: nowhere}", "5: profiles.swap: 'nowhere' is no usable message profile:"),
        ("profiles: {swap: 5}", "5: profiles.swap: expected text, have 5; put it in quotes"),
    ],
)
def test_wrong_profiles_are_problems_of_the_rig(problems: Callable[[str], list[str]], good: str, line: str, said: str) -> None:
    found = problems(good.replace("time: virtual\n", f"time: virtual\n{line}\n"))
    assert any(said in problem for problem in found), found


def test_problems_inside_a_profile_are_told_with_their_own_place(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    shutil.copytree(OTHER, folder)
    text = (folder / "profile.toml").read_text(encoding="utf-8")
    (folder / "profile.toml").write_text(text.replace('name = "TRK_Lock"', 'name = "TRK_Lok"'), encoding="utf-8")
    rig = tmp_path / "rig.yaml"
    rig.write_text(OTHER.with_suffix(".yaml").read_text(encoding="utf-8").replace("other-profile}", "lab}"), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_rig(rig)
    first, *rest = str(error.value).splitlines()
    assert "'lab' is no usable message profile:" in first
    assert any("lab/profile.toml:" in line and "no message 'TRK_Lok' (did you mean 'TRK_Lock'?)" in line for line in rest)
