"""Protected connections of the vehicle: its ClientHello, what the handshake came to, and what was sent on the connection."""

from __future__ import annotations

from collections.abc import Callable

from harness.case import CaseBench, Sut
from harness.core import Check, Chunk, Inconclusive, Reason, Record
from harness.protocols.iso15118.message import HANDSHAKE, HELLO, V2gMessage

from .session import Session

NONE = "none"


class Protection:
    """Brings the vehicle to its handshake and tells what came of it."""

    def __init__(
        self, bench: CaseBench, truck: Sut, session: Session, check: Callable[..., Check], check_time: Callable[..., Check]
    ) -> None:
        self._bench, self._truck, self._session = bench, truck, session
        self._check, self._check_time = check, check_time

    def hello(self) -> V2gMessage:
        """Plug in and wait for the ClientHello of the vehicle.

        Raises:
            Inconclusive: there is none (reason PRECONDITION): the vehicle asked for no protection, or did not connect.
        """
        since_ns = self._bench.now_ns
        self._session.plug_in()
        self._session.discovery(since=since_ns)
        hello = self._bench.reach(HELLO, within=self._truck.limit("approach.discovery"))
        assert isinstance(hello, V2gMessage)
        return hello

    def told(self, hello: V2gMessage, name: str) -> list[str]:
        """One of the lists in a ClientHello.

        Raises:
            Inconclusive: it could not be read (reason PRECONDITION).
        """
        if name not in hello.values:
            raise Inconclusive(Reason.PRECONDITION, f"the ClientHello could not be read: {hello.note}")
        return [part for part in hello.text(name).split(", ") if part]

    def outcome(self, hello: V2gMessage) -> str:
        """The version that both sides agreed on after *hello*, ``none`` if there is none.

        The vehicle gets the time in which it has to close a connection to come to an end with the handshake.

        Raises:
            Inconclusive: it did not (reason PRECONDITION).
        """
        until_ns = hello.t_ns + self._truck.limit("safe_stop.close").upper_ns
        since_ns = hello.t_ns - 1
        self._bench.wait_record(lambda record: is_over(record) or bool(self._outcomes(hello)), since=since_ns, until_ns=until_ns)
        found = self._outcomes(hello)
        if found:
            return next((message.text("Version") for message in found if message.text("Version")), NONE)
        if not self._bench.records(since=since_ns, where=is_over):
            raise Inconclusive(Reason.PRECONDITION, "the handshake came to no end")
        return NONE

    def _outcomes(self, hello: V2gMessage) -> list[V2gMessage]:
        return [message for message in self._bench.messages(HANDSHAKE, since=hello.t_ns - 1) if isinstance(message, V2gMessage)]

    def requests(self, hello: V2gMessage) -> list[V2gMessage]:
        """What the vehicle asked on TCP after *hello*."""
        return requests_on_tcp(self._bench, hello.t_ns - 1)

    def refused(self, hello: V2gMessage, *, late: bool = False) -> None:
        """Check that there is no agreed version, no V2G message, and an end of the connection in time.

        With *late* the vehicle may refuse what it learned in the handshake as soon as that is complete; it is told as a warning.
        """
        self._check("agreed version", self.outcome(hello), equals=NONE, message=hello, severity="warning" if late else "failure")
        limit = self._truck.limit("safe_stop.close")
        since_ns = hello.t_ns - 1
        ended = self._bench.wait_record(is_over, since=since_ns, until_ns=hello.t_ns + limit.upper_ns)
        self._bench.run_for(self._truck.limit("safe_stop.watch").nominal_ns)
        asked = self.requests(hello)
        self._check("V2G messages", len(asked), equals=0, message=asked[0] if asked else hello)
        if ended is None:
            self._check("connection ended", "no", equals="yes", message=hello)
        else:
            self._check_time("connection ended", ended.t_ns - hello.t_ns, limit, note=f"frame {ended.number}")

    def talks(self, hello: V2gMessage, version: str) -> None:
        """Check that *version* was agreed on, and that the vehicle sets up a session over it."""
        self._check("agreed version", self.outcome(hello), equals=version, message=hello)
        request = self._bench.expect("SessionSetupReq", within=self._truck.limit("approach.own_next"), after=hello)
        assert isinstance(request, V2gMessage)
        self._check("protection of the session", request.security or NONE, equals=version, message=request)


def requests_on_tcp(bench: CaseBench, since_ns: int) -> list[V2gMessage]:
    """The requests of the vehicle on any connection after that instant."""
    messages = [message for message in bench.all_messages() if isinstance(message, V2gMessage) and message.t_ns > since_ns]
    return [message for message in messages if message.is_request and message.connection]


def is_over(record: Record) -> bool:
    """One side ends the connection or tears it down."""
    return isinstance(record.pdu, Chunk) and (record.pdu.end or record.pdu.reset)
