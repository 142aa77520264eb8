"""SECC discovery protocol: where the vehicle finds the station, and whether the connection is to be protected."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address

from harness.core.errors import RemoteProtocolError

__all__ = ["PORT", "SECURITY", "TRANSPORT", "Request", "Response", "encode_request", "encode_response", "read_request", "read_response"]

PORT = 15118
"""UDP port of the station."""
SECURITY = {0x00: "TLS", 0x10: "no TLS"}
TRANSPORT = {0x00: "TCP", 0x10: "UDP"}
_REQUEST_BYTES, _RESPONSE_BYTES = 2, 20


@dataclass(frozen=True, slots=True)
class Request:
    """What the vehicle asks for, as on the wire."""

    security: int
    transport: int


@dataclass(frozen=True, slots=True)
class Response:
    """Where the station is, as on the wire."""

    address: str
    port: int
    security: int
    transport: int


def encode_request(request: Request) -> bytes:
    """The payload of a request; its numbers are written as they are, right or wrong."""
    return bytes((request.security & 0xFF, request.transport & 0xFF))


def encode_response(response: Response) -> bytes:
    """The payload of a response; its numbers are written as they are, right or wrong.

    Raises:
        ValueError: the address is none.
    """
    numbers = bytes((response.security & 0xFF, response.transport & 0xFF))
    return IPv6Address(response.address).packed + (response.port & 0xFFFF).to_bytes(2, "big") + numbers


def read_request(payload: bytes) -> Request:
    """A request.

    Raises:
        RemoteProtocolError: it has another length.
    """
    if len(payload) != _REQUEST_BYTES:
        raise RemoteProtocolError(f"an SDP request has {_REQUEST_BYTES} bytes, this one {len(payload)}", payload)
    return Request(payload[0], payload[1])


def read_response(payload: bytes) -> Response:
    """A response.

    Raises:
        RemoteProtocolError: it has another length.
    """
    if len(payload) != _RESPONSE_BYTES:
        raise RemoteProtocolError(f"an SDP response has {_RESPONSE_BYTES} bytes, this one {len(payload)}", payload)
    return Response(str(IPv6Address(payload[:16])), int.from_bytes(payload[16:18], "big"), payload[18], payload[19])
