"""Fixtures of the J1939 part of the suite: the tester on the bus, the supply of the truck, the unit under test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.case import CaseBench, Sut
from harness.core import Check

from .paths import Paths
from .unit import Unit


@pytest.fixture
def tester(bench: CaseBench) -> Any:
    """The tester on the bus, to be ordered."""
    return bench.control("tester")


@pytest.fixture
def unit(bench: CaseBench, truck: Sut, tester: Any, check: Callable[..., Check]) -> Unit:
    """The unit under test."""
    return Unit(bench, truck, tester, check)


@pytest.fixture
def paths(bench: CaseBench, truck: Sut, tester: Any, check: Callable[..., Check]) -> Paths:
    """The paths beside J1939 over which the truck tells what it is."""
    return Paths(bench, truck, tester, check)
