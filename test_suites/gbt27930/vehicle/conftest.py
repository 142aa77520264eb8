"""Fixtures of the vehicle part of the GB/T 27930 suite: the tester's charger, and the way to a state of the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.case import CaseBench, Sut
from harness.core import Check

from .session import Session


@pytest.fixture
def charger(bench: CaseBench, truck: Sut) -> Any:
    """The tester's charger, to be steered; it speaks the edition of the case."""
    machine: Any = bench.control("charger")
    machine.speak(truck.edition)
    return machine


@pytest.fixture
def session(bench: CaseBench, truck: Sut, charger: Any, check: Callable[..., Check], check_time: Callable[..., Check]) -> Session:
    """The way to a state of the session."""
    return Session(bench, truck, charger, check, check_time)


@pytest.fixture
def session_on(
    bench: CaseBench, truck: Sut, check: Callable[..., Check], check_time: Callable[..., Check]
) -> Callable[[str, str], Session]:
    """The way to a state of the session on another connector, by its bus and the role of its charger."""
    return lambda link, role: Session(bench.on(link), truck, bench.control(role), check, check_time, role=role)
