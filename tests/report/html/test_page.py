"""The page as text: complete, self-contained, and nothing in the data can become markup."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from harness.core.selfcontained import source_hash
from harness.report.figures import Artwork
from harness.report.html import render_html
from harness.report.html.embedding import Embedding, evidence_href
from harness.report.html.facets import facets_of
from harness.report.view import Attachment, MarketView, NeedView, ReportView

HOSTILE = """</script></style></svg><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>{{ 7*7 }}'"&amp;"""
MACHINE = {"word", "anchor", "file", "suite", "mode", "issued", "results_sha256", "sha256", "severity"}
"""Members that programs read, not people."""


class Reader(HTMLParser):
    """Text of a page without style and script, its tags, its addresses."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        """Everything it says, without blanks."""
        return re.sub(r"\s+", "", "".join(self.words))

    def values(self, *names: str) -> list[str]:
        """The values of the attributes of these names."""
        return [value for _, name, value in self.attributes if name in names]


def texts(value: object) -> Iterator[str]:
    """Every text of the view that a person reads."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)
    elif dataclasses.is_dataclass(value):
        # Neither document prints how a number was compared that shares a line with others.
        silent = {"arithmetic"} if getattr(value, "brief", None) is True else set()
        # A table without rows has no head.
        silent |= {"header"} if getattr(value, "rows", None) == [] else set()
        silent |= {"id", "risk"} if isinstance(value, MarketView | NeedView) else set()
        for field in dataclasses.fields(value):
            if field.name not in MACHINE | {"brief", "alt"} | silent:
                yield from texts(getattr(value, field.name))


def spoiled(value: Any) -> Any:
    """The same with hostile text in every member that people read."""
    if isinstance(value, str):
        return HOSTILE + value
    if isinstance(value, dict):
        return {key: each if isinstance(each, int) else spoiled(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [spoiled(each) for each in value]
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **{name: each if name in MACHINE else spoiled(each) for name, each in fields.items()})  # type: ignore[type-var]
    return value


def spoiled_artwork(artwork: Artwork) -> Artwork:
    """The same with hostile names in the recordings."""
    return dataclasses.replace(artwork, recordings={name: spoiled(each) for name, each in artwork.recordings.items()})


def test_page_says_all_that_the_view_holds(page: str, view: ReportView) -> None:
    said = Reader(page).text
    missing = {words for words in texts(view) if re.sub(r"\s+", "", words) not in said}
    assert missing == set()


def test_page_asks_nobody_for_anything(page: str) -> None:
    reader = Reader(page)
    assert not set(reader.tags) & {"link", "iframe", "object", "embed", "base", "form", "video", "audio", "source"}
    assert reader.values("src", "srcset", "action", "poster", "data", "background", "style") == []
    outside = [address for address in reader.values("href", "xlink:href") if not address.startswith(("#", "../evidence/"))]
    assert outside == []
    assert "url(" not in page
    assert "@import" not in page
    assert not re.search(r"https?:", page.replace("http://www.w3.org/2000/svg", ""))


def test_policy_permits_the_style_and_the_script_of_the_page_and_nothing_else(page: str) -> None:
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1])  # type: ignore[index]
    styles, scripts = re.findall(r"<style>(.*?)</style>", page, re.DOTALL), re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(styles) == len(scripts) == 1
    assert policy == (
        f"default-src 'none'; style-src {source_hash(styles[0])}; script-src {source_hash(scripts[0])}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"<[^>]*\s(?:on\w+|style)=", re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL))


def test_every_anchor_is_there_once(page: str, view: ReportView) -> None:
    reader = Reader(page)
    ids = reader.values("id")
    assert len(ids) == len(set(ids))
    assert {address[1:] for address in reader.values("href") if address.startswith("#")} <= set(ids)
    assert {row.anchor for row in view.results} <= set(ids)


def test_hostile_text_stays_text(view: ReportView, artwork: Artwork) -> None:
    page = render_html(spoiled(view), spoiled_artwork(artwork)).decode("utf-8")
    reader = Reader(page)
    assert reader.tags.count("script") == reader.tags.count("style") == 1
    assert "img" not in reader.tags
    assert not [name for _, name, _ in reader.attributes if name.startswith("on")]
    assert reader.text.count(re.sub(r"\s+", "", HOSTILE)) > 2000
    assert "49" not in "".join(re.findall(r"\{\{ 7\*7 \}\}|49'&#34;", page)).replace("{{ 7*7 }}", "")


def test_hostile_number_cannot_leave_the_style_sheet(view: ReportView, artwork: Artwork) -> None:
    page = render_html(dataclasses.replace(view, number='"; } body { display: none } </style>/*'), artwork).decode("utf-8")
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]  # type: ignore[index]
    assert "display: none }" not in style.replace("display: none } }", "")[style.index("@top-left") :].split(";")[0]
    assert r"\000022\00003b" in style


def test_pictures_beyond_the_room_of_the_page_become_links(artwork: Artwork, view: ReportView) -> None:
    pictures = [picture for sheet in view.sheets for picture in sheet.figures]
    roomy, narrow = Embedding(artwork), Embedding(artwork, room=4000)
    assert not any(roomy.drawing(picture).link for picture in pictures)
    drawn = [narrow.drawing(picture) for picture in pictures]
    assert any(each.plot or each.markup for each in drawn)
    linked = [(picture, each) for picture, each in zip(pictures, drawn, strict=True) if each.link]
    assert linked
    assert all(each.link == f"plots/{picture.file}" and not (each.plot or each.markup or each.source) for picture, each in linked)


def test_foreign_picture_is_an_image_and_no_part_of_the_page(view: ReportView, artwork: Artwork) -> None:
    picture = dataclasses.replace(view.sheets[0].figures[0], file="photo.svg")
    foreign = dataclasses.replace(artwork, pictures={**artwork.pictures, "photo.svg": b"<svg onload='x'/>"})
    drawing = Embedding(foreign).drawing(picture)
    assert drawing.source == "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9J3gnLz4="
    assert drawing.markup is None


def test_evidence_is_linked_where_it_lies_in_the_package_and_in_the_run_folder() -> None:
    file = Attachment("A", "", "evidence/GBT-VP.101/1/charge 1.blf", 1, 1, "00")
    assert evidence_href(file) == "../evidence/GBT-VP.101/1/charge%201.blf"
    assert evidence_href(dataclasses.replace(file, run="monday")) == "../evidence/monday/GBT-VP.101/1/charge%201.blf"


def test_links_to_evidence_lead_to_the_files_of_the_run(page: str, demo_run: Path) -> None:
    linked = {unquote(address) for address in Reader(page).values("href") if address.startswith("../")}
    assert len(linked) > 20
    assert [address for address in linked if not (demo_run / "report" / address).resolve().is_file()] == []


def test_filters_are_those_that_occur(view: ReportView) -> None:
    facets = facets_of(view)
    assert [(facet.name, facet.count) for facet in facets.verdicts] == [
        ("pass", 24), ("fail", 2), ("inconc", 1), ("error", 1), ("none", 1), ("na", 1),
    ]  # fmt: skip
    assert [(facet.name, facet.count) for facet in facets.suites] == [("gbt27930", 24), ("iso15118", 6)]
    assert facets.suites[0].label["en"].startswith("GB/T 27930")


def test_same_view_gives_the_same_bytes(view: ReportView, artwork: Artwork, page: str) -> None:
    assert render_html(view, artwork).decode("utf-8") == page
