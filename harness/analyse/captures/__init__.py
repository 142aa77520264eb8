"""Reading of recordings in the formats that ``SUPPORTED`` lists. The content decides, not the name of the file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from harness.analyse.captures import asc, blf, candump_log, candump_screen, mf4, pcap, savvycan, trc, zlg
from harness.analyse.captures.model import Capture, Reading, Timing, assemble
from harness.analyse.captures.problems import NotARecording
from harness.analyse.captures.text import SUPPORTED, decode_text
from harness.core import ConfigError, Problem

__all__ = ["SUPPORTED", "Capture", "NotARecording", "Timing", "read_capture"]

_SAMPLE_LINES = 40

_TEXT_FORMS = (trc, zlg, savvycan, asc, candump_log, candump_screen)

_BINARY_FORMS: tuple[tuple[bytes, str, Callable[[bytes, Path], Reading]], ...] = (
    (blf.MAGIC, blf.FORMAT, blf.read),
    (pcap.MAGIC_NG, pcap.FORMAT_NG, pcap.read_ng),
    *((magic, pcap.FORMAT, pcap.read) for magic in pcap.MAGICS),
    *((magic, mf4.FORMAT, mf4.read) for magic in mf4.MAGICS),
)

_OTHER_CONTENT = (
    (b"UnFinMF ", "an unfinished MDF/MF4 measurement file; finalise it with the tool of the logger"),
    (b"PK\x03\x04", "a ZIP archive; unpack it first"),
    (b"\x1f\x8b", "compressed with gzip; unpack it first"),
    (b"\xfd7zXZ", "compressed with xz; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
)


def read_capture(path: Path) -> Capture:
    """The recording in *path*.

    Raises:
        ConfigError: it cannot be read; with line or offset and what to do.
        NotARecording: it is in no form that is read here.
    """
    content = _content(path)
    sha256 = hashlib.sha256(content).hexdigest()
    for magic, form_name, read in _BINARY_FORMS:
        if content.startswith(magic):
            return assemble(path, content, sha256, form_name, read(content, path))
    for magic, what in _OTHER_CONTENT:
        if content.startswith(magic):
            raise NotARecording(Problem(f"this is {what}; {SUPPORTED}", path))
    lines = decode_text(content, path).splitlines(keepends=True)
    sample = [line for line in lines[: 4 * _SAMPLE_LINES] if line.strip()][:_SAMPLE_LINES]
    if not sample:
        raise NotARecording(Problem("the file holds only blank lines", path))
    for form in _TEXT_FORMS:
        if form.claims(sample):
            return assemble(path, content, sha256, form.FORMAT, form.read(lines, path))
    shown = "".join(character if character.isprintable() else "?" for character in sample[0].strip()[:60])
    raise NotARecording(Problem(f"no recording of CAN traffic in a known form, it begins with '{shown}'; {SUPPORTED}", path, 1))


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
        raise NotARecording(Problem("the file is empty", path))
    return content
