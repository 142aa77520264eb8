"""Faults of the DoIP entity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.core import ms, s
from harness.protocols.doip.codec import DoipMessage
from harness.protocols.doip.entity import EntityDeviations
from harness.protocols.doip.tables import HeaderNack, PayloadType
from harness.sim.faults.network.fault import Change, Fault, UnitSetup

__all__ = ["DOIP_FAULTS"]

_HEADER = 8
_ALL_TYPES = frozenset(range(256))


def _deviation(**changes: Any) -> Change:
    return lambda setup: _with(setup, deviations=replace(setup.ethernet.deviations, **changes))


def _timing(**changes: Any) -> Change:
    return lambda setup: _with(setup, timing=replace(setup.ethernet.timing, **changes))


def _options(**changes: Any) -> Change:
    return lambda setup: _with(setup, options=replace(setup.ethernet.options, **changes))


def _with(setup: UnitSetup, **changes: Any) -> UnitSetup:
    return replace(setup, ethernet=replace(setup.ethernet, **changes))


def _edit(kind: PayloadType, edit: Callable[[DoipMessage], DoipMessage | None]) -> Change:
    """Another message in the place of each of *kind*."""

    def change(setup: UnitSetup) -> UnitSetup:
        edits = (*setup.ethernet.deviations.edits, lambda message: edit(message) if message.kind is kind else message)
        return _with(setup, deviations=replace(setup.ethernet.deviations, edits=edits))

    return change


def _say(kind: PayloadType, **values: int | bytes) -> Change:
    """Other values in each message of *kind*."""
    return _edit(kind, lambda message: replace(message, values={**message.values, **values}))


def _keep_back(kind: PayloadType) -> Change:
    return _edit(kind, lambda message: None)


def _other_vin(message: DoipMessage) -> DoipMessage:
    data = message.raw("data")
    if not data.startswith(b"\x62\xf1\x90"):
        return message
    return replace(message, values={**message.values, "data": data[:-1] + b"8"})


def _first_message(segment: bytes) -> bytes:
    """The first message of a segment; what stands behind it is lost."""
    return segment[: _HEADER + int.from_bytes(segment[4:_HEADER], "big")] if len(segment) >= _HEADER else segment


def _one_message(segment: bytes) -> bytes | None:
    return segment if segment == _first_message(segment) else None


def _header_with_each_segment(segment: bytes) -> bytes:
    """A segment that has no whole header is taken for noise."""
    return segment if len(segment) >= _HEADER else b""


_CLOSING = EntityDeviations().closes_on

DOIP_FAULTS = (
    Fault("announces_once", "announces itself once", (_timing(announcements=1),)),
    Fault("announces_every_100ms", "announces itself every 100 ms", (_timing(announce_gap_ns=ms(100)),)),
    Fault(
        "tells_itself_after_2_5s",
        "tells who it is after 2.5 s, unasked and asked",
        (_timing(announce_least_ns=s(2.5), announce_wait_ns=s(3)),),
    ),
    Fault("announces_without_eid", "its EID and its GID are 0", (_say(PayloadType.ANNOUNCEMENT, eid=bytes(6), gid=bytes(6)),)),
    Fault(
        "announces_letter_o",
        "a letter O stands in the VIN of its announcement",
        (_say(PayloadType.ANNOUNCEMENT, vin=b"0PRECERT6TKO00001"),),
    ),
    Fault("announces_other_address", "announces another logical address", (_say(PayloadType.ANNOUNCEMENT, address=0x0FFF),)),
    Fault("answers_any_vin", "tells who it is to requests for another VIN", (_deviation(answers_any_vin=True),)),
    Fault(
        "refuses_every_activation",
        "refuses every routing activation with a code that nothing has",
        (_say(PayloadType.ACTIVATION_RES, code=0x20),),
    ),
    Fault("activates_any_type", "activates routing of an unknown type", (_options(activations=_ALL_TYPES),)),
    Fault("changes_source_of_socket", "a connection can be activated for a second address", (_deviation(changes_source=True),)),
    Fault("activation_untold", "does not answer requests for routing activation", (_keep_back(PayloadType.ACTIVATION_RES),)),
    Fault(
        "activates_more_than_told",
        "activates more connections than it says",
        (_options(max_sockets=8), _say(PayloadType.STATUS_RES, max_sockets=2)),
    ),
    Fault("serves_before_activation", "answers diagnostic messages before the routing activation", (_deviation(serves_unactivated=True),)),
    Fault(
        "wrong_pattern_keeps_socket",
        "a wrong pattern does not close the connection",
        (_deviation(closes_on=_CLOSING - {HeaderNack.INCORRECT_PATTERN}),),
    ),
    Fault("header_refusals_untold", "does not tell that a header is wrong", (_keep_back(PayloadType.HEADER_NACK),)),
    Fault("header_refusals_out_of_memory", "refuses every wrong header as lack of memory", (_say(PayloadType.HEADER_NACK, code=3),)),
    Fault(
        "unknown_type_closes_socket",
        "an unknown payload type closes the connection",
        (_deviation(closes_on=_CLOSING | {HeaderNack.UNKNOWN_TYPE}),),
    ),
    Fault("alive_check_ignored", "keeps a connection whose alive check is not answered", (_timing(alive_ns=s(60)),)),
    Fault("alive_check_after_2s", "waits 2 s for the answer to an alive check", (_timing(alive_ns=s(2)),)),
    Fault("shares_source_address", "activates one address on two connections", (_deviation(shares_source=True),)),
    Fault("initial_inactivity_10s", "keeps a connection without activation for 10 s", (_timing(initial_inactivity_ns=s(10)),)),
    Fault("initial_inactivity_500ms", "closes a connection without activation after 500 ms", (_timing(initial_inactivity_ns=ms(500)),)),
    Fault("general_inactivity_60s", "closes an activated connection after 60 s", (_timing(general_inactivity_ns=s(60)),)),
    Fault("general_inactivity_400s", "keeps an activated connection for 400 s", (_timing(general_inactivity_ns=s(400)),)),
    Fault("fragments_lost", "loses segments without a whole header", (_deviation(segments=_header_with_each_segment),)),
    Fault("reads_first_of_segment", "reads the first message of a segment only", (_deviation(segments=_first_message),)),
    Fault("closes_on_coalesced", "closes the connection when a segment holds several messages", (_deviation(segments=_one_message),)),
    Fault("acknowledges_after_answer", "acknowledges a diagnostic message after its answer", (_timing(ack_ns=ms(100)),)),
    Fault("acknowledgement_untold", "does not acknowledge diagnostic messages", (_keep_back(PayloadType.DIAGNOSTIC_ACK),)),
    Fault("answers_lost_over_ip", "does not pass answers of its units on", (_keep_back(PayloadType.DIAGNOSTIC),)),
    Fault("vin_over_ip_differs", "tells another VIN over IP than on the bus", (_edit(PayloadType.DIAGNOSTIC, _other_vin),)),
    Fault("unknown_target_untold", "does not refuse diagnostic messages", (_keep_back(PayloadType.DIAGNOSTIC_NACK),)),
    Fault("unknown_target_unreachable", "refuses every diagnostic message as unreachable", (_say(PayloadType.DIAGNOSTIC_NACK, code=6),)),
    Fault("takes_any_source", "passes messages of another address than the activated one on", (_deviation(takes_any_source=True),)),
    Fault("power_mode_undefined", "its power mode is 5", (_options(power_mode=5),)),
    Fault("power_mode_untold", "does not tell its power mode", (_keep_back(PayloadType.POWER_MODE_RES),)),
    Fault("status_counts_no_socket", "says that no connection is open", (_say(PayloadType.STATUS_RES, open_sockets=0),)),
    Fault("status_without_sockets", "says that it has no connections", (_say(PayloadType.STATUS_RES, max_sockets=0),)),
    Fault("status_longest_message_1", "says that its messages have one byte at most", (_say(PayloadType.STATUS_RES, max_size=1),)),
    Fault("status_node_type_7", "its node type is 7", (_say(PayloadType.STATUS_RES, node_type=7),)),
    Fault("relays_after_200ms", "passes answers on after 200 ms", (_timing(relay_ns=ms(200)),)),
    Fault("serves_plain_connections", "activates routing without protection", (_options(serves_plain=True),)),
    Fault("stalls_at_2gb", "a length of 2 GB or more makes it hear nothing any more", (_deviation(stalls_at_length=1 << 31),)),
)
