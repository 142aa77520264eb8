"""What CONTRIBUTING prints is what the examples contain, so that nobody copies code that was never run."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"^ *```\w+\n(.*?)^ *```", TEXT, re.DOTALL | re.MULTILINE)]


def containing(marker: str) -> str:
    (block,) = (block for block in BLOCKS if marker in block)
    return block.strip()


@pytest.mark.parametrize(
    ("marker", "file"),
    [
        ("@case(", "suite/precert_example_suite/test_depot.py"),
        ('yard_tractor = "', "truck_model/pyproject.toml"),
        ("model: yard_tractor", "truck_model/rigs/yard-tractor.yaml"),
        ('text_box = "', "port/pyproject.toml"),
    ],
)
def test_printed_example_is_the_one_that_runs(marker: str, file: str) -> None:
    lines = [line.strip() for line in containing(marker).splitlines() if line.strip() != "roles:"]
    source = [line.strip() for line in (ROOT / "examples" / file).read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if line not in source] == []


def test_links_lead_somewhere() -> None:
    targets = {target.split("#")[0] for target in re.findall(r"\]\(([^)]+)\)", TEXT)} - {""}
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
