"""One-file forms of a package: a deterministic ZIP, and an ASiC-E container with a signed manifest of its own."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from harness.report.package.container.files import tree

__all__ = ["ASIC_MANIFEST", "ASIC_SIGNATURE", "MIMETYPE", "asic_manifest", "parse_asic_manifest", "write_container"]

MIMETYPE = b"application/vnd.etsi.asic-e+zip"
ASIC_MANIFEST = "META-INF/ASiCManifest001.xml"
ASIC_SIGNATURE = "META-INF/signature001.p7s"
_ASIC = "http://uri.etsi.org/02918/v1.2.1#"
_DSIG = "http://www.w3.org/2000/09/xmldsig#"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_DATE = (1980, 1, 1, 0, 0, 0)


def write_container(target: Path, bag: Path, name: str, extra: Mapping[str, bytes] | None = None) -> None:
    """Pack the files of *bag* below the folder *name* into the new file *target*; the same bytes for the same files.

    *extra* are further members: ``mimetype`` comes first and is not compressed, the others come last.

    Raises:
        OSError: *target* exists, or the disk does not take it.
    """
    extra = dict(extra or {})
    with target.open("xb") as stream, zipfile.ZipFile(stream, "w", allowZip64=True) as archive:
        if (first := extra.pop("mimetype", None)) is not None:
            _add(archive, "mimetype", first, zipfile.ZIP_STORED)
        for path, entry in sorted(tree(bag), key=lambda pair: pair[0].encode("utf-8")):
            if entry.is_file(follow_symlinks=False):
                _copy(archive, f"{name}/{path}", Path(entry.path))
        for path in sorted(extra):
            _add(archive, path, extra[path], zipfile.ZIP_DEFLATED)


def asic_manifest(bag: Path, name: str) -> bytes:
    """The manifest of an ASiC-E container: digest of every file of the bag."""
    ElementTree.register_namespace("asic", _ASIC)
    ElementTree.register_namespace("ds", _DSIG)
    root = ElementTree.Element(f"{{{_ASIC}}}ASiCManifest")
    ElementTree.SubElement(root, f"{{{_ASIC}}}SigReference", {"URI": ASIC_SIGNATURE, "MimeType": "application/pkcs7-signature"})
    for path, entry in sorted(tree(bag), key=lambda pair: pair[0].encode("utf-8")):
        if entry.is_file(follow_symlinks=False):
            reference = ElementTree.SubElement(root, f"{{{_ASIC}}}DataObjectReference", {"URI": f"{name}/{path}"})
            ElementTree.SubElement(reference, f"{{{_DSIG}}}DigestMethod", {"Algorithm": _SHA256})
            with open(entry.path, "rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").digest()
            ElementTree.SubElement(reference, f"{{{_DSIG}}}DigestValue").text = _base64(digest)
    content: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def parse_asic_manifest(content: bytes) -> dict[str, bytes]:
    """SHA-256 by member.

    Raises:
        ValueError: no manifest, a member twice, or another algorithm.
    """
    if b"<!" in content:
        raise ValueError("declarations are not allowed")
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from error
    if root.tag != f"{{{_ASIC}}}ASiCManifest":
        raise ValueError(f"root element {root.tag}")
    found: dict[str, bytes] = {}
    for reference in root.findall(f"{{{_ASIC}}}DataObjectReference"):
        name = reference.get("URI", "")
        method = reference.find(f"{{{_DSIG}}}DigestMethod")
        value = reference.findtext(f"{{{_DSIG}}}DigestValue") or ""
        if method is None or method.get("Algorithm") != _SHA256 or name in found:
            raise ValueError(f"'{name}' is there twice or has no SHA-256")
        found[name] = base64.b64decode(value, validate=True)
    return found


def _copy(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    info = _info(name, zipfile.ZIP_DEFLATED)
    info.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(info, "w") as target:
        while piece := source.read(1 << 20):
            target.write(piece)


def _add(archive: zipfile.ZipFile, name: str, content: bytes, method: int) -> None:
    archive.writestr(_info(name, method), content, method)


def _info(name: str, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type = method
    info.create_system = 3
    info.external_attr = 0o100644 << 16
    return info


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
