"""Control pilot and proximity as their cases steer and judge them: a plug with odd signals, a pilot that fails in mid-session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Limit, Message, Reason
from harness.protocols.iso15118.message import V2gMessage

from ..words import request_of
from .session import Session


class Lines:
    """Signals at the connector, and what the vehicle makes of them."""

    def __init__(
        self, bench: CaseBench, truck: Sut, charger: Any, session: Session, check: Callable[..., Check], check_time: Callable[..., Check]
    ) -> None:
        self._bench, self._truck, self._charger, self._session = bench, truck, charger, session
        self._check, self._check_time = check, check_time
        self._has_plc = bench.has_node("charger", 2)
        self.first = "CM_SLAC_PARM.REQ" if self._has_plc else "SECCDiscoveryReq"
        """The message with which digital communication begins."""
        self._talk = bench.on("plc") if self._has_plc else bench

    # Plug and communication

    def plug_in(self, *orders: Callable[[], object]) -> int:
        """A plug of its own with *orders* to the tester's station and no others; the instant of the plug.

        Raises:
            Inconclusive: the rig has no pilot (reason NO_LINE).
        """
        self._session.fresh()
        for order in orders:
            order()
        return self._session.plug_in()

    def drives(self, line: str, level: float, *, since: int | None = None) -> None:
        """Make sure that the tester's own *line* is at *level*, which is the stimulus of the case, or has been from *since* on.

        Raises:
            Inconclusive: it is not; the vehicle is not to blame.
        """
        changes = self._told(line)
        if not changes:
            raise Inconclusive(Reason.NO_LINE, f"the rig has no line '{line}'")
        told = [changes[-1][1], *(value for t_ns, value in changes if since is not None and t_ns > since)]
        other = next((value for value in told if value != float(level)), None)
        if other is not None:
            raise Inconclusive(Reason.PRECONDITION, f"the tester held '{line}' at {other:g}, the step needs {float(level):g}")
        self._check(f"'{line}' driven", told[0], equals=float(level))

    def holds(self, line: str, limit: Limit, what: str) -> None:
        """Check the level of *line* once it has come to rest."""
        self._bench.run_for(self._truck.limit("pilot.detection").upper_ns)
        self.is_at(line, limit, what)

    def is_at(self, line: str, limit: Limit, what: str) -> None:
        """Check the present level of *line*; a rig without it leaves that inconclusive."""
        told = self._told(line)
        if not told:
            self._bench.unobserved(what, line=line, expected=f"{limit.criterion()}")
        else:
            self._check(what, told[-1][1], limit=limit, unit=limit.unit)

    def _told(self, line: str) -> list[tuple[int, float]]:
        """Levels of *line* before this instant: what the next order brings about in the same one does not count."""
        return [(t_ns, level) for t_ns, level in self._bench.level_changes(line) if t_ns < self._bench.now_ns]

    def stays_silent(self, since: int, percent: float) -> None:
        """Check that for a while, with *percent* duty cycle all the time, no digital communication begins."""
        self._bench.run_for(self._truck.limit("stimulus.pilot_watch").nominal_ns)
        self.drives("cp_duty_percent", percent, since=since)
        begun = self._talk.messages(self.first, since=since)
        self._check(f"{self.first} at {percent:g} %", len(begun), equals=0, message=begun[0] if begun else None)

    def talks(self, since: int, within: Limit) -> Message:
        """Check that digital communication begins."""
        return self._talk.expect(self.first, within=within, after=since)

    def charges(self, since: int) -> Message:
        """Check that a session comes to its charge loop."""
        return self._bench.expect(request_of(self._session.loop), within=self._truck.limit("approach.request"), after=since)

    # A pilot that fails

    def fails_at(self, exchange: str, line: str, level: float, order: Callable[[], object]) -> None:
        """Run up to the request of *exchange*, let *order* put *line* to *level*, and check SAFE-STOP and the open contactor.

        The level of the pilot cannot tell state B then: whether the vehicle is in B is looked at when the fault is over.

        Raises:
            Inconclusive: the vehicle did not get there, or the fault did not show on the line.
        """
        bench = self._bench
        self._session.fresh()
        self._session.good_up_to(exchange)
        begun_ns = bench.now_ns
        order()
        fault_ns = bench.wait_level(line, level, within=self._truck.limit("approach.own"))
        if fault_ns is None:
            raise Inconclusive(Reason.PRECONDITION, f"the station did not put '{line}' to {level:g}")
        self._check(f"'{line}' at {level:g}", "yes", equals="yes", note=f"at t={fault_ns / 1e9:.3f} s")
        noticed_ns = max(begun_ns, fault_ns) + self._truck.limit("pilot.detection").upper_ns
        bench.run_for(noticed_ns - bench.now_ns)
        # A request that left before the vehicle could notice is none that it should not have sent.
        unaware = [message for message in bench.all_messages() if _is_request(message) and fault_ns <= message.t_ns <= noticed_ns]
        self._session.safe_stop(fault_ns, exchange=exchange, pilot=False, since=unaware[-1] if unaware else fault_ns)
        told = self._told("contactor")
        if not told:
            bench.unobserved("contactor after the fault", line="contactor", expected="open")
        else:
            self._check("contactor after the fault", "closed" if told[-1][1] else "open", equals="open")

    def is_in_b_again(self) -> None:
        """Take back every order and check that the vehicle presents state B."""
        self._charger.revert()
        self._charger.speak(self._truck.edition)
        self.holds("cp_v", self._truck.limit("pilot.b"), "control pilot once the fault is over")

    def current_is_off(self, since_ns: int, limit: Limit) -> None:
        """Check that the current fell below what counts as none in time; a rig without that line leaves it inconclusive."""
        changes = self._bench.level_changes("dc_a")
        if not changes:
            self._bench.unobserved("current off", line="dc_a", expected=f"within {limit.criterion()}")
            return
        least = self._truck.limit("safe_stop.current").upper
        above = [index for index, (_, amperes) in enumerate(changes) if least is not None and abs(amperes) > least]
        if above and above[-1] == len(changes) - 1:
            self._check("current", abs(changes[-1][1]), limit=self._truck.limit("safe_stop.current"), unit="A")
            return
        off_ns = changes[above[-1] + 1][0] if above else changes[0][0]
        self._check_time("current off", max(0, off_ns - since_ns), limit)


def _is_request(message: Message) -> bool:
    return isinstance(message, V2gMessage) and message.is_request
