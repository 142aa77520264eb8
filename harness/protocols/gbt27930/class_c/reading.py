"""Sessions of class C as a recording shows them: phases, versions, limits told, and who stopped. Nothing is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from harness.core.check import Finding, Severity
from harness.core.message import Message
from harness.core.standard import Phase, Session
from harness.protocols.gbt27930.class_c.groups import GROUPS, Group
from harness.protocols.gbt27930.class_c.version import CLASS_C, Result, Version

__all__ = ["DIALECT", "NOT_JUDGED", "TITLE", "is_class_c", "negotiation_of", "read_class_c", "speaks_class_c"]

DIALECT = "2024C"
TITLE = "GB/T 27930.2-2024 class C"
NOT_JUDGED = (
    "class C is decoded from a public signal database and not judged: sequence, periods, timeouts and limits of "
    "GB/T 27930.2-2024 are not public"
)

_BY_NAME = {group.name: group for group in GROUPS.values()}
_RESULTS: Mapping[int, str] = {Result.AGREED: "agreed", Result.FAILED: "failed"}


def is_class_c(message: Message) -> bool:
    """Whether *message* is one of class C."""
    return _is_of_class_c(message.name)


def _is_of_class_c(name: str) -> bool:
    return name == "VC" or name.partition(".")[0] in ("CONTROL", "LM", "PGI") or name in _BY_NAME


def speaks_class_c(messages: Sequence[Message]) -> bool:
    """Whether more than a version was told, or the version negotiation ended with class C."""
    return any(_is_of_class_c(name) and name != "VC" for name in {message.name for message in messages}) or _is_agreed(messages)


def negotiation_of(messages: Sequence[Message]) -> str:
    """What the version negotiation came to, one line; empty if there was none."""
    told = {message.sender: message for message in messages if message.name == "VC"}
    if not told:
        return ""
    parts = [f"{party} {told[party]['version']!s}" if party in told else f"no answer of the {party}" for party in ("charger", "vehicle")]
    results = {int(message.number("result")) for message in messages if message.name == "VC"} - {int(Result.OPEN)}
    outcome = " and ".join(_RESULTS.get(result, f"result {result}") for result in sorted(results)) or "no result"
    return f"{', '.join(parts)}: {outcome}"


def read_class_c(messages: Sequence[Message]) -> list[Session]:
    """The sessions of class C on one link; a negotiation that led to a session of 2015 is none."""
    own = [message for message in messages if is_class_c(message)]
    return [_session(part) for part in _split(own) if speaks_class_c(part)]


def _is_agreed(messages: Sequence[Message]) -> bool:
    versions = {message.sender: Version.parse(str(message["version"])) for message in messages if message.name == "VC"}
    return len(versions) == 2 and min(versions.values()) >= CLASS_C


def _split(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """A version negotiation after anything else begins a new session."""
    part: list[Message] = []
    for message in messages:
        if message.name == "VC" and any(earlier.name != "VC" for earlier in part):
            yield part
            part = []
        part.append(message)
    if part:
        yield part


def _session(messages: Sequence[Message]) -> Session:
    first, last = messages[0], messages[-1]
    stop = next((message for message in messages if message.name in ("PGI03", "PGI04")), None)
    begins, ends = first.name == "VC", any(message.name in ("PGI93", "PGI94") for message in messages)
    reason = f"{stop.name}: stop by the {stop.sender}, {stop.note}" if stop else "the recording shows no stop"
    finding = Finding(NOT_JUDGED, first.t_ns, first.frames[0] if first.frames else None, Severity.INFO, "class C")
    return Session(
        link=first.link,
        start_ns=first.start_ns,
        end_ns=last.t_ns,
        phases=tuple(_phases(messages)),
        ended_by=stop.sender if stop else "",
        end_reason=reason if begins else f"{reason}; the recording begins in mid-session",
        facts=dict(_facts(messages)),
        findings=(finding,),
        complete=begins and ends,
    )


def _phases(messages: Sequence[Message]) -> Iterator[Phase]:
    named: list[tuple[str, Message]] = []
    for message in messages:
        group = _BY_NAME.get(message.name)
        name = "version negotiation" if message.name == "VC" else group.phase if group else "any"
        named.append((named[-1][0] if name == "any" and named else name, message))
    for name, pairs in groupby(named, key=lambda pair: pair[0]):
        part = [message for _, message in pairs]
        counts = Counter(_label(message) for message in part)
        text = ", ".join(f"{count} {label}" for label, count in counts.items())
        yield Phase("unknown" if name == "any" else name, part[0].start_ns, part[-1].t_ns, part[0].frames[0] if part[0].frames else 0, text)


def _label(message: Message) -> str:
    group = _BY_NAME.get(message.name)
    return f"{message.name} ({group.title})" if group else message.name


def _facts(messages: Sequence[Message]) -> Iterator[tuple[str, str]]:
    yield "edition", TITLE
    if told := negotiation_of(messages):
        yield "version negotiation", told
    latest = {message.name: message for message in messages if message.name in _BY_NAME}
    for name, label in (("PGI21", "charger range"), ("PGI22", "battery"), ("PGI93", "charger statistics"), ("PGI94", "vehicle statistics")):
        if name in latest:
            yield label, f"{_values(latest[name], _BY_NAME[name])} ({name})"


def _values(message: Message, group: Group) -> str:
    parts = []
    for item in group.fields:
        value = message.values.get(item.name)
        if value is not None:
            word = item.words.get(value) if isinstance(value, int) else None
            parts.append(f"{item.name} {word or value!s}{' ' + item.unit if item.unit else ''}")
    return ", ".join(parts)
