"""Our tester's truck against the SECC of the package, in DIN SPEC 70121, ISO 15118-2 and ISO 15118-20: verdicts as written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.findings import expected, run, seen
from tests.interop.namespaces import Pair
from tests.interop.party import SPEAKS, running

pytestmark = pytest.mark.interop


def test_findings_on_the_secc_are_those_written_down(pair: Pair, tmp_path: Path) -> None:
    wanted = expected("secc.toml")
    with running("secc", pair, tmp_path, *SPEAKS):
        folder = run(pair, tmp_path, "secc", *dict.fromkeys(case for case, _ in wanted))
    assert seen(folder) == wanted
