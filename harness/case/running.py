"""What cases need of the bench that runs below them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

from harness.core import Frame, Trace
from harness.protocols.canbus.confinement import Confinement

__all__ = ["CanMeans", "HeardOnBus", "RunningBench"]

T = TypeVar("T")


class RunningBench(Protocol):
    """What a case needs of a bench; the plug-in hands one in."""

    @property
    def trace(self) -> Trace: ...

    def nodes(self, role: str) -> tuple[object, ...]: ...

    def links(self) -> Collection[str]: ...

    def lines_of(self, link: str) -> Collection[str]: ...

    def now_ns(self) -> int: ...

    def call(self, role: str, action: Callable[[], T]) -> T: ...

    def run_until(self, t_ns: int, stop: Callable[[], bool] | None = None) -> bool: ...

    def short(self, link: str, for_ns: int) -> tuple[int, int]: ...

    def can(self, link: str, tester: str) -> CanMeans: ...


class CanMeans(Protocol):
    """What a bench can do with a CAN bus beyond frames; each raises ``Inconclusive`` (reason NO_LINE) where the rig cannot."""

    @property
    def bitrates_bps(self) -> tuple[int, int] | None: ...

    def error_frames(self) -> int: ...

    def counters(self) -> Confinement: ...

    def destroy(self, where: Callable[[Frame], bool], for_ns: int) -> None: ...

    def unplug(self, for_ns: int) -> None: ...

    def listen(self, bitrate_bps: int, sample_point_pct: float, for_ns: int) -> HeardOnBus: ...


class HeardOnBus(Protocol):
    """What a listening controller made of the bus."""

    @property
    def frames(self) -> int: ...

    @property
    def errors(self) -> int: ...
