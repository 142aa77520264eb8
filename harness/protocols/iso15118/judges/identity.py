"""V4: every message after SessionSetup carries the session id that the charger gave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.check import Check, Finding
from harness.core.standard import JudgeContext
from harness.protocols.iso15118.judges.remarks import check_of, concerns, remark
from harness.protocols.iso15118.message import CHARGER, VEHICLE, V2gMessage
from harness.protocols.iso15118.sequence import FIRST
from harness.protocols.iso15118.sessions.ending import is_failed
from harness.protocols.iso15118.sessions.talk import Talk

__all__ = ["judge_identity"]

_JOINED, _NEW = "OK_OldSessionJoined", "OK_NewSessionEstablished"


def judge_identity(talks: Sequence[Talk], context: JudgeContext) -> Iterator[Check]:
    """One check for each party."""
    for party in (VEHICLE, CHARGER):
        seen, remarks = 0, list[Finding]()
        for talk in talks:
            carrying = [message for message in talk.known if message.session_id is not None]
            seen += sum(message.sender == party for message in carrying)
            if party == CHARGER:
                remarks += _given(carrying)
            remarks += _kept(carrying, party)
        if seen and concerns(context, party):
            yield check_of(f"V4 {party} session id", f"{seen} messages", remarks, "the id that SessionSetupRes gave in all later messages")


def _given(messages: Sequence[V2gMessage]) -> Iterator[Finding]:
    """What the charger made of the id that the vehicle asked for."""
    asked = b""
    for message in messages:
        identity = message.session_id or b""
        if message.name == f"{FIRST}Req":
            asked = identity
        elif message.name == f"{FIRST}Res" and not is_failed(message):
            code = message.text("ResponseCode")
            if not any(identity):
                yield remark(f"{message.name} gives the session id {identity.hex() or 'of no byte'}", message, "V4 charger session id")
            elif code == _JOINED and identity != asked:
                text = f"{code} with the id {identity.hex().upper()}, asked for was {asked.hex().upper()}"
                yield remark(text, message, "V4 charger session id")
            elif code == _NEW and any(asked) and identity == asked:
                yield remark(f"{code} with the id of the old session", message, "V4 charger session id")


def _kept(messages: Sequence[V2gMessage], party: str) -> Iterator[Finding]:
    given: bytes | None = None
    for message in messages:
        if message.name == f"{FIRST}Res":
            given = None if is_failed(message) else message.session_id
        elif message.base == FIRST:
            continue
        elif given is None and message.sender == party and message is messages[0]:
            # The recording begins in mid-session: the first message tells the id.
            given = message.session_id
        elif message.sender == party and given is not None and message.session_id != given and not is_failed(message):
            own = (message.session_id or b"").hex().upper()
            yield remark(f"{message.name} carries the id {own}, given was {given.hex().upper()}", message, f"V4 {party} session id")
