"""The way of a vehicle to a state of the session: plug, request by request, and the means that make it stop."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Message, Reason
from harness.protocols.iso15118.message import CHARGER, V2gMessage

from ..words import EXCHANGES, ISO_2, LOOP, STOP, Where, request_of, response_of, where_of

ADDED_SERVICE = {"ServiceID": 3, "ServiceName": "Internet", "ServiceCategory": "Internet", "FreeService": True}
"""A value-added service of ISO 15118-2 that a station may offer."""


class Approach:
    """Brings the vehicle to a state of the session; what is not reached makes the case inconclusive."""

    def __init__(self, bench: CaseBench, truck: Sut, charger: Any, check: Callable[..., Check], check_time: Callable[..., Check]) -> None:
        self._bench, self._truck, self._charger = bench, truck, charger
        self._check, self._check_time = check, check_time
        self.edition = truck.edition
        self.loop = LOOP[truck.edition]
        """The exchange in which energy flows."""

    # Plug

    def plug_in(self) -> int:
        """Plug in, with a station that is ready for communication; the instant at which the plug was in.

        Raises:
            Inconclusive: the connector was not plugged in.
        """
        began_ns = self._bench.now_ns
        self._charger.plug(True)
        if not self._has_pilot:
            return began_ns
        plugged_ns = self._bench.wait_level("plug", 1, within=self._truck.limit("approach.plugged"))
        if plugged_ns is None:
            raise Inconclusive(Reason.PRECONDITION, "the connector was not plugged in")
        return plugged_ns

    def unplug(self) -> None:
        """Unplug and leave the connector out for a while.

        Raises:
            Inconclusive: the rig has no line for it (reason NO_LINE), or the connector was not pulled.
        """
        if not self._has_pilot:
            raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the connector could be pulled")
        # What the order brings about belongs to a later instant than what a case has just looked at.
        self._bench.run_for(1)
        self._charger.plug(False)
        if self._bench.wait_level("plug", 0, within=self._truck.limit("approach.plugged")) is None:
            raise Inconclusive(Reason.PRECONDITION, "the connector was not pulled")
        self._bench.run_for(self._truck.limit("stimulus.unplugged").nominal_ns)

    def fresh(self) -> None:
        """Unplug and take back every order to the tester's station, for a session of its own."""
        self.unplug()
        for line, means in (("user_stop", self._charger.user_stop), ("user_pause", self._charger.user_pause)):
            if self._bench.level(line):
                means(False)
        self._charger.revert()
        self._charger.speak(self.edition)

    @property
    def _has_pilot(self) -> bool:
        return self._bench.has_node("charger", 1)

    # Requests

    def good_up_to(self, exchange: str, order: Callable[[], object] | None = None) -> V2gMessage:
        """GOOD(exchange): plug in and run without deviation up to and including the request of *exchange*; that request.

        *order* is given to the tester's station so that this request is the first that meets it: before the plug, or after a while of
        charging where energy flows. An order given before the call is there from the plug on.

        Raises:
            Inconclusive: the vehicle did not get there (reason PRECONDITION).
        """
        names = EXCHANGES[self.edition]
        if exchange == "ServiceDetail" and self.edition == ISO_2:
            self.offer_added_service()
        if exchange in names[names.index(self.loop) :]:
            self.charging()
            since_ns = self._bench.now_ns
            if order is not None:
                order()
            if exchange != self.loop:
                self.ask_to_stop()
            return self.request(exchange, since=since_ns)
        if order is not None:
            order()
        since_ns = self._bench.now_ns
        self.plug_in()
        self.discovery(since=since_ns)
        return self.request(exchange, since=since_ns)

    def offer_added_service(self) -> None:
        """Let the tester's station offer a value-added service, without which nobody asks for service details in ISO 15118-2."""
        self._charger.services(added=[ADDED_SERVICE])

    def discovery(self, *, since: int) -> V2gMessage:
        """The first discovery request after *since*."""
        return self._first("SECCDiscoveryReq", since, self._truck.limit("approach.discovery").upper_ns)

    def request(self, exchange: str, *, since: Message | int) -> V2gMessage:
        """The first request of *exchange* after *since*."""
        limit = self._truck.limit("approach.request")
        return self._first(request_of(exchange), since, limit.upper_ns, where=where_of(exchange), what=f"{exchange} request")

    def charging(self) -> V2gMessage:
        """A charge that has gone on for a while; the latest request of its loop."""
        since_ns = self._bench.now_ns
        self.plug_in()
        self.discovery(since=since_ns)
        first = self.request(self.loop, since=since_ns)
        self._bench.run_for(self._truck.limit("stimulus.charge").nominal_ns)
        last = self._bench.last(request_of(self.loop))
        if not isinstance(last, V2gMessage) or last is first or self._bench.messages(request_of(STOP), since=first, where=where_of(STOP)):
            raise Inconclusive(Reason.PRECONDITION, f"the charge did not go on after the first {request_of(self.loop)}")
        return last

    def ask_to_stop(self) -> None:
        """Let the tester's station ask the vehicle to end charging.

        Raises:
            Inconclusive: it did not, although the vehicle went on asking.
        """
        self.notify("StopCharging", max_delay_s=int(self._truck.limit("stimulus.max_delay").value or 0))

    def notify(self, word: str, *, max_delay_s: int = 0) -> int:
        """Let the tester's station ask the vehicle for *word* (``EVSENotification``) in the loop; when it was told to.

        Raises:
            Inconclusive: it answered the loop and did not ask.
        """
        asked_ns = self._bench.now_ns
        self._charger.notify(word, max_delay_s=max_delay_s)
        name = response_of(self.loop)

        def told() -> bool:
            return any(_notification(one) not in ("", "None") for one in self._bench.messages(name, since=asked_ns))

        self._bench.wait_record(lambda _: told(), since=asked_ns - 1, until_ns=asked_ns + self._truck.limit("approach.own").upper_ns)
        if not told() and self._bench.messages(name, since=asked_ns):
            raise Inconclusive(Reason.PRECONDITION, f"the tester did not ask the vehicle for {word}")
        return asked_ns

    def stop_vehicle(self) -> int:
        """Use the declared stop means of the vehicle; the instant at which that was done.

        Raises:
            Inconclusive: the rig has no line for it (reason NO_LINE), or it was not used.
        """
        return self._use("user_stop", self._charger.user_stop)

    def pause_vehicle(self) -> int:
        """Use the declared means by which the vehicle pauses; the instant at which that was done.

        Raises:
            Inconclusive: the rig has no line for it (reason NO_LINE), or it was not used.
        """
        return self._use("user_pause", self._charger.user_pause)

    def _use(self, line: str, means: Callable[[bool], object]) -> int:
        if not self._has_pilot:
            raise Inconclusive(Reason.NO_LINE, f"the rig has no pilot line '{line}'")
        means(True)
        done_ns = self._bench.wait_level(line, 1, within=self._truck.limit("approach.plugged"))
        if done_ns is None:
            raise Inconclusive(Reason.PRECONDITION, f"'{line}' was not used")
        return done_ns

    def _first(self, name: str, since: Message | int, within_ns: int, *, where: Where | None = None, what: str = "") -> V2gMessage:
        """The first *name* after *since*, awaited for *within_ns* from now on."""
        start_ns = since if isinstance(since, int) else since.t_ns
        known = self._bench.messages(name, since=start_ns, where=where)
        message = known[0] if known else self._bench.reach(name, within=within_ns, where=where, what=what)
        assert isinstance(message, V2gMessage)
        if known:
            self._check(f"{what or name} reached", name, equals=name, message=message)
        return message

    def wait_until(self, t_ns: int) -> None:
        """Let time pass until *t_ns*; nothing if that is over."""
        self._bench.run_for(max(0, t_ns - self._bench.now_ns))

    # What the tester did

    def answer(self, request: V2gMessage, *, name: str = "", where: Where | None = None, what: str = "") -> V2gMessage:
        """The station's first message after *request*, which is the stimulus of the case.

        Raises:
            Inconclusive: it sent none in time, or not the one that *name* and *where* tell; the vehicle is not to blame.
        """
        until_ns = self._bench.now_ns + self._truck.limit("approach.own").upper_ns
        self._bench.wait_record(lambda _: bool(self._answers(request)), since=request.t_ns - 1, until_ns=until_ns)
        answers = self._answers(request)
        told = what or name or "an answer"
        if not answers or (name and answers[0].name != name) or (where is not None and not where(answers[0])):
            seen = f"{answers[0].name} {answers[0].text('ResponseCode')}".strip() if answers else "nothing"
            raise Inconclusive(Reason.PRECONDITION, f"the tester answered {request.name} with {seen}, the step needs {told}")
        self._check(f"{told} given", answers[0].name, equals=name or answers[0].name, message=answers[0])
        return answers[0]

    def unanswered(self, request: V2gMessage, *, but: str = "") -> None:
        """Make sure that the station sent nothing after *request* up to now, other than what the decoder calls *but*.

        Raises:
            Inconclusive: it did.
        """
        answers = [message for message in self._answers(request) if message.name != but]
        if answers:
            raise Inconclusive(Reason.PRECONDITION, f"the tester answered {request.name} with {answers[0].name}, the step needs silence")
        self._check(f"answer to {request.name} withheld", "none", equals="none", message=request)

    def _answers(self, request: V2gMessage) -> list[V2gMessage]:
        """What the station sent after *request* and before the next one."""
        later = [message for message in self._after(request) if message.connection == request.connection]
        return list(takewhile(lambda message: message.sender == CHARGER, later))

    def _after(self, since: Message | int) -> list[V2gMessage]:
        """Every message after *since*; of one message, those that stand behind it on the link, if it is in the same instant too."""
        messages = [message for message in self._bench.all_messages() if isinstance(message, V2gMessage)]
        if isinstance(since, V2gMessage):
            return [message for message in messages if message.frame > since.frame]
        start_ns = since if isinstance(since, int) else since.t_ns
        return [message for message in messages if message.t_ns >= start_ns]


def _notification(message: Message) -> str:
    """What a response asks of the vehicle; empty for nothing."""
    for path in ("DC_EVSEStatus.EVSENotification", "EVSEStatus.EVSENotification"):
        value = message.values.get(path)
        if isinstance(value, str):
            return value
    return ""
