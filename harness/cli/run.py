"""``precert run``: a pytest session over the chosen suites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core import ConfigError, resource

if TYPE_CHECKING:
    from harness.plugin.settings import RunSettings

__all__ = ["pytest_arguments", "pytest_session", "run"]

_CODES = {0: 0, 1: 1, 2: 2, 4: 2, 5: 2}
"""Exit codes of pytest in words of the command line; its wrong usage and empty selections are wrong input."""


def run(
    rig: str,
    select: Sequence[str],
    pics: Path | None,
    out: Path | None,
    workers: int,
    *,
    real: bool,
    faults: Sequence[str],
    files: Mapping[str, Path | None],
    marker: str | None,
) -> int:
    """Run the selected cases and return the exit code; *files* are the fields of ``LabFiles`` by name.

    Raises:
        ConfigError: wrong input; nothing was run.
    """
    from harness.plugin.settings import LabFiles, resolve_run
    from harness.rig import TimeMode, find_rig

    rig_file = find_rig(rig)
    settings = resolve_run(rig_file=rig_file, pics_file=pics, out=out, select=select, real=real, faults=faults, files=LabFiles(**files))
    if marker:
        _check_marker(marker)
    if workers and settings.rig.time is not TimeMode.VIRTUAL:
        raise ConfigError("-n needs a virtual rig: in real time the cases share one bench")
    arguments = [*pytest_arguments(workers), f"--rig={rig_file.resolve()}", f"--out={settings.out}"]
    arguments += [f"--select={name}" for name in select] + [f"--fault={name}" for name in faults]
    arguments += ["--real"] if real else []
    arguments += [f"--pics={pics.resolve()}"] if pics else []
    arguments += [f"--{name}={file.resolve()}" for name, file in files.items() if file is not None]
    arguments += ["-m", marker] if marker else []
    return pytest_session(arguments, settings)


def _check_marker(text: str) -> None:
    from _pytest.mark.expression import Expression

    try:
        Expression.compile(text)
    except SyntaxError as error:
        raise ConfigError(f"-m '{text}' is no expression of markers: {error.msg}; write for example 'not nightly'") from error


def pytest_session(arguments: Sequence[str], settings: RunSettings) -> int:
    """Run pytest over the modules that the variants of *settings* come from, and return the exit code of the command."""
    import pytest

    from harness.plugin.settings import ResolvedPlugin

    modules = sorted({str(variant.source.file) for variant in settings.variants})
    return _CODES.get(int(pytest.main([*arguments, *modules], plugins=[ResolvedPlugin(settings)])), 1)


def pytest_arguments(workers: int) -> list[str]:
    """What every pytest session of the harness has in common, independent of where it is started."""
    ini = resource("test_suites", "pytest.ini")
    arguments = ["-c", str(ini), f"--rootdir={ini.parent}", "--no-header", "-v", "-rN"]
    # pytest would rewrite assertions of its plug-ins; this one has none and is imported already.
    arguments += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    # Where hypothesis is installed, its plug-in imports all of it to say at the end of a run that there is nothing to say.
    arguments += ["-p", "no:hypothesispytest"]
    return arguments + (["-n", str(workers)] if workers else ["-p", "no:xdist"])
