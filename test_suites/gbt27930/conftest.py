"""Fixtures of the GB/T 27930 suite: the tester's charger, and the way to a state of the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Limit, Message, Reason, s


@pytest.fixture
def charger(bench: CaseBench) -> Any:
    """The tester's charger, to be steered."""
    return bench.control("charger")


class Session:
    """Brings the vehicle to a state of the session; what is not reached makes the case inconclusive."""

    def __init__(self, bench: CaseBench, truck: Sut, charger: Any, check: Callable[..., Check]) -> None:
        self._bench, self._truck, self._charger, self._check = bench, truck, charger, check
        self._station: Any = bench.control("charger", 1) if bench.has_node("charger", 1) else None
        self.plugged_ns = 0

    def plug_in(self) -> int:
        """Plug in, auxiliary supply on; the instant of it."""
        if self._station is not None:
            self._station.plug_in()
        self.plugged_ns = self._bench.now_ns
        return self.plugged_ns

    def unplug(self) -> None:
        """Unplug; without a pilot line only the charger's silence stands for it."""
        if self._station is not None:
            self._station.unplug()
        self._bench.run_for(self._truck.limit("stimulus.unplugged").nominal_ns)

    def stop_vehicle(self) -> None:
        """Use the declared stop means of the vehicle.

        Raises:
            Inconclusive: the rig has no line for it (reason NO_LINE).
        """
        if self._station is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the vehicle could be asked to stop")
        self._station.ask_vehicle_to_stop()

    def contactors_open(self, *, within: Limit) -> None:
        """Check that the contactors open, counted from now; a rig without that line leaves it unobserved."""
        if self._bench.level("k5k6") is None:
            return
        opened_ns = self._bench.wait_level("k5k6", 0, within=within)
        note = f"watched for {within.criterion()}" if opened_ns is None else f"since t={opened_ns / 1e9:.6f} s"
        self._check("contactors K5/K6", "closed" if opened_ns is None else "open", equals="open", note=note)

    def handshake(self) -> Message:
        """CHM goes on until steered further; the first BHM."""
        self._charger.hold("handshake")
        self.plug_in()
        self._charger.begin("handshake")
        return self._bench.reach("BHM", within=self._truck.limit("response.BHM"))

    def recognition(self) -> Message:
        """CRM(00) goes on; the first complete BRM."""
        self.handshake()
        self._charger.hold("recognition")
        return self._bench.reach("BRM", within=self._truck.limit("approach.next_message"))

    def identified(self) -> Message:
        """CRM(AA) goes on; the first complete BCP."""
        self.recognition()
        self._charger.hold("identified")
        return self._bench.reach("BCP", within=self._truck.limit("approach.next_message"))

    def configuration(self) -> Message:
        """CML goes on; the first BRO."""
        self.identified()
        self._charger.hold("configuration")
        return self._bench.reach("BRO", within=self._truck.limit("approach.next_message"))

    def vehicle_ready(self) -> Message:
        """CML goes on; the first BRO(AA)."""
        self.configuration()
        return self.ready_bro()

    def ready_bro(self) -> Message:
        """Wait for the first BRO(AA)."""
        return self._bench.reach("BRO", within=self._truck.limit("response.ready"), where=is_ready, what="BRO(AA)")

    def charging(self) -> Message:
        """A running charge; the first BSM with charging permitted."""
        self.vehicle_ready()
        self._charger.hold(None)
        return self._bench.reach("BSM", within=self._truck.limit("approach.charging"), where=lambda message: message["permitted"] == 1)

    def repeats(self, name: str, during_ns: int, *, where: Callable[[Message], bool] | None = None) -> list[Message]:
        """Let *during_ns* pass and check that *name* came as often as its longest permitted period allows."""
        found = self._bench.collect(name, during=during_ns, where=where)
        period = self._truck.limit(f"period.{name.removesuffix('.RTS')}")
        self._check(f"{name} count", len(found), at_least=during_ns // period.upper_ns, note=f"in {during_ns / 1e9:g} s")
        return found

    def ended(self, names: tuple[str, ...], *, after: Message | int, watch_ns: int = s(1)) -> None:
        """Check that none of *names* comes any more once its tail of the profile is over, watched for *watch_ns*."""
        ended_ns = after if isinstance(after, int) else after.t_ns
        tails = {name: self._truck.limit(f"tail.{name.removesuffix('.RTS')}").upper_ns for name in names}
        self._bench.run_for(max(0, ended_ns + max(tails.values()) + watch_ns - self._bench.now_ns))
        for name, tail_ns in tails.items():
            late = self._bench.messages(name, since=ended_ns + tail_ns)
            self._check(
                f"{name} ended",
                "none" if not late else f"{len(late)} more",
                equals="none",
                message=late[0] if late else None,
                note=f"watched for {watch_ns / 1e9:g} s",
            )


def is_ready(message: Message) -> bool:
    """BRO or CRO with the value AA."""
    return message["ready"] == 0xAA


@pytest.fixture
def session(bench: CaseBench, truck: Sut, charger: Any, check: Callable[..., Check]) -> Session:
    """The way to a state of the session."""
    return Session(bench, truck, charger, check)
