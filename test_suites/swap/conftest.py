"""Fixtures of the suite: the station of the tester, and the swap as the cases see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.case import CaseBench, Sut
from harness.core import Check

from .swap import Swap


@pytest.fixture
def station(bench: CaseBench) -> Any:
    """The station of the tester, to be ordered."""
    return bench.control("station")


@pytest.fixture
def swap(bench: CaseBench, truck: Sut, station: Any, check: Callable[..., Check]) -> Swap:
    """The truck under test, and the station around it."""
    return Swap(bench, truck, station, check)
