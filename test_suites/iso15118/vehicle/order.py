"""The order of the requests of a session, by the list of exchanges of its protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from harness.case import CaseBench
from harness.core import Check, Message
from harness.protocols.iso15118.message import V2gMessage

from ..words import DIN, EXCHANGES, ISO_20, OPTIONAL, START, STOP, is_stop

REPEATABLE = frozenset(
    (
        "ServiceDetail", "ContractAuthentication", "Authorization", "ChargeParameterDiscovery", "ScheduleExchange", "CableCheck",
        "DC_CableCheck", "PreCharge", "DC_PreCharge", "CurrentDemand", "DC_ChargeLoop", "WeldingDetection", "DC_WeldingDetection",
    )
)  # fmt: skip
"""Exchanges that may take place more than once in a row: loops, and waiting for a station that is busy."""


def exchange_of(request: Message) -> str:
    """The exchange that a request belongs to."""
    base = request.name.removesuffix("Req")
    if base == "supportedAppProtocol":
        return "SupportedAppProtocol"
    if base == "PowerDelivery":
        return STOP if is_stop(request) else START
    return base


def wrong_step(edition: str, requests: Sequence[Message]) -> tuple[str, Message | None]:
    """What is wrong with the order of *requests*, and the one that shows it; nothing if the order is right."""
    names = EXCHANGES[edition]
    # DIN SPEC 70121 leaves it to the vehicle whether it asks for details; a station offers none there.
    requests = [request for request in requests if edition != DIN or request.name != "ServiceDetailReq"]
    place = names.index(exchange_of(requests[0])) if requests and exchange_of(requests[0]) in names else 0
    for before, request in pairwise(requests):
        name = exchange_of(request)
        if name == exchange_of(before):
            if name in REPEATABLE or (name == START and edition == ISO_20):
                continue
            return f"{name} repeated", request
        following = [other for other in names[place + 1 :] if other == name or other not in OPTIONAL[edition]]
        if not following or following[0] != name:
            return f"{name} after {exchange_of(before)}", request
        place = names.index(name)
    return "", None


def talk_of(bench: CaseBench, first: V2gMessage) -> list[V2gMessage]:
    """The messages on the connection of *first*, from it on."""
    messages = [message for message in bench.all_messages() if isinstance(message, V2gMessage)]
    return [message for message in messages if message.connection == first.connection and message.frame >= first.frame]


def check_order(bench: CaseBench, check: Callable[..., Check], edition: str, *, since: V2gMessage) -> list[V2gMessage]:
    """Check that the requests on the connection of *since*, from it on, came in the order of the protocol; those requests."""
    requests = [message for message in talk_of(bench, since) if message.is_request]
    wrong, shown = wrong_step(edition, requests)
    check("order of requests", wrong or "right", equals="right", message=shown, note=f"{len(requests)} requests")
    return requests
