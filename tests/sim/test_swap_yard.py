"""The yard of the swap station: what the robot moves, what the packs put on the link, and the options of the model."""

from __future__ import annotations

import pytest

from harness.core import ConfigError, Level, ms, s
from harness.protocols.swap.pack import PackBms
from harness.sim.swap.pack import SwapPack
from harness.sim.swap.yard import SwapYard
from harness.sim.swap_station import swap_station

PACK_V = 618.2


def yard_and_packs() -> tuple[SwapYard, PackBms]:
    bus, yard = swap_station({})
    assert isinstance(yard, SwapYard)
    yard.start(0)
    bus.start(0)
    return yard, yard._systems["new"]


def changes(yard: SwapYard, until_ns: int, from_ns: int = 0) -> dict[str, float]:
    """The last level of every line that changes up to an instant."""
    found: dict[str, float] = {}
    now_ns = from_ns
    while (due_ns := yard.next_deadline_ns()) is not None and due_ns <= until_ns:
        now_ns = max(due_ns, now_ns)
        found |= {level.line: level.value for level in yard.handle_timers(now_ns) if isinstance(level, Level)}
    return found


def test_case_begins_with_a_parked_truck_that_has_its_old_pack() -> None:
    _, yard = swap_station({})
    levels = {level.line: level.value for level in yard.start(0) if isinstance(level, Level)}
    assert {line: levels[line] for line in ("kl30", "key", "park_brake", "gear", "pack_present", "elec_conn", "hvil")} == {
        "kl30": 1, "key": 1, "park_brake": 1, "gear": 3, "pack_present": 1, "elec_conn": 1, "hvil": 1,
    }  # fmt: skip
    assert (levels["force_point_8"], levels["hold_link_v"], levels["pack_v"]) == (-1, -1, 0)


def test_robot_opens_couplers_before_it_lifts_and_mates_after_it_has_set_down() -> None:
    yard, new = yard_and_packs()
    yard.remove_pack()
    assert changes(yard, 0) == {"elec_conn": 0, "cool_conn": 0, "hvil": 0}
    assert changes(yard, ms(500)) == {"pack_seated": 0}
    assert changes(yard, s(1)) == {"pack_present": 0}
    yard.install_pack("new", cool=False)
    assert changes(yard, s(1), s(1)) == {"pack_present": 1}
    assert changes(yard, s(1.5)) == {"pack_seated": 1}
    assert new.next_deadline_ns() is None
    assert changes(yard, s(2)) == {"elec_conn": 1, "hvil": 1}
    assert new.next_deadline_ns() == s(2.3)


def test_contactors_follow_the_request_and_put_the_voltage_of_the_pack_on_the_link() -> None:
    yard, _ = yard_and_packs()
    assert list(yard.receive(ms(100), Level("hv_request", 1))) == []
    assert changes(yard, ms(130), ms(100)) == {"pack_v": PACK_V}
    yard.receive(ms(200), Level("hv_request", 2))
    assert changes(yard, ms(230), ms(200)) == {}
    yard.receive(ms(300), Level("hv_request", 0))
    assert changes(yard, ms(330), ms(300)) == {"pack_v": 0}


def test_stuck_precharge_and_open_coupler_keep_voltage_from_the_link() -> None:
    yard, _ = yard_and_packs()
    yard.stick_precharge("old", 0.4)
    yard.receive(ms(100), Level("hv_request", 1))
    assert changes(yard, ms(130), ms(100)) == {"pack_v": pytest.approx(0.4 * PACK_V)}
    yard.mate(elec=False)
    assert changes(yard, ms(200), ms(130))["pack_v"] == 0


def test_welded_contactor_is_told_and_bears_no_voltage_alone() -> None:
    plant = SwapPack(PACK_V)
    plant.is_mated = plant.is_supplied = True
    plant.weld()
    assert (plant.main_pos, plant.main_neg, plant.terminal_v) == (True, False, 0)
    plant.revert()
    assert not plant.main_pos


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"station_link": "radio"}, "can or stream"),
        ({"new_code": "SHORT"}, "24 characters"),
        ({"new_soc_percent": 120.0}, "between 0 and 100"),
        ({"pack_voltage_v": 0.0}, "positive"),
        ({"kolour": 1}, "unknown option 'kolour'"),
        ({"profile": "/nowhere"}, "/nowhere"),
    ],
)
def test_wrong_option_is_told(options: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        swap_station(options)
