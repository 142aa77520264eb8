"""What can be done with a CAN bus beyond frames: a port that never tells of error frames has not seen none, it cannot tell."""

from __future__ import annotations

from typing import Any

import pytest

from harness.bench.can_access import CanAccess
from harness.bench.links import PortLink
from harness.core import Inconclusive, Reason


class CountingPort:
    """A port as far as it is asked here."""

    def __init__(self, info: dict[str, str]) -> None:
        self.info, self.echoes = info, True

    def error_frames(self) -> int:
        return 3


def access(port: Any, readings: list[tuple[int, ...]]) -> CanAccess:
    return CanAccess(None, PortLink("vehicle", port), "tester", readings)  # type: ignore[arg-type]


def test_error_frames_that_an_interface_passes_on_are_counted_and_kept() -> None:
    readings: list[tuple[int, ...]] = []
    assert access(CountingPort({"reports_errors": "yes"}), readings).error_frames() == 3
    assert readings == [(3,)]


@pytest.mark.parametrize("info", [{}, {"reports_errors": "no"}, {"reports_errors": "no, none occur on a virtual interface"}])
def test_an_interface_that_passes_none_on_is_no_means_to_count_them(info: dict[str, str]) -> None:
    with pytest.raises(Inconclusive, match="no means to count error frames on the link 'vehicle'") as told:
        access(CountingPort(info), []).error_frames()
    assert told.value.reason == Reason.NO_LINE
