"""Claims that a report of this harness must never make, and the search for them in its text."""

from __future__ import annotations

import re
from functools import cache

from harness.report.strings import load_strings

__all__ = ["forbidden_claims"]

_ALLOWED_KEYS = ("statement.not_accredited", "title.banner")
"""The only texts that may use the words: they deny the claim."""

_LATIN = (
    "CNAS", "ILAC", "CMA", r"L\d{4,5}", r"accredit\w*", "certified", "certificates?", "compl(?:y|ies) with", "conforms? to", "valid until",
    "licen[cs]e granted", "export approved", "covers models",
)  # fmt: skip
"""Whole words; Chinese characters may touch them."""
_CHINESE = (
    "认可", "认证证书", "认证合格", "已认证", "合格证书", "符合标准", "许可有效期", "准予出口", "(?<!预认证)检测报告", "检验报告",
    "检验检测专用章", "骑缝章",
)  # fmt: skip


def forbidden_claims(content: str) -> list[str]:
    """The forbidden words in *content* with a little of what surrounds them; the negative statement is allowed.

    Line breaks do not hide a word, so that text taken from a laid-out page is searched as well.
    """
    for allowed in _allowed():
        content = allowed.sub("\n", content)
    spaced = re.sub(r"\s+", " ", content)
    dense = re.sub(r"\s+", "", content)
    found = [_excerpt(match, spaced) for match in _words().finditer(spaced)]
    return found + [_excerpt(match, dense) for pattern in _CHINESE for match in re.finditer(pattern, dense)]


@cache
def _allowed() -> tuple[re.Pattern[str], ...]:
    strings = load_strings()
    texts = [strings[key][language] for key in _ALLOWED_KEYS for language in ("zh", "en")]
    return tuple(re.compile(r"\s*".join(re.escape(char) for char in re.sub(r"\s+", "", each))) for each in texts)


@cache
def _words() -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_LATIN)})(?![A-Za-z0-9])", re.IGNORECASE)


def _excerpt(match: re.Match[str], content: str) -> str:
    return f"'{match[0]}' in '...{content[max(0, match.start() - 20) : match.end() + 20]}...'"
