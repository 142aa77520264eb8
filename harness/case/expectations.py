"""The bench as a case sees it: waiting for messages, watching for their absence, steering the tester's roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from harness.case.recorder import CaseRecorder
from harness.case.running import CanMeans, RunningBench
from harness.case.sight import Sight, Where, instant
from harness.case.steering import Steering
from harness.core import Decoder, ExpectationFailed, Inconclusive, Limit, Message, Reason, Record, format_s, ns_in, s

__all__ = ["CaseBench"]

_GRACE = 5
"""A message is awaited for its limit plus this fraction of it, at least a second, so that lateness can be reported as a number."""


class CaseBench(Sight):
    """One link of the bench, decoded, with expectations that record a check each."""

    def __init__(self, bench: RunningBench, recorder: CaseRecorder, make_decoder: Callable[[], Decoder], link: str) -> None:
        super().__init__(bench, make_decoder, link)
        self._recorder = recorder
        self._views: dict[str, CaseBench] = {link: self}
        self._followed_ns = 0
        """Up to where the case followed the bench. On the clock the thread of the case runs behind it: what came since is news."""
        bench.trace.observe(self._observe)

    def control(self, role: str, node: int = 0) -> object:
        """The tester's machine that plays *role*, to be steered; *node* counts its links, see ``has_node``.

        Raises:
            Inconclusive: the rig plays no such role, or not on that many links (reason NO_LINE).
        """
        if not self.has_node(role, node):
            lacks = f"no role '{role}' that the tester plays" if not self.has_node(role) else f"no link number {node + 1} for '{role}'"
            raise Inconclusive(Reason.NO_LINE, f"the rig has {lacks}")
        return Steering(self._bench, role, self._bench.nodes(role)[node])

    def has_node(self, role: str, node: int = 0) -> bool:
        """Whether the tester plays *role*, on that many links."""
        try:
            return node < len(self._bench.nodes(role))
        except KeyError:
            return False

    def on(self, link: str) -> CaseBench:
        """The same bench seen from another link on which the standard is spoken, with the lines beside that link.

        The rules of the standard are applied there too.

        Raises:
            Inconclusive: the rig has no such link, or nothing of the tester stands on it (reason NO_LINE).
        """
        if link not in self._views:
            if link not in self._bench.links():
                raise Inconclusive(Reason.NO_LINE, f"the rig has no link '{link}'")
            view = type(self)(self._bench, self._recorder, self._make_decoder, link)
            view._views = self._views
            for record in self._bench.trace:
                view._observe(record)
            self._views[link] = view
        return self._views[link]

    def views(self) -> Mapping[str, CaseBench]:
        """Every link that the case looked at, its own first."""
        return self._views

    def closing(self) -> AbstractContextManager[None]:
        """For the session that a case completes to show that no harm was done: none of its checks is printed as the
        deciding one of a case that passed."""
        return self._recorder.closing()

    @property
    def now_ns(self) -> int:
        """Time since the start of the case."""
        return self._bench.now_ns()

    def run_for(self, duration_ns: int) -> None:
        """Let time pass."""
        until_ns = self._bench.now_ns() + duration_ns
        self._bench.run_until(until_ns)
        self._follow(until_ns)

    def can(self, tester: str) -> CanMeans:
        """What can be done with the link beyond frames; *tester* is the role that stands on it for us."""
        return self._bench.can(self._link, tester)

    def short_bus(self, for_ns: int) -> tuple[int, int]:
        """Short the link for so long from now on and let that time pass; begin and end. The rules leave it out.

        Raises:
            Inconclusive: the rig cannot (reason NO_LINE).
        """
        begin_ns, end_ns = self._bench.short(self._link, for_ns)
        self._bench.run_until(end_ns)
        self._follow(end_ns)
        return begin_ns, end_ns

    def wait_record(self, where: Callable[[Record], bool], *, since: Message | int, until_ns: int) -> Record | None:
        """Wait for something on the link that came after *since*, whether it is part of a message or not; ``None`` if it does not come."""
        since_ns = instant(since)
        found: list[Record] = []
        scanned = 0

        def arrived() -> bool:
            nonlocal scanned
            news = self._bench.trace.since(scanned)
            scanned += len(news)
            found.extend(record for record in news if record.link == self._link and record.t_ns > since_ns and where(record))
            return bool(found)

        self._bench.run_until(until_ns, arrived)
        self._follow(found[0].t_ns if found else until_ns)
        return found[0] if found else None

    def wait_level(self, line: str, value: float, *, within: Limit) -> int | None:
        """Wait until *line* has *value*; the instant of the change, ``None`` if it did not come in time."""
        until_ns = self.now_ns + within.upper_ns
        self._bench.run_until(until_ns, lambda: self.level(line) == value)
        history = self._levels.get(line)
        changed_ns = history[-1][0] if history and history[-1][1] == value else None
        self._follow(until_ns if changed_ns is None else changed_ns)
        return changed_ns

    def expect(
        self, name: str, *, within: Limit, after: Message | int | None = None, where: Where | None = None, what: str = ""
    ) -> Message:
        """Wait for *name* and judge the time from *after* (default: now) to its completion against *within*.

        A multi-packet message is complete with its last packet; its announcement is ``<name>.RTS``. A message
        whose first frame was on the bus before is no answer and does not count.

        Raises:
            ExpectationFailed: it did not come, or came outside of the limit.
        """
        start_ns = self.now_ns if after is None else instant(after)
        label = what or name
        upper_ns = within.upper_ns

        def begun_after(message: Message) -> bool:
            return message.start_ns > start_ns and (where is None or where(message))

        message = self._wait(name, start_ns, start_ns + upper_ns + max(s(1), upper_ns // _GRACE), begun_after)
        expected = f"{label} within {within.criterion()}"
        if message is None:
            self._recorder.fail(f"{label} seen", observed="not seen", expected=expected, note=self._silence())
            raise ExpectationFailed(f"{label} not seen within {within.criterion()} after t={format_s(start_ns, 6)} s; {self._silence()}")
        check = self._recorder.check_time(f"{label} time", message.t_ns - start_ns, within, message=message)
        if check.verdict.word == "fail":
            raise ExpectationFailed(f"{label} came after {ns_in(message.t_ns - start_ns, 's')} s, expected {within.criterion()}")
        return message

    def reach(self, name: str, *, within: Limit | int, where: Where | None = None, what: str = "") -> Message:
        """Wait for *name* as a precondition of the purpose.

        Raises:
            Inconclusive: it did not come (reason PRECONDITION).
        """
        start_ns = self._followed_ns
        limit_ns = within if isinstance(within, int) else within.upper_ns
        message = self._wait(name, start_ns, self.now_ns + limit_ns, where)
        label = what or name
        expected = f"{label} within {format_s(limit_ns)} s"
        if message is None:
            self._recorder.unreached(f"{label} reached", observed="not reached", expected=expected)
            raise Inconclusive(Reason.PRECONDITION, f"{label} was not reached within {format_s(limit_ns)} s; {self._silence()}")
        self._recorder.check(f"{label} reached", name, equals=name, message=message, note=expected)
        return message

    def wait(self, name: str, *, since: Message | int, until_ns: int, where: Where | None = None) -> Message | None:
        """Wait for the first *name* that was completed after *since*, without a check; ``None`` if there is none up to *until_ns*."""
        return self._wait(name, instant(since), until_ns, where)

    def given(self, name: str, *, since: Message | int, at_least: int = 1, where: Where | None = None, what: str = "") -> None:
        """Make sure that the tester's own *name* was on the bus as often as the purpose needs.

        Raises:
            Inconclusive: it was not; the SUT is not to blame (reason PRECONDITION).
        """
        count = len(self.messages(name, since=since, where=where))
        self.ensured(f"{what or name} given", count >= at_least, observed=f"{count}", expected=f"at least {at_least}")

    def withheld(self, name: str, *, since: Message | int, where: Where | None = None, what: str = "") -> None:
        """Make sure that the tester's own *name* was not on the bus after *since*.

        Raises:
            Inconclusive: it was; the SUT is not to blame (reason PRECONDITION).
        """
        count = len(self.messages(name, since=since, where=where))
        self.ensured(f"{what or name} withheld", not count, observed=f"{count}", expected="none")

    def ensured(self, name: str, met: bool, *, observed: str, expected: str) -> None:
        """Make sure that the tester did what the purpose needs: *met*.

        Raises:
            Inconclusive: it did not; the SUT is not to blame (reason PRECONDITION).
        """
        if not met:
            self._recorder.unreached(name, observed=observed, expected=expected)
            raise Inconclusive(Reason.PRECONDITION, f"{name}: {observed}, expected {expected}; the tester did not do what the step needs")
        self._recorder.check(name, expected, equals=expected, note=f"{observed} on the bus")

    def unobserved(self, name: str, *, line: str, expected: str) -> None:
        """Record that the rig has no *line* by which *name* could be judged: inconclusive, reason NO_LINE. The rest is judged."""
        self._recorder.unreached(name, observed=f"no line '{line}'", expected=expected, reason=Reason.NO_LINE)

    def identify(
        self,
        item: str,
        path: str,
        value: str | None,
        *,
        unit: str = "",
        data: bytes = b"",
        message: Message | None = None,
        note: str = "",
    ) -> None:
        """Record what identifies the item under test, as read over *path* of *unit*; ``None``: it could not be, *note* says why.

        It judges nothing; agreement of paths is checked by the case. *data* are the bytes that were told, those of *message* if left out.
        """
        self._recorder.identify(item, path, value, unit=unit, data=data, message=message, note=note)

    def absent(self, name: str, *, during: int, where: Where | None = None, since: Message | int | None = None, what: str = "") -> None:
        """Let *during* pass and check that no *name* came, neither then nor since *since*.

        The check fails at once when it comes; the step goes on.
        """
        start_ns = self.now_ns if since is None else instant(since)
        message = self._wait(name, start_ns, self.now_ns + during, where)
        seen = "none" if message is None else f"{name} at t={format_s(message.t_ns, 6)} s"
        watched = f"watched for {format_s(self.now_ns - start_ns)} s"
        self._recorder.check(what or f"no {name}", seen, equals="none", message=message, note=watched)

    def collect(self, name: str, *, during: int, where: Where | None = None) -> list[Message]:
        """Let *during* pass and return every *name* that came."""
        start_ns = self.now_ns
        self.run_for(during)
        return self.messages(name, since=start_ns, where=where)

    def _wait(self, name: str, start_ns: int, until_ns: int, where: Where | None) -> Message | None:
        found: list[Message] = []
        scanned = self._place_of(start_ns)

        def arrived() -> bool:
            nonlocal scanned
            for message in self._messages[scanned:]:
                if message.name == name and message.t_ns > start_ns and (where is None or where(message)):
                    found.append(message)
                    return True
            scanned = len(self._messages)
            return False

        self._bench.run_until(until_ns, arrived)
        self._follow(found[0].t_ns if found else until_ns)
        return found[0] if found else None

    def _follow(self, t_ns: int) -> None:
        self._followed_ns = max(self._followed_ns, t_ns)
