"""The vehicle's part of the SECC discovery protocol: what it asks, and which answers it takes."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address

from harness.core.errors import RemoteProtocolError
from harness.protocols.iso15118.discovery import Response, read_response
from harness.protocols.iso15118.v2gtp import HEADER_LENGTH, BadHeader, PayloadType, decode_datagram, encode_frame

__all__ = ["DISCOVERY", "NO_TLS", "TLS", "believe", "discovery_request"]

DISCOVERY = "SECCDiscovery"
"""Discovery as an exchange, for what is told of it by name."""
TLS, NO_TLS = 0x00, 0x10
_TCP = 0x00
_RESPONSE_BYTES = 20
_DYNAMIC_PORTS = range(49_152, 65_536)


def discovery_request(security: str) -> bytes:
    """The whole datagram; *security* is ``none`` or ``tls``."""
    return encode_frame(PayloadType.SDP_REQUEST, bytes((TLS if security == "tls" else NO_TLS, _TCP)))


def believe(data: bytes, allowed: frozenset[int], overlooks: Callable[[str], bool]) -> Response | None:
    """The answer in *data*, ``None`` if it is not to be taken; *allowed* are the values of security that the vehicle accepts."""
    payload = _payload(data, overlooks)
    if payload is None:
        return None
    if len(payload) != _RESPONSE_BYTES and overlooks("sdp_length"):
        payload = payload.ljust(_RESPONSE_BYTES, b"\0")[:_RESPONSE_BYTES]
    try:
        answer = read_response(payload)
    except RemoteProtocolError:
        return None
    wrong = {
        "sdp_address": not IPv6Address(answer.address).is_link_local,
        "sdp_port": answer.port not in _DYNAMIC_PORTS,
        "sdp_security": answer.security not in allowed,
        "sdp_transport": answer.transport != _TCP,
    }
    return answer if all(not is_wrong or overlooks(check) for check, is_wrong in wrong.items()) else None


def _payload(data: bytes, overlooks: Callable[[str], bool]) -> bytes | None:
    frame = decode_datagram(data)
    if isinstance(frame, BadHeader):
        return data[HEADER_LENGTH:] if overlooks("sdp_header") else None
    return frame.payload if frame.payload_type == PayloadType.SDP_RESPONSE or overlooks("sdp_type") else None
