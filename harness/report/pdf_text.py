"""The text of a finished PDF, read back by a library that had no part in setting it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from functools import lru_cache

import pypdfium2

__all__ = ["PdfError", "bare", "dense", "dense_with_places", "document_info", "page_texts"]

_BLANK = re.compile(r"[\s\u200b\u00ad\ufffe\u0002]+")


class PdfError(ValueError):
    """The bytes are no PDF that can be read."""


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page, in the order in which it is drawn.

    Raises:
        PdfError: *pdf* cannot be read.
    """
    return list(_page_texts(pdf))


@lru_cache(maxsize=1)
def _page_texts(pdf: bytes) -> tuple[str, ...]:
    """Several checks read the same document, one after the other."""
    with closing(_open(pdf)) as document:
        texts = []
        for page in document:
            with closing(page), closing(page.get_textpage()) as layer:
                texts.append(layer.get_text_bounded().replace("\r\n", "\n"))
        return tuple(texts)


def document_info(pdf: bytes) -> Mapping[str, str]:
    """Title, author, keywords and the like.

    Raises:
        PdfError: *pdf* cannot be read.
    """
    with closing(_open(pdf)) as document:
        return dict(document.get_metadata_dict(skip_empty=True))


def dense(text: str) -> str:
    """*text* without blanks and line ends, so that a line break of the layout does not hide a word."""
    return _BLANK.sub("", text)


def bare(text: str) -> str:
    """``dense(text)`` without hyphens: one at the end of a line is read back as a mark of hyphenation, or not at all."""
    return dense(text).replace("-", "")


def dense_with_places(text: str) -> tuple[str, list[int]]:
    """``dense(text)``, and where in *text* each of its characters stands."""
    places: list[int] = []
    begin = 0
    for blank in _BLANK.finditer(text):
        places += range(begin, blank.start())
        begin = blank.end()
    places += range(begin, len(text))
    return dense(text), places


def _open(pdf: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise PdfError(f"no readable PDF: {error}") from error
