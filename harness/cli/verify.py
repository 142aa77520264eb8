"""``precert verify``: does an evidence package hold?"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import typer

from harness.core import ConfigError, Problem, did_you_mean

__all__ = ["verify"]

_PARTS = ("bagit.txt", "manifest-sha256.txt", "data")
"""A folder with none of these is something else; one that lost some of them is examined."""


def verify(package: Path, trust: Sequence[Path], roles: str | None, *, recompute: bool, as_json: bool) -> int:
    """Verify *package* and print every step; returns the exit code: 0 if it holds, 1 if not.

    Raises:
        ConfigError: there is no package, or a root certificate cannot be read.
    """
    from harness.report.package.presentation import lines_of
    from harness.report.package.verify import read_roots
    from harness.report.package.verify import verify as verify_package

    for name in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    if package.is_dir() and not (package / "bagit.txt").exists() and (kind := _unsealed(package)):
        raise ConfigError(Problem(f"{kind}, not sealed yet; 'precert seal' makes a package of it", package))
    if package.is_dir() and not any((package / name).exists() for name in _PARTS):
        raise ConfigError(Problem(f"no evidence package: a folder of one holds {', '.join(_PARTS)}", package))
    roots = read_roots(trust) if trust else None
    expected = _expected(roles) if roles is not None else None
    outcome = verify_package(package, roots, roles=expected, recompute=recompute)
    if as_json:
        typer.echo(json.dumps(outcome.document(), ensure_ascii=False, indent=1))
    else:
        for line in lines_of(outcome):
            typer.secho(line.text, fg=line.colour or None)
    return 0 if outcome.holds else 1


def _unsealed(folder: Path) -> str:
    """What *folder* is, where it is something that a package is made of."""
    told = {"plan.json": "a run folder", "report.pdf": "a report folder"}
    return next((words for name, words in told.items() if (folder / name).is_file()), "")


def _expected(roles: str) -> list[str]:
    """The roles that the reader names, in their order.

    Raises:
        ConfigError: there is no such role, or it is named twice.
    """
    from harness.report.package.signing.keys import ROLES

    names = [role.strip() for role in roles.split(",") if role.strip()]
    if not names:
        raise ConfigError(Problem(f"--roles names nobody; have: {', '.join(ROLES)}"))
    for name in names:
        if name not in ROLES:
            raise ConfigError(Problem(f"--roles: there is no role '{name}'{did_you_mean(name, ROLES)}"))
    if len(set(names)) < len(names):
        raise ConfigError(Problem(f"--roles '{roles}' names a role twice"))
    return names
