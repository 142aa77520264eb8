"""A decoded message of the family: name, party, session id and the values as plain numbers with their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.core.message import Message, Value
from harness.protocols.iso15118.editions import Edition
from harness.protocols.iso15118.exi import Document

__all__ = [
    "CHARGER",
    "DISCOVERY_REQUEST",
    "DISCOVERY_RESPONSE",
    "HANDSHAKE",
    "HELLO",
    "SEALED",
    "UNREADABLE",
    "VEHICLE",
    "V2gMessage",
    "content_of",
    "flat",
]

VEHICLE, CHARGER = "vehicle", "charger"
DISCOVERY_REQUEST, DISCOVERY_RESPONSE = "SECCDiscoveryReq", "SECCDiscoveryRes"
UNREADABLE = "V2GTP"
"""Name of what came in a V2GTP frame, or in place of one, and is no message; the note tells why."""
SEALED = "TLS"
"""Name of the first encrypted bytes of a connection that nobody can read."""
HELLO = "ClientHello"
"""Name of the first message of a TLS handshake, which nothing protects yet."""
HANDSHAKE = "TLSHandshake"
"""Name of the outcome of a handshake for one side."""

_PHYSICAL = {"Multiplier", "Unit", "Value"}
_RATIONAL = {"Exponent", "Value"}


class V2gMessage(Message):
    """A message with the connection that carried it."""

    __slots__ = ("connection", "edition", "security", "session_id")

    def __init__(
        self,
        name: str,
        t_ns: int,
        values: Mapping[str, Value],
        *,
        data: bytes = b"",
        start_ns: int | None = None,
        frames: Sequence[int] = (),
        link: str = "",
        sender: str = "",
        note: str = "",
        connection: int = 0,
        edition: Edition | None = None,
        security: str = "",
        session_id: bytes | None = None,
    ) -> None:
        super().__init__(name, t_ns, values, data=data, start_ns=start_ns, frames=frames, link=link, sender=sender, note=note)
        self.connection = connection
        """Number of the TCP connection in the recording, from 1; 0 for a datagram."""
        self.edition = edition
        """What was agreed on when it was sent; ``None`` before that."""
        self.security = security
        self.session_id = session_id
        """Of the header; ``None`` where there is none."""

    @property
    def base(self) -> str:
        """The name without ``Req`` and ``Res``."""
        return self.name[:-3] if self.name.endswith(("Req", "Res")) else self.name

    @property
    def is_request(self) -> bool:
        """Whether the vehicle asks with it."""
        return self.name.endswith("Req")

    @property
    def is_response(self) -> bool:
        """Whether the station answers with it."""
        return self.name.endswith("Res")

    @property
    def frame(self) -> int:
        """Number of its last frame."""
        return self.frames[-1] if self.frames else 0

    def text(self, signal: str) -> str:
        """A value that is a word; empty without one."""
        value = self.values.get(signal)
        return value if isinstance(value, str) else ""

    def shown(self, signal: str) -> str:
        """A value as it is printed, bytes in hexadecimal digits; a question mark without one."""
        value = self.values.get(signal)
        text = value.hex(":").upper() if isinstance(value, bytes) else f"{value:g}" if isinstance(value, float) else str(value)
        return "?" if value is None else "".join(character if character.isprintable() else "?" for character in text)

    def quantity(self, signal: str) -> float | None:
        """A value that is a number; ``None`` without one."""
        value = self.values.get(signal)
        return value if isinstance(value, int | float) else None


def content_of(document: Document) -> tuple[str, Mapping[str, object], bytes | None]:
    """Name, content and session id of a decoded document."""
    [(root, content)] = document.items()
    if not isinstance(content, dict):
        return root, {}, None
    header = content.get("Header")
    session_id = header.get("SessionID") if isinstance(header, dict) else None
    session = session_id if isinstance(session_id, bytes) else None
    body = content.get("Body")
    if root == "V2G_Message" and isinstance(body, dict) and body:
        name, inner = next(iter(body.items()))
        return name, inner if isinstance(inner, dict) else {}, session
    return root, {key: value for key, value in content.items() if key != "Header"}, session


def flat(content: Mapping[str, object]) -> dict[str, Value]:
    """The leaves of *content* by path (``DC_EVStatus.EVRESSSOC``); physical values and rational numbers as one number in SI units."""
    return dict(_leaves(content, ""))


def _leaves(node: object, path: str) -> Iterator[tuple[str, Value]]:
    if isinstance(node, Mapping):
        number = _number(node)
        if number is not None and path:
            yield path, number
            return
        for key, child in node.items():
            yield from _leaves(child, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for index, child in enumerate(node, 1):
            yield from _leaves(child, f"{path}[{index}]")
    elif isinstance(node, bool):
        yield path, int(node)
    elif isinstance(node, int | str | bytes):
        yield path, node


def _number(node: Mapping[str, object]) -> float | None:
    """A physical value as a number; ``None`` if *node* is none."""
    keys = set(node)
    value = node.get("Value")
    exponent = (
        node.get("Exponent") if keys == _RATIONAL else node.get("Multiplier") if {"Multiplier", "Value"} <= keys <= _PHYSICAL else None
    )
    if not isinstance(value, int) or not isinstance(exponent, int) or not -400 < exponent < 290:
        return None
    return float(value * 10**exponent) if exponent >= 0 else value / 10**-exponent
