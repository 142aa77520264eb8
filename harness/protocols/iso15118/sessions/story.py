"""A session told line by line, in Chinese and English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from harness.core.durations import format_s
from harness.core.standard import Phase
from harness.protocols.iso15118.discovery import SECURITY
from harness.protocols.iso15118.message import DISCOVERY_REQUEST, DISCOVERY_RESPONSE, HANDSHAKE, SEALED, V2gMessage
from harness.protocols.iso15118.sessions.ending import Ending
from harness.protocols.iso15118.sessions.facts import offers_text, session_id_text
from harness.protocols.iso15118.sessions.quantities import quantities_of
from harness.protocols.iso15118.sessions.talk import Talk
from harness.protocols.iso15118.sessions.words import LANGUAGES, Words, say

__all__ = ["story_of"]

_SHOWN_CODES = 5


def story_of(talk: Talk, phases: Sequence[Phase], ending: Ending) -> Mapping[str, Sequence[str]]:
    """The lines by language."""
    lines = list(_lines(talk, phases, ending))
    return {language: tuple(say(line, language) for line in lines) for language in LANGUAGES}


def _lines(talk: Talk, phases: Sequence[Phase], ending: Ending) -> Iterator[Words]:
    yield from _discovery(talk)
    yield _agreement(talk)
    yield _security(talk)
    yield from _identity(talk)
    for phase in phases:
        span = format_s(phase.end_ns - phase.start_ns)
        name: Words = (f"phase.{phase.name}", {})
        yield "phase", {"start": format_s(phase.start_ns), "span": span, "name": name, "text": phase.text, "frame": phase.first_frame}
    for one in quantities_of(talk):
        numbers = {"low": f"{one.low:g}", "high": f"{one.high:g}", "last": f"{one.last:g}"}
        yield "quantity", {"name": (one.name, {}), "unit": one.unit, **numbers}
    yield from _codes(talk)
    if talk.unreadable:
        first = talk.unreadable[0]
        yield "unreadable", {"count": len(talk.unreadable), "frame": first.frame, "note": first.note}
    yield "ended", {"reason": ending.words}


def _discovery(talk: Talk) -> Iterator[Words]:
    asked = [message for message in talk.discovery if message.name == DISCOVERY_REQUEST]
    answers = [message for message in talk.discovery if message.name == DISCOVERY_RESPONSE]
    wanted = _protection(asked[-1]) if asked else "-"
    if answers:
        last = answers[-1]
        address = f"[{last.shown('SECCAddress')}]:{last.shown('SECCPort')}"
        values = {"asked": len(asked), "answered": len(answers), "wanted": wanted, "address": address, "given": _protection(last)}
        yield "discovered", values
    elif asked:
        yield "unanswered", {"asked": len(asked), "wanted": wanted}


def _protection(message: V2gMessage) -> str:
    value = message.values["Security"]
    return SECURITY.get(value, f"0x{value:02X}") if isinstance(value, int) else "?"


def _agreement(talk: Talk) -> Words:
    offer, answer = talk.first("supportedAppProtocolReq"), talk.first("supportedAppProtocolRes")
    if answer is not None:
        values = {
            "offers": offers_text(offer) if offer is not None else "?",
            "code": answer.text("ResponseCode"),
            "frame": answer.frame,
            "schema": answer.values.get("SchemaID", "-"),
        }
        if answer.edition is not None:
            return "agreed", {**values, "title": answer.edition.title, "version": _version(offer, answer)}
        return "refused", values
    if talk.edition is not None:
        return "guessed", {"title": talk.edition.title}
    return "unknown", {}


def _version(offer: V2gMessage | None, answer: V2gMessage) -> str:
    schema, number = answer.values.get("SchemaID"), 1
    while offer is not None and f"AppProtocol[{number}].SchemaID" in offer.values:
        path = f"AppProtocol[{number}]"
        if offer.values[f"{path}.SchemaID"] == schema:
            return f"{offer.shown(f'{path}.VersionNumberMajor')}.{offer.shown(f'{path}.VersionNumberMinor')}"
        number += 1
    return "?"


def _security(talk: Talk) -> Words:
    sealed = next((message for message in talk.messages if message.name == SEALED), None)
    if sealed is not None:
        return "sealed", {"note": sealed.note, "frame": sealed.frame}
    outcome = next((message for message in talk.messages if message.name == HANDSHAKE), None)
    if outcome is not None and outcome.text("Alert"):
        return "tls_refused", {"by": (outcome.sender or "somebody", {}), "alert": outcome.text("Alert"), "frame": outcome.frame}
    if outcome is not None:
        return "tls_agreed", {"security": outcome.text("Version"), "cipher": outcome.text("Cipher"), "frame": outcome.frame}
    security = next((message.security for message in talk.known or talk.messages if message.security), "")
    return ("opened", {"security": security}) if security else ("plain", {})


def _identity(talk: Talk) -> Iterator[Words]:
    response = talk.first("SessionSetupRes")
    if response is None or not response.session_id:
        return
    later = [message for message in talk.known if message.t_ns >= response.t_ns and message.session_id is not None]
    other = sum(message.session_id != response.session_id for message in later)
    yield "identity", {"id": session_id_text(talk), "code": response.text("ResponseCode"), "messages": len(later), "other": other}


def _codes(talk: Talk) -> Iterator[Words]:
    responses = [message for message in talk.known if message.is_response]
    if not responses:
        return
    other = [message for message in responses if not message.text("ResponseCode").startswith("OK")]
    if not other:
        yield "codes_ok", {"count": len(responses)}
        return
    counts = Counter(f"{message.base} {message.text('ResponseCode')}" for message in other)
    told = ", ".join(f"{name} ({count})" for name, count in counts.most_common(_SHOWN_CODES))
    yield "codes_other", {"count": len(responses), "bad": len(other), "told": told}
