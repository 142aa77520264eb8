"""The font of the report: Noto Sans CJK SC, regular and bold, from the system. Chinese glyph forms depend on it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from matplotlib import font_manager

from harness.core import ConfigError

__all__ = ["FAMILY", "MONO", "font_files", "font_folders", "register_fonts"]

FAMILY = "Noto Sans CJK SC"
MONO = "Noto Sans Mono CJK SC"
_STEMS = ("NotoSansCJK-Regular", "NotoSansCJK-Bold")
_SUFFIXES = (".ttc", ".otc")


@cache
def font_files() -> tuple[Path, ...]:
    """The two collections that hold the font in both weights.

    Raises:
        ConfigError: the font is not installed.
    """
    found: dict[str, Path] = {}
    for name in sorted(font_manager.findSystemFonts(fontext="ttf")):
        path = Path(name)
        if path.stem in _STEMS and path.suffix.lower() in _SUFFIXES:
            found.setdefault(path.stem, path)
    if missing := [stem for stem in _STEMS if stem not in found]:
        files = " and ".join(f"{stem}.ttc" for stem in missing)
        raise ConfigError(f"the report needs the font '{FAMILY}', but {files} is not installed; install the package fonts-noto-cjk")
    return tuple(found[stem] for stem in _STEMS)


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
