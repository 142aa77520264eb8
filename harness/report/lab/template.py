"""The laboratory file to fill in, as ``precert report --init`` writes it."""

from __future__ import annotations

import os
from pathlib import Path

from harness.core import ConfigError, Problem, resource
from harness.report.lab.forbidden import TEMPLATE

__all__ = ["write_template"]


def write_template(target: Path) -> None:
    """Write the template to *target*, all of it or nothing; what is there already stays.

    Raises:
        ConfigError: *target* exists or cannot be written.
    """
    if target.suffix.lower() not in (".yaml", ".yml"):
        raise ConfigError(Problem("a laboratory file ends with .yaml", target))
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("xb") as stream:
            stream.write(resource(*TEMPLATE).read_bytes())
            stream.flush()
            os.fsync(stream.fileno())
        # A link, unlike a rename, takes no name that is in use.
        os.link(temporary, target)
    except FileExistsError:
        raise ConfigError(Problem("exists already and is not overwritten; name another file", target)) from None
    except OSError as error:
        raise ConfigError(Problem(f"cannot be written: {error.strerror}", target)) from error
    finally:
        temporary.unlink(missing_ok=True)
