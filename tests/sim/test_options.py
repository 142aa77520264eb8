"""Options of the models: defaults, types, unknown names, all problems at once."""

from __future__ import annotations

import pytest

from harness.core import ConfigError, Node
from harness.sim.charger import dc_charger
from harness.sim.truck import heavy_truck


def test_models_return_the_can_node_before_the_pilot_node() -> None:
    assert [node.name for node in heavy_truck({})] == ["bms", "truck pilot"]
    assert [node.name for node in dc_charger({})] == ["charger", "charger pilot"]


@pytest.mark.parametrize("model", [heavy_truck, dc_charger])
def test_model_without_pilot_is_one_node(model) -> None:
    assert len(model({"pilot": False})) == 1


@pytest.mark.parametrize("node", [*heavy_truck({}), *dc_charger({})], ids=lambda node: node.name)
def test_every_node_is_a_node(node) -> None:
    assert isinstance(node, Node)


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        heavy_truck({"soc_pc": 50, "vin": "SHORT", "soc_pct": 120, "faults": ["bhm_never_send", "nonsense"], "pilot": 1, "seed": 1.5})
    texts = [problem.text for problem in raised.value.problems]
    assert len(texts) == 7
    assert any("unknown option 'soc_pc' (did you mean 'soc_pct'?)" in text for text in texts)
    assert any("no fault is named 'bhm_never_send' (did you mean 'bhm_never_sent'?)" in text for text in texts)
    assert any("'vin' must have 17 characters" in text for text in texts)
    assert any("'pilot' must be true or false" in text for text in texts)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"ccs_length": 6}, "must be 7 or 8"),
        ({"region_code": "12"}, "must have 3 characters"),
        ({"date": "yesterday"}, "must be like"),
        ({"max_current_a": 500}, "must be 0..400"),
        ({"ramp_v_per_s": 0}, "must be positive"),
        ({"faults": ["x"]}, "no fault is named 'x'"),
        ({"faults": "x"}, "must be a list of names"),
        ({"timeouts": "yes"}, "must be true or false"),
        ({"charger_number": True}, "must be a whole number"),
    ],
)
def test_impossible_option_of_the_charger_is_refused(options, text) -> None:
    with pytest.raises(ConfigError, match=text):
        dc_charger(options)


def test_whole_numbers_fit_where_numbers_are_asked() -> None:
    assert len(dc_charger({"max_voltage_v": 750})) == 2


def test_default_vin_has_a_valid_check_digit() -> None:
    values = {**{str(n): n for n in range(10)}, **dict(zip("ABCDEFGH", range(1, 9), strict=True))}
    values |= {**dict(zip("JKLMN", range(1, 6), strict=True)), "P": 7, "R": 9, **dict(zip("STUVWXYZ", range(2, 10), strict=True))}
    vin = heavy_truck({})[0].options.vin
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    assert "0123456789X"[sum(values[c] * w for c, w in zip(vin, weights, strict=True)) % 11] == vin[8]
