"""Models, ports and standards come from entry points; a broken distribution is named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from harness.core import ConfigError
from harness.rig import model, models, ports, registry, standard

Distribution = Callable[..., None]

NODE = """\
class Silent:
    def __init__(self, name):
        self.name = name
    def start(self, now_ns):
        return []
    def receive(self, now_ns, pdu):
        return []
    def next_deadline_ns(self):
        return None
    def handle_timers(self, now_ns):
        return []

def single(options):
    return Silent(options["name"])

def pair(options):
    return [Silent("a"), Silent("b")]

def wrong(options):
    return [Silent("a"), 7]

def half(options):
    node = Silent("a")
    del node.name
    return node

def broken(options):
    raise KeyError("pack")

value = 7
"""


def test_own_models_and_ports_are_registered() -> None:
    assert {"heavy_truck", "dc_charger"} <= set(models())
    assert {"udp", "manual"} <= set(ports())


def test_third_party_model_is_found_and_built(distribution: Distribution) -> None:
    distribution("maker-models", "precert.models", "maker_truck = maker_models_a:single", "maker_models_a", NODE)
    assert "maker_truck" in models()
    assert [node.name for node in model("maker_truck")({"name": "their truck"})] == ["their truck"]


def test_model_of_several_links_gives_its_nodes_in_order(distribution: Distribution) -> None:
    distribution("maker-models", "precert.models", "maker_pair = maker_models_b:pair", "maker_models_b", NODE)
    assert [node.name for node in model("maker_pair")({})] == ["a", "b"]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("missing_module:x", "cannot be loaded: ModuleNotFoundError: No module named 'missing_module'"),
        ("maker_models_c:absent", "cannot be loaded: AttributeError"),
        ("maker_models_c:value", "is not callable: maker_models_c:value"),
        (
            "maker_models_c:wrong",
            "returned 'int', which is no node: it lacks 'name', 'start', 'receive', 'next_deadline_ns', 'handle_timers'",
        ),
        ("maker_models_c:half", "returned 'Silent', which is no node: it lacks 'name'"),
        ("maker_models_c:broken", "cannot be built: KeyError: 'pack'"),
    ],
)
def test_broken_distribution_is_named(distribution: Distribution, entry: str, expected: str) -> None:
    distribution("maker-models", "precert.models", f"maker_bad = {entry}", "maker_models_c", NODE)
    with pytest.raises(ConfigError) as raised:
        model("maker_bad")({})
    assert str(raised.value).startswith("model 'maker_bad' of distribution 'maker-models 1.0' ")
    assert expected in str(raised.value)


def test_complaint_of_a_model_about_its_options_is_passed_on(distribution: Distribution) -> None:
    text = "from harness.core import ConfigError\ndef picky(options):\n    raise ConfigError('option \\'colour\\' is not known')\n"
    distribution("maker-models", "precert.models", "maker_picky = maker_models_d:picky", "maker_models_d", text)
    with pytest.raises(ConfigError, match=r"^option 'colour' is not known$"):
        model("maker_picky")({"colour": "red"})


def test_one_name_from_two_distributions_is_refused(distribution: Distribution) -> None:
    distribution("maker-one", "precert.models", "twice = maker_one:truck")
    distribution("maker-two", "precert.models", "twice = maker_two:truck")
    with pytest.raises(ConfigError, match=r"model 'twice' comes from 'maker-one 1\.0' and 'maker-two 1\.0'; uninstall all but one"):
        model("twice")


def test_unknown_names_get_suggestions() -> None:
    with pytest.raises(ConfigError, match=r"no model named 'heavy_truk' \(did you mean 'heavy_truck'\?\)"):
        model("heavy_truk")
    with pytest.raises(ConfigError, match=r"no standard named 'gbt27931' \(did you mean 'gbt27930'\?\)"):
        standard("gbt27931")


def test_interfaces_of_python_can_are_known_by_name() -> None:
    assert {"socketcan", "slcan", "virtual"} <= set(registry.can_interfaces())


def test_virtual_rig_is_read_without_loading_python_can() -> None:
    code = "import sys; from harness.rig import load_rig; load_rig('virtual-truck'); print('can' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
