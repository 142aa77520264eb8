"""How a figure gets into the page: as a drawing that moves, as one that does not, or, beyond the room there is, as a link."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from markupsafe import Markup

from harness.report.figures import Artwork
from harness.report.html.plot import PlotView, plot_view
from harness.report.package.container.layout import run_file
from harness.report.view import Attachment, Figure, PhotoView

__all__ = ["Drawing", "Embedding", "evidence_href"]

_ROOM = 20_000_000
"""Bytes of figures that a page may hold; what does not fit lies beside it."""
_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One of the four, the others are empty."""

    plot: PlotView | None = None
    markup: Markup | None = None
    """SVG that becomes part of the page."""
    source: str = ""
    """A picture as ``data:`` address."""
    link: str = ""
    """Relative address of the picture beside the page."""


class Embedding:
    """The figures of one page, taken in as long as there is room."""

    def __init__(self, artwork: Artwork, room: int = _ROOM) -> None:
        self._artwork = artwork
        self._room = room

    def drawing(self, figure: Figure) -> Drawing:
        """What stands in the page for *figure*."""
        made, size = self._made(figure.file)
        if size > self._room:
            return Drawing(link=f"plots/{quote(figure.file)}")
        self._room -= size
        return made

    def photograph(self, photo: PhotoView) -> Drawing:
        """What stands in the page for a photo of the item."""
        made = _data(photo.file, self._artwork.photos[photo.file])
        if len(made.source) > self._room:
            return Drawing(link=quote(photo.file))
        self._room -= len(made.source)
        return made

    def _made(self, file: str) -> tuple[Drawing, int]:
        if (recording := self._artwork.recordings.get(file)) is not None:
            plot = plot_view(recording)
            return Drawing(plot=plot), plot.size
        picture = self._artwork.pictures[file]
        if file in self._artwork.diagrams:
            return Drawing(markup=Markup(picture.decode("utf-8"))), len(picture)
        made = _data(file, picture)
        return made, len(made.source)


def _data(file: str, picture: bytes) -> Drawing:
    kind = _TYPES[PurePosixPath(file).suffix.lower()]
    return Drawing(source=f"data:{kind};base64,{base64.b64encode(picture).decode('ascii')}")


def evidence_href(file: Attachment) -> str:
    """Where an evidence file lies, seen from the report: in the package, and in a run folder that has its report inside."""
    return "../" + quote(run_file(file.path, file.run).removeprefix("data/"))
