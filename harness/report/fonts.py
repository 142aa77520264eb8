"""The font of the report: Noto Sans CJK SC, regular and bold, from the system. Chinese glyph forms depend on it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from matplotlib import font_manager, ft2font

from harness.core import ConfigError, Problem

__all__ = ["FAMILY", "MONO", "font_files", "font_folders", "register_fonts"]

FAMILY = "Noto Sans CJK SC"
MONO = "Noto Sans Mono CJK SC"
_STEMS = ("NotoSansCJK-Regular", "NotoSansCJK-Bold")
_SUFFIXES = (".ttc", ".otc")


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


def font_folders() -> list[Path]:
    """Folders in which the files of the font lie."""
    return sorted({path.parent for path in font_files()})


@cache
def register_fonts() -> None:
    """Make the font known to matplotlib, whose own list may be older than the installation."""
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in font_files():
        if str(path) not in known:
            font_manager.fontManager.addfont(str(path))
