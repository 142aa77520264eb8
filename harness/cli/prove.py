"""``precert prove``: the fault-twin matrix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.cli.run import pytest_arguments, pytest_session

__all__ = ["prove"]


def prove(select: Sequence[str], json_file: Path | None, workers: int, cross: bool = False) -> int:
    """Run the matrix of the selected cases and return the exit code.

    Raises:
        ConfigError: wrong input; nothing was run.
    """
    from harness.plugin.proving import resolve_proof

    settings = resolve_proof(select, cross=cross)
    target = "-" if json_file is None else str(json_file.resolve())
    arguments = [*pytest_arguments(workers), "--tb=no", f"--precert-prove={target}"]
    arguments += [f"--select={name}" for name in select] + (["--precert-cross"] if cross else [])
    return pytest_session(arguments, settings)
