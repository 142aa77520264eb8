"""What the tests against the package ``iso15118`` need: its environment, and two namespaces joined by a cable."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.interop.namespaces import Pair, joined
from tests.protocols.iso15118.peer import missing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They run where the stage runs: it names the environment, and has looked for Java and for namespaces."""
    reason = missing()
    if "PRECERT_ISO15118_PEER" not in os.environ:
        reason = "PRECERT_ISO15118_PEER names no environment with the package iso15118 (make interop)"
    for item in items:
        if "interop" in item.path.parts and reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two namespaces."""
    with joined() as names:
        yield names
