"""Fixtures of the DoIP part of the suite: the tester on the bus, the entity on Ethernet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.case import CaseBench, Sut
from harness.core import Check

from .gateway import Gateway


@pytest.fixture
def tester(bench: CaseBench) -> Any:
    """The tester on the bus, to be ordered."""
    return bench.control("tester")


@pytest.fixture
def gateway(bench: CaseBench, truck: Sut, check: Callable[..., Check]) -> Gateway:
    """The DoIP entity under test."""
    return Gateway(bench, truck, check)
