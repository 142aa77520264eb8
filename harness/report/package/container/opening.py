"""Opening a package that nobody vouches for yet: V1, everything that must be refused before a file is believed.

A folder is looked at where it lies; a ZIP or ASiC-E container is unpacked into a temporary folder once its directory
has been found harmless. Nothing is ever written outside of that folder.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from harness.report.package.container.files import tree
from harness.report.package.container.layout import belongs
from harness.report.package.container.one_file import ASIC_MANIFEST, ASIC_SIGNATURE, MIMETYPE, parse_asic_manifest
from harness.report.package.container.paths import path_faults
from harness.report.package.outcome import Step

__all__ = ["MAX_BYTES", "MAX_FILES", "Opened", "open_package"]

MAX_BYTES = 64 << 30
MAX_FILES = 200_000
_ASIC_MEMBERS = ("mimetype", ASIC_MANIFEST, ASIC_SIGNATURE)
_LOCAL = struct.Struct("<4s5H3I2H")
_END_SIZE = 22
_SHOWN = 20
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)
"""What the library raises for a damaged container."""


@dataclass(slots=True)
class Opened:
    """A package as found. ``root`` is ``None`` if it could not be opened safely."""

    form: str
    """``folder``, ``ZIP`` or ``ASiC-E``."""
    root: Path | None
    name: str
    """Name of the bag's folder."""
    files: list[str] = field(default_factory=list)
    """Paths of all files below ``root``, in bytewise order."""
    signed_manifest: bytes = b""
    """Manifest of an ASiC-E container."""
    manifest_signature: bytes = b""

    def read(self, path: str) -> bytes | None:
        """Content of a file of the package, ``None`` if there is none."""
        if self.root is None or path not in self.files:
            return None
        return (self.root / path).read_bytes()


@contextmanager
def open_package(path: Path, step: Step) -> Iterator[Opened]:
    """The package at *path*; what is wrong with its container is remarked in *step* (V1)."""
    if path.is_dir():
        opened = Opened("folder", path, path.resolve().name)
        _scan(opened, step)
        yield opened
        return
    with TemporaryDirectory(prefix="precert-verify-") as name:
        yield _unpack(path, Path(name), step)


def _scan(opened: Opened, step: Step) -> None:
    """Take stock of the unpacked bag."""
    assert opened.root is not None
    folders: set[str] = set()
    occupied: set[str] = set()
    for path, entry in tree(opened.root):
        parent = path.rpartition("/")[0]
        occupied.add(parent)
        if entry.is_symlink() or not (entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)):
            step.fail("v1.link", path=path)
        elif entry.is_dir(follow_symlinks=False):
            folders.add(path)
        else:
            opened.files.append(path)
            if not belongs(path):
                step.fail("v1.extra", path=path)
    for path in sorted(folders - occupied):
        step.fail("v1.empty", path=path)
    if len(opened.files) > MAX_FILES:
        step.fail("v1.many", files=len(opened.files), limit=MAX_FILES)
    for path, fault in path_faults(opened.files)[:_SHOWN]:
        step.fail(f"fault.{fault}", path=path)
    opened.files.sort(key=lambda each: each.encode("utf-8", "surrogateescape"))


def _unpack(path: Path, folder: Path, step: Step) -> Opened:
    nothing = Opened("ZIP", None, path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if not _harmless(path, archive, members, step):
                return nothing
            asic = "mimetype" in archive.namelist()
            form = "ASiC-E" if asic else "ZIP"
            tops = sorted({member.filename.partition("/")[0] for member in members if not (asic and member.filename in _ASIC_MEMBERS)})
            if len(tops) != 1 or any("/" not in member.filename and member.filename != "mimetype" for member in members):
                step.fail("v1.one_folder", found=", ".join(tops[:_SHOWN]) or "-")
                return nothing
            archive.extractall(folder)
            opened = Opened(form, folder / tops[0], tops[0])
            if asic:
                _check_asic(archive, opened, step)
    except _UNREADABLE as error:
        step.fail("v1.unreadable", detail=getattr(error, "strerror", None) or str(error) or type(error).__name__)
        return nothing
    _scan(opened, step)
    return opened


def _harmless(path: Path, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], step: Step) -> bool:
    """Whether the members may be unpacked: their names, kinds and sizes."""
    before = len(step.remarks)
    names = [member.filename for member in members if not member.is_dir()]
    for name, fault in path_faults(names)[:_SHOWN]:
        step.fail(f"fault.{fault}", path=name)
    for member in members:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if member.is_dir():
            for name, fault in path_faults([member.filename.rstrip("/")]):
                step.fail(f"fault.{fault}", path=name)
        elif kind not in (0, stat.S_IFREG):
            step.fail("v1.link", path=member.filename)
        if member.flag_bits & 0x1:
            step.fail("v1.encrypted", path=member.filename)
    size = sum(member.file_size for member in members)
    if size > MAX_BYTES:
        step.fail("v1.big", bytes=size, limit=MAX_BYTES)
    if len(members) > MAX_FILES:
        step.fail("v1.many", files=len(members), limit=MAX_FILES)
    if len(step.remarks) == before:
        _compare_headers(path, archive, members, step)
    return len(step.remarks) == before


