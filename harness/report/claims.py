"""Claims that a report of this harness must never make, and the search for them in a text.

The words lie in ``claims.toml``. A word is found although it is written in full-width or look-alike letters, spaced
out, broken over lines or by invisible characters.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypedDict, cast

from harness.report.strings import load_strings

__all__ = ["Claim", "find_claims", "forbidden_claims"]

CLAIMS_FILE = Path(__file__).with_name("claims.toml")
_ALLOWED_KEYS = ("statement.not_accredited", "title.banner")
"""The only texts that may use the words: they deny the claim."""

_LOOK_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТХаеорсухіѕј" + "ΑΒΕΖΗΙΚΜΝΟΡΤΧ" + "認證証書報檢測許", "ABESIJKMHOPCTXaeopcyxisj" + "ABEZHIKMNOPTX" + "认证证书报检测许"
)
"""Letters of other scripts that look like Latin ones, and traditional characters of the words."""
_UNSEEN = re.compile("[\x02\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ufffe]")
"""Characters that nobody sees: soft hyphens, joiners, marks of direction and order."""
_SPACED = ("CNAS", "CMA", "ILAC")
_CUT = "\x00"
"""Stands where an allowed text was; no word reaches over it."""


class Claim(NamedTuple):
    """One forbidden claim in a text."""

    rule: str
    """``N1`` to ``N10``."""
    word: str
    excerpt: str

    def __str__(self) -> str:
        return f"'{self.word}' in '...{self.excerpt}...'"


class _Row(TypedDict):
    rule: str
    text: str
    latin: list[str]
    chinese: list[str]


def forbidden_claims(content: str, allowed: Iterable[str] = ()) -> list[str]:
    """The forbidden words in *content* with a little of what surrounds them, as lines of text; see ``find_claims``."""
    return [str(claim) for claim in find_claims(content, allowed)]


def find_claims(content: str, allowed: Iterable[str] = ()) -> list[Claim]:
    """The forbidden claims in *content*, in the order of the rules. The negative statement and citations are allowed.

    *allowed* are further texts that are no claim of the report, for example what an instrument's calibration says of
    the laboratory that made it.
    """
    plain = _plain(content)
    for pattern in (*_denials(), *(_loose(_plain(each)) for each in allowed if each.strip())):
        plain = pattern.sub(_CUT, plain)
    spaced = _citations().sub(_CUT, re.sub(r"\s+", " ", plain))
    # Without its hyphen, a word that was broken at the end of a line is whole.
    joined = re.sub(r"(?<=[A-Za-z])-\s*\n\s*(?=[a-z])", "", plain)
    joined = _citations().sub(_CUT, re.sub(r"\s+", " ", joined))
    dense = re.sub(r"\s+", "", plain)
    found: list[Claim] = []
    for rule, latin, chinese in _patterns():
        found += _matches(rule, latin, spaced)
        if joined != spaced:
            known = {claim.word for claim in found}
            found += [claim for claim in _matches(rule, latin, joined) if claim.word not in known]
        found += _matches(rule, chinese, dense)
    return found


def _matches(rule: str, pattern: re.Pattern[str], content: str) -> Iterator[Claim]:
    for match in pattern.finditer(content):
        yield Claim(rule, match[0], content[max(0, match.start() - 20) : match.end() + 20].replace(_CUT, " "))


def _plain(content: str) -> str:
    """*content* in the usual letters, without characters that nobody sees."""
    if content.isascii():
        return content.replace("\x02", "")
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", content).translate(_LOOK_ALIKE))


def _loose(content: str) -> re.Pattern[str]:
    """*content* wherever its lines are broken."""
    return re.compile(r"\s*".join(re.escape(char) for char in re.sub(r"\s+", "", content)))


@cache
def _denials() -> tuple[re.Pattern[str], ...]:
    strings = load_strings()
    return tuple(_loose(_plain(strings[key][language])) for key in _ALLOWED_KEYS for language in ("zh", "en"))


@cache
def _table() -> tuple[list[str], list[_Row]]:
    document = tomllib.loads(CLAIMS_FILE.read_text(encoding="utf-8"))
    return cast("list[str]", document["allowed"]), cast("list[_Row]", document["claims"])


@cache
def _citations() -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_table()[0])})(?![A-Za-z0-9])", re.IGNORECASE)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    patterns = []
    for row in _table()[1]:
        words = [*row["latin"], *(_spelt(word) for word in row["latin"] if word in _SPACED)]
        latin = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(words)})(?![A-Za-z0-9])", re.IGNORECASE)
        patterns.append((row["rule"], latin, re.compile("|".join(row["chinese"]))))
    return tuple(patterns)


def _spelt(word: str) -> str:
    """*word* with a dot, a hyphen or a blank between its letters, in capitals."""
    return "(?-i:" + r"[ .\-_·]{1,2}".join(word) + ")"
