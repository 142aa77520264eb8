"""Reading of recordings: candump in both forms, Vector ASC and BLF, SavvyCAN CSV. The content decides, not the name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from harness.analyse.captures import asc, blf, candump_log, candump_screen, savvycan
from harness.analyse.captures.model import Capture, Timing, assemble
from harness.analyse.captures.text import SUPPORTED, decode_text
from harness.core import ConfigError, Problem

__all__ = ["Capture", "Timing", "read_capture"]

_SAMPLE_LINES = 40

_TEXT_FORMS = (savvycan, asc, candump_log, candump_screen)

_OTHER_CONTENT = (
    (b"\x0a\x0d\x0d\x0a", "a pcapng recording of Ethernet traffic, which this version does not read"),
    (b"\xd4\xc3\xb2\xa1", "a pcap recording of Ethernet traffic, which this version does not read"),
    (b"\xa1\xb2\xc3\xd4", "a pcap recording of Ethernet traffic, which this version does not read"),
    (b"\x4d\x3c\xb2\xa1", "a pcap recording of Ethernet traffic, which this version does not read"),
    (b"\xa1\xb2\x3c\x4d", "a pcap recording of Ethernet traffic, which this version does not read"),
    (b"MDF     ", "an MDF/MF4 measurement file; export its CAN traffic as BLF or ASC"),
    (b"UnFinMF ", "an unfinished MDF/MF4 measurement file; finalise it and export its CAN traffic as BLF or ASC"),
    (b"PK\x03\x04", "a ZIP archive; unpack it first"),
    (b"\x1f\x8b", "compressed with gzip; unpack it first"),
    (b"\xfd7zXZ", "compressed with xz; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b";$FILEVERSION", "a PEAK trace file; convert it to ASC or candump"),
)


def read_capture(path: Path) -> Capture:
    """The recording in *path*.

    Raises:
        ConfigError: it cannot be read, or is in no form that is read here; with line or offset and what to do.
    """
    content = _content(path)
    sha256 = hashlib.sha256(content).hexdigest()
    if content.startswith(blf.MAGIC):
        return assemble(path, content, sha256, blf.FORMAT, blf.read(content, path))
    for magic, what in _OTHER_CONTENT:
        if content.startswith(magic):
            raise ConfigError(Problem(f"this is {what}; {SUPPORTED}", path))
    lines = decode_text(content, path).splitlines(keepends=True)
    sample = [line for line in lines[: 4 * _SAMPLE_LINES] if line.strip()][:_SAMPLE_LINES]
    if not sample:
        raise ConfigError(Problem("the file holds only blank lines", path))
    for form in _TEXT_FORMS:
        if form.claims(sample):
            return assemble(path, content, sha256, form.FORMAT, form.read(lines, path))
    shown = "".join(character if character.isprintable() else "?" for character in sample[0].strip()[:60])
    raise ConfigError(Problem(f"no recording of CAN traffic in a known form, it begins with '{shown}'; {SUPPORTED}", path, 1))


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(Problem("no such file", path)) from None
    except IsADirectoryError:
        raise ConfigError(Problem("this is a folder; name the recordings in it", path)) from None
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror or error}", path)) from error
    if not content:
        raise ConfigError(Problem("the file is empty", path))
    return content
