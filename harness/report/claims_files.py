"""The search for forbidden claims in the files of a report: text, metadata, attachments and names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import unescape
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree import ElementTree

from harness.report.claims import Claim, find_claims
from harness.report.pdf_text import PdfError, document_info, page_texts
from harness.report.strings import load_strings

__all__ = ["FileClaim", "claims_in_file", "claims_in_files", "claims_in_name", "instrument_texts", "pages_without_banner"]

_NEUTRAL = ("none", "", "not-accredited", "None")
"""What a member that speaks of accreditation may say."""
_ROUTES = ("ILAC-MRA", "ILAC MRA")
"""Words for a route of traceability."""
_MOST_CLAIMED = 0.95
_SPOKEN = ("alt", "title", "content", "aria-label", "placeholder", "value", "label", "download")
"""Attributes of HTML that a person reads or hears."""
_WORDED = re.compile(r"[A-Za-z]{3}|L\d{4}|[^\x00-\x7f]|[A-Z]\W[A-Z]")
"""What a text without it can claim nothing."""
_DRAWN = frozenset(("d", "points", "transform", "style", "id", "class", "href", "viewBox", "clip-path", "x", "y", "width", "height"))
"""Attributes of a drawing that nobody reads."""
_INLINE = frozenset(
    ["a", "abbr", "b", "bdi", "bdo", "code", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u", "wbr"]
)
_NAME_IN_PDF = re.compile(rb"/(?:UF|F|T|TU|Title|Author|Subject|Keywords|Creator|Producer|Contents|Alt)\s*\(((?:\\.|[^\\()]){1,400})\)")
_XMP = re.compile(rb"<x:xmpmeta.*?</x:xmpmeta>", re.DOTALL)


class FileClaim(NamedTuple):
    """A forbidden claim and where it stands."""

    file: str
    place: str
    """Page, member or attribute; ``name`` for the name of the file."""
    claim: Claim

    def __str__(self) -> str:
        return f"{self.file}, {self.place}: {self.claim}"


def claims_in_files(files: Mapping[str, bytes], allowed: Iterable[str] = ()) -> list[FileClaim]:
    """The forbidden claims in *files*, content by relative path, and in their names; *allowed* as in ``find_claims``."""
    allowed = tuple(allowed)
    return [claim for name, content in files.items() for claim in (*claims_in_name(name), *claims_in_file(name, content, allowed))]


def claims_in_name(path: str) -> list[FileClaim]:
    """The forbidden claims in the name of a file or of a folder above it.

    Certificates of calibration in the folder ``equipment`` are named as what they are.
    """
    parts = PurePosixPath(unquote(path)).parts
    words = " / ".join(re.sub(r"[_.\-+ ]+", " ", str(part)) for part in parts)
    found = find_claims(words)
    if parts[:1] == ("equipment",) or parts[:2] == ("data", "equipment"):
        found = [claim for claim in found if not claim.word.lower().startswith(("certificate", "l"))]
    return [FileClaim(path, "name", claim) for claim in found]


def claims_in_file(name: str, content: bytes, allowed: Iterable[str] = ()) -> list[FileClaim]:
    """The forbidden claims in what *content* says to people and to programs; binary recordings say nothing."""
    allowed = tuple(allowed)
    kind = PurePosixPath(name).suffix.lower()
    read = _READERS.get(kind)
    if read is None:
        return []
    said = list(read(content))
    # Most files claim nothing, which one search over all that is different in it tells; nothing reaches over the separator.
    different = dict.fromkeys(words for _, words in said if _WORDED.search(words))
    if not find_claims("\x00".join(different), allowed):
        return []
    return [FileClaim(name, place, claim) for place, words in said for claim in find_claims(words, allowed)]


def instrument_texts(equipment: object) -> Iterator[str]:
    """What *equipment* says of the calibration of instruments: another body's statement, not one of the report.

    A text that is hardly more than a claim is left out, or it would allow that word everywhere.
    """
    if isinstance(equipment, str):
        claimed = sum(len(claim.word) for claim in find_claims(equipment))
        if claimed and (claimed < _MOST_CLAIMED * len(equipment) or equipment in _ROUTES):
            yield equipment
    elif isinstance(equipment, Mapping):
        for each in equipment.values():
            yield from instrument_texts(each)
    elif isinstance(equipment, list):
        for each in equipment:
            yield from instrument_texts(each)


def pages_without_banner(pdf: bytes) -> list[int]:
    """Numbers of the pages that do not say that the result is not accredited, in both languages.

    Raises:
        PdfError: *pdf* cannot be read.
    """
    words = load_strings()["title.banner"]
    banner = [re.sub(r"\s+", "", each) for each in (words["zh"], words["en"])]
    pages = [re.sub(r"\s+", "", page) for page in page_texts(pdf)]
    return [number for number, page in enumerate(pages, 1) if not all(each in page for each in banner)]


def _pdf(content: bytes) -> Iterator[tuple[str, str]]:
    try:
        texts, info = page_texts(content), document_info(content)
    except PdfError as error:
        yield "document", f"unreadable: {error}"
        return
    # A claim may run over the end of a page, so the whole is searched, not page by page.
    yield "text", "\n".join(texts)
    for key, value in info.items():
        yield f"metadata {key}", value
    for number, packet in enumerate(_XMP.findall(content), 1):
        yield f"XMP {number}", " ".join(words for _, words in _xml(packet))
    for raw in dict.fromkeys(_NAME_IN_PDF.findall(content)):
        yield "string", _pdf_string(raw)


def _pdf_string(raw: bytes) -> str:
    """A literal string of a PDF: its escapes resolved, UTF-16 where it says so."""
    plain = re.sub(rb"\\([0-7]{1,3})", lambda match: bytes([int(match[1], 8) & 0xFF]), raw)
    plain = re.sub(rb"\\(.)", rb"\1", plain, flags=re.DOTALL)
    if plain.startswith(b"\xfe\xff"):
        return plain[2:].decode("utf-16-be", "replace")
    return plain.decode("utf-8", "replace")


def _html(content: bytes) -> Iterator[tuple[str, str]]:
    reader = _Spoken()
    reader.feed(content.decode("utf-8", "replace"))
    reader.close()
    yield "text", "".join(reader.words)
    yield from reader.attributes
    for style in reader.styles:
        # A style sheet prints what stands between its quotes.
        for words in re.findall(r"content:\s*((?:\"[^\"]*\"\s*|'[^']*'\s*)+)", style):
            yield "style", re.sub(r"\\([0-9a-fA-F]{1,6}) ?", lambda match: chr(int(match[1], 16)), words)


class _Spoken(HTMLParser):
    """Collects what a page says."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.styles: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in ("style", "script") else ""
        self._part(tag)
        for name, value in attrs:
            if value and (name in _SPOKEN or name.startswith("data-label")) and (tag, name) != ("meta", "content"):
                self.attributes.append((f"<{tag} {name}>", value))
        if tag == "meta" and not any(name == "http-equiv" for name, _ in attrs):
            self.attributes.append(("<meta>", dict(attrs).get("content") or ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.styles.append(data)
        elif self._inside != "script":
            self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.words.append(f" {data} ")

    def _part(self, tag: str) -> None:
        """Markup inside of a line does not part a word, everything else does."""
        if tag not in _INLINE:
            self.words.append(" ")


def _json(content: bytes) -> Iterator[tuple[str, str]]:
    try:
        document = json.loads(content)
    except ValueError:
        yield "document", content.decode("utf-8", "replace")
        return
    yield from _members("", document)


def _json_lines(content: bytes) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(content.splitlines(), 1):
        for place, words in _json(line):
            yield f"line {number} {place}", words


def _members(place: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            here = f"{place}/{key}"
            spoken = "accredit" in key.lower()
            if each in _NEUTRAL or (spoken and (each is None or each is False)):
                continue
            yield here, key if not isinstance(each, str) else f"{key}: {each}"
            if not isinstance(each, str):
                yield from _members(here, each)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _members(f"{place}/{index}", each)
    elif isinstance(value, str) and value not in _NEUTRAL:
        yield place or "/", value


def _xml(content: bytes) -> Iterator[tuple[str, str]]:
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        yield "document", unescape(re.sub(r"<[^>]*>", " ", content.decode("utf-8", "replace")))
        return
    # Names of elements belong to the schema of the document, not to the report.
    yield "text", " ".join(root.itertext())
    for element in root.iter():
        for name, value in element.attrib.items():
            short = name.rpartition("}")[2]
            if short not in _DRAWN and value not in _NEUTRAL:
                yield f"attribute {short}", value


def _text(content: bytes) -> Iterator[tuple[str, str]]:
    yield "text", content.decode("utf-8-sig", "replace").replace("not-accredited", " ")


_READERS: Mapping[str, Callable[[bytes], Iterator[tuple[str, str]]]] = {
    ".pdf": _pdf,
    ".html": _html,
    ".json": _json,
    ".jsonl": _json_lines,
    ".xml": _xml,
    ".svg": _xml,
    **dict.fromkeys((".csv", ".txt", ".md", ".toml", ".yaml", ".lock"), _text),
}
"""What a file says, by its suffix: pairs of place and words."""
