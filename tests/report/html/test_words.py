"""Every stretch of text says which language it is in."""

from __future__ import annotations

import pytest

from harness.report.html.words import css_text, inline, stacked, within_chinese, within_english


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("5.4 s", "5.4 s"),
        ("车辆", "车辆"),
        ("no BHM <b>", '<span lang="en">no BHM &lt;b&gt;</span>'),
        ("是 yes", '是 <span lang="en">yes</span>'),
        ("另有 3 处 3 more & less", '另有 3 处 <span lang="en">3 more &amp; less</span>'),
        ("", ""),
    ],
)
def test_english_is_marked_within_chinese(value: str, expected: str) -> None:
    assert within_chinese(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("BHM <seen>", "BHM &lt;seen&gt;"),
        ("全程", '<span lang="zh-CN">全程</span>'),
        ("node 车辆，甲 failed", 'node <span lang="zh-CN">车辆，甲</span> failed'),
        ("“quoted” — …", "“quoted” — …"),
    ],
)
def test_chinese_is_marked_within_english(value: str, expected: str) -> None:
    assert within_english(value) == expected


def test_both_languages_are_marked_and_escaped() -> None:
    assert inline({"zh": "甲<", "en": "a<"}) == '<span lang="zh-CN">甲&lt;</span> <span class="en" lang="en">a&lt;</span>'
    assert stacked({"zh": "甲", "en": "a"}) == '<span lang="zh-CN">甲</span><br><span class="en" lang="en">a</span>'
    assert inline({"zh": "source 7", "en": "source 7"}) == '<span lang="en">source 7</span>'
    assert inline({"zh": "U (k=2)", "en": ""}) == "U (k=2)"
    assert inline({"zh": "甲", "en": ""}) == '<span lang="zh-CN">甲</span>'


def test_text_of_a_style_sheet_cannot_end_its_string() -> None:
    assert css_text('a"\\;') == "a\\000022\\00005c\\00003b"
