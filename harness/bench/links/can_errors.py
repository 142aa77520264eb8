"""What goes wrong on the simulated CAN bus: why a frame fails, how long its error frame takes, what it costs each controller.

Theory of operation. A frame fails because the tester destroys it, because two controllers send one identifier with different contents,
because its sender's bits are too long or too short for the others, because it is an FD frame and somebody does not bear it, or because
nobody is left to acknowledge it. Whoever notices sends six dominant bits; that breaks the stuff rule for the others, whose six bits follow
until eight recessive ones end the error frame. The place of the first flag and the ends of the others follow from the bits of the frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from harness.bench.kernel import Accept, Attachment, Event, Kernel
from harness.bench.links.can_failures import (
    BusError,
    Cause,
    Failure,
    Listening,
    bit_ratio,
    collision_bits,
    destroyed_bits,
    noticed_bits,
    unacknowledged_bits,
)
from harness.core import Frame
from harness.protocols.canbus.confinement import RECOVERY_BITS, BusState, Confinement, Controllers, ControllerTraits
from harness.protocols.canbus.wire import first_misread, wire_of

__all__ = ["Controller", "ErrorModel"]

SUSPEND_BITS = 8
"""An error-passive sender waits for so many bits behind the intermission."""
END_BITS = 11
"""Recessive bits at the end of everything on the bus, intermission included; the unit of the way back from bus-off."""
_SAMPLE_POINT_PCT = 80.0
"""Of the controllers on the bus."""
_ALONE = ""
"""Name of the controller of a node that has only one."""
_USUAL = ControllerTraits()


@dataclass(eq=False, slots=True)
class Controller:
    """One controller on the bus."""

    attachment: Attachment
    name: str
    traits: ControllerTraits
    counters: Confinement = field(default_factory=Confinement)
    not_before_ns: int = 0
    left: int = 0
    """On its way back from bus-off: how often it still has to see eleven recessive bits."""
    begun_ns: int = 0
    """When that way began."""
    recovery: Event | None = None
    """Its end, as things stand; ``None`` unless it is on that way."""


class ErrorModel:
    """Error frames, controllers and listeners of one bus."""

    def __init__(self, name: str, bitrate_bps: int) -> None:
        self._name, self._bitrate_bps = name, bitrate_bps
        self.errors: list[BusError] = []
        self.listeners: list[Listening] = []
        self._controllers: dict[tuple[Attachment, str], Controller] = {}
        self._destroying: list[tuple[Callable[[Frame], bool], int]] = []
        self._unplugged: set[Attachment] = set()
        self._deaf: dict[Attachment, Accept | None] = {}
        """What those attachments hear otherwise."""
        self.met: set[Attachment] = set()
        """Who has sent before."""
        self._special: dict[Attachment, Controllers | None] = {}
        """What ``special`` has found: asking whether a node has special controllers costs as much as ten frames."""
        self._end_ns = END_BITS * 1_000_000_000 // bitrate_bps
        self._idle_from_ns: int | None = 0
        self.is_needed = False
        """Whether anything may go wrong, so that a bus without faults costs nothing."""

    def bind(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def meet(self, sender: Attachment) -> None:
        """*sender* is about to send for the first time."""
        node = self.special(sender)
        self.met.add(sender)
        if node is not None and any(traits.clock_ppm for traits in node.controllers.values()):
            self.is_needed = True

    def special(self, attachment: Attachment) -> Controllers | None:
        """Its node, if that has several controllers or special ones."""
        if attachment not in self._special:
            node = attachment.node
            self._special[attachment] = node if isinstance(node, Controllers) else None
        return self._special[attachment]

    def listen(self, listener: Listening) -> Listening:
        """Have *listener* hear everything from now on."""
        self.listeners.append(listener)
        self.is_needed = True
        return listener

    # What the bench does to the bus

    def destroy(self, where: Callable[[Frame], bool], until_ns: int) -> None:
        """Let no frame through for which *where* holds, until then."""
        self._destroying.append((where, until_ns))
        self.is_needed = True

    def unplug(self, attachments: list[Attachment]) -> None:
        """Take these off the bus."""
        self.is_needed = True
        for attachment in attachments:
            self._unplugged.add(attachment)
            self._deafen(attachment)

    def plug(self, attachments: list[Attachment]) -> None:
        """Put these on the bus again."""
        for attachment in attachments:
            self._unplugged.discard(attachment)
            self._restore(attachment)
        for each in self._present():
            if not each.traits.bears_plugging and not each.counters.is_off:
                each.counters.is_off = True
                self._leave(each, self._kernel.now_ns)

    def is_plugged(self, attachment: Attachment) -> bool:
        return attachment not in self._unplugged

    # What the bus asks

    def sender_of(self, sender: Attachment, frame: Frame) -> Controller:
        """The controller that sends *frame*."""
        node = self.special(sender)
        return self._controller(sender, _ALONE if node is None else node.controller_of(frame))

    def may_send(self, sender: Attachment, frame: Frame) -> bool:
        """Whether the controller of *frame* is on the bus."""
        return self.is_plugged(sender) and not self.sender_of(sender, frame).counters.is_off

    def failure(self, sender: Controller, frame: Frame, rival: Frame | None) -> Failure | None:
        """Why and after how many bits the transmission of *frame* ends early; *rival* is another frame that won arbitration with it."""
        if rival is not None:
            return Failure(Cause.COLLISION, collision_bits(wire_of(frame), wire_of(rival)))
        if self._is_destroyed(frame):
            return Failure(Cause.DESTROYED, destroyed_bits(wire_of(frame)))
        others = [each for each in self._present() if each is not sender and not each.counters.is_off]
        if frame.fd and not all(each.traits.bears_fd for each in others):
            wire = wire_of(frame)
            return Failure(Cause.FD, noticed_bits(wire, len(wire.bits) - 2))
        if sender.traits.clock_ppm:
            ratio = bit_ratio(1, 1, sender.traits.clock_ppm)
            wire = wire_of(frame)
            misread = first_misread(wire, ratio=ratio, sample_point_pct=_SAMPLE_POINT_PCT)
            if misread is not None:
                return Failure(Cause.UNREADABLE, noticed_bits(wire, misread))
        if self._unplugged and not others:
            return Failure(Cause.UNACKNOWLEDGED, unacknowledged_bits(wire_of(frame)))
        return None

    def succeeded(self, sender: Controller, idle_from_ns: int) -> None:
        """A frame came through."""
        sender.counters.sent()
        self._suspend(sender, idle_from_ns)
        for each in self._controllers.values():
            if each is not sender and not each.counters.is_off and self.is_plugged(each.attachment):
                each.counters.received()

    def failed(self, sender: Controller, frame: Frame, failure: Failure, t_ns: int, idle_from_ns: int, *, heard: bool = True) -> None:
        """An error frame has ended at *t_ns*; without *heard* nobody but the sender knows of it."""
        self.errors.append(BusError(t_ns, frame, sender.attachment.role, sender.name, failure.cause))
        sender.counters.send_failed(unacknowledged=failure.cause is Cause.UNACKNOWLEDGED)
        self._suspend(sender, idle_from_ns)
        if heard:
            for each in self._present():
                if each is not sender and not each.counters.is_off:
                    each.counters.receive_failed()
        if sender.counters.is_off:
            self._leave(sender, t_ns)

    def hear(self, frame: Frame, sender: Controller) -> None:
        """Tell the listeners of a frame."""
        for listener in self.listeners:
            listener.hear(frame, self._bitrate_bps, sender.traits.clock_ppm)

    def counters_of(self, role: str) -> Confinement:
        """The error counters of the only controller of *role*, as they stand.

        Raises:
            KeyError: no such role is on the bus, or it has several controllers.
        """
        for attachment in self._kernel.on_link(self._name):
            if attachment.role == role and self.special(attachment) is None:
                return self._controller(attachment, _ALONE).counters
        raise KeyError(role)

    # The way back from bus-off

    def taken(self, start_ns: int) -> None:
        """Something takes the bus from *start_ns* on."""
        for each in self._controllers.values():
            if each.recovery is not None:
                each.recovery.cancel()
                each.left -= (start_ns - self._recessive_since_ns(each)) // self._end_ns
        self._idle_from_ns = None

    def idle(self, idle_from_ns: int) -> None:
        """Nothing is on the bus from *idle_from_ns* on."""
        self._idle_from_ns = idle_from_ns
        for each in self._controllers.values():
            if each.recovery is not None:
                self._await(each)

    def _leave(self, controller: Controller, t_ns: int) -> None:
        node, wait_ns = self.special(controller.attachment), controller.traits.recovery_ns
        if node is not None:
            node.on_bus(t_ns, controller.name, False)
        else:
            self._deafen(controller.attachment)
        if wait_ns is not None:
            self._kernel.call_at(t_ns + wait_ns, lambda: self._begin_recovery(controller), self._name)

    def _begin_recovery(self, controller: Controller) -> None:
        controller.left, controller.begun_ns = RECOVERY_BITS // END_BITS, self._kernel.now_ns
        self._await(controller)
        if self._idle_from_ns is None and controller.recovery is not None:
            controller.recovery.cancel()

    def _await(self, controller: Controller) -> None:
        due_ns = max(self._recessive_since_ns(controller) + controller.left * self._end_ns, self._kernel.now_ns)
        controller.recovery = self._kernel.call_at(due_ns, lambda: self._return(controller), self._name)

    def _recessive_since_ns(self, controller: Controller) -> int:
        """When the recessive bits began that a controller counts; everything on a bus ends with eleven of them."""
        return max(controller.begun_ns, (self._idle_from_ns or 0) - self._end_ns)

    def _return(self, controller: Controller) -> None:
        controller.counters.recover()
        controller.recovery = None
        node = self.special(controller.attachment)
        if node is not None:
            node.on_bus(self._kernel.now_ns, controller.name, True)
            controller.attachment.poke()
        else:
            self._restore(controller.attachment)

    # What stands on the bus

    def _controller(self, attachment: Attachment, name: str) -> Controller:
        key = attachment, name
        if key not in self._controllers:
            node = self.special(attachment)
            traits = _USUAL if node is None else node.controllers[name]
            self._controllers[key] = Controller(attachment, name, traits)
        return self._controllers[key]

    def _present(self) -> Iterator[Controller]:
        """Every controller that is plugged in."""
        for attachment in self._kernel.on_link(self._name):
            if self.is_plugged(attachment):
                node = self.special(attachment)
                for name in (_ALONE,) if node is None else node.controllers:
                    yield self._controller(attachment, name)

    def _is_destroyed(self, frame: Frame) -> bool:
        self._destroying = [rule for rule in self._destroying if rule[1] > self._kernel.now_ns]
        return any(where(frame) for where, _ in self._destroying)

    def _suspend(self, sender: Controller, idle_from_ns: int) -> None:
        if sender.counters.state is BusState.PASSIVE:
            sender.not_before_ns = idle_from_ns + SUSPEND_BITS * 1_000_000_000 // self._bitrate_bps

    def _deafen(self, attachment: Attachment) -> None:
        if attachment not in self._deaf:
            self._deaf[attachment] = attachment.accept
            attachment.accept = lambda pdu: False

    def _restore(self, attachment: Attachment) -> None:
        if attachment in self._deaf and attachment not in self._unplugged:
            attachment.accept = self._deaf.pop(attachment)
