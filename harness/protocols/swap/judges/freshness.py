"""INV-6: before a contactor of a newly mated pack closes, that pack has told who it is, what it bears and how it is insulated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.check import Check, Finding
from harness.core.message import Message
from harness.core.standard import JudgeContext
from harness.protocols.swap.judges.finding import found, verdict
from harness.protocols.swap.messages import SwapProfile

__all__ = ["judge_freshness"]

_RULE = "INV-6 nothing cached"
_WANTED = ("PACK_ID", "PACK_LIM", "InsulationStatus")


def judge_freshness(messages: Sequence[Message], context: JudgeContext, profile: SwapProfile) -> Iterator[Check]:
    """One check over every first closing of a contactor after a mating that the trace shows."""
    wanted = frozenset(each for each in _WANTED if each == "InsulationStatus" or profile.has(each))
    told: set[str] | None = None
    """What the mated pack has told so far; ``None`` before any mating was seen, and once its contactors were judged."""
    before: object = None
    judged = 0
    findings: list[Finding] = []
    for message in messages:
        if message.name == "LOCK_STS" and message.sender in context.parties:
            state = message.values.get("ElecConn")
            if state == "mated" and before == "open":
                told = set()
            before = state
        if told is None:
            continue
        if message.name == "PACK_STS2" and message.values.get("InsulationStatus") not in (None, "measuring"):
            told.add("InsulationStatus")
        told.add(message.name)
        if message.name == "PACK_STS2" and any(message.values.get(each) == "closed" for each in ("Precharge", "MainPos", "MainNeg")):
            judged += 1
            lacking = ", ".join(sorted(wanted - told))
            if lacking and message.values.get("Weld") != "welded":
                findings.append(found(_RULE, f"contactor closed before the pack told {lacking}", message))
            told = None
    yield from verdict(_RULE, findings, judged, "matings", f"{', '.join(sorted(wanted))} of the mated pack before its contactors close")
