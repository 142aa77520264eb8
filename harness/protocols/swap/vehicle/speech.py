"""How the truck speaks and hears: counters, cycles, the quality of what comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.core import Frame, Value
from harness.protocols.swap.checksums import CHECKSUMS
from harness.protocols.swap.fields import CHECK, COUNTER
from harness.protocols.swap.messages import SwapProfile
from harness.protocols.swap.vehicle.behaviour import Behaviour, Moment

__all__ = ["Ear", "Heard", "Mouth"]

Values = Mapping[str, Value]
_SECOND = 7
"""By how much the counters of a second sender are off."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The last good frame of a message."""

    values: Values
    t_ns: int


class Mouth:
    """Makes the frames of the truck."""

    def __init__(self, profile: SwapProfile, behaviour: Behaviour, moment: Moment) -> None:
        self._profile, self._behaviour, self._moment = profile, behaviour, moment
        self._counters: dict[tuple[str, str], int] = {}
        self.said: dict[str, Values] = {}
        """What was told last, by message, as others can read it."""

    def reset(self) -> None:
        """Power came."""
        self._counters.clear()
        self.said.clear()

    def say(self, message: str, values: Mapping[str, Value], sender: str) -> list[Frame]:
        """The frames that tell *values*."""
        behaviour, moment, profile = self._behaviour, self._moment, self._profile
        told = {name: value for name, value in behaviour.values(message, values, moment).items() if profile.has(message, name)}
        self.said[message] = told
        if behaviour.suppresses(message, moment):
            return []
        counter = self._counters[message, sender] = (self._counters.get((message, sender), -1) + 1) % (profile.counters(message) or 1)
        moment.sent[message] = moment.sent.get(message, 0) + 1
        counters = [counter, counter + _SECOND] if behaviour.doubles(message, moment) else [counter]
        return [self._frame(message, told, profile.address(sender), each) for each in counters]

    def _frame(self, message: str, values: Values, source: int, counter: int) -> Frame:
        frame = self._profile.frame(message, values, counter=counter, source=source)
        data = self._behaviour.data(message, frame.data, self._moment, sealed=True)
        if data != frame.data:
            data = self._sealed(message, frame.can_id, data)
        return replace(frame, data=self._behaviour.data(message, data, self._moment, sealed=False))

    def _sealed(self, message: str, can_id: int, data: bytes) -> bytes:
        form = self._profile.form(message)
        if not form.checksum or CHECK not in form.fields:
            return data
        check, counter = form.fields[CHECK].signal, form.fields[COUNTER].signal
        total = int.from_bytes(data, "little") | check.mask << check.start
        bare = total.to_bytes(len(data), "little")
        right = CHECKSUMS[form.checksum][0](can_id, bare, total >> counter.start & counter.mask)
        return (total & ~(check.mask << check.start) | right << check.start).to_bytes(len(data), "little")


class Ear:
    """Takes frames of others, drops those that a receiver must drop, and knows what is fresh."""

    def __init__(self, profile: SwapProfile, behaviour: Behaviour, moment: Moment) -> None:
        self._profile, self._behaviour, self._moment = profile, behaviour, moment
        self.heard: dict[str, Heard] = {}
        self._counters: dict[str, int] = {}

    def reset(self) -> None:
        """Power came."""
        for table in (self.heard, self._counters):
            table.clear()

    def take(self, now_ns: int, frame: Frame, senders: frozenset[int]) -> tuple[str, Values] | None:
        """A frame of one of *senders*; message and values of a good one."""
        decoded = self._profile.read(frame)
        if decoded is None or decoded.source not in senders:
            return None
        message, values = decoded.message, decoded.values
        if decoded.fault == "length":
            if not self._overlooks("length"):
                return None
            padded = frame.data.ljust(self._profile.form(message).layout.length, b"\xff")
            values = self._profile.content(message, padded, decoded.source, frame.can_id).values
        elif (decoded.fault and not self._overlooks("checksum")) or not self._goes_on(message, values):
            return None
        read = self._behaviour.heard(message, values, self._moment)
        if read is None:
            return None
        self.heard[message] = Heard(read, now_ns)
        return message, read

    def forget(self, message: str) -> None:
        """Behave as if *message* had never come."""
        self.heard.pop(message, None)

    def fresh(self, message: str, now_ns: int) -> Heard | None:
        """The last one of *message*, if it is no older than its time-out."""
        heard, timeout_ns = self.heard.get(message), self._profile.timeout_ns(message) if self._profile.has(message) else None
        timeout_ns = None if timeout_ns is None else self._behaviour.timer_ns(message, timeout_ns)
        return None if heard is None or (timeout_ns is not None and now_ns - heard.t_ns > timeout_ns) else heard

    def _goes_on(self, message: str, values: Values) -> bool:
        counter = values.get(COUNTER)
        if not isinstance(counter, int) or self._overlooks("counter"):
            return True
        stuck = self._counters.get(message) == counter
        self._counters[message] = counter
        return not stuck

    def _overlooks(self, check: str) -> bool:
        return self._behaviour.overlooks(check, self._moment)
