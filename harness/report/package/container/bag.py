"""BagIt 1.0 (RFC 8493): tag files and manifests of a bag, written and read.

Nothing here touches the disk: a bag is a mapping from path to digest. ``seal/`` is no part of the bag's own account;
it is written after the tag manifest and signs it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.report.package.container.paths import decoded, encoded

__all__ = [
    "ALGORITHMS",
    "BAGIT",
    "DECLARATION",
    "INFO",
    "TAG_FILES",
    "TAG_MANIFEST",
    "Digests",
    "ManifestError",
    "info_bytes",
    "manifest_bytes",
    "manifest_name",
    "parse_info",
    "parse_manifest",
    "tag_files",
]

ALGORITHMS = ("sha256", "sha512")
BAGIT = "bagit.txt"
INFO = "bag-info.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
TAG_FILES = (BAGIT, INFO, "manifest-sha256.txt", "manifest-sha512.txt", TAG_MANIFEST)
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


class ManifestError(ValueError):
    """A line of a manifest or of bag-info.txt that cannot be read; the text says which."""


@dataclass(frozen=True, slots=True)
class Digests:
    """Size and digests of one file."""

    size: int
    sha256: str
    sha512: str


def manifest_name(algorithm: str) -> str:
    """Name of the payload manifest."""
    return f"manifest-{algorithm}.txt"


def manifest_bytes(digests: Mapping[str, str]) -> bytes:
    """A manifest with its lines in the bytewise order of their paths."""
    ordered = sorted(digests, key=lambda path: path.encode("utf-8"))
    return "".join(f"{digests[path]}  {encoded(path)}\n" for path in ordered).encode("utf-8")


def info_bytes(fields: Mapping[str, str]) -> bytes:
    """bag-info.txt. A line end inside a value would start another field, so it becomes a blank."""
    lines = [f"{label}: {' '.join(value.split())}\n" for label, value in fields.items()]
    return "".join(lines).encode("utf-8")


def tag_files(payload: Mapping[str, Digests], info: Mapping[str, str]) -> dict[str, bytes]:
    """The tag files of a bag with this payload (paths begin with ``data/``), without the tag manifest.

    ``Payload-Oxum`` is added to *info*.
    """
    oxum = f"{sum(each.size for each in payload.values())}.{len(payload)}"
    return {
        BAGIT: DECLARATION,
        INFO: info_bytes({**info, "Payload-Oxum": oxum}),
        manifest_name("sha256"): manifest_bytes({path: each.sha256 for path, each in payload.items()}),
        manifest_name("sha512"): manifest_bytes({path: each.sha512 for path, each in payload.items()}),
    }


def parse_manifest(content: bytes) -> dict[str, str]:
    """Digest by path.

    Raises:
        ManifestError: not UTF-8, a line of another form, or a path twice.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(_lines(content), 1):
        match = re.fullmatch(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)", line)
        if match is None:
            raise ManifestError(f"line {number}: '{line[:80]}'")
        path = decoded(match[2])
        if path in found:
            raise ManifestError(f"line {number}: '{path}' is listed twice")
        found[path] = match[1].lower()
    return found


def parse_info(content: bytes) -> dict[str, str]:
    """The fields of bag-info.txt.

    Raises:
        ManifestError: not UTF-8, a line of another form, or a label twice.
    """
    found: dict[str, str] = {}
    label = ""
    for number, line in enumerate(_lines(content), 1):
        if line[:1] in (" ", "\t") and label:
            found[label] += " " + line.strip()
            continue
        match = re.fullmatch(r"([^:\s][^:]*?)\s*:\s?(.*)", line)
        if match is None:
            raise ManifestError(f"line {number}: '{line[:80]}'")
        label = match[1]
        if label in found:
            raise ManifestError(f"line {number}: '{label}' is stated twice")
        found[label] = match[2]
    return found


def _lines(content: bytes) -> list[str]:
    """Lines as RFC 8493 ends them: LF, CR or both. Other separators of Unicode may stand in a name."""
    try:
        lines = re.split(r"\r\n|\r|\n", content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ManifestError(f"no UTF-8 at byte {error.start}") from error
    return lines if lines[-1] else lines[:-1]
