"""Fixtures for the cases about a pack that was fitted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.case import CaseBench, Sut
from harness.core import Check

from ..swap import Swap
from .fitting import Fitting


@pytest.fixture
def fitting(bench: CaseBench, truck: Sut, swap: Swap, check: Callable[..., Check], check_time: Callable[..., Check]) -> Fitting:
    """What the truck makes of a pack."""
    return Fitting(bench, truck, swap, check, check_time)
