"""A recording turned into a replay file: what its vehicle answered, for the model ``replay`` of a rig."""

from __future__ import annotations

import json

from harness.analyse.analysis import CaptureAnalysis, LinkAnalysis
from harness.core import ConfigError, Problem, Session, format_s

__all__ = ["replay_file"]

_SCHEMA = "precert-replay/1"


def replay_file(analysis: CaptureAnalysis, session_number: int | None = None) -> str:
    """The text of the replay file for one session: that of *session_number* (from 1), or else the first complete one, or else the first.

    Raises:
        ConfigError: there is no such session, or it cannot be replayed.
    """
    path = analysis.capture.path
    found = [(link, session) for link in analysis.links for session in link.sessions]
    if not found:
        raise ConfigError(Problem("no session to replay was found in this recording", path))
    if session_number is not None and not 1 <= session_number <= len(found):
        raise ConfigError(Problem(f"there is no session {session_number} to replay (have: 1..{len(found)})", path))
    chosen = session_number - 1 if session_number else next((i for i, (_, session) in enumerate(found) if session.complete), 0)
    link, session = found[chosen]
    assert link.standard is not None
    if not getattr(link.standard, "replays", True):
        raise ConfigError(Problem(f"no model can replay a session of this standard ({link.standard.title})", path))
    lines = link.standard.replay(link.messages, analysis.capture.on(link.link), session)
    if not lines:
        start = format_s(session.start_ns)
        text = f"session {chosen + 1}, from {start} s, cannot be replayed: it does not show its beginning, or no answer of the vehicle"
        raise ConfigError(Problem(f"{text}; choose another one with --session", path))
    return "".join(json.dumps(line) + "\n" for line in (_head(analysis, link, session, chosen + 1), *lines))


def _head(analysis: CaptureAnalysis, link: LinkAnalysis, session: Session, number: int) -> dict[str, object]:
    assert link.standard is not None
    return {
        "schema": _SCHEMA,
        "standard": link.standard.name,
        "edition": link.recognition.dialect if link.recognition else "",
        "capture": analysis.capture.path.name,
        "sha256": analysis.capture.sha256,
        "link": link.link,
        "session": number,
        "start_s": format_s(session.start_ns, 6),
    }
