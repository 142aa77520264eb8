"""The discrete-event kernel: integer time, nodes, links. The same kernel runs in virtual and in real time.

Theory of operation. Events are (time, rank, sequence) triples on a heap, so events of one instant run in
a defined order: rank 0 (timers of nodes, deliveries) in the order of their scheduling, then rank 1
(arbitration of links). After every call into a node the kernel transmits what it returned and asks for
its next deadline; a deadline that is no longer asked for is cancelled by clearing its heap entry, which
is looked at again when it comes up. A drive (``harness.bench.drive``) decides when the next event is due.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from harness.core import Direction, HarnessError, Node, NodeError, Pdu, RemoteProtocolError, Trace, format_s

__all__ = ["Accept", "Attachment", "Event", "Kernel", "Link"]

Accept = Callable[[Pdu], bool]
"""Acceptance filter of a node: whether it hears a PDU at all."""

EVENTS_PER_INSTANT = 10_000
"""More events than this without progress of time end the run."""


class Event(list[Any]):
    """A scheduled call: time, rank, sequence, action, owner. ``cancel`` makes it void.

    It is its own entry in the heap, because two objects per event would cost as much as the event.
    """

    __slots__ = ()

    def cancel(self) -> None:
        """The call does not take place."""
        self[_ACTION] = None


_ACTION = 3


class Attachment:
    """One node on one link."""

    __slots__ = ("_firing", "_kernel", "_started", "_steered", "_timer", "accept", "direction", "link", "node", "role", "siblings")

    def __init__(self, kernel: Kernel, node: Node, link: Link, role: str, direction: Direction, accept: Accept | None) -> None:
        self._kernel = kernel
        self.node = node
        self.link = link
        self.role = role
        self.direction = direction
        self.accept = accept
        self._timer: list[Any] | None = None
        self._firing = self._fire
        self._started = False
        self._steered = False
        """A deadline in the past was asked for from outside and has not fired yet."""
        self.siblings: list[Attachment] = []
        """The other nodes of the same role: a call into one may change what they all stand around."""

    def start(self) -> None:
        self._started = True
        try:
            replies = self.node.start(self._kernel.now_ns)
        except Exception as error:
            raise self._broken(error) from error
        self._settle(replies)

    def receive(self, pdu: Pdu) -> None:
        try:
            replies = self.node.receive(self._kernel.now_ns, pdu)
        except Exception as error:
            raise self._broken(error) from error
        self._settle(replies)

    def poke(self) -> None:
        """Its node was changed from outside: ask for the deadline again, one in the past is due now."""
        for attachment in (self, *self.siblings):
            attachment._arm(steered=True)

    def _fire(self) -> None:
        self._timer, self._steered = None, False
        try:
            replies = self.node.handle_timers(self._kernel.now_ns)
        except Exception as error:
            raise self._broken(error) from error
        self._settle(replies)

    def _settle(self, replies: Sequence[Pdu]) -> None:
        # The exact types first: asking the abstract class costs as much as an event.
        kind = type(replies)
        if kind is not list and kind is not tuple and not isinstance(replies, Sequence):
            raise NodeError(self.role, f"returned {replies!r} where a list of PDUs is due")
        if replies:
            submit = self.link.submit
            for pdu in replies:
                submit(self, pdu)
        self._arm()
        for sibling in self.siblings:
            sibling._arm(steered=True)

    def _arm(self, *, steered: bool = False) -> None:
        if not self._started:
            return
        try:
            deadline = self.node.next_deadline_ns()
        except Exception as error:
            raise self._broken(error) from error
        timer = self._timer
        if timer is not None:
            if timer[0] == deadline:
                return
            timer[_ACTION] = self._timer = None
        if deadline is None:
            self._steered = False
            return
        kernel = self._kernel
        if not isinstance(deadline, int):
            raise NodeError(self.role, f"deadline {deadline!r} is no integer number of nanoseconds")
        late = deadline < kernel.now_ns
        self._steered = late and (steered or self._steered)
        if self._steered:
            deadline = kernel.now_ns
        elif late and kernel.strict:
            raise NodeError(self.role, f"deadline {format_s(deadline, 9)} s lies before the present instant {format_s(kernel.now_ns, 9)} s")
        self._timer = kernel.push(deadline, self._firing, self.role)

    def _broken(self, error: Exception) -> HarnessError:
        if isinstance(error, RemoteProtocolError):
            return error
        return NodeError(self.role, f"{type(error).__name__}: {error}")


class Link(Protocol):
    """What carries PDUs between nodes. It owns transmission: order, duration, loss."""

    name: str

    def bind(self, kernel: Kernel) -> None:
        """Called once, before any node is attached."""
        ...

    def submit(self, sender: Attachment, pdu: Pdu) -> None:
        """*sender* asks for the transmission of *pdu* at the present instant."""
        ...


class Kernel:
    """Runs nodes on links over one time axis of integer nanoseconds."""

    def __init__(self, trace: Trace | None = None, *, strict: bool = True, events_per_instant: int = EVENTS_PER_INSTANT) -> None:
        self.trace = Trace() if trace is None else trace
        self.now_ns = 0
        self.due_ns = 0
        """Instant for which the present event was scheduled; before ``now_ns`` if a real drive is late."""
        self.strict = strict
        """A deadline in the past is an error (virtual time); a real drive is late by nature and clears this."""
        self._limit = events_per_instant
        self._heap: list[list[Any]] = []
        self._sequence = 0
        self._same_instant = 0
        self._latest_ns = -1
        self.links: dict[str, Link] = {}
        self._on_link: dict[str, list[Attachment]] = {}
        self._attachments: list[Attachment] = []
        self._started = False

    def add_link(self, link: Link) -> None:
        """Make *link* part of the bench.

        Raises:
            ValueError: a link of that name exists.
        """
        if link.name in self.links:
            raise ValueError(f"two links are named '{link.name}'")
        self.links[link.name] = link
        self._on_link[link.name] = []
        link.bind(self)

    def attach(
        self, node: Node, link: str, *, role: str = "", direction: Direction = Direction.TX, accept: Accept | None = None
    ) -> Attachment:
        """Put *node* on *link*. *role* names it in the trace; *direction* is that of what it sends, seen from the tester."""
        attachment = Attachment(self, node, self.links[link], role or node.name, direction, accept)
        attachment.siblings += [other for other in self._attachments if other.role == attachment.role]
        for other in attachment.siblings:
            other.siblings.append(attachment)
        self._attachments.append(attachment)
        self._on_link[link].append(attachment)
        if self._started:
            attachment.start()
        return attachment

    def start(self) -> None:
        """Start every node, in the order in which they were attached."""
        self._started = True
        for attachment in self._attachments:
            attachment.start()

    def on_link(self, link: str) -> Sequence[Attachment]:
        """The nodes on *link*, in the order in which they were attached."""
        return self._on_link[link]

    def poke(self, node: Node) -> None:
        """*node* was changed from outside."""
        for attachment in self._attachments:
            if attachment.node is node:
                attachment.poke()

    def call_at(self, t_ns: int, action: Callable[[], None], owner: str, *, rank: int = 0) -> Event:
        """Schedule *action*; *owner* is named if it makes no progress."""
        self._sequence += 1
        event = Event((t_ns, rank, self._sequence, action, owner))
        heapq.heappush(self._heap, event)
        return event

    def push(self, t_ns: int, action: Callable[[], None], owner: str, rank: int = 0) -> list[Any]:
        """The same for links and attachments: their events are plain lists, made in a fifth of the time."""
        self._sequence = sequence = self._sequence + 1
        event = [t_ns, rank, sequence, action, owner]
        heapq.heappush(self._heap, event)
        return event

    def next_event_ns(self) -> int | None:
        """Time of the next event, ``None`` if nothing is scheduled."""
        heap = self._heap
        while heap and heap[0][_ACTION] is None:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def step(self, now_ns: int | None = None) -> bool:
        """Run the next event and return True, or return False if there is none.

        Time jumps to the event; with *now_ns* (a real clock) only an event that is due by then runs, and
        time is *now_ns*.
        """
        t_ns = self.next_event_ns()
        if t_ns is None or (now_ns is not None and t_ns > now_ns):
            return False
        self._run(heapq.heappop(self._heap), t_ns if now_ns is None else now_ns)
        return True

    def _run(self, event: list[Any], now_ns: int) -> None:
        """Run *event*, which was the first of the heap and is not void, at *now_ns*."""
        t_ns, _, _, action, owner = event
        # A late real drive may run events of earlier instants than the last one; they are no progress.
        if t_ns > self._latest_ns:
            self._latest_ns, self._same_instant = t_ns, 0
        else:
            self._same_instant += 1
            if self._same_instant > self._limit:
                raise NodeError(owner, f"{self._limit} events at t = {format_s(t_ns, 6)} s without progress of time")
        self.due_ns = t_ns
        if now_ns > self.now_ns:
            self.now_ns = now_ns
        event[_ACTION] = None
        action()

    def run_until(self, t_ns: int, stop: Callable[[], bool] | None = None) -> bool:
        """Virtual time: run all events up to *t_ns*, then stand at *t_ns*.

        Ends early, at the instant of an event, as soon as *stop* says so; returns whether it did. *stop* is
        asked at the beginning and after each event that put something on the trace.
        """
        if stop is not None and stop():
            return True
        trace, seen, heap, run, pop = self.trace, len(self.trace), self._heap, self._run, heapq.heappop
        while heap:
            event = heap[0]
            next_ns = event[0]
            if next_ns > t_ns:
                break
            pop(heap)
            if event[_ACTION] is None:
                continue
            run(event, next_ns)
            if stop is not None and len(trace) != seen:
                seen = len(trace)
                if stop():
                    return True
        self.now_ns = max(self.now_ns, t_ns)
        return False

    def deliver(self, link: str, sender: Attachment | None, pdu: Pdu, *, t_ns: int | None = None, host_ns: int | None = None) -> None:
        """*pdu* is complete on *link*: put it on the trace, then hand it to every other node that accepts it.

        *t_ns* is the interface's time stamp and *host_ns* the host's, the present instant if not given. A
        *sender* of ``None`` is outside of this process.
        """
        now_ns = self.now_ns
        role, direction = ("", Direction.RX) if sender is None else (sender.role, sender.direction)
        self.trace.append(now_ns if t_ns is None else t_ns, now_ns if host_ns is None else host_ns, link, direction, role, pdu)
        for attachment in self._on_link[link]:
            if attachment is not sender and (attachment.accept is None or attachment.accept(pdu)):
                attachment.receive(pdu)
