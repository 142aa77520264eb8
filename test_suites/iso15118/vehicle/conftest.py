"""Fixtures of the vehicle part of the ISO 15118 suite: the tester's station, and the way to a state of the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.case import CaseBench, Sut
from harness.core import Check

from .lines import Lines
from .matching import Matching
from .protection import Protection
from .seeking import Seeking
from .session import Session


@pytest.fixture
def charger(bench: CaseBench, truck: Sut) -> Any:
    """The tester's station, to be steered; it speaks the protocol of the case and no other one."""
    machine: Any = bench.control("charger")
    machine.speak(truck.edition)
    return machine


@pytest.fixture
def session(bench: CaseBench, truck: Sut, charger: Any, check: Callable[..., Check], check_time: Callable[..., Check]) -> Session:
    """The way to a state of the session."""
    return Session(bench, truck, charger, check, check_time)


@pytest.fixture
def matching(bench: CaseBench, truck: Sut, session: Session, check: Callable[..., Check], check_time: Callable[..., Check]) -> Matching:
    """The way to a step of the matching over power line; inconclusive on a rig without one (reason NO_LINE)."""
    return Matching(bench, truck, session, check, check_time)


@pytest.fixture
def protection(bench: CaseBench, truck: Sut, session: Session, check: Callable[..., Check], check_time: Callable[..., Check]) -> Protection:
    """The way to the TLS handshake of the vehicle."""
    return Protection(bench, truck, session, check, check_time)


@pytest.fixture
def lines(
    bench: CaseBench, truck: Sut, charger: Any, session: Session, check: Callable[..., Check], check_time: Callable[..., Check]
) -> Lines:
    """Signals at the connector, and what the vehicle makes of them."""
    return Lines(bench, truck, charger, session, check, check_time)


@pytest.fixture
def seeking(
    bench: CaseBench, truck: Sut, charger: Any, session: Session, check: Callable[..., Check], check_time: Callable[..., Check]
) -> Seeking:
    """The discovery of the vehicle."""
    return Seeking(bench, truck, charger, session, check, check_time)
