"""A swap profile: one maker's or standard's messages under the names that the suite knows.

``load_profile`` reads a folder (``profile.toml`` and its database) and reports everything that is wrong with it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from harness.core.durations import ns_from
from harness.core.errors import LocalProtocolError
from harness.core.limit import Limit
from harness.core.message import Value
from harness.core.pdu import Frame
from harness.core.problems import did_you_mean
from harness.protocols.j1939.ids import split_id
from harness.protocols.swap.fields import CHECK, COUNTER, Form
from harness.protocols.swap.identity import IdentityRule

__all__ = ["DEFAULT_PROFILE", "Decoded", "MessageSpec", "StreamRule", "SwapProfile"]

DEFAULT_PROFILE = "htswap-0.1"
"""Folder in ``dbc`` of the profile that travels with the harness."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One frame of the profile, taken apart."""

    message: str
    """Role of the message (``LOCK_STS``)."""
    values: Mapping[str, Value]
    """By role of signal; empty if the frame is not as long as it must be."""
    source: int
    """Source address."""
    fault: str = ""
    """``length`` or ``checksum`` for a frame that a receiver must drop."""


@dataclass(frozen=True, slots=True)
class MessageSpec:
    """What the profile says of a message besides its bits."""

    senders: tuple[str, ...]
    cycle_ms: int | None
    timeout_ms: int | None


@dataclass(frozen=True, slots=True)
class StreamRule:
    """Constants of the frames that carry the station link over a stream."""

    start: bytes
    answer_flag: int
    encryption: int
    vin_length: int


@dataclass(frozen=True, eq=False)
class SwapProfile:
    """One profile. ``load_profile`` makes it."""

    folder: Path
    name: str
    version: str
    title_en: str
    title_zh: str
    status: str
    addresses: Mapping[str, int]
    forms: Mapping[str, Form]
    specs: Mapping[str, MessageSpec]
    timers: Mapping[str, Limit]
    identity: IdentityRule
    stream: StreamRule
    absent: tuple[str, ...] = ()
    """Roles that it says it lacks: messages (``PACK_THM``) and signals (``VEH_STS.HvBusState``)."""
    files: tuple[Path, ...] = field(default=())
    """What it was read from."""

    @property
    def title(self) -> str:
        """Title in English."""
        return self.title_en

    def has(self, message: str, signal: str | None = None) -> bool:
        """Whether the profile has *message*, and in it *signal*."""
        form = self.forms.get(message)
        return form is not None and (signal is None or signal in form.fields)

    def missing(self) -> tuple[str, ...]:
        """Roles that the profile lacks."""
        return self.absent

    def form(self, message: str) -> Form:
        """Bits of *message*.

        Raises:
            LocalProtocolError: the profile has no such message.
        """
        try:
            return self.forms[message]
        except KeyError:
            raise LocalProtocolError(
                f"profile '{self.name} {self.version}' has no message '{message}'{did_you_mean(message, self.forms)}"
            ) from None

    def pgn(self, message: str) -> int:
        """Parameter group number of *message*."""
        return split_id(self.form(message).layout.can_id).pgn

    def can_id(self, message: str, source: int | None = None) -> int:
        """Identifier of *message*, from its first sender if *source* is left out."""
        address = self.address(self.specs[message].senders[0]) if source is None else source
        return self.form(message).layout.can_id & ~0xFF | address

    def address(self, role: str) -> int:
        """Source address of ``vcu``, ``bsc``, ``bms``, ``sta`` or ``tester``."""
        return self.addresses[role]

    def role_of(self, address: int) -> str:
        """Role of a source address, its number in hexadecimal for a stranger."""
        return self._roles.get(address) or f"{address:02X}"

    @cached_property
    def _roles(self) -> Mapping[int, str]:
        return {address: role for role, address in self.addresses.items()}

    @cached_property
    def _by_pgn(self) -> Mapping[int, str]:
        return {self.pgn(message): message for message in self.forms}

    def message_of(self, pgn: int) -> str:
        """Role of the message with *pgn*; empty for one of nobody's."""
        return self._by_pgn.get(pgn, "")

    def cycle_ns(self, message: str) -> int | None:
        """Cycle of *message*; ``None`` for one that is sent on events."""
        return self._duration(message, "cycle_ms")

    def timeout_ns(self, message: str) -> int | None:
        """Time without *message* after which its receiver takes it for lost; ``None`` if it never does."""
        return self._duration(message, "timeout_ms")

    def _duration(self, message: str, name: str) -> int | None:
        self.form(message)
        value = getattr(self.specs[message], name)
        return None if value is None else ns_from(value, "ms")

    def timer(self, name: str) -> Limit:
        """A timer of the process (``T_UNLOCK``), with unit, source and confidence; ``nominal_ns`` is its duration.

        Raises:
            LocalProtocolError: there is none of that name.
        """
        try:
            return self.timers[name]
        except KeyError:
            raise LocalProtocolError(
                f"profile '{self.name} {self.version}' has no timer '{name}'{did_you_mean(name, self.timers)}"
            ) from None

    def limits(self) -> dict[str, Limit]:
        """Timers (``timer.T_UNLOCK``) and cycles (``cycle.LOCK_STS``) as limits."""
        found = {f"timer.{name}": limit for name, limit in self.timers.items()}
        for message, spec in self.specs.items():
            if spec.cycle_ms is not None:
                ref, value = f"{self.name}-{self.version}:cycles", Decimal(spec.cycle_ms)
                found[f"cycle.{message}"] = Limit(f"cycle.{message}", "ms", value, None, None, "P", ref, "low", f"cycle of {message}")
        return found

    def frame(self, message: str, values: Mapping[str, object], *, counter: int = 0, source: int | None = None) -> Frame:
        """One frame of *message*: counter and checksum filled in, signals without a value all ones.

        Raises:
            LocalProtocolError: no such message or signal, a value that it has no number for, or a message that fits no frame.
        """
        form = self.form(message)
        if form.is_long:
            raise LocalProtocolError(f"{message} of {form.layout.length} bytes fits no frame; send payload() by the transport protocol")
        can_id = self.can_id(message, source)
        return Frame(can_id, form.pack(can_id, values, counter))

    def payload(self, message: str, values: Mapping[str, object]) -> bytes:
        """Content of a long message."""
        return self.form(message).pack(0, values, 0)

    def counters(self, message: str) -> int:
        """Values of the counter of *message* (16: it runs from 0 to 15); 0 if it has none."""
        return self.form(message).modulus

    def read(self, frame: Frame) -> Decoded | None:
        """What a frame says; ``None`` for one that is not of the profile. Long messages come as ``content``."""
        if not frame.extended or frame.remote or frame.fd:
            return None
        ident = split_id(frame.can_id)
        message = self._by_pgn.get(ident.pgn)
        if message is None or self.forms[message].is_long:
            return None
        return self.content(message, frame.data, ident.source, frame.can_id)

    def content(self, message: str, data: bytes, source: int, can_id: int = 0) -> Decoded:
        """What the payload of *message* says, however it came."""
        form = self.form(message)
        if len(data) != form.layout.length:
            return Decoded(message, {}, source, "length")
        fault = "" if form.is_intact(can_id, data) else "checksum"
        return Decoded(message, form.unpack(data), source, fault)

    def guarded(self, message: str) -> bool:
        """Whether *message* has a counter and a checksum."""
        return self.has(message, COUNTER) and self.has(message, CHECK)
