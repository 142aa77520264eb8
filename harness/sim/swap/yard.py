"""The yard of the swap station: supply and driver of the truck, the robot that takes and brings packs, and the break-out box."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence

from harness.core import Level, Pdu, ms
from harness.protocols.swap.pack import PackBms
from harness.sim.swap.pack import SwapPack

__all__ = ["SwapYard"]

_KEYS = {"off": 0, "on": 1, "ready": 2}
_BRAKES = {"released": 0, "applied": 1}
_GEARS = {"neutral": 0, "drive": 1, "reverse": 2, "park": 3}
_POINTS = {None: -1, "intermediate": 0, "unlocked": 1, "locked": 2}
_POINT_COUNT = 8
_ROBOT_NS = ms(500)
"""Between two moves of the robot."""
_FREE = -1.0
_TRUCK = ("hv_request", "link_v", "draw_a", "pump")
"""Lines of the truck that the packs feel."""


class SwapYard:
    """Node on the lines; the packs stand around it. Its methods are orders."""

    name = "yard"

    def __init__(self, packs: Mapping[str, SwapPack], systems: Mapping[str, PackBms], *, powered: bool) -> None:
        """*systems* are the management systems of the *packs*; ``old`` is on the truck."""
        self._packs, self._systems = packs, systems
        self._mounted: str | None = "old"
        self._level: dict[str, float] = {
            "kl30": float(powered),
            "key": _KEYS["on"],
            "park_brake": _BRAKES["applied"],
            "gear": _GEARS["park"],
            "speed_kmh": 0.0,
            "pedal_percent": 0.0,
            "charge_plug": 0.0,
            **dict.fromkeys(("pack_present", "pack_seated", "elec_conn", "cool_conn", "hvil"), 1.0),
            **{f"force_point_{number}": _FREE for number in range(1, _POINT_COUNT + 1)},
            "hold_link_v": _FREE,
            "pack_v": 0.0,
        }
        self._truck = dict.fromkeys(_TRUCK, 0.0)
        self._out: list[Level] = []
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._orders: list[Callable[[], None]] = []
        self._count = 0
        self._now_ns = 0

    # Node

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """The lines as a case finds them."""
        self._now_ns = now_ns
        self._out = [Level(line, value) for line, value in self._level.items()]
        self._settle()
        return self._take()

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """A line of the truck has a new level."""
        self._now_ns = now_ns
        if isinstance(pdu, Level) and pdu.line in self._truck:
            self._truck[pdu.line] = pdu.value
            self._settle()
        return self._take()

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if self._orders:
            return self._now_ns
        moved = [pack.change_ns() for pack in self._packs.values()]
        deadlines = [self._due[0][0] if self._due else None, *moved]
        return min((each for each in deadlines if each is not None), default=None)

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """Do what is due."""
        self._now_ns = now_ns
        orders, self._orders = self._orders, []
        for order in orders:
            order()
        while self._due and self._due[0][0] <= now_ns:
            heapq.heappop(self._due)[2]()
        self._settle()
        return self._take()

    # Orders: supply, driver, break-out box

    def power(self, on: bool) -> None:
        """Terminal 30."""
        self._order(lambda: self._put("kl30", float(on)))

    def driver(
        self,
        *,
        key: str | None = None,
        brake: str | None = None,
        gear: str | None = None,
        speed: float | None = None,
        pedal: float | None = None,
    ) -> None:
        """What the driver does, in words of the profile (``key="ready"``, ``brake="released"``); km/h and percent."""
        given: dict[str, float | None] = {
            "key": None if key is None else _KEYS[key],
            "park_brake": None if brake is None else _BRAKES[brake],
            "gear": None if gear is None else _GEARS[gear],
            "speed_kmh": speed,
            "pedal_percent": pedal,
        }
        for line, value in given.items():
            if value is not None:
                self._order(lambda line=line, value=value: self._put(line, float(value)))  # type: ignore[misc]

    def plug_charger(self, plugged: bool) -> None:
        """A charging cable in the inlet."""
        self._order(lambda: self._put("charge_plug", float(plugged)))

    def force_point(self, number: int, state: str | None) -> None:
        """The feedback of a lock point says *state* at the break-out box, whatever the lock does; ``None``: it is free."""
        self._order(lambda: self._put(f"force_point_{number}", float(_POINTS[state])))

    def hold_link(self, voltage_v: float | None) -> None:
        """A supply of the laboratory holds the DC link at a voltage; ``None``: it is free."""
        self._order(lambda: self._put("hold_link_v", _FREE if voltage_v is None else voltage_v))

    # Orders: the robot

    def remove_pack(self) -> None:
        """Open the couplers, lift the pack, take it away."""
        self._in_turn(
            lambda: self._couple(elec=False, cool=False, hvil=False),
            lambda: self._put("pack_seated", 0.0),
            self._take_away,
        )

    def install_pack(self, name: str = "new", *, mate: bool = True, cool: bool = True, hvil: bool = True) -> None:
        """Bring a pack, set it down, and let its couplers mate as they are given."""
        self._in_turn(
            lambda: self._bring(name), lambda: self._put("pack_seated", 1.0), lambda: self._couple(elec=mate, cool=cool, hvil=hvil and mate)
        )

    def seat(self, name: str = "new") -> None:
        """Bring a pack and set it down; nothing mates."""
        self._in_turn(lambda: self._bring(name), lambda: self._put("pack_seated", 1.0))

    def mate(self, *, elec: bool = True, cool: bool = True, hvil: bool = True) -> None:
        """The couplers of the pack that sits on the truck."""
        self._order(lambda: self._couple(elec=elec, cool=cool, hvil=hvil))

    def interlock(self, closed: bool) -> None:
        """The interlock loop."""
        self._order(lambda: self._put("hvil", float(closed)))

    # Orders: inside of a pack

    def weld(self, name: str) -> None:
        """The positive main contactor of a pack is welded."""
        self._order(self._packs[name].weld)

    def stick_precharge(self, name: str, share: float | None) -> None:
        """In precharge the link reaches only this share of the pack's voltage; ``None``: all of it."""
        self._order(lambda: self._packs[name].stick_precharge(share))

    # Behind them

    def _order(self, act: Callable[[], None]) -> None:
        self._orders.append(act)

    def _in_turn(self, *moves: Callable[[], None]) -> None:
        def begin() -> None:
            for number, move in enumerate(moves):
                self._count += 1
                heapq.heappush(self._due, (self._now_ns + number * _ROBOT_NS, self._count, move))

        self._order(begin)

    def _bring(self, name: str) -> None:
        self._mounted = name
        self._put("pack_present", 1.0)

    def _take_away(self) -> None:
        self._put("pack_present", 0.0)
        self._mounted = None

    def _couple(self, *, elec: bool, cool: bool, hvil: bool) -> None:
        for line, value in (("elec_conn", elec), ("cool_conn", cool), ("hvil", hvil)):
            self._put(line, float(value))

    def _put(self, line: str, value: float) -> None:
        if self._level[line] != value:
            self._level[line] = value
            self._out.append(Level(line, value))

    def _settle(self) -> None:
        """What the packs make of the lines, and what they put on theirs."""
        for name, pack in self._packs.items():
            pack.settle(self._now_ns)
            is_on = name == self._mounted
            pack.is_mated = is_on and bool(self._level["elec_conn"])
            pack.hvil = is_on and bool(self._level["hvil"])
            pack.link_v = self._truck["link_v"] if pack.is_mated else 0.0
            pack.flow = is_on and bool(self._truck["pump"] and self._level["cool_conn"])
            self._supply(name, pack, pack.is_mated and bool(self._level["kl30"]))
            pack.request(self._now_ns, int(self._truck["hv_request"]) if is_on else 0)
            pack.current_a = self._truck["draw_a"] if pack.terminal_v else 0.0
        mounted = self._packs.get(self._mounted or "")
        self._put("pack_v", 0.0 if mounted is None else mounted.terminal_v)

    def _supply(self, name: str, pack: SwapPack, supplied: bool) -> None:
        if supplied == pack.is_supplied:
            return
        pack.is_supplied = supplied
        if not supplied:
            pack.drop()
        self._systems[name].supply(self._now_ns, supplied)

    def _take(self) -> list[Pdu]:
        out, self._out = self._out, []
        return list(out)
