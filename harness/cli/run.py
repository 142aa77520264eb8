"""``precert run``: a pytest session over the chosen suites."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.core import ConfigError, resource

__all__ = ["pytest_arguments", "run"]


def run(
    rig: str,
    select: Sequence[str],
    pics: Path | None,
    out: Path | None,
    workers: int,
    *,
    real: bool,
    faults: Sequence[str],
    deviations: Path | None,
    marker: str | None,
) -> int:
    """Run the selected cases and return the exit code.

    Raises:
        ConfigError: wrong input; nothing was run.
    """
    import pytest

    from harness.plugin.settings import resolve_run
    from harness.rig import TimeMode, find_rig

    rig_file = find_rig(rig)
    settings = resolve_run(rig_file=rig_file, pics_file=pics, out=out, select=select, real=real, faults=faults, deviations_file=deviations)
    if workers and settings.rig.time is not TimeMode.VIRTUAL:
        raise ConfigError("-n needs a virtual rig: in real time the cases share one bench")
    folders = {settings.catalogue.suite(variant.source.suite).folder for variant in settings.variants}
    arguments = [*pytest_arguments(workers), f"--rig={rig_file.resolve()}", f"--out={settings.out}"]
    arguments += [f"--select={name}" for name in select] + [f"--fault={name}" for name in faults]
    arguments += ["--real"] if real else []
    arguments += [f"--pics={pics.resolve()}"] if pics else []
    arguments += [f"--deviations={deviations.resolve()}"] if deviations else []
    arguments += ["-m", marker] if marker else []
    return int(pytest.main([*arguments, *(str(folder) for folder in sorted(folders))]))


def pytest_arguments(workers: int) -> list[str]:
    """What every pytest session of the harness has in common, independent of where it is started."""
    ini = resource("test_suites", "pytest.ini")
    arguments = ["-c", str(ini), f"--rootdir={ini.parent}", "--no-header", "-v", "-rN"]
    # pytest would rewrite assertions of its plug-ins; this one has none and is imported already.
    arguments += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return arguments + (["-n", str(workers)] if workers else ["-p", "no:xdist"])
