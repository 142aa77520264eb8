"""The matrix and the catalogue of GB/T 27930."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def proof(proof_of: Callable[[str], Any]) -> Any:
    """The fault-twin matrix of the suite."""
    return proof_of("gbt27930")


@pytest.fixture
def catalogue(catalogue_of: Callable[[str], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """``precert list gbt27930 --json``."""
    return catalogue_of("gbt27930")
