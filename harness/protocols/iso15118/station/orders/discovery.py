"""The SDP server of the station, and what a case may order it to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from harness.core.errors import RemoteProtocolError
from harness.core.pdu import Datagram
from harness.protocols.iso15118.discovery import Response, encode_response, read_request
from harness.protocols.iso15118.station.options import StationOptions
from harness.protocols.iso15118.v2gtp import Frame, PayloadType, decode_datagram, encode_frame

__all__ = ["Answer", "Changed", "Delayed", "DiscoveryOrder", "Headed", "Mute", "Rewritten", "Second", "answers_to"]

_TLS, _NO_TLS, _TCP = 0x00, 0x10, 0x00


@dataclass(slots=True)
class Answer:
    """One response of the discovery before it is sent."""

    response: Response
    delay_ns: int
    header: dict[str, int] = field(default_factory=dict)
    rewrites: list[Callable[[bytes], bytes]] = field(default_factory=list)

    def frame(self) -> bytes:
        """The whole datagram."""
        header = dict(self.header)
        data = encode_frame(header.pop("payload_type", PayloadType.SDP_RESPONSE), encode_response(self.response), **header)
        for rewrite in self.rewrites:
            data = rewrite(data)
        return data


@dataclass(slots=True)
class DiscoveryOrder:
    """An order about the responses of the discovery."""

    def shape(self, answers: list[Answer]) -> list[Answer]:
        """The responses instead of *answers*."""
        return answers


@dataclass(slots=True)
class Mute(DiscoveryOrder):
    """No response, to so many requests or to all."""

    count: int | None = None

    def shape(self, answers: list[Answer]) -> list[Answer]:
        if self.count is None:
            return []
        self.count -= 1
        return [] if self.count >= 0 else answers


@dataclass(slots=True)
class Changed(DiscoveryOrder):
    """Other fields."""

    fields: Mapping[str, object] = field(default_factory=dict)

    def shape(self, answers: list[Answer]) -> list[Answer]:
        return [replace(one, response=replace(one.response, **self.fields)) for one in answers]  # type: ignore[arg-type]


@dataclass(slots=True)
class Headed(DiscoveryOrder):
    """Other fields of the V2GTP header."""

    fields: Mapping[str, int] = field(default_factory=dict)

    def shape(self, answers: list[Answer]) -> list[Answer]:
        return [replace(one, header={**one.header, **self.fields}) for one in answers]


@dataclass(slots=True)
class Rewritten(DiscoveryOrder):
    """Other bytes, made from the right ones."""

    make: Callable[[bytes], bytes] = field(kw_only=True)

    def shape(self, answers: list[Answer]) -> list[Answer]:
        return [replace(one, rewrites=[*one.rewrites, self.make]) for one in answers]


@dataclass(slots=True)
class Delayed(DiscoveryOrder):
    """Later."""

    by_ns: int = field(kw_only=True)

    def shape(self, answers: list[Answer]) -> list[Answer]:
        return [replace(one, delay_ns=one.delay_ns + self.by_ns) for one in answers]


@dataclass(slots=True)
class Second(DiscoveryOrder):
    """One more response behind the first, with other fields."""

    fields: Mapping[str, object] = field(default_factory=dict)
    after_ns: int = 0

    def shape(self, answers: list[Answer]) -> list[Answer]:
        second = [
            replace(one, response=replace(one.response, **self.fields), delay_ns=one.delay_ns + self.after_ns)  # type: ignore[arg-type]
            for one in answers[:1]
        ]
        return [*answers, *second]


def answers_to(datagram: Datagram, options: StationOptions, delay_ns: int) -> list[Answer]:
    """What the station answers: nothing to what is no request for TCP.

    The vehicle gets the protection that it asks for if the station has it, otherwise a port without.
    """
    frame = decode_datagram(datagram.data)
    if not isinstance(frame, Frame) or frame.payload_type != PayloadType.SDP_REQUEST:
        return []
    try:
        asked = read_request(frame.payload)
    except RemoteProtocolError:
        return []
    if asked.transport != _TCP or asked.security not in (_TLS, _NO_TLS):
        return []
    is_secured = asked.security == _TLS and options.tls_port > 0
    port, security = (options.tls_port, _TLS) if is_secured else (options.port, _NO_TLS)
    return [Answer(Response(options.address, port, security, _TCP), delay_ns)]
