"""What the truck knows of its pack, and the check that a pack must pass before there is power."""

from __future__ import annotations

from harness.core import s
from harness.protocols.swap.identity import pack_crc
from harness.protocols.swap.vehicle.context import Context
from harness.protocols.swap.vehicle.speech import Heard

__all__ = ["REASONS", "PackCheck", "PackView"]

REASONS = {
    "pack_silent": "communication",
    "limits_missing": "communication",
    "insulation_low": "insulation",
    "insulation_unknown": "insulation",
}
"""Why the swap is refused, for a trouble; others: ``pack_fault``."""
_OF_PACK = ("PACK_STS1", "PACK_STS2", "PACK_THM", "PACK_VER")
_LEAST_SHARE, _MOST_SHARE = 0.7, 1.25
"""Of the rated voltage, between which a pack's voltage is plausible (own)."""
_MEGA = 1000.0


class PackView:
    """Everything that was received since the pack was mated."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.identity: str | None = None
        self.soc_pct: float | None = None
        self.limits_a: tuple[float, float] | None = None
        """Highest charge and discharge current."""

    def reset(self) -> None:
        """Another pack is mated, or none: what is known of the old one does not count any more."""
        ctx = self._ctx
        for message in _OF_PACK:
            ctx.ear.forget(message)
        if ctx.does("forget_limits"):
            ctx.ear.forget("PACK_LIM")
            self.limits_a = None
        if ctx.does("forget_pack"):
            self.identity = None
        if ctx.does("forget_display"):
            self.soc_pct = None

    def take(self, message: str) -> None:
        """*message* of the pack has come."""
        if message == "PACK_STS1" and (soc := self.number("PACK_STS1", "SOC")) is not None:
            self.soc_pct = soc
        elif message == "PACK_LIM":
            charge, discharge = self.number("PACK_LIM", "MaxChargeCurrent"), self.number("PACK_LIM", "MaxDischargeCurrent")
            if charge is not None and discharge is not None:
                self.limits_a = (charge, discharge)

    def heard(self, message: str) -> Heard | None:
        """The last one of *message* since mating."""
        return self._ctx.ear.heard.get(message)

    def is_fresh(self, now_ns: int) -> bool:
        """Whether the pack is heard."""
        ctx = self._ctx
        return all(ctx.ear.fresh(message, now_ns) is not None for message in ("PACK_STS1", "PACK_STS2") if ctx.profile.has(message))

    def word(self, message: str, signal: str) -> object:
        """A signal of the last *message*; ``None`` if it did not come."""
        heard = self.heard(message)
        return None if heard is None else heard.values.get(signal)

    def number(self, message: str, signal: str) -> float | None:
        """The same, for a number."""
        value = self.word(message, signal)
        return float(value) if isinstance(value, int | float) else None

    @property
    def contactors_open(self) -> bool:
        """As the pack tells."""
        told = (self.word("PACK_STS2", contactor) for contactor in ("MainPos", "MainNeg"))
        return self.heard("PACK_STS2") is not None and all(word in ("open", None) for word in told) and not self.is_live

    @property
    def is_live(self) -> bool:
        """The pack tells that it gives voltage, or is about to."""
        return self.word("PACK_STS1", "PackState") in ("precharge", "hv_active", "charging")

    @property
    def insulation_margin(self) -> float | None:
        """Insulation as a multiple of the least one; ``None`` if it is not known."""
        kohm, highest = self.number("PACK_STS2", "InsulationRes"), self.number("PACK_LIM", "MaxVoltage")
        if kohm is None or not highest:
            return None
        return kohm * _MEGA / (self._ctx.options.insulation_ohm_per_v * highest)


class PackCheck:
    """The check of a pack after mating, or after power came: ``state`` is ``off``, ``pending``, ``good`` or ``bad``."""

    def __init__(self, ctx: Context, pack: PackView) -> None:
        self._ctx, self._pack = ctx, pack
        self.state = "off"
        self.trouble = ""
        """What is wrong."""
        self._began_ns = self._ask_ns = 0
        self.asks = False
        """The identity has to be asked for; whoever does it takes this back."""

    def begin(self, now_ns: int) -> None:
        """Begin with it."""
        self.state, self.trouble = "pending", ""
        self._began_ns, self._ask_ns = now_ns, now_ns + s(self._ctx.options.ask_identity_s)

    def end(self) -> None:
        """Nothing is to be checked."""
        self.state, self.trouble, self.asks = "off", "", False

    def step(self, now_ns: int) -> None:
        """See how far it is."""
        if self.state != "pending":
            return
        found = self._missing(now_ns)
        if found == "wait":
            return
        found = found or self._wrong(now_ns)
        if found == "wait":
            return
        self.state, self.trouble = ("bad", found) if found else ("good", "")

    def _missing(self, now_ns: int) -> str:
        """What has not come: a trouble if it is overdue, ``wait`` if not; empty if all is there."""
        ctx, pack = self._ctx, self._pack
        if not ctx.overlooks("pack") and not pack.is_fresh(now_ns):
            return self._due(now_ns, "T_BMS_FIRST", "pack_silent")
        if pack.identity is None and now_ns >= self._ask_ns and ctx.does("ask_identity"):
            self._ask_ns, self.asks = now_ns + s(ctx.options.ask_identity_s), True
        if not ctx.overlooks("limits") and pack.limits_a is None and ctx.profile.has("PACK_LIM"):
            return self._due(now_ns, "T_LIM", "limits_missing")
        if not ctx.overlooks("identity") and pack.identity is None and ctx.profile.has("PACK_ID"):
            return self._due(now_ns, "T_ID", "identity_missing")
        if not ctx.overlooks("protocol") and pack.heard("PACK_VER") is None and ctx.profile.has("PACK_VER"):
            return self._due(now_ns, "T_ID", "protocol_unknown")
        return ""

    def _wrong(self, now_ns: int) -> str:
        ctx, pack, sensors = self._ctx, self._pack, self._ctx.sensors
        code = pack.identity or ""
        version = pack.number("PACK_VER", "ProtoMajor") or 0
        wrong = (
            ("protocol", version > ctx.options.highest_protocol, "protocol_unknown"),
            ("identity_form", bool(code) and bool(ctx.profile.identity.faults(code)), "identity_malformed"),
            ("expected_identity", ctx.expected_crc not in (None, pack_crc(code)), "identity_unexpected"),
            ("pack_fault", pack.word("PACK_STS2", "FaultLevel") == "open_now", "pack_fault"),
            ("weld", pack.word("PACK_STS2", "Weld") == "welded", "contactor_welded"),
            ("runaway", pack.word("PACK_THM", "ThermalRunaway") == "yes", "thermal_runaway"),
            ("plausible", not self._plausible(), "pack_implausible"),
            ("connector", not sensors.mated, "connector_open"),
            ("interlock", not sensors.interlock, "interlock_open"),
            ("coolant", not sensors.cooled, "coolant_open"),
        )
        for check, is_wrong, trouble in wrong:
            if is_wrong and not ctx.overlooks(check):
                return trouble
        return self._insulation(now_ns)

    def _plausible(self) -> bool:
        rated, present = self._pack.number("PACK_VER", "RatedVoltage"), self._pack.number("PACK_STS1", "PackVoltage")
        return not rated or present is None or _LEAST_SHARE * rated <= present <= _MOST_SHARE * rated

    def _insulation(self, now_ns: int) -> str:
        ctx, margin = self._ctx, self._pack.insulation_margin
        status = self._pack.word("PACK_STS2", "InsulationStatus")
        measured = ctx.profile.has("PACK_STS2", "InsulationRes") and ctx.profile.has("PACK_LIM", "MaxVoltage")
        if (status == "measuring" or (measured and margin is None)) and not ctx.overlooks("insulation_known"):
            return self._due(now_ns, "T_INS", "insulation_unknown")
        if not ctx.overlooks("insulation") and (status == "fault" or (margin is not None and margin < 1)):
            return "insulation_low"
        return ""

    def _due(self, now_ns: int, timer: str, trouble: str) -> str:
        return trouble if now_ns - self._began_ns >= self._ctx.timer_ns(timer) else "wait"
