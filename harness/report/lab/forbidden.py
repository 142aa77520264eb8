"""What a laboratory file must not say: marks, signatures, images, claims, and texts that nobody filled in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache

from harness.core import Problem, resource
from harness.report.claims import forbidden_claims
from harness.report.claims_files import instrument_texts
from harness.report.fonts import FAMILY, unprintable
from harness.rig.document import Document, KeyPath, read_document

__all__ = [
    "TEMPLATE",
    "claims_made",
    "images_placed",
    "letters_lacking",
    "marks_asked_for",
    "placeholder_in",
    "placeholders",
    "texts",
]

TEMPLATE = ("reports", "templates", "lab-example.yaml")

_MARK = re.compile(r"(?:^|_)(?:accreditation|logo|cnas|cma|ilac|marks?)(?:$|_)", re.IGNORECASE)
_SEAL = re.compile(r"(?:^|_)(?:seals?|stamps?|chop|signatures?|sign|images?|picture)(?:$|_)", re.IGNORECASE)
_KNOWN_MARK_KEY = ("calibration", "accreditation")
"""The one place where a mark of accreditation is another body's data: the laboratory that calibrated an instrument."""
_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|bmp|tiff?|svg|webp|ico|emf|wmf)$|^data:image/", re.IGNORECASE)
_PHOTO: KeyPath = ("item", "photos", "*", "file")
_PLACEHOLDER = re.compile(
    r"(?<![A-Za-z0-9])(?:TODO|TBD|FIXME|(?i:x{3,}|lorem ipsum|changeme))(?![A-Za-z0-9])|示例|待填|待定|未填|<[^<>]*>|^[?.…_—-]+$"
)


def texts(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Every text in *value* with its path; a date is the text that it is written as."""
    if isinstance(value, str | date):
        yield path, str(value)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from texts(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from texts(each, (*path, index))


def marks_asked_for(document: Document) -> list[tuple[KeyPath, Problem]]:
    """Keys that ask for the mark of an accreditation body, or for a drawn signature or seal."""
    return list(_marks(document, document.data, ()))


def _marks(document: Document, value: object, path: KeyPath) -> Iterator[tuple[KeyPath, Problem]]:
    if isinstance(value, dict):
        for key, each in value.items():
            here = (*path, key)
            if _MARK.search(key) and here[-2:] != _KNOWN_MARK_KEY:
                text = "this report carries no mark, logo or number of an accreditation body; the body adds its own in its own system"
                yield here, document.problem(text, here)
            elif _SEAL.search(key):
                text = "this report draws no signature and no seal; it is signed with a pen or with a key ('precert seal')"
                yield here, document.problem(text, here)
            else:
                yield from _marks(document, each, here)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _marks(document, each, (*path, index))


def images_placed(document: Document) -> Iterator[Problem]:
    """Texts that name a picture: photos of the item are the only ones that a report takes."""
    for path, text in texts(document.data):
        if _IMAGE.search(text.strip()) and _generic(path) != _PHOTO:
            name = text.strip()[:60]
            yield document.problem(f"'{name}' is a picture; no picture but photos of the item (item.photos) is placed in a report", path)


def letters_lacking(document: Document) -> Iterator[Problem]:
    """Texts with characters that the report cannot print."""
    for path, text in texts(document.data):
        if lacking := unprintable(text):
            shown = ", ".join(f"'{each}' (U+{ord(each):04X})" if each.isprintable() else f"U+{ord(each):04X}" for each in lacking[:3])
            more = ", ..." if len(lacking) > 3 else ""
            yield document.problem(f"the font of the report, {FAMILY}, has no {shown}{more}; write it in Chinese or Latin letters", path)


def claims_made(document: Document) -> Iterator[Problem]:
    """Texts with claims that the report must not make. What is said of a calibration is said of another body."""
    for path, text in texts(document.data):
        allowed = list(instrument_texts(text)) if path[:1] == ("equipment",) and "calibration" in path else []
        for claim in forbidden_claims(text, allowed):
            yield document.problem(f"the report must not claim this: {claim}", path)


def placeholder_in(text: str) -> str | None:
    """The word in *text* that stands for one to come; texts of the template are told by ``placeholders``."""
    found = _PLACEHOLDER.search(text)
    return None if found is None else found[0]


def placeholders(document: Document) -> Iterator[Problem]:
    """Texts that nobody filled in: words that stand for a text to come, and the texts of the template."""
    own = _template_texts()
    for path, text in texts(document.data):
        plain = unicodedata.normalize("NFKC", text).strip()
        if not plain:
            yield document.problem("nothing is written here; fill it in", path)
        elif found := placeholder_in(plain):
            yield document.problem(f"'{found}' is a placeholder; fill it in (only --demo prints placeholders)", path)
        elif plain in own.get(_generic(path), ()):
            yield document.problem(f"'{plain}' is the text of the template; fill in your own (only --demo prints it)", path)


def _generic(path: KeyPath) -> KeyPath:
    """*path* for every item of a list alike."""
    return tuple("*" if isinstance(part, int) else part for part in path)


@cache
def _template_texts() -> dict[KeyPath, frozenset[str]]:
    """The texts of the template that are its own: words to choose from are no such texts."""
    found: dict[KeyPath, set[str]] = {}
    for path, text in texts(read_document(resource(*TEMPLATE)).data):
        if _generic(path) not in _CHOSEN and _generic(path)[:1] != ("client_supplied",):
            found.setdefault(_generic(path), set()).add(unicodedata.normalize("NFKC", text).strip())
    return {path: frozenset(own) for path, own in found.items()}


_CHOSEN: frozenset[KeyPath] = frozenset(
    [
        ("report", "category"),
        ("report", "precedence"),
        ("decision_rule",),
        ("site", "country"),
        ("item", "inlets", "*"),
        ("item", "ecus", "*", "name"),
        ("complaints", "days"),
        ("equipment", "*", "id"),
        ("equipment", "*", "kind"),
        ("equipment", "*", "links", "*"),
        ("equipment", "*", "cases", "*"),
        ("equipment", "*", "calibration", "route"),
        ("equipment", "*", "calibration", "corrections", "*", "unit"),
        ("equipment", "*", "clock", "source"),
        ("equipment", "*", "clock", "sync"),
        *(("conditions", "*", key, "instrument") for key in ("temperature_degc", "humidity_pct", "pressure_kpa")),
    ]
)
"""Keys whose value a laboratory may well have in common with the template."""
