"""An analysis as JSON (schema ``precert-analysis/1``). Numbers whose digits matter are decimal strings, times seconds."""

from __future__ import annotations

from collections.abc import Sequence

from harness import __version__
from harness.analyse.analysis import CaptureAnalysis, LinkAnalysis
from harness.analyse.documents import AnalysisDoc, CaptureDoc, LinkDoc, ProblemDoc, SessionDoc
from harness.analyse.tables import bus_document, table_document
from harness.case.run.record import check_document, finding_document, seconds
from harness.core import Problem, Session, Verdict, worst
from harness.core.profiles import Profiled

__all__ = ["batch_document", "capture_document", "document_of"]


def document_of(analyses: Sequence[CaptureAnalysis]) -> AnalysisDoc:
    """The document for all recordings of one call."""
    return batch_document(worst(analysis.verdict for analysis in analyses), [capture_document(analysis) for analysis in analyses])


def batch_document(
    verdict: Verdict, captures: Sequence[CaptureDoc], unreadable: Sequence[Problem] = (), passed_over: Sequence[Problem] = ()
) -> AnalysisDoc:
    """The document for recordings that are already documents themselves, and for files that could not be read or are none."""
    return {
        "schema": "precert-analysis/1",
        "precert_version": __version__,
        "bench_mode": "replay",
        "verdict": verdict.word,  # type: ignore[typeddict-item]
        "captures": list(captures),
        "unreadable": [_problem(problem) for problem in unreadable],
        "passed_over": [_problem(problem) for problem in passed_over],
    }


def _problem(problem: Problem) -> ProblemDoc:
    return {"file": None if problem.file is None else str(problem.file), "line": problem.line, "text": problem.text}


def capture_document(analysis: CaptureAnalysis) -> CaptureDoc:
    """The part of the document for one recording."""
    capture = analysis.capture
    return {
        "file": str(capture.path),
        "format": capture.format,
        "bytes": capture.size,
        "sha256": capture.sha256,
        "started": capture.started or None,
        "duration_s": seconds(capture.duration_ns),
        "notes": list(capture.notes),
        "verdict": analysis.verdict.word,  # type: ignore[typeddict-item]
        "links": [_link(link) for link in analysis.links],
    }


def _link(link: LinkAnalysis) -> LinkDoc:
    recognition, timing = link.recognition, link.timing
    return {
        "link": link.link,
        "frames": timing.frames,
        "identifiers": link.identifiers,
        "standard": link.standard.name if link.standard else None,
        "dialect": recognition.dialect if recognition else None,
        "evidence": recognition.evidence if recognition else None,
        "matched": recognition.matched if recognition else 0,
        "foreign": recognition.foreign if recognition else timing.frames,
        "profile": link.profile or None,
        "message_profile": dict(link.standard.profile_title()) if isinstance(link.standard, Profiled) else None,
        "timing": {
            "usable": None if link.clock is None else link.clock.base is not None,
            "text": link.clock.text if link.clock else None,
            "resolution_s": seconds(timing.resolution_ns),
            "duplicates": timing.duplicates,
            "backward": timing.backward,
            "longest_gap_s": seconds(timing.longest_gap_ns),
        },
        "bus": bus_document(link.bus, recognition.name_of if recognition else None) if link.bus else None,
        "gaps": [finding_document(finding) for finding in link.gaps],
        "sessions": [_session(session) for session in link.sessions],
        "not_judged": link.not_judged or None,
        "checks": [check_document(check) for check in link.checks],
        "verdict": link.verdict.word,  # type: ignore[typeddict-item]
    }


def _session(session: Session) -> SessionDoc:
    return {
        "start_s": seconds(session.start_ns),
        "end_s": seconds(session.end_ns),
        "complete": session.complete,
        "ended_by": session.ended_by or None,
        "end_reason": session.end_reason,
        "phases": [
            {
                "name": phase.name,
                "start_s": seconds(phase.start_ns),
                "end_s": seconds(phase.end_ns),
                "first_frame": phase.first_frame,
                "text": phase.text,
            }
            for phase in session.phases
        ],
        "facts": dict(session.facts),
        "story": {language: list(lines) for language, lines in session.story.items()},
        "tables": [table_document(table) for table in session.tables],
        "findings": [finding_document(finding) for finding in session.findings],
    }
