"""TIMER: the steps of a swap within the timers of the profile; only a recording is judged by it, on a bench the cases measure them.

A step begins with an order of the station or the mating of a pack, and is done when the truck or the pack shows it. What was turned down,
or was followed by another order before its time was up, is not judged. A timer that rests on our own choice alone warns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from harness.core.check import Check, Finding, Severity, Statistics, judge_number, judge_quality
from harness.core.durations import ns_in
from harness.core.limit import Limit
from harness.core.message import Message, Value
from harness.core.standard import JudgeContext
from harness.core.uncertainty import round_up
from harness.core.verdict import Reason
from harness.protocols.swap.orders import FEEDBACK, orders_of

__all__ = ["RULES", "judge_recorded"]

RULES = {"TIMER": "steps within their timers"}
_MATED, _CHALLENGED, _ORDERED = "mated", "challenged", "ordered"
_TOUCHABLE, _SHARE = "voltage.touchable", "precharge.share"
_NO_STAMPS = "the time stamps cannot carry a timing verdict"
_MAX_FINDINGS = 50

Shown = Callable[[Message], bool]


@dataclass(frozen=True, slots=True)
class _Begin:
    """What starts a timer."""

    message: Message
    what: str
    first: int
    """Its place among the messages."""
    after: int
    """The place from which on something else goes on."""


@dataclass(frozen=True, slots=True)
class _Span:
    length_ns: int
    message: Message
    """The message that ends it; the one that begins it where nothing ended it in time."""
    what: str
    is_open: bool = False


def judge_recorded(messages: Sequence[Message], context: JudgeContext) -> Iterator[Check]:
    """One check for each timer of which the recording shows a begin."""
    places = {id(message): index for index, message in enumerate(messages)}
    orders = orders_of(messages)
    begins: dict[str, list[_Begin]] = {_ORDERED: [], _MATED: list(_matings(messages)), _CHALLENGED: list(_challenges(messages))}
    for order, begin in zip(orders, _spread([places[id(order.message)] for order in orders], messages), strict=True):
        if order is orders[0] and order.command != "session_open" and not _is_first_seen(order.message, messages):
            # The recording begins in the middle: when the order was given nobody knows.
            continue
        begins[_ORDERED].append(replace(begin, what=order.command))
        if order.result != "rejected":
            begins.setdefault(order.command, []).append(begins[_ORDERED][-1])
    hears_packs = any(message.name.startswith("PACK_") for message in messages)
    for timer, (start, shown) in _steps(messages, context).items():
        if start == _MATED and not hears_packs:
            continue
        limit = context.limits.get(f"timer.{timer}")
        spans = [span for begin in begins.get(start, ()) if limit and (span := _span(begin, messages, shown, limit)) is not None]
        if spans and limit is not None:
            yield _worst(f"TIMER {timer}", spans, limit, context)


def _is_first_seen(message: Message, messages: Sequence[Message]) -> bool:
    """Whether the station said something else before *message*."""
    return next(one for one in messages if one.name == message.name) is not message


def _steps(messages: Sequence[Message], context: JudgeContext) -> Mapping[str, tuple[str, Shown]]:
    """What begins each timer, and what ends it."""
    live = _live(messages, context)
    return {
        "T_ACK": (_ORDERED, _says("ACK")),
        "T_AUTH": (_CHALLENGED, _says("AUTH_RSP")),
        "T_PREP": ("prepare_swap", _says(*FEEDBACK["prepare_swap"])),
        "T_HV_DOWN": ("prepare_swap", _is_dead(context)),
        "T_UNLOCK": ("unlock", _says(*FEEDBACK["unlock"])),
        "T_REMOVE": ("pack_removing", _says(*FEEDBACK["pack_removing"])),
        "T_INSTALL": ("pack_installing", _says(*FEEDBACK["pack_installing"])),
        "T_MATE": ("pack_placed", _says(*FEEDBACK["pack_placed"])),
        "T_LOCK": ("lock", _says(*FEEDBACK["lock"])),
        "T_BMS_FIRST": (_MATED, lambda message: message.name in ("PACK_STS1", "PACK_STS2")),
        "T_ID": (_MATED, _says("PACK_ID")),
        "T_LIM": (_MATED, _says("PACK_LIM")),
        "T_INS": (_MATED, lambda message: message.values.get("InsulationStatus") in ("ok", "warning", "fault")),
        "T_PRECHARGE": ("success", lambda message: id(message) in live),
        "T_READY": ("success", _says("VEH_STS", "VehSwapMode", "restored")),
    }


def _says(name: str, signal: str = "", value: Value = None) -> Shown:
    return lambda message: message.name == name and (not signal or message.values.get(signal) == value)


def _is_dead(context: JudgeContext) -> Shown:
    limit = context.limits.get(_TOUCHABLE)
    highest = float(limit.value) if limit is not None and limit.value is not None else None

    def shown(message: Message) -> bool:
        voltage = message.values.get("LinkVoltage")
        return message.name == "VEH_STS" and isinstance(voltage, int | float) and highest is not None and voltage < highest

    return shown


def _live(messages: Sequence[Message], context: JudgeContext) -> frozenset[int]:
    """The messages that tell a link at the pack's voltage; where no pack tells its own, a link that the truck calls live."""
    limit = context.limits.get(_SHARE)
    share = float(limit.value) / 100 if limit is not None and limit.value is not None else None
    pack: Value = None
    live = set()
    for message in messages:
        if message.name == "PACK_STS1":
            pack = message.values.get("PackVoltage")
        elif message.name == "VEH_STS":
            link = message.values.get("LinkVoltage")
            if share is not None and isinstance(pack, int | float) and isinstance(link, int | float):
                is_live = link >= share * pack
            else:
                is_live = message.values.get("HvBusState") == "energised"
            live |= {id(message)} if is_live else set()
    return frozenset(live)


