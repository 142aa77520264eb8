"""Fixture of the cases about lock, couplers and link."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.case import CaseBench, Sut
from harness.core import Check

from ..swap import Swap
from .carrier import Carrier


@pytest.fixture
def carrier(bench: CaseBench, truck: Sut, swap: Swap, check: Callable[..., Check]) -> Carrier:
    """Lock, couplers and link of the truck under test."""
    return Carrier(bench, truck, swap, check)
