"""The charging inlet of a simulated truck: the plant around the BMS, and its node on the pilot link."""

from __future__ import annotations

import math

from harness.core import Level, LocalProtocolError, Pdu, did_you_mean, ms, s
from harness.sim.battery import Battery
from harness.sim.clock import TruckClock
from harness.sim.contactor import Contactor

__all__ = ["TruckInlet", "TruckPilot"]

_DECAY_NS = ms(200)
"""Without pilot link the current is taken for gone so long after the charger's last word about it."""
_LEVEL_PERIOD_NS = ms(50)


class TruckInlet:
    """Plug, auxiliary supply, contactors and measurement of one inlet, with the pack behind it.

    With a pilot link voltage and current are what arrives there; without one the truck is plugged and awake
    from the start and takes both from CCS.
    """

    def __init__(
        self,
        battery: Battery,
        *,
        pilot: bool,
        aux_supply: bool,
        operate_s: float,
        welded: bool,
        heeds_driver: bool,
        supply_loss_wakes: bool = False,
    ) -> None:
        self.battery = battery
        self.clock = TruckClock()
        self.contactor = Contactor(s(operate_s), welded=welded)
        self.revision = 0
        self.changed_ns = 0
        self._pilot = pilot
        self._aux_supply = aux_supply
        self._supply_loss_wakes = supply_loss_wakes
        self._plugged = not pilot
        self._aux_v = 0.0
        self._awake = not pilot
        self._wakes = int(not pilot)
        self._dc_v = 0.0
        self._dc_a = 0.0
        self._measures = False
        """A line told what is on the cable; until then CCS has to do."""
        self._gone_ns: int | None = None
        self._heeds_driver = heeds_driver
        self._driver_target_pct = 100.0
        self._pause_wanted = False
        self._swaps = 0

    @property
    def is_plugged(self) -> bool:
        """The connector is in."""
        return self._plugged

    @property
    def is_awake(self) -> bool:
        """Plugged, and supplied if the truck needs the auxiliary supply."""
        return self._awake

    @property
    def wakes(self) -> int:
        """How many times the BMS was woken."""
        return self._wakes

    @property
    def cells(self) -> Battery:
        """The cells of the pack."""
        return self.battery

    @property
    def soc_pct(self) -> float:
        return self.battery.soc_pct

    @property
    def current_a(self) -> float:
        """At the inlet, charging positive."""
        return self._dc_a if self.contactor.is_closed else 0.0

    @property
    def voltage_v(self) -> float:
        """At the inlet: of the pack while the contactors are closed, of the cable otherwise."""
        if self.contactor.is_closed and (self._pilot or not self._dc_v):
            return self.battery.voltage_v
        return self._dc_v

    @property
    def pack_voltage_v(self) -> float:
        return self.battery.voltage_v

    @property
    def headroom_a(self) -> float:
        return self.battery.headroom_a

    @property
    def share_a(self) -> float:
        return math.inf

    @property
    def swaps(self) -> int:
        return self._swaps

    @property
    def driver_target_pct(self) -> float:
        return self._driver_target_pct

    @property
    def pause_wanted(self) -> bool:
        return self._pause_wanted

    @property
    def contactors_closed(self) -> bool:
        return self.contactor.is_closed

    def advance(self, now_ns: int) -> None:
        """Let time pass in contactors and battery."""
        self.contactor.settle(now_ns)
        if self._gone_ns is not None and now_ns >= self._gone_ns:
            self._dc_a, self._gone_ns = 0.0, None
        self._charge(now_ns)

    def _charge(self, now_ns: int) -> None:
        self.battery.advance(now_ns, self.current_a)

    def _arrive(self, now_ns: int) -> None:
        """Unplugged: what is plugged in next is a truck that has just come."""
        self.battery.reset(now_ns)

    def asks(self, now_ns: int, wish_a: float) -> None:
        """The only inlet has the pack for itself."""

    def close_contactors(self, now_ns: int) -> None:
        """Command K5 and K6."""
        self.contactor.command(now_ns, True)

    def open_contactors(self, now_ns: int) -> None:
        """Command K5 and K6."""
        self.contactor.command(now_ns, False)

    def charger_reports(self, now_ns: int, voltage_v: float, current_a: float) -> None:
        """CCS of the charger; with a pilot link the truck measures itself.

        A last CCS that crossed the stop puts the end of its current off, it does not bring the current back.
        """
        if not self._measures:
            self._dc_v, self._dc_a = voltage_v, current_a
            self._gone_ns = None if self._gone_ns is None else now_ns + _DECAY_NS
        self.advance(now_ns)

    def take_time(self, now_ns: int, time_s: int) -> None:
        """CTS of the charger."""
        self.clock.take(now_ns, time_s)

    def charger_silent(self, now_ns: int) -> None:
        """No further CCS: without a pilot link the current is taken for gone a little later."""
        if not self._measures and self._gone_ns is None:
            self._gone_ns = now_ns + _DECAY_NS

    def level(self, now_ns: int, line: str, value: float) -> None:
        """A level of the charger's side of the pilot link."""
        match line:
            case "plug":
                self._plugged = value >= 0.5
            case "aux_v":
                self._aux_v = value
            case "dc_v":
                self._dc_v, self._measures = value, True
            case "dc_a":
                self._dc_a, self._measures = value, True
            case "stop_request":
                # The driver takes the present state of charge for his target.
                if self._heeds_driver:
                    self._driver_target_pct = self.battery.soc_pct if value >= 0.5 else 100.0
            case "swap_pack":
                # A swap station takes the pack out of a truck that stands on no cable.
                if value >= 0.5 and not self._plugged:
                    self._swaps += 1
                    self.battery.exchange(now_ns)
            case "pause_request":
                self._pause_wanted = value >= 0.5
            case _:
                return
        awake = self._plugged and (self._aux_v > 0 or not self._aux_supply)
        if self._supply_loss_wakes and self._awake and self._plugged and not awake:
            awake, self._wakes = True, self._wakes + 1
        if awake is not self._awake:
            self._awake = awake
            self._wakes += awake
            if not awake:
                self.contactor.drop()
        if not self._plugged:
            self._dc_v = self._dc_a = 0.0
            self._driver_target_pct, self._pause_wanted = 100.0, False
            self._arrive(now_ns)
        self.advance(now_ns)
        self.revision += 1
        self.changed_ns = now_ns


