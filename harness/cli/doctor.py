"""``precert doctor``: what this machine and a rig can do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import typer

__all__ = ["doctor"]


def doctor(rig: str | None, pics: Path | None, select: Sequence[str], *, as_json: bool) -> int:
    """Print what was seen; 0 if all that is needed is there, 1 if something is missing.

    Raises:
        ConfigError: a file or a selection is wrong.
    """
    from harness.core import ConfigError
    from harness.doctor import examine
    from harness.doctor.output import lines_of

    if rig is None and (select or pics is not None):
        raise ConfigError("a selection and --pics say something of a rig; name it with --rig")
    seen = examine(rig, pics, select)
    if as_json:
        typer.echo(json.dumps(seen.document(), ensure_ascii=False, indent=1))
    else:
        for line in lines_of(seen):
            typer.echo(line)
    return 0 if seen.is_complete else 1
