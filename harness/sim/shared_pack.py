"""One traction battery behind several inlets: who may draw how much, so that the sum stays within the pack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.core import s
from harness.sim.battery import Battery
from harness.sim.inlet import TruckInlet

__all__ = ["PackLimits", "SharedInlet", "SharedPack"]

_W_PER_KW = 1000


@dataclass(frozen=True, slots=True)
class PackLimits:
    """What the pack of a truck with two inlets takes in all, and how its demand is split."""

    pack_max_current_a: float = 400.0
    """Of both inlets together."""
    pack_max_power_kw: float = 240.0
    """Of both inlets together, at the highest permitted voltage."""
    replan_s: float = 0.5
    """The share of an inlet that stopped is given to the other one after so long."""
    settle_s: float = 0.1
    """So long after a lowered demand was told it still counts in full: a frame needs its time on the bus."""
    shared: bool = True
    """The limits hold for both inlets together; if not, each takes them for itself."""
    yields_first: bool = True
    """A share rises only after the demand and the current of the other inlet have gone down."""


@dataclass(slots=True)
class _Claim:
    """What one inlet was promised."""

    measured_a: Callable[[], float]
    wish_a: float = 0.0
    planned_a: float = 0.0
    """Its part of the plan; ``share_a`` is what it may have of it at present."""
    share_a: float = 0.0
    before_a: float = 0.0
    """Share before it was lowered last."""
    lowered_ns: int = 0
    is_active: bool = False
    left_ns: int = 0
    """When it stopped; its part of the plan goes to the others a little later."""

    def promise(self, now_ns: int, share_a: float, settle_ns: int) -> None:
        """Promise *share_a*; what was promised before counts on for a while if it was more."""
        if share_a < self.share_a:
            self.before_a = max(self.share_a, self.held_a(now_ns, settle_ns))
            self.lowered_ns = now_ns
        self.share_a = share_a

    def held_a(self, now_ns: int, settle_ns: int) -> float:
        """What the other inlets have to leave to this one."""
        before_a = self.before_a if now_ns - self.lowered_ns < settle_ns else 0.0
        return max(self.share_a, before_a, self.measured_a())


@dataclass(slots=True)
class SharedPack:
    """The battery and the claims of its inlets.

    A plan gives every inlet that charges the same share, as far as it can use it; what one cannot use goes to the
    others. Until the others have made room an inlet gets less than its part of the plan.
    """

    battery: Battery
    limits: PackLimits
    max_voltage_v: float
    _claims: list[_Claim] = field(default_factory=list)
    _inlets: list[TruckInlet] = field(default_factory=list)

    def join(self, inlet: SharedInlet) -> int:
        """The number of a new inlet."""
        self._inlets.append(inlet)
        self._claims.append(_Claim(lambda: inlet.current_a))
        return len(self._claims) - 1

    @property
    def limit_a(self) -> float:
        """Current that the pack takes now, over all inlets."""
        limits = self.limits
        return min(limits.pack_max_current_a, limits.pack_max_power_kw * _W_PER_KW / self.max_voltage_v, self.battery.headroom_a)

    @property
    def is_plugged(self) -> bool:
        """Any inlet is."""
        return any(inlet.is_plugged for inlet in self._inlets)

    def ask(self, now_ns: int, number: int, wish_a: float) -> None:
        """Inlet *number* demands now and could use *wish_a*."""
        claim = self._claims[number]
        claim.wish_a, claim.is_active = wish_a, True
        if not self.limits.shared:
            claim.share_a = min(wish_a, self.limit_a)
            return
        self._make_plan(now_ns)
        settle_ns = s(self.limits.settle_s)
        free_a = self.limit_a - sum(other.held_a(now_ns, settle_ns) for other in self._claims if other is not claim)
        room_a = max(0.0, free_a) if self.limits.yields_first else self.limit_a
        claim.promise(now_ns, min(claim.planned_a, room_a), settle_ns)

    def release(self, now_ns: int, number: int) -> None:
        """Inlet *number* demands nothing any more."""
        claim = self._claims[number]
        if claim.is_active:
            claim.is_active, claim.left_ns = False, now_ns
            claim.promise(now_ns, 0.0, s(self.limits.settle_s))

    def share_a(self, number: int) -> float:
        """What inlet *number* was promised last."""
        return self._claims[number].share_a

    def total_a(self) -> float:
        """Measured over all inlets."""
        return sum(inlet.current_a for inlet in self._inlets)

    def _make_plan(self, now_ns: int) -> None:
        replan_ns = s(self.limits.replan_s)
        kept_a = sum(claim.planned_a for claim in self._claims if not claim.is_active and now_ns - claim.left_ns < replan_ns)
        rest_a = self.limit_a - kept_a
        waiting = sorted((claim for claim in self._claims if claim.is_active), key=lambda claim: claim.wish_a)
        for position, claim in enumerate(waiting):
            claim.planned_a = max(0.0, min(claim.wish_a, rest_a / (len(waiting) - position)))
            rest_a -= claim.planned_a


class SharedInlet(TruckInlet):
    """One of several inlets of a shared pack."""

    def __init__(
        self,
        pack: SharedPack,
        *,
        pilot: bool,
        aux_supply: bool,
        operate_s: float,
        welded: bool,
        heeds_driver: bool,
        supply_loss_wakes: bool = False,
    ) -> None:
        super().__init__(
            pack.battery,
            pilot=pilot,
            aux_supply=aux_supply,
            operate_s=operate_s,
            welded=welded,
            heeds_driver=heeds_driver,
            supply_loss_wakes=supply_loss_wakes,
        )
        self._pack = pack
        self._number = pack.join(self)

    @property
    def share_a(self) -> float:
        return self._pack.share_a(self._number)

    def asks(self, now_ns: int, wish_a: float) -> None:
        """Claim a share of the pack."""
        self._pack.ask(now_ns, self._number, wish_a)

    def charger_silent(self, now_ns: int) -> None:
        """Give the share back."""
        super().charger_silent(now_ns)
        self._pack.release(now_ns, self._number)

    def _charge(self, now_ns: int) -> None:
        self._pack.battery.advance(now_ns, self._pack.total_a())

    def _arrive(self, now_ns: int) -> None:
        self._pack.release(now_ns, self._number)
        if not self._pack.is_plugged:
            super()._arrive(now_ns)
