"""The electrical side of a swap pack: contactors that obey a hard-wired request, and what stands at the terminals."""

from __future__ import annotations

from harness.core import ms
from harness.sim.contactor import Contactor

__all__ = ["SwapPack"]

_OPERATE_NS = ms(30)
_PRECHARGE, _MAIN = 1, 2


class SwapPack:
    """Implements ``PackView``. The truck asks for precharge or main contactors by the level of a line."""

    def __init__(self, voltage_v: float) -> None:
        self.voltage_v = voltage_v
        self.current_a = 0.0
        self.link_v = 0.0
        self.is_mated = self.hvil = self.flow = self.is_supplied = False
        self.welded = False
        self._share: float | None = None
        self._pos, self._neg, self._pre = (Contactor(_OPERATE_NS) for _ in range(3))

    def request(self, now_ns: int, level: int) -> None:
        """The truck's request: 0 none, 1 precharge, 2 main."""
        asked = level if self.is_supplied else 0
        self._neg.command(now_ns, asked in (_PRECHARGE, _MAIN))
        self._pos.command(now_ns, asked == _MAIN)
        self._pre.command(now_ns, asked == _PRECHARGE)

    def drop(self) -> None:
        """Mated or supplied no longer: every contactor falls open that can."""
        for contactor in (self._pos, self._neg, self._pre):
            contactor.drop()

    def weld(self) -> None:
        """The positive main contactor is welded from now on."""
        self.welded = True

    def stick_precharge(self, share: float | None) -> None:
        """The link reaches only this share of the voltage in precharge; ``None``: all of it."""
        self._share = share

    def revert(self) -> None:
        """The pack is whole."""
        self.welded, self._share = False, None

    def settle(self, now_ns: int) -> None:
        """What has moved by now."""
        for contactor in (self._pos, self._neg, self._pre):
            contactor.settle(now_ns)

    def change_ns(self) -> int | None:
        """When the next contactor will have moved."""
        return min((at for each in (self._pos, self._neg, self._pre) if (at := each.change_ns) is not None), default=None)

    @property
    def main_pos(self) -> bool:
        return self._pos.is_closed or self.welded

    @property
    def main_neg(self) -> bool:
        return self._neg.is_closed

    @property
    def precharge(self) -> bool:
        return self._pre.is_closed

    @property
    def terminal_v(self) -> float:
        """Towards the link."""
        if not self.is_mated or not self.main_neg:
            return 0.0
        if self.main_pos:
            return self.voltage_v
        return self.voltage_v * (1.0 if self._share is None else self._share) if self.precharge else 0.0
