"""Texts in two languages as markup: every stretch says which language it is in, for fonts and for those who listen."""

from __future__ import annotations

import re
from functools import lru_cache

from markupsafe import Markup, escape

from harness.case.documents import Text

__all__ = ["css_text", "inline", "stacked", "within_chinese", "within_english"]

_HAN = r"\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’、。—…"
_HAN_LETTER = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_HAN_RUN = re.compile(rf"[{_HAN}]*[\u3400-\u9fff\uf900-\ufaff][{_HAN}]*")
_LATIN_RUN = re.compile(rf"[^{_HAN}]*[A-Za-z]{{2}}[^{_HAN}]*")
_LATIN_WORD = re.compile(r"[A-Za-z]{2}")


def inline(words: Text) -> Markup:
    """Chinese, then English on the same line."""
    return _both(words["zh"], words["en"], Markup(" "))


def stacked(words: Text) -> Markup:
    """Chinese above English."""
    return _both(words["zh"], words["en"], Markup("<br>"))


@lru_cache(maxsize=4096)
def _both(zh: str, en: str, between: Markup) -> Markup:
    if en in ("", zh) and not _HAN_LETTER.search(zh):
        return within_chinese(zh)
    english = between + Markup('<span class="en" lang="en">{}</span>').format(en) if en else Markup("")
    return Markup('<span lang="zh-CN">{}</span>').format(zh) + english


def within_chinese(value: object) -> Markup:
    """*value* as it stands in Chinese surroundings: stretches of English are marked."""
    return _marked(str(value), _LATIN_RUN, "en") if _LATIN_WORD.search(str(value)) else escape(value)


def within_english(value: object) -> Markup:
    """*value* as it stands in English surroundings: stretches of Chinese are marked."""
    return _marked(str(value), _HAN_RUN, "zh-CN") if _HAN_LETTER.search(str(value)) else escape(value)


def css_text(value: str) -> Markup:
    """*value* as it may stand between the quotes of a style sheet's string."""
    return Markup("".join(char if char.isalnum() or char in " -._" else f"\\{ord(char):06x}" for char in value))


def _marked(value: str, run: re.Pattern[str], language: str) -> Markup:
    parts: list[Markup] = []
    end = 0
    for match in run.finditer(value):
        words = match[0].strip()
        start = value.index(words, match.start())
        parts.append(escape(value[end:start]))
        parts.append(Markup('<span lang="{}">{}</span>').format(language, words))
        end = start + len(words)
    return Markup("").join([*parts, escape(value[end:])])
