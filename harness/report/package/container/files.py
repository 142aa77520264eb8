"""Files of a package on disk: written through to the disk, read and hashed in pieces, never followed through a link."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from harness.report.package.container.bag import Digests

__all__ = ["digests_of", "digests_of_bytes", "remove_tree", "sync_folder", "tree", "write_file"]

_PIECE = 1 << 20


def write_file(target: Path, source: bytes | Path) -> Digests:
    """Copy *source* to the new file *target*, on disk when this returns.

    Raises:
        OSError: *target* exists, or the disk does not take it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    sha256, sha512, size = hashlib.sha256(), hashlib.sha512(), 0
    with target.open("xb") as stream:
        for piece in _pieces(source):
            stream.write(piece)
            sha256.update(piece)
            sha512.update(piece)
            size += len(piece)
        stream.flush()
        os.fsync(stream.fileno())
    return Digests(size, sha256.hexdigest(), sha512.hexdigest())


def digests_of(path: Path) -> Digests:
    """Size and digests of a file."""
    sha256, sha512, size = hashlib.sha256(), hashlib.sha512(), 0
    for piece in _pieces(path):
        sha256.update(piece)
        sha512.update(piece)
        size += len(piece)
    return Digests(size, sha256.hexdigest(), sha512.hexdigest())


def digests_of_bytes(content: bytes) -> Digests:
    """Size and digests of *content*."""
    return Digests(len(content), hashlib.sha256(content).hexdigest(), hashlib.sha512(content).hexdigest())


def tree(root: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything below *root* with its path relative to it, folders before what they hold, names in bytewise order."""
    pending: list[tuple[str, str]] = [("", str(root))]
    while pending:
        prefix, folder = pending.pop()
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: os.fsencode(entry.name))
        for entry in ordered:
            yield prefix + entry.name, entry
        pending += [(f"{prefix}{entry.name}/", entry.path) for entry in reversed(ordered) if entry.is_dir(follow_symlinks=False)]


def sync_folder(path: Path) -> None:
    """Have the names in *path* on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_tree(path: Path) -> None:
    """Remove a folder or file that this process made; nothing happens if it is gone."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _pieces(source: bytes | Path) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece
