"""Fixtures of the suite: the station of the tester, and the swap as the cases see it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.case import CaseBench, Sut

from .swap import Swap


@pytest.fixture
def station(bench: CaseBench) -> Any:
    """The station of the tester, to be ordered."""
    return bench.control("station")


@pytest.fixture
def swap(bench: CaseBench, truck: Sut, station: Any) -> Swap:
    """The truck under test, and the station around it."""
    return Swap(bench, truck, station)
