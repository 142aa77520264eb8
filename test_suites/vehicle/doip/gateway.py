"""The DoIP entity as its cases see it: ways to it, messages to and from it, the supply of the truck."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Limit, Message, Reason, TlsSettings
from harness.protocols.doip.codec import DoipMessage, encode
from harness.protocols.doip.decoder import ENTITY
from harness.protocols.doip.tables import PayloadType

__all__ = ["MAIN", "READ_VIN", "SUCCESS", "Gateway"]

MAIN = "main"
READ_VIN = bytes.fromhex("22F190")
SUCCESS = 0x10
_CLOSED = "TCP.Closed"
_SUPPLY = "kl30"


class Gateway:
    """The entity, and the tester's client on Ethernet."""

    def __init__(self, bench: CaseBench, truck: Sut, check: Callable[..., Check]) -> None:
        self._bench, self._truck, self._check = bench, truck, check
        self.client: Any = bench.control("tester", 2)
        """The tester on Ethernet, to be ordered."""
        self.view = bench.on("ethernet")
        self._own: dict[str, object] = {}
        """The tester's end of each connection."""

    # Ways to a state

    def found(self) -> Message:
        """The entity has told who it is, and its announcements are over.

        Raises:
            Inconclusive: it has not (reason PRECONDITION).
        """
        told = next(iter(self.view.messages("DoIP.Announcement", where=self.is_entity)), None)
        if told is None:
            self.client.ask(DoipMessage(PayloadType.IDENTIFICATION_REQ))
            told = self.view.reach("DoIP.Announcement", within=self._truck.limit("doip.discovery"), where=self.is_entity)
        self._bench.run_for(self._truck.limit("doip.settle").nominal_ns)
        return told

    def connect(self, name: str = MAIN) -> Message:
        """Open the connection *name*, protected if the entity demands it; what the entity said to it.

        Raises:
            Inconclusive: it was not established (reason PRECONDITION).
        """
        needs_tls = self._truck.pics("N.DOIP_TLS")
        since_ns = self._bench.now_ns
        self.client.connect(name, tls=TlsSettings(server=False, versions=("TLS 1.2", "TLS 1.3")) if needs_tls else None)
        limit = self._truck.limit("doip.control")
        opened = self.view.reach("TCP.Opened", within=limit, where=lambda seen: self.is_entity(seen) and seen.t_ns > since_ns)
        self._own[name] = opened["towards"]
        return self.view.reach("TLS.Agreed", within=limit, where=self.is_entity) if needs_tls else opened

    def activate(self, name: str = MAIN, *, tester: int = 0) -> Message:
        """Activate routing on the connection *name* for the declared address number *tester*; the answer.

        Raises:
            Inconclusive: it was refused or not answered (reason PRECONDITION).
        """
        self.ask_activation(name, self.testers[tester])
        return self.view.reach(
            "DoIP.RoutingActivationRes",
            within=self._truck.limit("doip.control"),
            where=lambda seen: self.is_on(name)(seen) and seen["code"] == SUCCESS,
            what="routing activation",
        )

    def activated(self) -> Message:
        """The entity is found, and routing is activated on a connection to it; the answer.

        Raises:
            Inconclusive: it is not so (reason PRECONDITION).
        """
        self.found()
        self.connect()
        return self.activate()

    def power(self, on: bool) -> int:
        """Switch the supply of the truck; the instant.

        Raises:
            Inconclusive: the rig has no such line (reason NO_LINE), or it has another level (reason PRECONDITION).
        """
        supply: Any = self._bench.control("tester", 1)
        supply.power(on)
        self._bench.run_for(self._truck.limit("doip.poll").nominal_ns)
        if self._bench.level(_SUPPLY) != float(on):
            raise Inconclusive(Reason.PRECONDITION, f"line '{_SUPPLY}' is at {self._bench.level(_SUPPLY)}, not at {float(on)}")
        return self._bench.level_changes(_SUPPLY)[-1][0]

    # Messages

    @property
    def testers(self) -> list[int]:
        """Addresses of testers that the entity knows."""
        return [int(each, 16) for each in str(self._truck.pixit("doip_testers")).split()]

    @property
    def target(self) -> int:
        """Logical address of the unit under test."""
        return int(self._truck.pixit("doip_target"))

    def ask_activation(self, name: str, source: int, kind: int = 0) -> None:
        """Ask for routing activation."""
        self.client.say(DoipMessage(PayloadType.ACTIVATION_REQ, {"source": source, "activation": kind}), name)

    def diagnostic(self, data: bytes, *, source: int | None = None, target: int | None = None) -> bytes:
        """The bytes of a diagnostic message, by default of the activated tester to the unit under test."""
        values: dict[str, int | bytes] = {"source": self.testers[0] if source is None else source, "data": data}
        return encode(DoipMessage(PayloadType.DIAGNOSTIC, {**values, "target": self.target if target is None else target}))

    def sent(self, data: bytes, name: str = MAIN, *, segments: int = 0) -> Message:
        """Send bytes on a connection, *segments* at a time if given; the last whole message or error in them as it was on the network.

        Raises:
            Inconclusive: it was not there (reason PRECONDITION).
        """
        since_ns = self._bench.now_ns
        pieces = [data[at : at + segments] for at in range(0, len(data), segments)] if segments else [data]
        self.client.send(pieces, name)
        return self.own(since_ns, lambda seen: seen["origin"] == self._own.get(name))

    def asked(self, message: DoipMessage) -> Message:
        """Send *message* by a datagram; it as it was on the network.

        Raises:
            Inconclusive: it was not there (reason PRECONDITION).
        """
        since_ns = self._bench.now_ns
        self.client.ask(message)
        return self.own(since_ns, lambda seen: seen.name == f"DoIP.{message.name}")

    def own(self, since_ns: int, where: Callable[[Message], bool]) -> Message:
        """The tester's latest message after an instant.

        Raises:
            Inconclusive: it was not there (reason PRECONDITION).
        """
        self._bench.run_for(self._truck.limit("doip.poll").nominal_ns)
        for message in reversed(self.view.all_messages()):
            if message.t_ns <= since_ns:
                break
            if self.view.is_ours(message) and message.name.startswith("DoIP.") and where(message):
                return message
        raise Inconclusive(Reason.PRECONDITION, "the tester's message was not on the network")

    def answered(self, name: str, *, to: Message, limit: Limit, what: str = "", where: Callable[[Message], bool] | None = None) -> Message:
        """Expect the message *name* of the entity on the way by which the message *to* came, in time after it."""

        def is_answer(seen: Message) -> bool:
            return self.is_entity(seen) and seen["towards"] == to["origin"] and (where is None or where(seen))

        return self.view.expect(name, within=limit, after=to, where=is_answer, what=what or name)

    def replies(self, name: str, *, to: Message) -> list[Message]:
        """What of *name* the entity sent so far on the way by which the message *to* came, after it."""
        return [seen for seen in self.view.messages(name, since=to) if self.is_entity(seen) and seen["towards"] == to["origin"]]

    def closed(self, *, to: Message, limit: Limit, what: str = "end of the connection") -> Message:
        """Expect the end of the connection by which the message *to* came, in time after it."""
        return self.answered(_CLOSED, to=to, limit=limit, what=what)

    def stays_open(self, *, to: Message, during_ns: int) -> None:
        """Check that the entity does not end the connection by which the message *to* came."""
        self.view.absent(
            _CLOSED,
            during=during_ns,
            since=to,
            where=lambda seen: self.is_entity(seen) and seen["towards"] == to["origin"],
            what="connection kept",
        )

    def refused(self, *, to: Message) -> None:
        """Check that the diagnostic message *to* brings a refusal or the end of its connection, and no answer of a unit."""
        self._bench.run_for(self._truck.limit("doip.control").upper_ns)
        answers = [seen for name in ("ReadDataByIdentifier.Res", "NegativeResponse") for seen in self.replies(name, to=to)]
        self._check("answer of the unit", "seen" if answers else "none", equals="none", message=answers[0] if answers else to)
        refusals = [seen for name in ("DoIP.DiagnosticNack", "DoIP.HeaderNack", _CLOSED) for seen in self.replies(name, to=to)]
        self._check("refusal or end of the connection", "seen" if refusals else "none", equals="seen", message=to)

    def is_entity(self, message: Message) -> bool:
        """Whether the entity sent *message*."""
        return message.sender == ENTITY or (message.sender == "ecu" and not self.view.is_ours(message))

    def is_on(self, name: str) -> Callable[[Message], bool]:
        """Whether the entity sent a message on the connection *name*."""
        return lambda message: self.is_entity(message) and message["towards"] == self._own.get(name)
