"""Fixtures of the CAN bench part of the suite."""

from __future__ import annotations

from typing import Any

import pytest

from harness.case import CaseBench, Sut

from .bus import Bus
from .input import Input


@pytest.fixture
def tester(bench: CaseBench) -> Any:
    """The tester on the bus, to be ordered."""
    return bench.control("tester")


@pytest.fixture
def bus(bench: CaseBench, truck: Sut) -> Bus:
    """The bus of the truck."""
    return Bus(bench, truck)


@pytest.fixture
def brake(bench: CaseBench, truck: Sut, tester: Any, bus: Bus) -> Input:
    """The message that the tester sends in the place of another controller."""
    return Input(bench, truck, tester, bus)
