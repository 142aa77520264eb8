"""The font of the report: Noto Sans CJK SC, regular and bold, from the system. Chinese glyph forms depend on it.

Which files a report was set with is told by their SHA-256; those that are known lie in ``fonts.toml``. No other font is used.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import typst
from matplotlib import font_manager, ft2font

from harness.core import ConfigError, Problem

__all__ = [
    "FAMILY",
    "KNOWN_FILE",
    "MONO",
    "FontFile",
    "font_files",
    "fonts_used",
    "only_fonts",
    "printable_json",
    "register_fonts",
    "unprintable",
]

FAMILY = "Noto Sans CJK SC"
MONO = "Noto Sans Mono CJK SC"
_STEMS = ("NotoSansCJK-Regular", "NotoSansCJK-Bold")
_SUFFIXES = (".ttc", ".otc")
KNOWN_FILE = Path(__file__).with_name("fonts.toml")
_VERSION = (3, 1, 1033, 5)
"""Where a font states its version: Unicode, American English."""

_ESCAPE = re.compile(r"\\(?:u00([01][0-9a-f])|([bf])|.)")
"""An escape in JSON; in a group if it stands for a character that no font has."""


@dataclass(frozen=True, slots=True)
class FontFile:
    """A file of the font as it was used."""

    name: str
    version: str
    sha256: str
    known: bool
    """Whether it is one of those that the project lists."""


@cache
def font_files() -> tuple[Path, ...]:
    """The two collections that hold the font in both weights.

    Raises:
        ConfigError: the font is not installed, or a file of it cannot be read.
    """
    found: dict[str, Path] = {}
    for name in sorted(font_manager.findSystemFonts(fontext="ttf")):
        path = Path(name)
        if path.stem in _STEMS and path.suffix.lower() in _SUFFIXES:
            found.setdefault(path.stem, path)
    if missing := [stem for stem in _STEMS if stem not in found]:
        files = " and ".join(f"{stem}.ttc" for stem in missing)
        raise ConfigError(f"the report needs the font '{FAMILY}', but {files} is not installed; install the package fonts-noto-cjk")
    if problems := [problem for stem in _STEMS if (problem := _problem_of(found[stem])) is not None]:
        raise ConfigError(problems)
    return tuple(found[stem] for stem in _STEMS)


def _problem_of(path: Path) -> Problem | None:
    """Why a file of the font cannot be used."""
    try:
        ft2font.FT2Font(str(path))
    except OSError as error:
        detail = error.strerror or "cannot be opened"
    except RuntimeError:
        detail = "damaged, or no font"
    else:
        return None
    return Problem(f"this font cannot be read ({detail}); install the package fonts-noto-cjk again", path)


@cache
def fonts_used() -> tuple[FontFile, ...]:
    """The files of the font with what identifies them.

    Raises:
        ConfigError: as ``font_files``.
    """
    known = _known()
    found = []
    for path in font_files():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        stated = ft2font.FT2Font(str(path)).get_sfnt().get(_VERSION, b"").decode("utf-16-be", "replace")
        version = re.search(r"\d+(?:\.\d+)+", stated)
        found.append(FontFile(path.name, version[0] if version else "?", digest, digest in known))
    return tuple(found)


def _known() -> Mapping[str, str]:
    """Names of the listed files by their SHA-256."""
    return {each["sha256"]: each["name"] for each in tomllib.loads(KNOWN_FILE.read_text(encoding="utf-8"))["file"]}


def only_fonts(folder: Path) -> typst.Fonts:
    """The two files for the typesetter, which sees no other font: links to them are made in *folder*."""
    place = folder / "fonts"
    place.mkdir()
    for path in font_files():
        (place / path.name).symlink_to(path.resolve())
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(place)])


def unprintable(text: str) -> list[str]:
    """The characters of *text* that the font has no glyph for, each once; blanks and marks that only format need none."""
    composed = unicodedata.normalize("NFC", text)
    return [each for each in dict.fromkeys(composed) if ord(each) not in _glyphs() and not _needs_none(each)]


def printable_json(content: str) -> str:
    """The JSON text *content* with the code of each character that the font lacks in its place; one such would leave no report."""
    content = _ESCAPE.sub(_shown_escape, content)
    if lacking := unprintable(content):
        content = re.sub(f"[{re.escape(''.join(lacking))}]", lambda match: f"[U+{ord(match[0]):04X}]", content)
    return content


def _shown_escape(match: re.Match[str]) -> str:
    if match[1] is None and match[2] is None:
        return match[0]
    return f"[U+00{match[1].upper() if match[1] else {'b': '08', 'f': '0C'}[match[2]]}]"


@cache
def _glyphs() -> frozenset[int]:
    """Characters that the font has in both weights."""
    return frozenset.intersection(*(frozenset(ft2font.FT2Font(str(path)).get_charmap()) for path in font_files()))


def _needs_none(char: str) -> bool:
    return char in "\t\n\r" or unicodedata.category(char) in ("Cf", "Zl", "Zp", "Zs")


@cache
def register_fonts() -> None:
    """Make the font known to matplotlib, whose own list may be older than the installation."""
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in font_files():
        if str(path) not in known:
            font_manager.fontManager.addfont(str(path))
