"""CAN bus logging in ASAM MDF 4 files, through asammdf (LGPL), which is only needed for them: the extra ``precert[mf4]``."""

from __future__ import annotations

import gc
import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.analyse.captures.model import Reading, Stamped
from harness.analyse.captures.problems import NotARecording
from harness.analyse.captures.text import frame_of
from harness.core import ConfigError, Frame, Problem

if TYPE_CHECKING:
    from asammdf import MDF

__all__ = ["FORMAT", "MAGICS", "read"]

FORMAT = "ASAM MDF 4"
MAGICS = (b"MDF     ",)

_DATA, _REMOTE, _ERROR = "CAN_DataFrame", "CAN_RemoteFrame", "CAN_ErrorFrame"
_ID = 0x1FFF_FFFF
_EXTENDED = 0x8000_0000


def read(content: bytes, path: Path) -> Reading:
    """The CAN frames of an MDF file; times count from the start of the measurement.

    Raises:
        ConfigError: asammdf is not installed, or the file is damaged or holds no bus logging.
    """
    try:
        from asammdf import MDF
    except ImportError as error:
        text = "reading an MDF file needs the package asammdf: python -m pip install 'precert[mf4]', or export the log as BLF or ASC"
        raise ConfigError(Problem(text, path)) from error
    with _quiet():
        try:
            with MDF(io.BytesIO(content)) as mdf:
                return _reading(mdf, path)
        except ConfigError:
            raise
        except Exception as error:  # asammdf raises whatever its parser trips over
            text = f"the MDF file is damaged ({type(error).__name__}: {error}); export it again"
        gc.collect()
    # Raised out here and without a cause, so that the half-made reader is gone before its complaints could be seen.
    raise ConfigError(Problem(" ".join(text.split()), path))


@contextmanager
def _quiet() -> Iterator[None]:
    """asammdf logs to standard error, and trips over its own remains when it gave up on a file."""
    logger, hook = logging.getLogger("asammdf"), sys.unraisablehook
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    sys.unraisablehook = lambda unraisable: None
    try:
        yield
    finally:
        sys.unraisablehook = hook
        logger.setLevel(level)


def _reading(mdf: MDF, path: Path) -> Reading:
    timed: list[tuple[float, Stamped]] = []
    errors = 0
    seen = False
    groups: list[Any] = list(mdf.groups)
    for index, group in enumerate(groups):
        names = {str(channel.name) for channel in group.channels}
        seen = seen or bool(names & {_DATA, _REMOTE, _ERROR})
        if not group.channel_group.cycles_nr:
            continue
        errors += group.channel_group.cycles_nr if _ERROR in names else 0
        for name in (_DATA, _REMOTE):
            if name in names:
                timed += _frames(mdf.get(name, index), name, path)
    if not seen:
        text = "an MDF file without CAN bus logging (no CAN_DataFrame); signals alone cannot be analysed, export the raw frames"
        raise NotARecording(Problem(text, path))
    # Groups are sorted each by itself; equal stamps stay in the order of the groups.
    frames = [stamped for _, stamped in sorted(timed, key=itemgetter(0))]
    started = f"{mdf.header.start_time:%Y-%m-%d %H:%M:%S.%f %Z} (clock of the logger)"
    return Reading(frames, 1, started, (f"{errors} error frames were left out",) if errors else ())


def _frames(signal: Any, name: str, path: Path) -> Iterator[tuple[float, Stamped]]:
    samples = signal.samples
    members = samples.dtype.names or ()
    column = {member.rpartition(".")[2]: samples[member] for member in members}
    if "ID" not in column or (name == _DATA and "DataBytes" not in column):
        raise ConfigError(Problem(f"the bus logging lacks the members ID and DataBytes (have: {', '.join(members)})", path))
    lengths = column.get("DataLength", column.get("DLC"))
    for index, seconds in enumerate(signal.timestamps.tolist()):
        word = int(column["ID"][index])
        extended = bool(column["IDE"][index]) if "IDE" in column else bool(word & _EXTENDED) or word & _ID > 0x7FF
        fd = bool(column["EDL"][index]) if "EDL" in column else False
        remote = name == _REMOTE
        data = b""
        if not remote:
            whole = bytes(column["DataBytes"][index])
            data = whole if lengths is None else whole[: int(lengths[index])]
        frame = frame_of(word & _ID, data, extended=extended, fd=fd, remote=remote)
        if not isinstance(frame, Frame):
            raise ConfigError(Problem(f"record {index + 1} of {name}: {frame}; the file is damaged", path))
        channel = int(column["BusChannel"][index]) if "BusChannel" in column else 1
        yield seconds, Stamped(round(seconds * 1e9), f"CAN {channel}", frame)
