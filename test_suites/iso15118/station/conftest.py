"""Fixtures of the station part of the ISO 15118 suite: the tester's truck, and the way to a state of the session.

The fixture ``truck`` of the framework is the declared system under test, here the station; ``vehicle`` is the truck that the tester
plays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.case import CaseBench, Sut
from harness.core import Check

from .session import Session


@pytest.fixture
def vehicle(bench: CaseBench, truck: Sut) -> Any:
    """The tester's truck, to be steered."""
    return bench.control("truck")


@pytest.fixture
def session(bench: CaseBench, truck: Sut, vehicle: Any, check: Callable[..., Check], check_time: Callable[..., Check]) -> Session:
    """The way to a state of the session; the truck offers the protocol of the case and no other one."""
    return Session(bench, truck, vehicle, check, check_time)
