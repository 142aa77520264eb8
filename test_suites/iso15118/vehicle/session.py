"""The session of a vehicle as its cases steer and judge it, and one in which the tester does everything right."""

from __future__ import annotations

from harness.core import Message, s
from harness.protocols.iso15118.message import V2gMessage

from ..words import STOP, request_of, response_of, where_of
from .leaving import is_close
from .waiting import Waiting


class Session(Waiting):
    """Way to a state, SAFE-STOP, regular end; a good session shows that the vehicle took no harm of what came before."""

    def next_session(self) -> None:
        """Unplug, plug in, and complete a session. Whatever the vehicle lacks in it fails the case.

        Every order to the tester's station is taken back before.

        Raises:
            ExpectationFailed: the vehicle did not do its part in time.
            Inconclusive: the rig has no line to pull the connector (reason NO_LINE).
        """
        with self._bench.closing():
            self.fresh()
            since_ns = self._bench.now_ns
            self.plug_in()
            within = self._truck.limit("approach.discovery")
            self._bench.expect("SECCDiscoveryReq", within=within, after=since_ns)
            self._bench.expect(request_of(self.loop), within=self._truck.limit("approach.request"), after=since_ns)
            self._bench.run_for(self._truck.limit("stimulus.charge").nominal_ns)
            self.completes()

    def completes(self) -> V2gMessage:
        """Let the station ask for the end of a running charge, and check that the vehicle ends it regularly; its SessionStopReq."""
        asked_ns = self._bench.now_ns
        self.ask_to_stop()
        return self.ends(since=asked_ns)

    def ends(self, *, since: Message | int) -> V2gMessage:
        """Check that the vehicle ends charging and session: PowerDeliveryReq, SessionStopReq, then the TCP connection."""
        limit = self._truck.limit("approach.end")
        self._bench.expect(request_of(STOP), within=limit, after=since, where=where_of(STOP), what=f"{STOP} request")
        request = self._bench.expect("SessionStopReq", within=limit, after=since)
        assert isinstance(request, V2gMessage)
        response = self.answer(request, name=response_of("SessionStop"))
        self.closes(after=response)
        return request

    def closes(self, *, after: Message) -> None:
        """Check that the vehicle ends the TCP connection after its last response."""
        limit = self._truck.limit("safe_stop.close")
        closed = self._bench.wait_record(is_close, since=after.t_ns - 1, until_ns=after.t_ns + limit.upper_ns + s(1))
        if closed is None:
            self._check("TCP connection ended by the vehicle", "no", equals="yes", note=f"limit {limit.criterion()}")
        else:
            self._check_time("TCP connection ended by the vehicle", closed.t_ns - after.t_ns, limit, note=f"frame {closed.number}")
