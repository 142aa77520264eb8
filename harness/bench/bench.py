"""The running bench: kernel, drive, links, nodes by role, and what the rig says of its clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TypeVar

from harness.bench.can_access import CanAccess
from harness.bench.drive import Drive
from harness.bench.kernel import Kernel
from harness.bench.links import CanLink, PortLink
from harness.bench.orders import OrderBook
from harness.core import Inconclusive, Level, Node, Reason, TimeBase, Trace

__all__ = ["Bench"]

T = TypeVar("T")


class Bench:
    """One bench between start and close. Also a context manager: leaving it closes it."""

    def __init__(
        self,
        drive: Drive,
        *,
        time_base: TimeBase | None,
        roles: Mapping[str, tuple[Node, ...]],
        ports: Mapping[str, PortLink] | None = None,
        safe_state: Mapping[str, Sequence[Level]] | None = None,
        lines: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """*safe_state* gives, for each line link behind a port, the levels in which a run begins and ends; *lines*,
        for each link, the line links that belong to it."""
        self.drive = drive
        self.time_base = time_base
        self._roles = roles
        self._ports = ports or {}
        self._safe_state = safe_state or {}
        self._lines = lines or {}
        self._orders = OrderBook(drive.kernel.trace)
        self._readings: list[tuple[int, ...]] = []

    @property
    def kernel(self) -> Kernel:
        return self.drive.kernel

    @property
    def trace(self) -> Trace:
        return self.drive.kernel.trace

    @property
    def info(self) -> Mapping[str, str]:
        """How time was kept and what the ports are, for the evidence."""
        info = dict(self.drive.info)
        if orders := self._orders.text():
            info["orders"] = orders
        if self._readings:
            info["readings"] = json.dumps(self._readings)
        for name, link in self._ports.items():
            info |= {f"{name}.{key}": value for key, value in link.port.info.items()}
        return info

    def nodes(self, role: str) -> tuple[Node, ...]:
        """The nodes that play *role*, in the order of its links.

        Raises:
            KeyError: the rig has no such role in this process.
        """
        return self._roles[role]

    def links(self) -> tuple[str, ...]:
        """Names of the links."""
        return tuple(self.kernel.links)

    def lines_of(self, link: str) -> Sequence[str]:
        """Line links that belong to *link*: the pilot lines of the same connector."""
        return self._lines.get(link, ())

    def start(self) -> None:
        """Open the ports and start the nodes.

        Raises:
            ConfigError: a port cannot be opened.
        """
        self.drive.start(self._enter_safe_state)

    def now_ns(self) -> int:
        """Time since the start."""
        return self.drive.now_ns()

    def call(self, role: str, action: Callable[[], T]) -> T:
        """Run *action*, which changes the nodes of *role*, between two events."""

        def steered() -> T:
            result = action()
            for node in self._roles[role]:
                self.kernel.poke(node)
            return result

        self._orders.given(self.now_ns())
        return self.drive.call(steered)

    def run_until(self, t_ns: int, stop: Callable[[], bool] | None = None) -> bool:
        """See ``Drive.run_until``."""
        stopped = self.drive.run_until(t_ns, stop)
        if not stopped:
            self._orders.stood(t_ns)
        return stopped

    def short(self, link: str, for_ns: int) -> tuple[int, int]:
        """Short the CAN bus *link* for so long from now on; begin and end.

        Raises:
            Inconclusive: the link is not a simulated CAN bus (reason NO_LINE).
        """
        shorted = self.kernel.links[link]
        if not isinstance(shorted, CanLink):
            raise Inconclusive(Reason.NO_LINE, f"the rig has no means to short the link '{link}'")
        return self.drive.call(lambda: shorted.short(for_ns))

    def can(self, link: str, tester: str) -> CanAccess:
        """What can be done with the CAN bus *link*; *tester* is the role that stands on it for us."""
        return CanAccess(self.drive, self.kernel.links[link], tester, self._readings)

    def outages(self, link: str) -> tuple[tuple[int, int], ...]:
        """Begin and end of every time in which *link* was shorted."""
        shorted = self.kernel.links.get(link)
        return shorted.outages if isinstance(shorted, CanLink) else ()

    def tester_jitter_ns(self) -> int:
        """By how much our own transmissions left their schedule at worst: on the bus where a port tells, else in this process."""
        return max([self.drive.lateness_ns, *(link.jitter_ns() for link in self._ports.values())])

    def take_lateness_ns(self) -> int:
        """How late the latest event was since this was last asked."""

        def take() -> int:
            late_ns, self.drive.lateness_ns = self.drive.lateness_ns, 0
            return late_ns

        return self.drive.call(take)

    def dropped(self) -> int:
        """PDUs that ports lost since the start."""
        return sum(link.port.dropped() for link in self._ports.values())

    def close(self) -> None:
        """End of all transmission, lines in their safe state, ports released. Safe to call twice."""
        self.drive.close(self._enter_safe_state)

    def _enter_safe_state(self) -> None:
        for name, levels in self._safe_state.items():
            for level in levels:
                self._ports[name].port.send(level)

    def __enter__(self) -> Bench:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