def _spread(places: Sequence[int], messages: Sequence[Message], what: str = "") -> Iterator[_Begin]:
    """Begins at *places* among *messages*, each until the next one."""
    for first, after in pairwise([*places, len(messages)]):
        yield _Begin(messages[first], what, first, after)


def _matings(messages: Sequence[Message]) -> Iterator[_Begin]:
    changes: list[int] = []
    state: Value = None
    for index, message in enumerate(messages):
        if message.name == "LOCK_STS" and message.values.get("ElecConn") != state:
            state = message.values.get("ElecConn")
            changes.append(index)
    for before, begin in pairwise(_spread(changes, messages, "mating")):
        if (before.message.values.get("ElecConn"), begin.message.values.get("ElecConn")) == ("open", "mated"):
            yield begin


def _challenges(messages: Sequence[Message]) -> Iterator[_Begin]:
    yield from _spread([index for index, message in enumerate(messages) if message.name == "AUTH_CHAL"], messages, "challenge")


def _span(begin: _Begin, messages: Sequence[Message], shown: Shown, limit: Limit) -> _Span | None:
    """How long it took; ``None`` if something else went on before it was done and before its time was up."""
    for index in range(begin.first, begin.after):
        message = messages[index]
        if shown(message) and _is_about(message, begin):
            return _Span(message.t_ns - begin.message.t_ns, message, f"after {begin.what}:")
    until = messages[min(begin.after, len(messages) - 1)]
    waited_ns = until.t_ns - begin.message.t_ns
    return _Span(waited_ns, begin.message, f"nothing after {begin.what} for", is_open=True) if waited_ns > limit.upper_ns else None


def _is_about(message: Message, begin: _Begin) -> bool:
    """Whether an answer is to this order."""
    return message.name != "ACK" or message.values.get("AckCmd") == begin.message.values.get("SwapCmd")


def _worst(name: str, spans: Sequence[_Span], limit: Limit, context: JudgeContext) -> Check:
    """One check over all *spans*; each that is too long is a finding."""
    severity = Severity.WARNING if limit.confidence == "low" else Severity.FAILURE
    late = [span for span in spans if span.length_ns > limit.upper_ns]
    worst = max(spans, key=lambda span: span.length_ns)
    place = worst.message.frames[:1]
    findings = tuple(_finding(name, span, limit, severity) for span in late[:_MAX_FINDINGS])
    if worst.is_open:
        text = f"{worst.what} {ns_in(worst.length_ns, 's').normalize():f} s"
        check = judge_quality(
            name, False, observed=text, expected=f"{limit.criterion()}: {limit.text}", severity=severity, frames=place,
            t_ns=worst.message.t_ns, findings=findings if severity is Severity.FAILURE else (), occurrences=len(late),
        )  # fmt: skip
    else:
        lengths = [ns_in(span.length_ns, limit.unit) for span in spans if not span.is_open]
        mean = (sum(lengths, Decimal(0)) / len(lengths)).quantize(Decimal("0.001"))
        uncertainty = None
        if context.time_base is not None:
            uncertainty = ns_in(1, limit.unit) * round_up(context.time_base.interval_uncertainty_ns(worst.length_ns))
        check = judge_number(
            name, ns_in(worst.length_ns, limit.unit), limit.criterion(), uncertainty=uncertainty, rule=context.rule, severity=severity,
            note=limit.text, frames=place, t_ns=worst.message.t_ns, statistics=Statistics(len(lengths), min(lengths), mean, max(lengths)),
            findings=findings if severity is Severity.FAILURE else (), occurrences=len(late),
        )  # fmt: skip
    return check if context.time_base is not None else check.inconclusive(Reason.NO_TIMEBASE, _NO_STAMPS)


def _finding(name: str, span: _Span, limit: Limit, severity: Severity) -> Finding:
    length = f"{ns_in(span.length_ns, limit.unit).normalize():f} {limit.unit}"
    text = f"{name}: {span.what} {length}, expected {limit.criterion()} ({limit.text})"
    return Finding(text, span.message.t_ns, span.message.frames[0] if span.message.frames else None, severity, name)
