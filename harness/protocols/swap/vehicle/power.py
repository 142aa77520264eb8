"""High voltage and drive of the truck: precharge, main contactors, discharge, torque, own insulation monitor, pump."""

from __future__ import annotations

from harness.protocols.swap.vehicle.context import IN_SWAP, Context
from harness.protocols.swap.vehicle.packs import PackCheck, PackView

__all__ = ["Power"]

_OPEN, _PRECHARGE, _MAIN = 0, 1, 2
_READY = 2
_FORBID_DRIVE = frozenset(
    (
        "lock_jammed", "lock_not_locked", "lock_contradiction", "contactor_welded", "pack_lost", "pack_silent", "precharge_failed",
        "interlock_open", "connector_open", "swap_unfinished",
    )
)  # fmt: skip
"""Troubles with which the truck does not drive."""


class Power:
    """Steps with the VCU; ``state`` is ``off``, ``precharge`` or ``on``."""

    def __init__(self, ctx: Context, pack: PackView, check: PackCheck) -> None:
        self._ctx, self._pack, self._check = ctx, pack, check
        self.state = "off"
        self._since_ns = 0
        self._stage = -1
        self._discharges = self._pumps = self._monitors = False
        self._blocked = False
        """A precharge failed; it is not tried again before the next swap, or without power in between."""

    def reset(self) -> None:
        """Power came or went."""
        self.state, self._stage, self._blocked = "off", -1, False
        self._discharges = self._pumps = self._monitors = False

    def unblock(self) -> None:
        """A new session begins."""
        self._blocked = False

    @property
    def is_dead(self) -> bool:
        """The link is below the limit."""
        return self._ctx.sensors.link_v < self._ctx.options.hv_limit_v

    def step(self, now_ns: int) -> None:
        """Look at everything and act."""
        keeps = self.state == "on" and self._keeps_at_speed()
        if self._wanted() and (keeps or self._allowed(now_ns)):
            self._rise(now_ns)
        else:
            self._fall(now_ns)
        self._drive(now_ns)
        self._support(now_ns)

    def _wanted(self) -> bool:
        ctx = self._ctx
        if ctx.phase in ("energising", "session", "authenticated"):
            # Power stays as it was until the station asks for the preparation, and comes back for a pack that is in its place.
            return ctx.phase == "energising" or (self.state != "off" and ctx.sensors.key > 0)
        return (ctx.phase not in IN_SWAP or (ctx.phase in ("stuck", "removed") and not ctx.does("inhibit"))) and ctx.sensors.key > 0

    def _allowed(self, now_ns: int) -> bool:
        ctx, sensors, pack = self._ctx, self._ctx.sensors, self._pack
        hot = pack.word("PACK_THM", "ThermalRunaway") == "yes" or pack.word("PACK_THM", "Leak") == "yes"
        conditions = (
            ("lock", ctx.moment.lock == "locked"),
            ("interlock", sensors.interlock),
            ("connector", sensors.mated),
            ("coolant", sensors.cooled),
            ("pack", pack.is_fresh(now_ns)),
            ("pack_fault", pack.word("PACK_STS2", "FaultLevel") != "open_now"),
            ("runaway", not hot),
            ("emergency", not ctx.emergency or self.state != "off"),
        )
        met = all(holds or ctx.overlooks(check) for check, holds in conditions)
        good = self._check.state == "good" or (self._check.state == "off" and not ctx.does("inhibit"))
        return met and good and not self._blocked

    def _keeps_at_speed(self) -> bool:
        """At speed the power is not cut for a lock that opens, nor for heat or a leak."""
        ctx = self._ctx
        return ctx.sensors.speed_kmh > 0 and self._pack.is_fresh(ctx.moment.now_ns) and ctx.does("keep_power")

    def _rise(self, now_ns: int) -> None:
        ctx = self._ctx
        if self.state == "off":
            self.state, self._since_ns = "precharge", now_ns
            self._release(now_ns)
            self._order(now_ns, _PRECHARGE)
            return
        if self.state != "precharge":
            return
        pack_v = self._pack.number("PACK_STS1", "PackVoltage") or 0.0
        charged = ctx.sensors.link_v >= ctx.options.precharged_share * pack_v > 0
        waited_ns = now_ns - self._since_ns
        if waited_ns >= ctx.timer_ns("T_PRECHARGE") and not charged and ctx.does("give_up_precharge"):
            self._blocked = True
            ctx.trouble(now_ns, "precharge_failed", True)
            self._fall(now_ns)
        elif (charged or not ctx.does("precharge")) and waited_ns >= ctx.behaviour.delay_ns("precharge", ctx.moment):
            self.state = "on"
            ctx.trouble(now_ns, "precharge_failed", False)
            self._order(now_ns, _MAIN)

    def _fall(self, now_ns: int) -> None:
        ctx = self._ctx
        self.state = "off"
        early = not ctx.does("open_first")
        if not early:
            self._order(now_ns, _OPEN)
        is_open = self._pack.contactors_open or not ctx.sensors.mated or not self._pack.is_fresh(now_ns)
        discharge = (is_open or early) and ctx.sensors.link_v > 1 and ctx.does("discharge")
        if discharge != self._discharges:
            self._discharges = discharge
            ctx.plant.discharge(now_ns, discharge)
        if early and self.is_dead:
            self._order(now_ns, _OPEN)

    def _release(self, now_ns: int) -> None:
        if self._discharges:
            self._discharges = False
            self._ctx.plant.discharge(now_ns, False)

    def _order(self, now_ns: int, stage: int) -> None:
        if stage != self._stage:
            self._stage = stage
            self._ctx.plant.request_hv(now_ns, stage)

    @property
    def may_drive(self) -> bool:
        """Nothing forbids to drive."""
        ctx = self._ctx
        inhibits = ctx.does("inhibit")
        if ctx.sensors.key != _READY or self.state != "on" or (ctx.phase in IN_SWAP and ctx.phase != "energising" and inhibits):
            return False
        return not (inhibits and (ctx.error or ctx.troubles & _FORBID_DRIVE)) and (
            ctx.moment.lock == "locked" or ctx.overlooks("lock") or ctx.sensors.speed_kmh > 0
        )

    def _drive(self, now_ns: int) -> None:
        ctx, sensors = self._ctx, self._ctx.sensors
        amperes = 0.0
        if sensors.gear in ("drive", "reverse") and self.may_drive:
            amperes = sensors.pedal_pct / 100 * ctx.options.drive_a
            if self._pack.limits_a is not None and not ctx.overlooks("limit"):
                amperes = min(amperes, self._pack.limits_a[1])
            if ctx.moment.lock != "locked":
                amperes *= ctx.options.limp_share
        ctx.plant.drive(now_ns, amperes * ctx.options.torque_per_a, amperes)

    def _support(self, now_ns: int) -> None:
        ctx, pack = self._ctx, self._pack
        pumps = pack.word("PACK_THM", "ThermalRequest") in ("cool", "heat", "circulate") and ctx.sensors.cooled and ctx.does("pump")
        if pumps != self._pumps:
            self._pumps = pumps
            ctx.plant.run_pump(now_ns, pumps)
        monitors = self.state == "on" and (pack.word("PACK_STS2", "ImdActive") != "on" or not ctx.does("own_monitor_off"))
        if monitors != self._monitors:
            self._monitors = monitors
            ctx.plant.monitor(now_ns, monitors)
