"""Where the files that travel with the package live: in the wheel inside it, in a checkout beside it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["resource"]

_PACKAGE = Path(__file__).resolve().parent.parent


def resource(*parts: str) -> Path:
    """Path of a shipped file or folder, for example ``resource("dbc", "gbt27930-2015")``.

    The first part is one of the top-level folders ``dbc``, ``test_suites``, ``rigs``, ``reports``.

    Raises:
        FileNotFoundError: the installation lacks it.
    """
    for base in (_PACKAGE / "bundled", _PACKAGE.parent):
        if (path := base.joinpath(*parts)).exists():
            return path
    raise FileNotFoundError(f"precert's own file '{'/'.join(parts)}' is missing from the installation; install the package again")
