"""``precert seal``: a report folder as a signed evidence package."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import typer

from harness.core import ConfigError, Problem

__all__ = ["seal"]

KEYS_VARIABLE = "PRECERT_KEYS"
_AMENDMENT = (
    "an amendment is sealed under the root of the report that it replaces, and keys for a trial are gone after one seal; "
    "name --keys FILE, or --trial FILE with which both are sealed"
)


def seal(
    folder: Path,
    runs: Sequence[Path],
    keys: Path | None,
    out: Path | None,
    earlier: Path | None,
    *,
    trial: Path | None = None,
    containers: Sequence[str],
) -> int:
    """Seal the report in *folder*; returns the exit code.

    Without *keys*, or a file named by the environment, keys for a trial are made: every certificate says TEST ONLY. Their root
    is new for each seal, or kept in the file *trial*.

    Raises:
        ConfigError: wrong input, or something that cannot be sealed; nothing was written.
    """
    from harness.case.run.runfolder import write_atomic
    from harness.report.package.collect import collect
    from harness.report.package.seal import seal as seal_package
    from harness.report.package.signing.keys import load_keys
    from harness.report.package.signing.trial_keys import TrialAuthority, signers_of, trial_keys

    logging.getLogger("pyhanko").addHandler(logging.NullHandler())
    logging.getLogger("pyhanko").propagate = False
    if keys is not None and trial is not None:
        raise ConfigError(Problem("--keys FILE and --trial FILE exclude each other: sign with keys of your own, or for a trial"))
    named = keys or (Path(os.environ[KEYS_VARIABLE]) if os.environ.get(KEYS_VARIABLE) and trial is None else None)
    if earlier is not None and named is None and trial is None:
        raise ConfigError(Problem(_AMENDMENT))
    collected = collect(folder, runs)
    authority = None
    if named is None:
        now = datetime.now(UTC)
        authority = TrialAuthority.create(now) if trial is None else TrialAuthority.kept_in(trial, now)
    used = trial_keys(authority, signers_of(collected.results)) if authority is not None else load_keys(named)  # type: ignore[arg-type]
    target = out if out is not None else collected.folder.resolve().parent
    sealed = seal_package(collected, used, target, containers=containers, earlier=earlier)
    for note in collected.notes:
        typer.echo(f"note: {note}")
    for path in sealed.paths:
        typer.echo(path)
    typer.echo(sealed.letter)
    typer.echo(f"seal value {sealed.root}")
    if authority is not None:
        root = target / f"{sealed.number}.test-root.pem"
        write_atomic(root, authority.root_pem())
        typer.secho("测试证书，仅供测试 / sealed with keys made for this trial, TEST ONLY; name your own with --keys", fg="red")
        typer.echo(f"precert verify {sealed.paths[-1]} --trust {root}")
    return 0