def _compare_headers(path: Path, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], step: Step) -> None:
    """The headers before the members must be those of the directory, with nothing between them: readers differ in which they believe."""
    position = 0
    with path.open("rb") as stream:
        for member in sorted(members, key=lambda each: each.header_offset):
            stream.seek(member.header_offset)
            header = stream.read(_LOCAL.size)
            if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
                step.fail("v1.headers", path=member.filename)
                return
            _, _, flags, method, _, _, _, _, _, name_length, extra_length = _LOCAL.unpack(header)
            name = stream.read(name_length).decode("utf-8" if flags & 0x800 else "cp437")
            if name != member.orig_filename or method != member.compress_type:
                step.fail("v1.headers", path=member.filename)
            if member.header_offset != position:
                step.fail("v1.hidden", bytes=member.header_offset - position)
            trailer = _trailer(stream, flags, member, position := member.header_offset + _LOCAL.size + name_length + extra_length)
            position += member.compress_size + trailer
        behind = _bytes_behind(stream)
    if archive.start_dir != position:
        step.fail("v1.hidden", bytes=archive.start_dir - position)
    if behind:
        step.fail("v1.hidden", bytes=behind)


def _bytes_behind(stream: BinaryIO) -> int:
    """How many bytes follow the last record of the directory: its comment, and whatever was appended."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _END_SIZE - 0xFFFF))
    tail = stream.read()
    return len(tail) - tail.rfind(b"PK\x05\x06") - _END_SIZE


def _trailer(stream: object, flags: int, member: zipfile.ZipInfo, data_start: int) -> int:
    """Length of the data descriptor behind a member."""
    if not flags & 0x8:
        return 0
    seek, read = stream.seek, stream.read  # type: ignore[attr-defined]
    seek(data_start + member.compress_size)
    signature = 4 if read(4) == b"PK\x07\x08" else 0
    large = member.file_size >= zipfile.ZIP64_LIMIT or member.compress_size >= zipfile.ZIP64_LIMIT
    return signature + (20 if large else 12)


def _check_asic(archive: zipfile.ZipFile, opened: Opened, step: Step) -> None:
    names = archive.namelist()
    first = archive.infolist()[0]
    if first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED or archive.read("mimetype") != MIMETYPE:
        step.fail("v1.mimetype", expected=MIMETYPE.decode("ascii"))
    for needed in (ASIC_MANIFEST, ASIC_SIGNATURE):
        if needed not in names:
            step.fail("v1.asic_missing", path=needed)
            return
    opened.signed_manifest, opened.manifest_signature = archive.read(ASIC_MANIFEST), archive.read(ASIC_SIGNATURE)
    try:
        stated = parse_asic_manifest(opened.signed_manifest)
    except ValueError as error:
        step.fail("v1.asic_broken", detail=str(error))
        return
    members = {name for name in names if name not in _ASIC_MEMBERS and not name.endswith("/")}
    for name in sorted(members - set(stated)):
        step.fail("v1.asic_unsigned", path=name)
    for name in sorted(set(stated) - members):
        step.fail("v1.asic_missing", path=name)
    for name in sorted(members & set(stated)):
        with archive.open(name) as stream:
            digest = hashlib.file_digest(stream, "sha256").digest()  # type: ignore[arg-type]  # it reads as a file does
        if digest != stated[name]:
            step.fail("v1.asic_digest", path=name)
