"""The kinds of deviation a machine can have; a fault is a tuple of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.protocols.iso15118.behaviour.moment import Content, Moment

__all__ = [
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


def _always(moment: Moment) -> bool:
    return True


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
    """*check* is not made; without *exchange* in none.

    Checks of a message: ``response_code``, ``session_id``, ``message`` (another one is taken for the right one, and the machine goes on
    as if that had come), ``encoding`` (the same for one that cannot be read), ``header`` (of V2GTP), ``payload_type``, ``pieces`` (what
    a segment lacks of a frame is not put together with the next one), ``parameters``
    (whatever else a row finds wrong with a response: the machine goes on to the next exchange).
    Of discovery: ``sdp_length``, ``sdp_header``, ``sdp_type``, ``sdp_address``, ``sdp_port``, ``sdp_security``, ``sdp_transport``,
    ``sdp_second`` (an answer is taken although the machine has one).
    Of the agreement: ``schema_id``. In the energy loop: ``over_current``, ``over_voltage``.
    """

    check: str
    exchange: str = ""
    when: Callable[[Moment], bool] = _always


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
    """*action* is not taken while *when* holds; with *exchange* only while that one takes place or took place last.

    Actions: ``leave`` (react to a fault at all), ``close_tcp``, ``present_b``, ``present_c``, ``open_contactor``, ``close_contactor``,
    ``heed_pilot``, ``heed_plug``, ``heed_user``, ``heed_pause``, ``heed_wish`` (leave the energy loop in order), ``heed_connection``
    (that the peer tore the connection down), ``give_up_discovery``, ``try_again`` (begin anew after an end), ``forget`` (the session that
    was paused), ``await_pilot`` (before a request that needs it in B).
    """

    action: str
    exchange: str = ""
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class Act:
    """*action* is taken as the first request of *exchange*, or each one of ``SECCDiscovery``, becomes due.

    Actions: ``present_b``, ``present_c``, ``close_contactor``, ``open_contactor``, ``close_tcp``, ``reset_tcp``.
    """

    exchange: str
    action: str
    when: Callable[[Moment], bool] = _always


@dataclass(frozen=True, slots=True)
class OptionEffect:
    """The option *name* of the machine or its plant has this value."""

    name: str
    value: object


Effect = (
    Change | Derive | Bytes | SessionId | Instead | Suppress | Delay | Twice | Misread | Overlook | Leads | TimerEffect | Refrain | Act
    | OptionEffect
)  # fmt: skip
