"""Photos of the item: read, hashed, printed with their hash, packaged; anything else is refused with one message."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pypdfium2
import pytest
from PIL import Image

from harness.core import ConfigError
from harness.report.compiler import Compiled, compile_report
from harness.report.lab import load_lab
from harness.report.pdf_text import dense, page_texts

Make = Callable[..., Path]
NAMED = "{file: left.jpg, zh: 左侧外观, en: left side}"


def picture(width: int = 320, height: int = 240, kind: str = "JPEG", mode: str = "RGB", **options: Any) -> bytes:
    content = BytesIO()
    Image.new(mode, (width, height)).save(content, kind, **options)
    return content.getvalue()


def refused(file: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_lab(file)
    return [str(problem).removeprefix(f"{file.parent}/") for problem in caught.value.problems]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory, vehicle_run: Make, lab_file: Make, standards: Any) -> Compiled:
    folder = tmp_path_factory.mktemp("photos")
    file = lab_file(folder, (NAMED, f"{NAMED}, {{file: ./右侧.PNG, zh: 右侧外观, en: right side}}"))
    (folder / "右侧.PNG").write_bytes(picture(640, 200, "PNG"))
    return compile_report([vehicle_run(folder / "run")], load_lab(file), standards)


def test_photos_are_read_with_their_hash(tmp_path: Path, lab_file: Make) -> None:
    lab = load_lab(lab_file(tmp_path))
    content = (tmp_path / "left.jpg").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert lab.photos == [{"file": "photos/left.jpg", "sha256": digest, "caption": {"zh": "左侧外观", "en": "left side"}}]
    assert lab.pictures == {"photos/left.jpg": content}


def test_pdf_shows_each_photo_with_its_hash(compiled: Compiled) -> None:
    paper = dense("".join(page_texts(compiled.files["report.pdf"])))
    for number, photo in enumerate(compiled.results["photos"], 1):
        assert dense(f"照片 {number} Photo {number} {photo['caption']['zh']} {photo['caption']['en']} SHA-256 {photo['sha256']}") in paper
        assert compiled.files[photo["file"]]
    document = pypdfium2.PdfDocument(compiled.files["report.pdf"])
    sizes = [each.get_px_size() for page in document for each in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])]
    document.close()
    assert sorted(sizes) == [(320, 240), (640, 200)]


def test_page_shows_them_too_and_the_crate_lists_them(compiled: Compiled) -> None:
    page = unescape(compiled.files["report.html"].decode("utf-8"))
    found = re.findall(r'<img src="data:image/(\w+);base64,[^"]{100,}" alt="([^"]+)"', page)
    assert found == [
        ("jpeg", "样品照片 1：左侧外观 Photo 1 of the item: left side"),
        ("png", "样品照片 2：右侧外观 Photo 2 of the item: right side"),
    ]
    assert all(photo["sha256"] in page for photo in compiled.results["photos"])
    assert quote("photos/右侧.PNG") in compiled.files["ro-crate-metadata.json"].decode()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("left.jpg", b"not a picture at all", "lab.yaml:38: item.photos.0.file: 'left.jpg': is no JPEG picture"),
        ("left.jpg", b"", "is no JPEG picture"),
        ("left.jpg", picture()[:700], "'left.jpg': is damaged: "),
        ("left.jpg", picture(kind="PNG"), "the name says JPEG, the content is PNG"),
        ("left.jpg", picture(mode="CMYK"), "has the colours CMYK; save it in RGB or grey"),
        ("left.jpg", picture(199, 400), "has 199 x 400 pixels; a photo has 200 at least on each side"),
        ("left.png", picture(8000, 5001, "PNG", "1"), "has 8000 x 5001 pixels; 40 million at most"),
        ("left.jpg", b"\xff" * 8_000_001, "is larger than 8 MB; make it smaller"),
        ("left.png", picture(kind="PNG", save_all=True, append_images=[Image.new("RGB", (320, 240), "red")]), "holds several pictures"),
        ("left.gif", picture(kind="GIF"), "a photo is a .jpg or a .png file"),
        ("left.pdf", b"%PDF", "a photo is a .jpg or a .png file"),
        ("company-logo.png", picture(kind="PNG"), "the name speaks of a mark, a seal or a signature; only photos of the item are placed"),
        ("signature.jpg", picture(), "the name speaks of a mark, a seal or a signature"),
        ("left*.jpg", picture(), "use letters, digits, blanks"),
        ("le\u0301ft.jpg", picture(), "use letters, digits, blanks"),
        ("none.jpg", None, "cannot be read: No such file or directory"),
        ("a:b.jpg", picture(), "use letters, digits, blanks"),
    ],
)  # fmt: skip
def test_wrong_photo_is_refused_with_one_message(name: str, content: bytes | None, message: str, tmp_path: Path, lab_file: Make) -> None:
    file = lab_file(tmp_path, ("file: left.jpg", f'file: "{name}"'))
    if content is not None:
        (tmp_path / name).write_bytes(content)
    found = refused(file)
    assert len(found) == 1, found
    assert message in found[0]


def test_two_photos_of_one_name_are_refused(tmp_path: Path, lab_file: Make) -> None:
    file = lab_file(tmp_path, (NAMED, f"{NAMED}, {{file: other/left.jpg, zh: 右侧外观, en: right side}}"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "left.jpg").write_bytes(picture())
    assert refused(file) == ["lab.yaml:38: item.photos.1.file: 'other/left.jpg': another photo is called 'left.jpg' too; rename one"]


def test_thirteen_photos_are_too_many(tmp_path: Path, lab_file: Make) -> None:
    file = lab_file(tmp_path, (f"[{NAMED}]", f"[{', '.join([NAMED] * 13)}]"))
    assert any("item.photos" in problem and "12" in problem for problem in refused(file))


def test_a_picture_elsewhere_is_still_refused(tmp_path: Path, lab_file: Make) -> None:
    assert "photos of the item (item.photos)" in refused(lab_file(tmp_path, ("name: 张三", "name: signed.png")))[0]
