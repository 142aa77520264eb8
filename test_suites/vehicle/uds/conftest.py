"""Fixtures of the diagnostic part of the suite: the tester on the bus, the diagnostics of the unit under test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.case import CaseBench, Sut
from harness.core import Check

from .diagnosis import Diagnosis


@pytest.fixture
def tester(bench: CaseBench) -> Any:
    """The tester on the bus, to be ordered."""
    return bench.control("tester")


@pytest.fixture
def diagnosis(bench: CaseBench, truck: Sut, tester: Any, check: Callable[..., Check]) -> Diagnosis:
    """Diagnostics of the unit under test."""
    return Diagnosis(bench, truck, tester, check)
