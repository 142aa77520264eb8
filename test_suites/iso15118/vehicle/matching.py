"""The matching over power line as its cases steer and judge it: one attempt after the other, each request and its repetition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, Limit, Message

from .session import Session

PARAMETERS, CONFIRMATION = "CM_SLAC_PARM.REQ", "CM_SLAC_PARM.CNF"
ANNOUNCEMENT, SOUND = "CM_START_ATTEN_CHAR.IND", "CM_MNBC_SOUND.IND"
RESULT, RESPONSE = "CM_ATTEN_CHAR.IND", "CM_ATTEN_CHAR.RSP"
VALIDATION, VALIDATED = "CM_VALIDATE.REQ", "CM_VALIDATE.CNF"
MATCH, MATCHED = "CM_SLAC_MATCH.REQ", "CM_SLAC_MATCH.CNF"
LINK = "VS_PL_LNK_STATUS.CNF"
BROADCAST = "FF:FF:FF:FF:FF:FF"


class Matching:
    """Brings a vehicle to a step of the matching; what is not reached makes the case inconclusive."""

    def __init__(
        self, bench: CaseBench, truck: Sut, session: Session, check: Callable[..., Check], check_time: Callable[..., Check]
    ) -> None:
        self._bench, self._truck, self._session = bench, truck, session
        self._check, self._check_time = check, check_time
        self.line = bench.on("plc")
        """The power line."""
        self.station: Any = bench.control("charger", 2)
        """The tester's side of the matching, to be steered."""

    # The way

    def begin(self, *orders: Callable[[], object]) -> Message:
        """A plug of its own, with *orders* to the tester's side and no others; the first request for parameters."""
        self._session.fresh()
        self.station.revert()
        return self.plug_in(*orders)

    def plug_in(self, *orders: Callable[[], object]) -> Message:
        """Plug in after *orders*; the first request for parameters."""
        for order in orders:
            order()
        since_ns = self._bench.now_ns
        self._session.plug_in()
        return self.reached(PARAMETERS, since=since_ns, limit=self._truck.limit("approach.discovery"))

    def matched(self, *orders: Callable[[], object]) -> Message:
        """A plug of its own up to the confirmed match; the confirmation."""
        request = self.begin(*orders)
        return self.reached(MATCHED, since=request)

    def connected(self) -> Message:
        """A plug of its own up to the link; the word of the tester's modem."""
        request = self.begin()
        return self.reached(LINK, since=request, limit=self._truck.limit("slac.join"))

    def reached(self, name: str, *, since: Message | int, limit: Limit | None = None) -> Message:
        """The first *name* behind *since*."""
        within = limit or self._truck.limit("slac.approach")
        known = self.line.messages(name, since=since)
        if known:
            self._check(f"{name} reached", name, equals=name, message=known[0])
            return known[0]
        return self.line.reach(name, within=within)

    def given(self, name: str, *, after: Message | int, **values: int | str | bytes | float) -> Message:
        """The tester's own *name* with these *values* behind *after*, which is the stimulus of the case.

        Raises:
            Inconclusive: the tester did not send it; the vehicle is not to blame.
        """

        def fits(message: Message) -> bool:
            return all(message[key] == value for key, value in values.items())

        start_ns = after if isinstance(after, int) else after.t_ns
        until_ns = start_ns + self._truck.limit("approach.own").upper_ns
        self.line.wait_record(lambda _: bool(self.line.messages(name, since=after, where=fits)), since=0, until_ns=until_ns)
        told = ", ".join(f"{key} {value.hex() if isinstance(value, bytes) else value}" for key, value in values.items())
        self.line.given(name, since=after, where=fits, what=f"{name} with {told}" if told else name)
        return self.line.messages(name, since=after, where=fits)[0]

    # Checks

    def field(self, message: Message, name: str, right: int | str | bytes, *, what: str = "") -> None:
        """Check one field of a message of the vehicle."""
        seen, wanted = message[name], right
        if isinstance(seen, bytes) and isinstance(right, bytes):
            seen, wanted = seen.hex().upper(), right.hex().upper()
        self._check(f"{message.name}: {what or name}", seen, equals=wanted, message=message)

    def fields(self, message: Message, **right: int | str | bytes) -> None:
        """Check several fields of a message of the vehicle."""
        for name, value in right.items():
            self.field(message, name, value)

    def repeats(self, name: str, first: Message, answer: str) -> list[Message]:
        """Check that the request *name* without its *answer* is repeated as often and as fast as it may be, in the same matching.

        Raises:
            Inconclusive: the tester did answer; the vehicle is not to blame.
        """
        response, count = self._truck.limit("slac.repetition"), self._truck.limit("slac.retries")
        self.line.run_for(max(0, first.t_ns + 6 * response.upper_ns - self._bench.now_ns))
        self.line.withheld(answer, since=first)
        run_id = first["run_id"]
        asked = [first, *self.line.messages(name, since=first, where=lambda message: message["run_id"] == run_id)]
        self._check(f"repetitions of {name}", len(asked) - 1, limit=count, message=asked[-1])
        for earlier, later in pairwise(asked):
            self._check_time(f"{name} repeated", later.t_ns - earlier.t_ns, response, message=later)
        return asked

    def rows(self, messages: Sequence[Message]) -> None:
        """Check the times between messages of a row."""
        limit = self._truck.limit("slac.batch")
        for earlier, later in pairwise(messages):
            self._check_time(f"{later.name} after {earlier.name}", later.t_ns - earlier.t_ns, limit, message=later)

    def ignored(self, wrong: Message, request: str, goes_on: str) -> None:
        """Check that the vehicle takes no notice of *wrong*: it does not go on, it asks again with *request*."""
        limit = self._truck.limit("slac.ignored")
        again = self.line.messages(request, since=wrong)
        if not again:
            self.line.wait_record(
                lambda _: bool(self.line.messages(request, since=wrong)), since=0, until_ns=wrong.t_ns + 2 * limit.upper_ns
            )
            again = self.line.messages(request, since=wrong)
        if not again:
            self._check(f"{request} repeated", "no", equals="yes", message=wrong)
        else:
            self._check_time(f"{request} repeated", again[0].t_ns - wrong.t_ns, limit, message=again[0])
        until_ns = again[0].t_ns if again else self._bench.now_ns
        went_on = [message for message in self.line.messages(goes_on, since=wrong) if message.t_ns <= until_ns]
        self._check(f"{goes_on} after the wrong message", len(went_on), equals=0, message=went_on[0] if went_on else None)

    def no_session(self, since: Message | int, what: str) -> None:
        """Check that the vehicle sent no discovery request since then."""
        found = self._bench.messages("SECCDiscoveryReq", since=since)
        self._check(what, len(found), equals=0, message=found[0] if found else None)

    def completes_session(self) -> None:
        """Check that the vehicle takes no harm: the next plug leads to a complete session."""
        self.station.revert()
        self._session.next_session()
