"""Whether results can be written where they are asked for, found out before the work is done."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["objection_to_file", "objection_to_folder"]


def objection_to_file(path: Path) -> str:
    """Why *path* cannot be written as a file; empty if it can. Leaves nothing behind and what exists unchanged."""
    try:
        if path.is_dir():
            return "cannot be written: it is a folder; name a file"
        if path.exists():
            return "" if os.access(path, os.W_OK) else "cannot be written: Permission denied"
        if not path.parent.is_dir():
            return f"cannot be written: no such folder '{path.parent}'"
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}."):
            return ""
    except (OSError, ValueError) as error:
        return f"cannot be written: {_cause(error)}"


def objection_to_folder(path: Path) -> str:
    """Why *path* cannot be made as a new folder; empty if it can. Leaves nothing behind."""
    made: list[Path] = []
    try:
        if path.exists() or path.is_symlink():
            return "exists already"
        for folder in [*reversed(path.parents), path]:
            if folder.is_dir():
                continue
            if folder.exists():
                return f"cannot be created: '{folder}' is a file"
            folder.mkdir()
            made.append(folder)
    except (OSError, ValueError) as error:
        return f"cannot be created: {_cause(error)}"
    finally:
        for folder in reversed(made):
            folder.rmdir()
    return ""


def _cause(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
