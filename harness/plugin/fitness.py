"""What keeps a case from being run on a rig: its link, who is under test, leave for its stimuli. One judgement for run and doctor."""

from __future__ import annotations

from harness.case.metadata import CaseMeta, CaseSource
from harness.case.suites.suite import Suite
from harness.rig import BenchMode, Rig

__all__ = ["lack_of_leave", "obstacle", "other_sut", "wrong_rate"]


def obstacle(suite: Suite, rig: Rig) -> str:
    """Why no case of *suite* can be run on *rig*; empty if they can."""
    link = rig.links.get(suite.link)
    if link is None:
        return f"its cases need the link '{suite.link}', which this rig has not (have: {', '.join(rig.links)})"
    if link.kind.value != suite.link_kind:
        return f"its cases need a link '{suite.link}' of kind '{suite.link_kind}', but that of this rig is of kind '{link.kind.value}'"
    return ""


def wrong_rate(suite: Suite, rig: Rig) -> str:
    """What is wrong with the bit rate of the link of *suite*, which the rig has; empty if nothing is."""
    rate = rig.links[suite.link].bitrate_bps
    if not suite.bitrate_bps or rate in (None, suite.bitrate_bps):
        return ""
    return f"links.{suite.link}: {suite.name} is spoken at {suite.bitrate_bps} bit/s, not at {rate}"


def other_sut(source: CaseSource, rig: Rig) -> str:
    """The role that the case tests, if it is not the one under test on *rig*; empty if it is."""
    return "" if source.sut == rig.sut.name else source.sut


def lack_of_leave(meta: CaseMeta, rig: Rig) -> str:
    """For which stimuli of the case the rig gives no leave, and who can give it; empty if none is lacking.

    A simulation needs no leave.
    """
    if rig.bench_mode is BenchMode.SIMULATION:
        return ""
    missing = [word for word in meta.needs if word not in rig.allow]
    if not missing:
        return ""
    words, all_words = ", ".join(missing), ", ".join(sorted({*rig.allow, *missing}))
    return (
        f"the rig does not allow: {words}; whoever is in charge allows it in {rig.file.name} with "
        f"'allow: [{all_words}]' and their own name under 'operator'"
    )
