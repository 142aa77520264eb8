"""The edition that a machine speaks at present: what its messages say, how they are coded, which ones it understands."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Value
from harness.protocols.gbt27930.codec import Codec
from harness.protocols.gbt27930.editions import EDITIONS, VERSION_1_0, Edition, Rule, edition_of
from harness.protocols.gbt27930.wire import Wire

__all__ = ["Speaker", "Speech"]


class Speech:
    """One per machine. It speaks the edition of its maker, and for the rest of a session another one after ``yield_to``."""

    def __init__(self, edition: str, wire: Wire, codec: Codec | None = None) -> None:
        """*codec* takes the place of that of every edition.

        Raises:
            LocalProtocolError: there is no such edition.
        """
        self._wire = wire
        self._own_codec = codec
        self.settle_on(edition)

    def settle_on(self, edition: str) -> None:
        """Speak *edition* from now on, in later sessions too.

        Raises:
            LocalProtocolError: there is no such edition.
        """
        self._usual = edition_of(edition)
        self._use(self._usual)

    def yield_to(self, edition: str) -> None:
        """Speak *edition* until ``renew``."""
        self._use(EDITIONS[edition])

    def renew(self) -> None:
        """A new session begins: speak the usual edition."""
        if self.edition is not self._usual:
            self._use(self._usual)

    def has(self, message: str) -> bool:
        """Whether the edition knows *message*."""
        return message in self.edition.messages

    def demands(self, rule: Rule) -> bool:
        """Whether the edition has the added *rule*."""
        return rule in self.edition.rules

    def is_of_2011(self, brm: Mapping[str, Value]) -> bool:
        """Whether *brm* tells the version of 2011."""
        return brm.get("protocol_version") == VERSION_1_0

    def content(self, name: str, values: Mapping[str, Value]) -> Mapping[str, Value]:
        """What the message *name* of 2015 with *values* says in this edition."""
        return self.edition.content(name, values)

    def encode(self, name: str, values: Mapping[str, Value], *, length: int | None = None, strict: bool = True) -> bytes:
        """Payload of *name*; *length* counts only where the edition leaves a choice.

        Raises:
            LocalProtocolError: see ``Codec.encode``.
        """
        length = self.edition.length(name) or length
        return self._codec.encode(name, self.edition.trim(name, values), length=length, strict=strict)

    def decode(self, name: str, data: bytes) -> Mapping[str, Value]:
        """Physical values of a payload, see ``Codec.decode``."""
        return self._codec.decode(name, data)

    def _use(self, edition: Edition) -> None:
        self.edition = edition
        self._codec = self._own_codec or edition.codec()
        self._codec.prepare(row.name for row in edition.messages.values() if row.mandatory)
        self._wire.understand(edition.messages)


class Speaker:
    """A machine whose edition may be chosen from outside."""

    _speech: Speech

    def speak(self, edition: str) -> None:
        """Speak *edition* from now on; what is under way is not begun anew.

        Raises:
            LocalProtocolError: there is no such edition.
        """
        self._speech.settle_on(edition)

    @property
    def edition(self) -> str:
        """Edition that is spoken at present."""
        return self._speech.edition.name
