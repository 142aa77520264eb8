"""The kinds of deviation a machine can have; a fault is a tuple of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.core.problems import did_you_mean
from harness.protocols.iso15118.behaviour.moment import Content, Moment

__all__ = [
    "ACTIONS",
    "CHECKS",
    "DEEDS",
    "Act",
    "Bytes",
    "Change",
    "Delay",
    "Derive",
    "Effect",
    "Instead",
    "Leads",
    "Misread",
    "OptionEffect",
    "Overlook",
    "Refrain",
    "SessionId",
    "Suppress",
    "TimerEffect",
    "Twice",
]


CHECKS = {
    "response_code": "the response says OK",
    "session_id": "the response carries the id of the session",
    "message": "the response is of the right kind; otherwise the machine goes on as if that had come",
    "encoding": "the response can be read; otherwise the same",
    "header": "the V2GTP header of the response is right",
    "payload_type": "the response has the payload type of the protocol",
    "pieces": "what a segment lacks of a frame is put together with the next one",
    "parameters": "whatever else a row wants of a response; otherwise the machine goes on to the next exchange",
    "over_current": "the station gives no more current than asked for",
    "over_voltage": "the station tells no more voltage than the battery takes",
    "sdp_length": "a discovery answer has the right length",
    "sdp_header": "its V2GTP header is right",
    "sdp_type": "its payload type is that of an answer",
    "sdp_address": "it names a link-local address",
    "sdp_port": "it names a dynamic port",
    "sdp_security": "it names the security asked for",
    "sdp_transport": "it names TCP",
    "sdp_second": "there is no answer yet",
}
"""What a machine looks at before it believes the station."""

ACTIONS = {
    "leave": "react to a fault at all",
    "close_tcp": "close the connection",
    "present_b": "bring the control pilot to state B",
    "present_c": "bring it to state C",
    "open_contactor": "open the contactor",
    "close_contactor": "close it",
    "heed_pilot": "look at the control pilot and the data link",
    "heed_plug": "notice that the plug was pulled",
    "heed_user": "end charging when the user wants it",
    "heed_pause": "pause when the user wants it",
    "heed_wish": "leave the energy loop in order",
    "heed_connection": "notice that the station ended the connection or tore it down",
    "give_up_discovery": "end discovery after its last request",
    "try_again": "begin anew after an end or a pause",
    "forget": "forget a paused session that has ended",
    "await_pilot": "wait for state B before a request that needs it",
}
"""What a machine does, and may fail to do."""

DEEDS = {
    "present_b": "bring the control pilot to state B",
    "present_c": "bring it to state C",
    "open_contactor": "open the contactor",
    "close_contactor": "close it",
    "close_tcp": "close the connection",
    "reset_tcp": "tear it down",
}
"""What a machine can be made to do out of place."""


def _always(moment: Moment) -> bool:
    return True


def _require(name: str, known: Iterable[str], what: str) -> None:
    if name not in known:
        raise ValueError(f"no {what} is named '{name}'{did_you_mean(name, known)}")


@dataclass(frozen=True, slots=True)
class Change:
    """Elements of the own message have these values, by path; ``None`` leaves one out. Values outside their type are sent as well."""

    exchange: str
    values: Content
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Derive:
    """The content of the own message is made from the right one."""

    exchange: str
    make: Callable[[Content, Moment], Content]


@dataclass(frozen=True, slots=True)
class Bytes:
    """The own V2GTP frame, header included, is made from the right one; nothing checks it any more."""

    exchange: str
    make: Callable[[bytes], bytes]
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class SessionId:
    """The own message carries this session id."""

    exchange: str
    value: bytes
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Instead:
    """The message of the exchange *other*, with its ordinary content, is sent in place of that of *exchange*."""

    exchange: str
    other: str
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Suppress:
    """The own message does not leave; the machine believes that it did."""

    exchange: str
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Delay:
    """The own message leaves so much later."""

    exchange: str
    by_ns: int
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Twice:
    """The own message leaves two times, one right after the other."""

    exchange: str
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Misread:
    """The content of the peer's message is taken for another one, before anything looks at it, the response code included."""

    exchange: str
    make: Callable[[Content, Moment], Content]


@dataclass(frozen=True, slots=True)
class Overlook:
    """*check*, one of ``CHECKS``, is not made; without *exchange* in none.

    Raises:
        ValueError: there is no such check.
    """

    check: str
    exchange: str = ""
    when: Callable[[Moment], bool] = _always

    def __post_init__(self) -> None:
        _require(self.check, CHECKS, "check")


@dataclass(frozen=True, slots=True)
class Leads:
    """A good response of *exchange* leads to the exchange *target*.

    ``again``: the same one once more; ``leave``: as a fault does; ``end``: to the orderly end; ``nowhere``: the machine sends nothing more;
    of ``SECCDiscovery``: it takes no answer.
    """

    exchange: str
    target: str
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class TimerEffect:
    """The timer *name* runs *value_ns* if *when* holds as it is armed; ``None``: it is not armed then.

    Names: ``response.<exchange>``, ``setup``, ``ongoing``, ``loop.cable_check``, ``loop.pre_charge``, ``ready_to_charge``, ``discovery``
    (to the first discovery request), ``sdp`` (to the next one), ``sdp_after_refusal`` (of the connection), ``cp_b``, ``close``,
    ``open_limit``.
    """

    name: str
    value_ns: int | None
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Refrain:
    """*action*, one of ``ACTIONS``, is not taken while *when* holds; with *exchange* only while that one takes place or took place last.

    Raises:
        ValueError: there is no such action.
    """

    action: str
    exchange: str = ""
    when: Callable[[Moment], bool] = _always

    def __post_init__(self) -> None:
        _require(self.action, ACTIONS, "action")


@dataclass(frozen=True, slots=True)
class Act:
    """*action*, one of ``DEEDS``, is taken as the first request of *exchange*, or each one of ``SECCDiscovery``, becomes due.

    Raises:
        ValueError: there is no such action.
    """

    exchange: str
    action: str
    when: Callable[[Moment], bool] = _always

    def __post_init__(self) -> None:
        _require(self.action, DEEDS, "action")


@dataclass(frozen=True, slots=True)
class OptionEffect:
    """The option *name* of the machine or its plant has this value."""

    name: str
    value: object


Effect = (
    Change | Derive | Bytes | SessionId | Instead | Suppress | Delay | Twice | Misread | Overlook | Leads | TimerEffect | Refrain | Act
    | OptionEffect
)  # fmt: skip