class TruckPilot:
    """The truck's node on the pilot link: hears plug, supply and cable, tells ``k5k6``, ``inlet_v`` and ``clock_s``.

    ``clock_s`` tells that the truck's clock was set, and to which second of ``clock.EPOCH``. Where the truck is the
    tester, it also works ``plug`` and the buttons of the charger, ``start_button`` and ``stop_button``: their level
    counts how often they were pressed.
    """

    def __init__(self, inlet: TruckInlet, *, name: str = "truck pilot") -> None:
        self.name = name
        self._orders: list[Level] = []
        self._pressed = {"start_button": 0, "stop_button": 0}
        self._inlet = inlet
        self._told = {"k5k6": 0.0, "inlet_v": 0.0}
        self._told_ns = 0
        self._clock_s: float | None = None
        self._now_ns = 0

    def start(self, now_ns: int) -> list[Pdu]:
        """Tell that the contactors are open."""
        self._now_ns = self._told_ns = now_ns
        return [Level("k5k6", 0.0)]

    def connect(self) -> None:
        """Plug the charger's connector in."""
        self._orders.append(Level("plug", 1.0))

    def disconnect(self) -> None:
        """Pull the charger's connector."""
        self._orders.append(Level("plug", 0.0))

    def press(self, button: str) -> int:
        """Press ``start_button`` or ``stop_button`` of the charger; the level that its line has then.

        Raises:
            LocalProtocolError: there is no such button.
        """
        if button not in self._pressed:
            raise LocalProtocolError(f"the charger has no '{button}'{did_you_mean(button, self._pressed)}")
        self._pressed[button] += 1
        self._orders.append(Level(button, float(self._pressed[button])))
        return self._pressed[button]

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """Take a level of the charger's side."""
        self._now_ns = now_ns
        if isinstance(pdu, Level):
            self._inlet.level(now_ns, pdu.line, pdu.value)
        return self._tell(now_ns)

    def next_deadline_ns(self) -> int | None:
        """When the contactors move, or when a changed voltage may be told again."""
        if self._orders or self._inlet.contactor.is_closed != bool(self._told["k5k6"]):
            return self._now_ns
        if self._inlet.clock.set_to_s != self._clock_s:
            return self._now_ns
        deadlines = []
        if (change_ns := self._inlet.contactor.change_ns) is not None:
            deadlines.append(max(self._now_ns, change_ns))
        if self._voltage() != self._told["inlet_v"]:
            deadlines.append(max(self._now_ns, self._told_ns + _LEVEL_PERIOD_NS))
        return min(deadlines, default=None)

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """Carry out orders, then tell what changed."""
        self._now_ns = now_ns
        orders, self._orders = self._orders, []
        for level in orders:
            self._inlet.level(now_ns, level.line, level.value)
        return [*orders, *self._tell(now_ns)]

    def _tell(self, now_ns: int) -> list[Pdu]:
        self._inlet.advance(now_ns)
        out: list[Pdu] = []
        closed = float(self._inlet.contactor.is_closed)
        if closed != self._told["k5k6"]:
            self._told["k5k6"] = closed
            out.append(Level("k5k6", closed))
        if (clock_s := self._inlet.clock.set_to_s) != self._clock_s and clock_s is not None:
            self._clock_s = clock_s
            out.append(Level("clock_s", clock_s))
        voltage = self._voltage()
        if voltage != self._told["inlet_v"] and now_ns - self._told_ns >= _LEVEL_PERIOD_NS:
            self._told["inlet_v"], self._told_ns = voltage, now_ns
            out.append(Level("inlet_v", voltage))
        return out

    def _voltage(self) -> float:
        return round(self._inlet.voltage_v, 1)
