"""The vehicle control unit in a swap: conditions and permit, watch over the pack, power, mode, what its status tells."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Value
from harness.protocols.swap.vehicle.context import IN_SWAP, Context
from harness.protocols.swap.vehicle.packs import REASONS, PackCheck, PackView
from harness.protocols.swap.vehicle.power import Power

__all__ = ["Vcu"]

_KEYS = ("off", "on", "ready")
_READY = 2
_MOST_KMH, _MOST_V = 250.0, 6400.0
"""That VehSpeed and LinkVoltage can tell."""
_MODES = {
    "idle": "normal",
    "restored": "restored",
    "disabled": "error",
    "session": "swap_requested",
    "authenticated": "swap_requested",
    "preparing": "swap_requested",
    "prepared": "swap_ready",
    "locked": "post_swap_check",
    "checking": "post_swap_check",
    "checked": "post_swap_check",
    "energising": "post_swap_check",
}
"""``VehSwapMode`` by phase; others: ``swap_active``."""
_PERMITTED = frozenset(("prepared", "unlocking", "unlocked", "stuck", "removing", "removed", "installing", "placing", "mated", "locking"))
"""Phases in which a permit lasts."""


class Vcu:
    """Steps at every event; the truck around it sends what it tells."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.pack = PackView(ctx)
        self.check = PackCheck(ctx, self.pack)
        self.power = Power(ctx, self.pack, self.check)
        self.permit = False
        self._was_mated = False
        self._settled_identity: str | None = None
        """What the pack called itself when it was taken into use."""

    def start(self, now_ns: int) -> None:
        """Power came."""
        ctx = self._ctx
        self.permit = False
        self.power.reset()
        self.pack.reset()
        self._was_mated = ctx.sensors.mated
        self.check.end()
        if ctx.moment.lock == "locked" and ctx.sensors.mated:
            self.check.begin(now_ns)

    def step(self, now_ns: int) -> None:
        """Look at everything and act."""
        ctx = self._ctx
        mated = ctx.sensors.mated
        if mated is not self._was_mated:
            self._was_mated = mated
            self.pack.reset()
            self.check.end()
            ctx.moment.swaps += mated
        was = self.check.state
        self.check.step(now_ns)
        if was == "pending" and self.check.state != "pending":
            self._checked(now_ns)
        self._watch(now_ns)
        self._keep_permit()
        self.power.step(now_ns)

    def condition(self, now_ns: int, *, driver_only: bool = False) -> str:
        """The first condition of the permit that does not hold, as a reason; empty if all do."""
        ctx, sensors, pack = self._ctx, self._ctx.sensors, self.pack
        listed = [
            ("speed", sensors.speed_kmh == 0, "speed"),
            ("brake", sensors.brake, "parking_brake"),
            ("key", sensors.key != _READY, "key"),
            ("gear", sensors.gear in ("neutral", "park"), "gear"),
            ("coupler", not sensors.plugged, "charge_coupler"),
        ]
        if not driver_only:
            known = not sensors.mated or pack.is_fresh(now_ns)
            listed += [
                ("weld", pack.word("PACK_STS2", "Weld") != "welded", "pack_fault"),
                ("contactors", known and (not sensors.mated or pack.contactors_open), "hv_present"),
                ("link", self.power.is_dead, "hv_present"),
            ]
        return next((reason for check, holds, reason in listed if not holds and not ctx.overlooks(check)), "")

    def _checked(self, now_ns: int) -> None:
        """The check of the pack has come to its end."""
        ctx, trouble = self._ctx, self.check.trouble
        if self.check.state == "good":
            self._settled_identity = self.pack.identity
            for word in ("pack_silent", "limits_missing", "identity_missing", "identity_malformed", "identity_unexpected",
                         "protocol_unknown", "pack_implausible", "insulation_unknown", "identity_changed"):  # fmt: skip
                ctx.trouble(now_ns, word, False)
            return
        ctx.trouble(now_ns, trouble, True)
        ctx.fail(REASONS.get(trouble, "pack_fault"))

    def _watch(self, now_ns: int) -> None:
        """Troubles that come and go."""
        ctx, pack, sensors = self._ctx, self.pack, self._ctx.sensors
        in_place = ctx.phase not in IN_SWAP or ctx.phase in ("session", "authenticated", "locked", "checking", "checked", "energising")
        settled = self.check.state == "good" and sensors.mated
        ctx.trouble(now_ns, "pack_lost", settled and in_place and not pack.is_fresh(now_ns))
        if ctx.phase not in ("removing", "removed", "installing", "placing", "unlocked"):
            ctx.trouble(now_ns, "interlock_open", not sensors.interlock and not ctx.overlooks("interlock"))
            ctx.trouble(now_ns, "coolant_open", not sensors.cooled and sensors.present and not ctx.overlooks("coolant"))
        if not pack.is_fresh(now_ns):
            return
        ctx.trouble(now_ns, "contactor_welded", pack.word("PACK_STS2", "Weld") == "welded" and not ctx.overlooks("weld"))
        ctx.trouble(now_ns, "thermal_runaway", pack.word("PACK_THM", "ThermalRunaway") == "yes")
        ctx.trouble(now_ns, "coolant_leak", pack.word("PACK_THM", "Leak") == "yes")
        if self.check.state == "off":
            return
        ctx.trouble(now_ns, "pack_fault", pack.word("PACK_STS2", "FaultLevel") == "open_now" and not ctx.overlooks("pack_fault"))
        margin = pack.insulation_margin
        near = margin is not None and 1 <= margin < ctx.options.insulation_warning_share
        ctx.trouble(now_ns, "insulation_near_limit", near and ctx.does("warn"))
        if self.check.state == "good":
            ctx.trouble(now_ns, "insulation_low", margin is not None and margin < 1 and not ctx.overlooks("insulation"))
            changed = self._settled_identity is not None and pack.identity not in (None, self._settled_identity)
            ctx.trouble(now_ns, "identity_changed", changed and not ctx.overlooks("same_identity"))

    def _keep_permit(self) -> None:
        """Take the permit back when a condition is lost, or when its time is over."""
        ctx = self._ctx
        if not self.permit:
            return
        if ctx.phase not in _PERMITTED:
            self.permit = False
            return
        lost = self.condition(ctx.moment.now_ns, driver_only=ctx.phase != "prepared")
        if lost and ctx.does("withdraw_permit"):
            self.permit = False
            ctx.deny = lost
            if ctx.phase == "prepared":
                ctx.go("authenticated")

    # What it tells

    @property
    def mode(self) -> str:
        """``VehSwapMode``."""
        ctx = self._ctx
        return "error" if ctx.error else _MODES.get(ctx.phase, "swap_active")

    def status(self) -> Mapping[str, Value]:
        """Values of VEH_STS."""
        ctx, sensors = self._ctx, self._ctx.sensors
        key = _KEYS[sensors.key]
        if key == "ready" and ctx.moment.lock != "locked" and not ctx.overlooks("lock"):
            key = "on"
        dead = self.power.is_dead
        return {
            "VehSwapMode": self.mode,
            "ParkBrake": "applied" if sensors.brake else "released",
            "KeyState": key,
            "VehSpeed": min(sensors.speed_kmh, _MOST_KMH),
            "Gear": sensors.gear,
            "SwapPermit": "permitted" if self.permit else "not_permitted",
            "HvBusState": "de_energised" if dead else "energised",
            "LinkVoltage": round(min(sensors.link_v, _MOST_V), 1),
            "DenyReason": ctx.deny,
        }
