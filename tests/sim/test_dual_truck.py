"""A truck with two inlets: one pack, two complete stacks, one demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from harness.bench.kernel import Kernel
from harness.bench.links import CanLink, LineLink
from harness.core import ConfigError, Direction, Frame, Message, Node, ms, s
from harness.protocols.gbt27930.charger import ChargerMachine
from harness.protocols.gbt27930.decoder import GbtDecoder
from harness.protocols.gbt27930.vehicle import VehicleMachine, VehiclePhase
from harness.sim.battery import Battery, BatteryOptions
from harness.sim.charger import ChargerPilot, dc_charger
from harness.sim.dual_truck import dual_inlet_truck
from harness.sim.faults import VEHICLE_FAULTS
from harness.sim.shared_pack import PackLimits, SharedInlet, SharedPack

LINKS = ("charge", "pilot", "charge_b", "pilot_b")
LIMIT_A, LIMIT_KW = 400.0, 240.0


@dataclass
class Station:
    """One charger of the pair."""

    kernel: Kernel
    nodes: list[Node]
    link: str

    @property
    def machine(self) -> ChargerMachine:
        assert isinstance(self.nodes[0], ChargerMachine)
        return self.nodes[0]

    @property
    def cable(self) -> ChargerPilot:
        assert isinstance(self.nodes[1], ChargerPilot)
        return self.nodes[1]

    def order(self, *orders: Callable[[], None]) -> None:
        for order in orders:
            order()
        for node in self.nodes:
            self.kernel.poke(node)

    def charge(self) -> None:
        self.order(self.cable.plug_in, self.machine.begin)

    def messages(self, *names: str) -> list[Message]:
        decoder = GbtDecoder()
        found: list[Message] = []
        for record in self.kernel.trace.on(self.link):
            found += decoder.feed(record)
        return [message for message in found if message.name in names]


@dataclass
class Dual:
    """Two stations at one truck."""

    kernel: Kernel
    a: Station
    b: Station
    truck: list[Node]

    def run_for(self, duration_ns: int) -> None:
        self.kernel.run_until(self.kernel.now_ns + duration_ns)

    def phases(self) -> list[VehiclePhase]:
        return [node.phase for node in self.truck if isinstance(node, VehicleMachine)]

    def sums(self) -> Iterator[tuple[float, float]]:
        """Current and power that both buses demand, after every change."""
        told: dict[str, tuple[float, float]] = {}
        events = [(m.t_ns, station.link, m) for station in (self.a, self.b) for m in station.messages("BCL", "BST", "BEM")]
        for _, link, message in sorted(events, key=lambda event: event[0]):
            voltage, current = (message.number("voltage_v"), -message.number("current_a")) if message.name == "BCL" else (0.0, 0.0)
            told[link] = (current, voltage * current / 1000)
            yield sum(current for current, _ in told.values()), sum(power for _, power in told.values())

    def demand_a(self, station: Station) -> float:
        return -station.messages("BCL")[-1].number("current_a")


@pytest.fixture
def make_dual() -> Callable[..., Dual]:
    """Two started stations at a truck with these options."""

    def make(truck: Mapping[str, object] | None = None) -> Dual:
        kernel = Kernel()
        for link in LINKS:
            kernel.add_link(CanLink(link) if link.startswith("charge") else LineLink(link))
        chargers = {"charger": dc_charger({}), "charger_b": dc_charger({})}
        nodes = dual_inlet_truck(truck or {})
        for (role, members), links in zip(chargers.items(), (LINKS[:2], LINKS[2:]), strict=True):
            for node, link in zip(members, links, strict=True):
                kernel.attach(node, link, role=role, direction=Direction.TX)
        for node, link in zip(nodes, LINKS, strict=True):
            kernel.attach(node, link, role="truck", direction=Direction.RX)
        kernel.start()
        stations = (Station(kernel, chargers["charger"], "charge"), Station(kernel, chargers["charger_b"], "charge_b"))
        return Dual(kernel, *stations, nodes)

    return make


@pytest.fixture
def dual(make_dual: Callable[..., Dual]) -> Dual:
    """A healthy truck, unplugged."""
    return make_dual()


def test_one_gun_alone_gets_what_the_inlet_takes(dual) -> None:
    dual.a.charge()
    dual.run_for(s(8))
    assert dual.phases() == [VehiclePhase.CHARGING, VehiclePhase.UNPLUGGED]
    assert dual.demand_a(dual.a) == 250.0
    assert not any(isinstance(record.pdu, Frame) for record in dual.kernel.trace.on("charge_b"))


def test_two_guns_share_the_power_of_the_pack_evenly(dual) -> None:
    dual.a.charge()
    dual.b.charge()
    dual.run_for(s(10))
    assert dual.phases() == [VehiclePhase.CHARGING] * 2
    assert dual.demand_a(dual.a) == dual.demand_a(dual.b) == pytest.approx(LIMIT_KW * 1000 / 700.8 / 2, abs=0.1)
    assert dual.a.messages("BCS")[-1]["current_a"] == -dual.demand_a(dual.a)
    assert dual.a.messages("BRM")[0]["vin"] == dual.b.messages("BRM")[0]["vin"]


def test_state_of_charge_rises_with_both_currents(dual) -> None:
    dual.a.charge()
    dual.b.charge()
    dual.run_for(s(100))
    rise = 100 * 342.4 * 92 / 3600 / 456.1
    assert dual.truck[0].plant.soc_pct == dual.truck[2].plant.soc_pct == pytest.approx(40 + rise, abs=0.2)


@pytest.mark.parametrize("delay_s", [0.0, 0.017, 6.0, 6.333, 7.03])
def test_sum_stays_within_the_pack_at_every_instant(dual, delay_s) -> None:
    dual.a.charge()
    dual.run_for(s(delay_s))
    dual.b.charge()
    dual.run_for(s(9))
    dual.a.order(dual.a.machine.stop)
    dual.run_for(s(4))
    dual.a.order(dual.a.cable.unplug)
    dual.run_for(s(1))
    dual.a.charge()
    dual.run_for(s(8))
    sums = list(dual.sums())
    assert max(current for current, _ in sums) <= LIMIT_A
    assert max(power for _, power in sums) <= LIMIT_KW
    assert max(power for _, power in sums) > LIMIT_KW - 1


def test_demand_is_planned_anew_when_a_gun_stops(dual) -> None:
    dual.a.charge()
    dual.b.charge()
    dual.run_for(s(10))
    dual.b.order(dual.b.machine.stop)
    dual.run_for(s(2))
    assert dual.phases() == [VehiclePhase.CHARGING, VehiclePhase.ENDED]
    assert dual.demand_a(dual.a) == 250.0


def test_lost_gun_reports_on_its_own_bus_only(dual) -> None:
    dual.a.charge()
    dual.b.charge()
    dual.run_for(s(10))
    dual.b.order(lambda: dual.b.machine.withhold("CCS"))
    dual.run_for(s(3))
    assert dual.b.messages("BEM")[0]["timeout_ccs"] == 1
    assert not dual.a.messages("BEM", "BST")
    assert dual.phases() == [VehiclePhase.CHARGING, VehiclePhase.ERROR]
    assert dual.demand_a(dual.a) == 250.0


def test_what_one_gun_cannot_use_goes_to_the_other(dual) -> None:
    dual.b.order(lambda: dual.b.machine.override("CML", max_current_a=-100.0))
    dual.a.charge()
    dual.b.charge()
    dual.run_for(s(10))
    assert (dual.demand_a(dual.a), dual.demand_a(dual.b)) == (pytest.approx(242.4, abs=0.1), 100.0)


def test_unplugged_gun_forgets_nothing_of_the_other(dual) -> None:
    dual.a.charge()
    dual.b.charge()
    dual.run_for(s(60))
    before = dual.truck[0].plant.soc_pct
    dual.b.order(dual.b.cable.unplug)
    dual.run_for(s(1))
    assert dual.truck[0].plant.soc_pct >= before > 40.5
    assert dual.phases() == [VehiclePhase.CHARGING, VehiclePhase.UNPLUGGED]


def test_truck_without_pilot_lines_has_two_machines() -> None:
    assert [node.name for node in dual_inlet_truck({"pilot": False})] == ["bms a", "bms b"]


def test_impossible_limit_of_the_pack_is_refused() -> None:
    with pytest.raises(ConfigError, match="'pack_max_power_kw' must be positive"):
        dual_inlet_truck({"pack_max_power_kw": 0})


def _joins_and_leaves(dual: Dual) -> None:
    dual.b.order(lambda: dual.b.machine.override("CML", max_current_a=-100.0))
    dual.a.charge()
    dual.run_for(s(7))
    dual.b.charge()
    dual.run_for(s(8))
    dual.b.order(dual.b.machine.stop)
    dual.run_for(s(4))


def _loses_ccs(dual: Dual) -> None:
    dual.a.charge()
    dual.b.charge()
    dual.run_for(s(8))
    dual.b.order(lambda: dual.b.machine.withhold("CCS"))
    dual.run_for(s(4))


DUAL_SCENARIOS = (_joins_and_leaves, _loses_ccs)


@pytest.fixture(scope="module")
def healthy_digests() -> dict[str, str]:
    """What the healthy truck does in each scenario, filled on first use."""
    return {}


@pytest.mark.parametrize("name", [name for name in VEHICLE_FAULTS if name.startswith("dual_")])
def test_dual_fault_can_be_observed(make_dual, healthy_digests, name) -> None:
    def played(scenario: Callable[[Dual], None], *faults: str) -> str:
        dual = make_dual({"faults": list(faults)})
        scenario(dual)
        return dual.kernel.trace.digest()

    def healthy(scenario: Callable[[Dual], None]) -> str:
        if scenario.__name__ not in healthy_digests:
            healthy_digests[scenario.__name__] = played(scenario)
        return healthy_digests[scenario.__name__]

    assert any(played(scenario, name) != healthy(scenario) for scenario in DUAL_SCENARIOS)


class TestPlan:
    """The split by itself."""

    @staticmethod
    def pack(**limits: object) -> SharedPack:
        battery = Battery(BatteryOptions(), capacity_ah=456.1, max_voltage_v=700.8)
        pack = SharedPack(battery, PackLimits(pack_max_current_a=300.0, pack_max_power_kw=1000.0, **limits), 700.8)
        for _ in range(2):
            SharedInlet(pack, pilot=True, aux_supply=False, operate_s=0.03, welded=False, heeds_driver=True)
        return pack

    def test_a_second_gun_begins_with_what_the_first_leaves(self) -> None:
        pack = self.pack()
        pack.ask(0, 0, 250.0)
        pack.ask(ms(1), 1, 250.0)
        assert (pack.share_a(0), pack.share_a(1)) == (250.0, 50.0)

    def test_a_share_rises_only_after_the_other_was_lowered_for_a_while(self) -> None:
        pack = self.pack()
        for t_ns, number in ((0, 0), (ms(1), 1), (ms(50), 0), (ms(51), 1), (ms(101), 1)):
            pack.ask(t_ns, number, 250.0)
        assert (pack.share_a(0), pack.share_a(1)) == (150.0, 50.0)
        pack.ask(ms(151), 1, 250.0)
        assert pack.share_a(1) == 150.0

    def test_a_gun_that_gave_its_share_back_counts_until_it_has_settled(self) -> None:
        pack = self.pack()
        for t_ns in (0, ms(600), ms(800)):
            pack.ask(t_ns, 0, 250.0)
            pack.ask(t_ns + 1, 1, 250.0)
        pack.release(ms(900), 1)
        pack.ask(ms(950), 0, 250.0)
        assert pack.share_a(0) == 150.0
        pack.ask(ms(1_450), 0, 250.0)
        assert pack.share_a(0) == 250.0

    def test_without_sharing_each_gun_takes_the_whole(self) -> None:
        pack = self.pack(shared=False)
        pack.ask(0, 0, 250.0)
        pack.ask(1, 1, 290.0)
        assert (pack.share_a(0), pack.share_a(1)) == (250.0, 290.0)

    def test_the_headroom_of_the_battery_is_a_limit_too(self) -> None:
        pack = self.pack()
        pack.battery = Battery(BatteryOptions(soc_pct=100.0), capacity_ah=456.1, max_voltage_v=670.0)
        pack.ask(0, 0, 1000.0)
        assert pack.share_a(0) == pytest.approx((670 - 192 * 3.45) / 0.06)
