"""From a capture to verdicts: standard, edition, sessions and checks of every channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.analyse.bus import BusFigures, bus_of, gaps_in, identifier_text
from harness.analyse.captures import Capture, Timing, read_capture
from harness.analyse.tables import with_names
from harness.analyse.timebase import Clock, clock_of
from harness.case.suites.profile import load_choices, load_profile
from harness.case.toml_file import read_toml
from harness.core import (
    Check,
    Chunk,
    Claim,
    ConfigError,
    Datagram,
    Finding,
    Frame,
    JudgeContext,
    Limits,
    Message,
    Pdu,
    Problem,
    Recognition,
    Record,
    Session,
    Severity,
    Standard,
    Verdict,
    claims_on,
    did_you_mean,
    resource,
    worst,
)
from harness.core.profiles import Profiled, limits_by
from harness.protocols.canbus import BitRate
from harness.protocols.uds.names import Names

__all__ = ["SINGLE_PROFILE", "CaptureAnalysis", "LinkAnalysis", "analyse_capture", "analyse_captures", "check_interface"]

SINGLE_PROFILE = "profile.toml"
"""Profile of a suite whose standard has no editions."""


@dataclass(frozen=True, slots=True)
class LinkAnalysis:
    """One channel of a recording."""

    link: str
    timing: Timing
    identifiers: int
    """How many different identifiers were seen."""
    most_frequent: tuple[tuple[str, int], ...]
    standard: Standard | None = None
    """``None``: no installed standard recognises the channel."""
    recognition: Recognition | None = None
    clock: Clock | None = None
    sessions: tuple[Session, ...] = ()
    checks: tuple[Check, ...] = ()
    not_judged: str = ""
    """Why nothing was judged although the standard is known."""
    profile: str = ""
    """File name of the limits."""
    tried: tuple[str, ...] = ()
    """Titles of the standards that were looked for."""
    messages: Sequence[Message] = field(default=(), repr=False, compare=False)
    """What the decoder made of the frames."""
    limits: Limits = field(default_factory=dict, repr=False, compare=False)
    bus: BusFigures | None = field(default=None, repr=False, compare=False)
    """Load and cycles of a CAN bus, whatever is spoken on it; ``None`` for a network."""
    gaps: tuple[Finding, ...] = ()
    """Cyclic identifiers that paused, where the profile says what a pause is."""

    @property
    def verdict(self) -> Verdict:
        """The worst of the checks."""
        return worst(check.verdict for check in self.checks)

    @property
    def findings(self) -> list[Finding]:
        """Findings of sessions and checks, failures first, then by time."""
        order = (Severity.FAILURE, Severity.WARNING, Severity.INFO)
        found = [finding for session in self.sessions for finding in session.findings]
        found += [finding for check in self.checks for finding in check.findings]
        found += self.gaps
        return sorted(found, key=lambda finding: (order.index(finding.severity), finding.at_ns or 0, finding.frame or 0))


@dataclass(frozen=True, slots=True)
class CaptureAnalysis:
    """One recording."""

    capture: Capture
    links: tuple[LinkAnalysis, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """The worst of the channels."""
        return worst(link.verdict for link in self.links)


def analyse_captures(
    paths: Sequence[Path],
    standards: Iterable[Standard],
    interface: str | None = None,
    bitrate: BitRate | None = None,
    names: Names | None = None,
) -> list[CaptureAnalysis]:
    """Read all recordings, then judge them.

    *interface* restricts the analysis to one standard or to one channel; *bitrate* is that of every CAN bus in them; *names* tell
    what the numbers of diagnostics mean.

    Raises:
        ConfigError: a recording cannot be read (all problems of all recordings), or nothing is named *interface*.
    """
    known = tuple(standards)
    captures: list[Capture] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            captures.append(read_capture(path))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    check_interface(interface, known, {link for capture in captures for link in capture.links})
    return [analyse_capture(capture, known, interface, bitrate, names) for capture in captures]


def check_interface(interface: str | None, standards: Iterable[Standard], channels: Iterable[str]) -> None:
    """See that something is named *interface*.

    Raises:
        ConfigError: neither a standard nor a channel is.
    """
    choices = {standard.name for standard in standards} | set(channels)
    if interface is not None and interface not in choices:
        raise ConfigError(f"no standard and no channel is named '{interface}'{did_you_mean(interface, choices)}")


def analyse_capture(
    capture: Capture,
    standards: Sequence[Standard],
    interface: str | None = None,
    bitrate: BitRate | None = None,
    names: Names | None = None,
) -> CaptureAnalysis:
    """Judge one recording; *interface* restricts it to a channel of that name, or else to the standard of that name.

    Without *bitrate* the load is told for the bit rate that the recording shows.
    """
    channel = interface if interface in capture.links else None
    if interface is not None and channel is None:
        standards = [standard for standard in standards if standard.name == interface]
    found = _analyse(capture, standards, channel, bitrate)
    return found if names is None else replace(found, links=tuple(_with_names(link, names) for link in found.links))


def _with_names(link: LinkAnalysis, names: Names) -> LinkAnalysis:
    sessions = (replace(session, tables=tuple(with_names(table, names) for table in session.tables)) for session in link.sessions)
    return replace(link, sessions=tuple(sessions))


def _analyse(capture: Capture, standards: Sequence[Standard], channel: str | None, bitrate: BitRate | None) -> CaptureAnalysis:
    links = [link for link in capture.links if channel is None or link == channel]
    return CaptureAnalysis(capture, tuple(found for link in links for found in _analyse_link(capture, link, standards, bitrate)))


def _analyse_link(capture: Capture, link: str, standards: Sequence[Standard], bitrate: BitRate | None) -> list[LinkAnalysis]:
    """What the standards find on one channel; a channel that two of them share is told once for each."""
    records, timing = capture.on(link), capture.timing[link]
    bus = bus_of(records, bitrate)
    seen = _identifiers(records, bus)
    frequent = tuple(sorted(seen.items(), key=lambda item: (-item[1], item[0]))[:3])
    claims = claims_on(records, standards)
    if not claims:
        return [LinkAnalysis(link, timing, len(seen), frequent, tried=tuple(standard.title for standard in standards), bus=bus)]
    return [_judged(LinkAnalysis(link, timing, len(seen), frequent, claim.standard, claim.recognition, bus=bus), claim) for claim in claims]


def _judged(link: LinkAnalysis, claim: Claim) -> LinkAnalysis:
    """*link* with what the standard of *claim* says of its records."""
    standard, recognition, records = claim.standard, claim.recognition, claim.records
    messages = recognition.messages
    if messages is None:
        decoder = standard.decoder(recognition.dialect)
        messages = [message for record in records for message in decoder.feed(record)]
    sessions = tuple(standard.sessions(messages, records))
    profile = _profile(standard, recognition.dialect)
    if profile is None:
        edition = f" of edition {recognition.dialect}" if recognition.dialect else ""
        text = f"the limits{edition} are not part of this version; the session was read, not judged"
        return replace(link, sessions=sessions, messages=messages, not_judged=text)
    limits = load_profile(profile)
    if isinstance(standard, Profiled) and standard.is_replaced:
        limits = limits_by(standard, limits)
    clock = clock_of(link.timing, limits)
    context = JudgeContext(limits, clock.base, choices=load_choices(profile), edition=recognition.dialect)
    checks = tuple(standard.judge(messages, records, context))
    # What another standard left is looked at by itself: the pauses of the other one's messages are not for this one to remark.
    own = link.bus if link.bus is None or len(records) == link.timing.frames else bus_of(records, link.bus.rate)
    gaps = gaps_in(own, limits.get("recording.cycle_gap"), recognition.name_of) if own and clock.base else ()
    read = replace(link, clock=clock, sessions=sessions, messages=messages, limits=limits, profile=profile.name)
    return replace(read, checks=checks, gaps=tuple(gaps))


def _profile(standard: Standard, dialect: str) -> Path | None:
    """The profile ``profile-<dialect>.toml`` of the suite that has the standard's name; the one all others rest on if that is open."""
    try:
        folder = resource("test_suites", standard.name)
    except FileNotFoundError:
        return None
    if dialect:
        path = folder / f"profile-{dialect}.toml"
        return path if path.exists() else None
    found = [path for path in sorted(folder.glob("profile*.toml")) if "base" not in read_toml(path, "profile")[1]]
    return found[0] if len(found) == 1 else None


def _identifiers(records: Sequence[Record], bus: BusFigures | None) -> Counter[str]:
    """How often each identifier was seen, as it is printed; packets count by their addresses, everything else without a name."""
    seen = Counter({identifier_text(row.can_id, row.extended): row.count for row in bus.cycles} if bus is not None else {})
    if bus is None or len(bus.columns) < len(records):
        seen.update(_addresses(record.pdu) for record in records if not isinstance(record.pdu, Frame))
    return seen


def _addresses(pdu: Pdu) -> str:
    return f"{pdu.source}>{pdu.destination}" if isinstance(pdu, Datagram | Chunk) else ""
