"""The photos of the item that a laboratory file names: read, measured, and refused if they are no photos of an item."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath

from PIL import Image, UnidentifiedImageError

from harness.case.documents import PhotoDoc
from harness.core import Problem
from harness.report.claims_files import claims_in_name
from harness.report.lab.schema import PhotoFile
from harness.rig.document import Document, KeyPath

__all__ = ["FOLDER", "MOST_BYTES", "Photos", "read_photos"]

FOLDER = "photos"
"""Where the photos lie in the report folder."""
MOST_BYTES = 8_000_000
_MOST_PIXELS = 40_000_000
_LEAST_SIDE = 200
_FORMATS: Mapping[str, str] = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
_COLOURS = ("1", "L", "LA", "P", "RGB", "RGBA")
"""Colour spaces that an archival PDF of this report holds as they are."""
_SAFE = re.compile(r"\w[\w .()+-]{0,59}")
_NOT_A_PHOTO = re.compile(r"(?:^|[^a-z])(?:logos?|seals?|stamps?|chop|signatures?|cnas|cma|ilac|marks?)(?:[^a-z]|$)", re.IGNORECASE)


@dataclass(slots=True)
class Photos:
    """What was read."""

    documents: list[PhotoDoc] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    """Content by path in the report folder."""
    problems: list[Problem] = field(default_factory=list)


def read_photos(document: Document, named: Sequence[PhotoFile]) -> Photos:
    """The photos that ``item.photos`` of *document* names, relative to its file."""
    found = Photos()
    for index, each in enumerate(named):
        path: KeyPath = ("item", "photos", index, "file")
        source = document.file.parent / each.file
        target = f"{FOLDER}/{source.name}"
        content = b"" if (objection := _objection_to_name(source.name)) else _read(source)
        if not objection:
            objection = content if isinstance(content, str) else _objection_to(content, _FORMATS[source.suffix.lower()])
        if not objection and target in found.pictures:
            objection = f"another photo is called '{source.name}' too; rename one"
        if objection or isinstance(content, str):
            found.problems.append(document.problem(f"{each.file!r}: {objection}", path))
            continue
        found.pictures[target] = content
        found.documents.append({"file": target, "sha256": hashlib.sha256(content).hexdigest(), "caption": {"zh": each.zh, "en": each.en}})
    return found


def _objection_to_name(name: str) -> str:
    """Why a file of this name is not taken; empty if it is."""
    if PurePosixPath(name).suffix.lower() not in _FORMATS:
        return "a photo is a .jpg or a .png file"
    if not _SAFE.fullmatch(name) or unicodedata.normalize("NFC", name) != name:
        return "use letters, digits, blanks and . ( ) + - _ in the name of a photo, so that every reader of the package can open it"
    if _NOT_A_PHOTO.search(PurePosixPath(name).stem) or claims_in_name(name):
        return "the name speaks of a mark, a seal or a signature; only photos of the item are placed in a report"
    return ""


def _read(source: Path) -> bytes | str:
    """The content, or why there is none."""
    try:
        if source.stat().st_size > MOST_BYTES:
            return f"is larger than {MOST_BYTES // 1_000_000} MB; make it smaller"
        return source.read_bytes()
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else str(error)
        return f"cannot be read: {what}"


def _objection_to(content: bytes, expected: str) -> str:
    """Why *content* is no photo of the format that its name says; empty if it is one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(content))
            width, height = picture.size
            if picture.format != expected:
                return f"the name says {expected}, the content is {picture.format}"
            if width * height > _MOST_PIXELS:
                return f"has {width} x {height} pixels; {_MOST_PIXELS // 1_000_000} million at most"
            if min(width, height) < _LEAST_SIDE:
                return f"has {width} x {height} pixels; a photo has {_LEAST_SIDE} at least on each side"
            if picture.mode not in _COLOURS:
                return f"has the colours {picture.mode}; save it in RGB or grey"
            if getattr(picture, "n_frames", 1) > 1:
                return "holds several pictures; save the one that is meant"
            picture.load()
    except UnidentifiedImageError:
        return f"is no {expected} picture"
    except Image.DecompressionBombError:
        return f"has too many pixels; {_MOST_PIXELS // 1_000_000} million at most"
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        return f"is damaged: {error}"
    return ""
