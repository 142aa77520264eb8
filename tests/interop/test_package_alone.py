"""The package against itself: namespaces, warm-up and longer time-outs do, so what fails with our machines is between them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.interop.namespaces import Pair
from tests.interop.party import running

pytestmark = pytest.mark.interop

_PATIENCE_S = 60


def test_the_evcc_of_the_package_charges_at_its_secc(pair: Pair, tmp_path: Path) -> None:
    with (
        running("secc", Pair(pair.peers, pair.ours), tmp_path, "iso15118-2"),
        running("evcc", pair, tmp_path, "iso15118-2", loops=10) as evcc,
    ):
        end = time.monotonic() + _PATIENCE_S
        while "SessionStopRes received" not in evcc.story():
            assert time.monotonic() < end, evcc.story()
            time.sleep(0.2)
    assert evcc.story().count("CurrentDemandRes received") >= 1
