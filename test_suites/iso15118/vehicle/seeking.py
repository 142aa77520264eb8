"""How a vehicle looks for a station: discovery requests, what it makes of the answers, and when it gives up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, Chunk, Datagram, Direction, Inconclusive, Reason, Record

from .raw import is_discovery, is_opening
from .session import Session


def is_answer(record: Record) -> bool:
    """The tester answers the discovery, rightly or not."""
    return record.direction is Direction.TX and isinstance(record.pdu, Datagram)


class Seeking:
    """Watches the discovery of the vehicle, byte by byte, and steers the answers."""

    def __init__(
        self, bench: CaseBench, truck: Sut, charger: Any, session: Session, check: Callable[..., Check], check_time: Callable[..., Check]
    ) -> None:
        self._bench, self._truck, self._charger, self._session = bench, truck, charger, session
        self._check, self._check_time = check, check_time

    def begin(self) -> Record:
        """Plug in; the datagram of the first discovery request.

        Raises:
            Inconclusive: there was none.
        """
        since_ns = self._bench.now_ns
        self._session.plug_in()
        until_ns = self._bench.now_ns + self._truck.limit("approach.discovery").upper_ns
        record = self._bench.wait_record(is_discovery, since=since_ns - 1, until_ns=until_ns)
        if record is None:
            raise Inconclusive(Reason.PRECONDITION, "the vehicle sent no discovery request")
        return record

    def repeats(self, before: Record) -> Record | None:
        """Check that a discovery request follows in its interval after *before*; its datagram, ``None`` if none came."""
        interval = self._truck.limit("sdp.interval")
        record = self._bench.wait_record(is_discovery, since=before.t_ns, until_ns=before.t_ns + 2 * interval.upper_ns)
        if record is None:
            self._check("discovery request repeated", "no", equals="yes")
        else:
            self._check_time("discovery request repeated", record.t_ns - before.t_ns, interval, note=f"frame {record.number}")
        return record

    def connects(self, since_ns: int) -> str:
        """Check that the vehicle opens a TCP connection; where to."""
        limit = self._truck.limit("sdp.connect")
        record = self._bench.wait_record(is_opening, since=since_ns, until_ns=since_ns + 2 * limit.upper_ns)
        if record is None:
            self._check("TCP connection opened", "no", equals="yes", note=f"limit {limit.criterion()}")
            return ""
        self._check_time("TCP connection opened", record.t_ns - since_ns, limit, note=f"frame {record.number}")
        return record.pdu.destination if isinstance(record.pdu, Chunk) else ""

    def opened(self, since_ns: int) -> list[str]:
        """Where the vehicle opened TCP connections to since then."""
        return [record.pdu.destination for record in self._bench.records(since=since_ns, where=is_opening) if isinstance(record.pdu, Chunk)]

    def opens_none(self, since_ns: int) -> None:
        """Check that the vehicle opened no TCP connection since then."""
        opened = self.opened(since_ns)
        self._check("TCP connections", len(opened), equals=0, note=opened[0] if opened else "")

    def let_setup_pass(self, first: Record) -> None:
        """Let the setup time of the vehicle pass, and some more."""
        limit, more = self._truck.limit("setup.vehicle"), self._truck.limit("stimulus.sdp_watch")
        self._session.wait_until(first.t_ns + limit.upper_ns + more.nominal_ns)

    def gave_up(self, first: Record) -> list[Record]:
        """Check that the vehicle asked no more after its setup time, and that its control pilot never left B; its requests."""
        limit = self._truck.limit("setup.vehicle")
        requests = self._bench.records(since=first.t_ns - 1, where=is_discovery)
        elapsed_ns = requests[-1].t_ns - first.t_ns
        self._check_time("last discovery request after the first", elapsed_ns, limit, note=f"{len(requests)} requests")
        self._session.stays_in_b(since=first.t_ns)
        return requests

    def ignores(self, orders: Sequence[Callable[[], object]]) -> None:
        """Answer one request after the other with one of *orders* each, then rightly; check that each wrong answer is ignored.

        Raises:
            Inconclusive: the tester did not answer, or rightly where it should not.
        """
        orders[0]()
        first = request = self.begin()
        for following in (*orders[1:], None):
            until_ns = request.t_ns + self._truck.limit("approach.own").upper_ns
            if self._bench.wait_record(is_answer, since=request.t_ns - 1, until_ns=until_ns) is None:
                raise Inconclusive(Reason.PRECONDITION, "the tester did not answer the discovery request")
            self._bench.withheld("SECCDiscoveryRes", since=first.t_ns - 1, what="right answer")
            self._charger.revert()
            self._charger.speak(self._truck.edition)
            if following is not None:
                following()
            again = self.repeats(request)
            self.opens_none(first.t_ns)
            if again is None:
                return
            request = again
        self.connects(request.t_ns)
