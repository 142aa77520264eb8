"""N3: a unit answers what it was asked, with codes that are defined, and gives the answers that it announced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from harness.core.check import Check, Finding, Severity, judge_quality
from harness.core.durations import format_s
from harness.core.message import Message
from harness.core.standard import JudgeContext
from harness.protocols.uds.addressing import ELEVEN_BIT
from harness.protocols.uds.services import Nrc

__all__ = ["judge_diagnostics"]

_NAME = "N3 answers of diagnostics"
_LIMIT = "uds.p2_star"
_NEGATIVE, _CLAIM = "NegativeResponse", "AddressClaimed"
_DEFINED = frozenset(Nrc)


def judge_diagnostics(messages: Sequence[Message], ours: Set[int], context: JudgeContext, end_ns: int) -> Iterator[Check]:
    """One check over every answer in the trace that ends at *end_ns*; *ours* are the frames of the tester."""
    view = _View(None if context.time_base is None or _LIMIT not in context.limits else context.limits[_LIMIT].upper_ns)
    for message in messages:
        view.see(message, is_ours=not ours.isdisjoint(message.frames))
    view.end(end_ns)
    if not view.answers:
        return
    first = view.findings[0] if view.findings else None
    yield judge_quality(
        _NAME,
        first is None,
        observed=first.text if first else f"{view.answers} answers",
        expected="an answer to each announcement, defined codes, nothing unasked",
        frames=(first.frame,) if first and first.frame else (),
        t_ns=first.at_ns if first else None,
        findings=tuple(view.findings),
        occurrences=len(view.findings),
    )


class _View:
    """What is open between testers and units."""

    def __init__(self, p2_star_ns: int | None) -> None:
        self.findings: list[Finding] = []
        self.answers = 0
        self._p2_star_ns = p2_star_ns
        self._asked: set[tuple[object, object]] = set()
        """Unit (``None``: all) and service of every request so far."""
        self._announced: dict[tuple[object, object], Message] = {}

    def see(self, message: Message, *, is_ours: bool) -> None:
        """The next message of the trace."""
        values = message.values
        if message.name == _CLAIM:
            # A unit that starts anew owes nothing any more.
            # Which one claims cannot be told of one with 11-bit identifiers.
            gone = {values.get("source"), *ELEVEN_BIT}
            self._announced = {key: told for key, told in self._announced.items() if key[0] not in gone}
        elif "functional" in values:
            if is_ours or message.name.endswith(".Req"):
                # A tester may ask for a number that belongs to answers: it is what the unit refuses.
                self._asked.add((None if values["functional"] else values["target"], message.data[0]))
            else:
                self._answer(message)

    def end(self, end_ns: int) -> None:
        """The trace is over."""
        for message in self._announced.values():
            self._late(message, end_ns, "nothing")

    def _answer(self, message: Message) -> None:
        self.answers += 1
        unit, sid = message["source"], message["sid"]
        if (unit, sid) not in self._asked and (None, sid) not in self._asked:
            self._found(message, f"{message.name} of unit {_hex(unit)} to no request")
        if (told := self._announced.pop((unit, sid), None)) is not None:
            self._late(told, message.start_ns, message.name)
        if message.name == _NEGATIVE:
            code = message["nrc"]
            if code not in _DEFINED:
                self._found(message, f"refusal of unit {_hex(unit)} with the code {_hex(code)}")
            if code == Nrc.RESPONSE_PENDING:
                self._announced[unit, sid] = message

    def _late(self, told: Message, until_ns: int, what: str) -> None:
        waited_ns = until_ns - told.t_ns
        if self._p2_star_ns is not None and waited_ns > self._p2_star_ns:
            self._found(told, f"unit {_hex(told['source'])} announces an answer, then {what} for {format_s(waited_ns)} s")

    def _found(self, message: Message, text: str) -> None:
        self.findings.append(Finding(text, message.t_ns, message.frames[0] if message.frames else None, Severity.FAILURE, _NAME))


def _hex(value: object) -> str:
    return f"{value:02X}" if isinstance(value, int) else "?"
