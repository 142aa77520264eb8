"""The page in a browser, under the hands of a person: search, filters, folds, plots, addresses, paper, and without scripts."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from harness.report.figures import Artwork
from harness.report.html import render_html
from harness.report.view import ReportView

pytestmark = pytest.mark.slow

ROWS = "[...document.querySelectorAll('table.results tbody tr')]"
SHOWN = f"{ROWS}.filter(row => row.offsetParent !== null).map(row => row.cells[1].innerText)"
SHEETS = (
    "[...document.querySelectorAll('details.sheet')].filter(each => each.offsetParent !== null)"
    ".map(each => each.querySelector('.id').innerText)"
)
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def press(browser: Any, selector: str) -> None:
    browser.value(f"document.querySelector({json.dumps(selector)}).click()")


def write(browser: Any, words: str) -> None:
    browser.value("document.getElementById('search').select()")
    browser.type(words)


def pause(browser: Any) -> None:
    """Until the page has been drawn a few times."""
    frame = "await new Promise(requestAnimationFrame);"
    browser.value(f"(async () => {{ {frame * 10} }})()")


def ids(view: ReportView, **members: str) -> list[str]:
    """Ids of the rows whose verdict and suite are these."""
    wanted = {"word": members.get("verdict"), "suite": members.get("suite")}
    return [row.id for row in view.results if wanted["word"] in (None, row.verdict.word) and wanted["suite"] in (None, row.suite)]


def test_all_rows_and_sheets_are_shown_at_first_and_counted(opened: Any, view: ReportView) -> None:
    assert opened.value(SHOWN) == opened.value(SHEETS) == [row.id for row in view.results]
    counts = opened.value(
        "[...document.querySelectorAll('.pick [data-verdict]')].map(b => [b.dataset.verdict, b.querySelector('.count').innerText])"
    )
    assert counts == [["pass", "24"], ["fail", "2"], ["inconc", "1"], ["error", "1"], ["none", "1"], ["na", "1"]]
    assert "30 of 30 items shown" in opened.value("document.getElementById('shown').innerText")


SEARCHES = {
    "辨识成功": ["GBT-VP.103", "GBT-VP.104"],
    "RECOGNISED brm": ["GBT-VP.103"],
    "gbt-vp.30": ["GBT-VP.301", "GBT-VP.302", "GBT-VP.303", "GBT-VP.308", "GBT-VP.309"],
    "5.4": ["GBT-VP.104", "GBT-VN.203"],
    "ＧＢＴ－ＶＰ．３０９": ["GBT-VP.309"],
    "no such thing": [],
}


def test_search_narrows_rows_and_sheets_in_both_languages(opened: Any) -> None:
    for words, found in SEARCHES.items():
        write(opened, words)
        assert opened.value(SHOWN) == opened.value(SHEETS) == found, words
        assert opened.value("document.querySelector('.nothing').offsetParent !== null") == (not found)
        assert f"{len(found)} of 30 items shown" in opened.value("document.getElementById('shown').innerText")
    opened.key("Escape", 27)
    assert len(opened.value(SHOWN)) == 30


def test_filters_by_verdict_and_suite_combine_and_are_kept_in_the_address(opened: Any, view: ReportView) -> None:
    press(opened, ".pick [data-verdict=fail]")
    assert opened.value(SHOWN) == ids(view, verdict="fail") == ["GBT-VP.104", "GBT-VN.203"]
    press(opened, ".pick [data-verdict=none]")
    assert set(opened.value(SHOWN)) == {*ids(view, verdict="fail"), *ids(view, verdict="none")}
    press(opened, ".pick [data-suite=iso15118]")
    assert opened.value(SHOWN) == ["GBT-VP.402"]
    assert opened.value("location.hash") == "#verdict=fail+none&suite=iso15118"
    assert opened.value("document.querySelector('.pick [data-verdict=pass] .count').innerText") == str(
        len(ids(view, verdict="pass", suite="iso15118"))
    )
    press(opened, ".pick [data-verdict=none]")
    assert opened.value(SHOWN) == []
    write(opened, "x")
    press(opened, "[data-do=clear]")
    assert len(opened.value(SHOWN)) == 30
    assert opened.value("location.hash") == "#results"
    assert opened.value("[...document.querySelectorAll('[aria-pressed=true]')].length") == 0


def test_address_with_a_filter_opens_filtered(opened: Any, page_file: Path, view: ReportView) -> None:
    opened.open(page_file, "#verdict=fail+bogus&q=5.4&suite=gbt27930")
    assert opened.value(SHOWN) == ids(view, verdict="fail")
    assert opened.value("document.getElementById('search').value") == "5.4"
    opened.value("location.hash = 'q=%'")
    pause(opened)
    assert opened.value("document.getElementById('search').value") == "%"


def test_filters_work_from_the_keyboard(opened: Any, view: ReportView) -> None:
    opened.key("/", 191, "/")
    assert opened.value("document.activeElement.id") == "search"
    opened.type("BHM")
    opened.key("Tab", 9)
    assert opened.value("document.activeElement.dataset.verdict") == "pass"
    assert opened.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    opened.key("Tab", 9)
    opened.key("Enter", 13, "\r")
    assert opened.value("document.activeElement.getAttribute('aria-pressed')") == "true"
    assert set(opened.value(SHOWN)) <= set(ids(view, verdict="fail"))


def test_tally_of_the_summary_leads_to_its_rows(opened: Any, view: ReportView) -> None:
    press(opened, "[data-show-verdict=inconc]")
    assert opened.value(SHOWN) == ids(view, verdict="inconc")
    assert opened.value("location.hash") == "#verdict=inconc"


def test_anchor_opens_its_sheet_even_where_a_filter_hides_it(opened: Any) -> None:
    sheet = "document.getElementById('case-GBT-VP.301').closest('details')"
    assert opened.value(f"{sheet}.open") is False
    press(opened, ".pick [data-verdict=fail]")
    opened.value("location.hash = 'case-GBT-VP.301'")
    pause(opened)
    assert opened.value(f"{sheet}.open && {sheet}.offsetParent !== null") is True
    assert 0 <= opened.value(f"{sheet}.getBoundingClientRect().top") < 300
    assert len(opened.value(SHOWN)) == 30


def test_failed_sheets_are_open_and_all_can_be_folded_and_unfolded(opened: Any, view: ReportView) -> None:
    unfolded = "[...document.querySelectorAll('details.sheet[open]')].map(each => each.querySelector('.id').innerText)"
    assert set(opened.value(unfolded)) == {*ids(view, verdict="fail"), *ids(view, verdict="error")}
    press(opened, "[data-do=fold]")
    assert opened.value(unfolded) == []
    press(opened, ".pick [data-suite=iso15118]")
    press(opened, "[data-do=unfold]")
    assert opened.value(unfolded) == ids(view, suite="iso15118")


def test_link_of_a_case_is_copied(opened: Any, page_file: Path) -> None:
    press(opened, "details.sheet .copy")
    pause(opened)
    assert opened.value("document.querySelector('.copy').dataset.copied") == page_file.as_uri() + "#case-GBT-VP.101"
    assert opened.value("document.querySelector('.copied').innerText") == "链接已复制 Link copied"
    assert opened.value("document.querySelector('details.sheet').open") is False


class PlotHands:
    """The plot of one sheet under the hands of a person."""

    def __init__(self, browser: Any, case_id: str) -> None:
        self.browser = browser
        browser.value(f"location.hash = 'case-{case_id}'")
        self.plot = f"document.getElementById('case-{case_id}').querySelector('.plot')"
        pause(browser)
        browser.value(f"{self.plot}.scrollIntoView({{block: 'center'}})")
        pause(browser)
        self.left, self.top, self.width = (
            self.ask(f"querySelector('.panels').getBoundingClientRect().{edge}") for edge in ("left", "top", "width")
        )

    def ask(self, expression: str) -> Any:
        return self.browser.value(f"{self.plot}.{expression}")

    @property
    def range(self) -> tuple[float, float]:
        """What is visible, as the box, the drawing and the marks of the axis say it."""
        start, end = float(self.ask("dataset.from")), float(self.ask("dataset.to"))
        box = [float(part) for part in self.ask("querySelector('svg.data').getAttribute('viewBox')").split()]
        assert (box[0], box[0] + box[2]) == pytest.approx((start, end))
        marks = [
            float(mark) for mark in self.browser.value(f"[...{self.plot}.querySelectorAll('.ticks text')].map(each => each.textContent)")
        ]
        assert len(marks) >= 3
        assert all(start - 1e-6 <= mark <= end + 1e-6 for mark in marks)
        return start, end


@pytest.fixture
def hands(opened: Any) -> PlotHands:
    return PlotHands(opened, "GBT-VP.301")


def test_plot_zooms_by_button_wheel_and_key_and_resets(hands: PlotHands) -> None:
    browser, whole = hands.browser, hands.range
    assert whole == (0, 12)
    middle = hands.left + 96 + (hands.width - 108) / 2

    hands.ask("querySelector('[data-do=in]').click()")
    assert hands.range == pytest.approx((3, 9))
    hands.ask("querySelector('[data-do=reset]').click()")
    assert hands.range == whole

    browser.mouse("mouseWheel", middle, hands.top + 60, deltaX=0, deltaY=-100, modifiers=2)
    assert hands.range == pytest.approx((1.2, 10.8), abs=0.05)
    browser.mouse("mouseWheel", middle, hands.top + 60, deltaX=0, deltaY=100)
    assert hands.range == pytest.approx((1.2, 10.8), abs=0.05), "the wheel alone scrolls the page"

    for count in (1, 2):
        browser.mouse("mousePressed", middle, hands.top + 60, button="left", clickCount=count)
        browser.mouse("mouseReleased", middle, hands.top + 60, button="left", clickCount=count)
    assert hands.range == whole

    hands.ask("querySelector('.panels').focus()")
    browser.key("+", 187, "+")
    assert hands.range == pytest.approx((1.2, 10.8))
    browser.key("0", 48, "0")
    assert hands.range == whole


def test_plot_pans_within_the_recording(hands: PlotHands) -> None:
    browser = hands.browser
    hands.ask("querySelector('[data-do=in]').click()")
    y, inner = hands.top + 60, hands.width - 108
    browser.mouse("mousePressed", hands.left + 400, y, button="left", clickCount=1)
    browser.mouse("mouseMoved", hands.left + 400 - inner / 3, y, button="left", buttons=1)
    browser.mouse("mouseReleased", hands.left + 400 - inner / 3, y, button="left", clickCount=1)
    assert hands.range == pytest.approx((5, 11), abs=0.05)
    for _ in range(5):
        hands.ask("querySelector('[data-do=later]').click()")
    assert hands.range == pytest.approx((6, 12))


def test_plot_tells_the_values_below_the_pointer(hands: PlotHands) -> None:
    x = hands.left + 96 + (hands.width - 108) * 10 / 12
    hands.browser.mouse("mouseMoved", x, hands.top + 60)
    assert hands.ask("querySelector('.range').innerText") in ("t = 9.999 s", "t = 10.000 s", "t = 10.001 s")
    values = hands.browser.value(f"[...{hands.plot}.querySelectorAll('.key output')].map(each => each.innerText)")
    assert values == ["720", "679.8", "680", "-120", "-199", "-200", "54"]
    hands.browser.mouse("mouseMoved", 2, 2)
    assert "12.000 s" in hands.ask("querySelector('.range').innerText")


def test_axes_have_names_units_and_legible_marks(hands: PlotHands) -> None:
    heads = hands.browser.value(f"[...{hands.plot}.querySelectorAll('.panel-head b')].map(each => each.innerText)")
    assert heads == ["电压 Voltage / V", "电流（充电为负） Current (charging negative) / A", "荷电状态 SOC / %", "报文 Messages"]
    assert hands.ask("querySelector('.axis-title').innerText") == "时间 Time / s"
    assert (
        hands.browser.value(
            f"Math.min(...[...{hands.plot}.querySelectorAll('svg.panel text')].map(each => each.getBoundingClientRect().height))"
        )
        >= 11
    )
    dashes = hands.browser.value(
        f"[...{hands.plot}.querySelector('svg.data').querySelectorAll('.s')].map(each => getComputedStyle(each).strokeDasharray)"
    )
    assert len(set(dashes)) == 3, "lines differ by colour alone"


def test_phone_has_no_sideways_scrolling_and_shows_rows_as_cards(opened: Any) -> None:
    opened.window(390, 844)
    opened.value("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    pause(opened)
    assert opened.value(OVERFLOW) == 0
    assert opened.value("getComputedStyle(document.querySelector('.results tbody tr')).display") == "grid"
    assert opened.value(f"{ROWS}.every(row => row.offsetWidth <= 390)")
    label = opened.value("getComputedStyle(document.querySelector('.results td:nth-child(6)'), '::before').content")
    assert label == '"检验结果 Result"'


@pytest.mark.parametrize("width", [1000, 1200, 1440, 2560])
def test_table_has_room_in_every_column_and_keeps_its_head_in_sight(opened: Any, width: int) -> None:
    opened.window(width)
    assert opened.value(OVERFLOW) == 0
    heads = "[...document.querySelectorAll('.results thead th')]"
    assert opened.value(f"{heads}.filter(each => each.scrollWidth > each.clientWidth).map(each => each.innerText)") == []
    assert opened.value(f"{heads}[4].offsetWidth") >= 120
    assert opened.value(f"{heads}[8].getBoundingClientRect().right") > min(0.9 * width, 1900)
    opened.value("document.querySelector('.results tbody tr:nth-child(20)').scrollIntoView({block: 'center'})")
    left, top = (opened.value(f"{heads}[1].getBoundingClientRect().{edge}") for edge in ("left", "top"))
    assert 0 < top < 150
    assert opened.value(f"document.elementFromPoint({left} + 20, {top} + 12).closest('th') === {heads}[1]"), "the head is covered"


CONTRAST = """(() => {
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const part = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (c) => { const [r, g, b] = c.map(part); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = numbers(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const poor = {}, walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const e = node.parentElement;
    if (!node.data.trim() || /^(script|style)$/i.test(e.tagName) || !e.getClientRects().length || e.closest("button:disabled")) continue;
    const style = getComputedStyle(e), drawn = e.closest("svg") !== null;
    const ink = light(numbers(drawn ? style.fill : style.color).slice(0, 3)), paper = light(ground(e));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (ratio < 4.5) poor[node.data.trim().slice(0, 20) + " " + style.color] = ratio;
  }
  return poor;
})()"""


def test_every_text_has_enough_contrast(opened: Any) -> None:
    opened.value("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert opened.value(CONTRAST) == {}
    opened.value("document.querySelectorAll('.pick button').forEach(each => each.click())")
    assert opened.value(CONTRAST) == {}


LANGUAGES = """(() => {
  const wrong = new Set(), walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const e = node.parentElement, text = node.data.trim();
    if (/^(script|style)$/i.test(e.tagName) || e.closest(".mono, pre, svg") || !text) continue;
    const lang = e.closest("[lang]").lang;
    if (/[\\u3400-\\u9fff]/.test(text) && lang !== "zh-CN") wrong.add(text);
    if (!/[\\u3400-\\u9fff]/.test(text) && /[a-z]{3,} [a-z]{3,}/.test(text) && lang !== "en") wrong.add(text);
  }
  return [...wrong];
})()"""


def test_every_text_says_its_language(opened: Any) -> None:
    assert opened.value(LANGUAGES) == []


def test_verdict_never_rests_on_colour_alone(opened: Any, view: ReportView) -> None:
    words = {row.verdict.word: f"{row.verdict.zh} {row.verdict.en}" for row in view.results}
    seen = opened.value(
        f"{ROWS}.map(row => [row, row.querySelector('.chip')])"
        ".map(([row, chip]) => [row.dataset.verdict, chip.innerText, getComputedStyle(chip, '::before').content])"
    )
    assert all(words[word] == text for word, text, _ in seen)
    assert len({sign for _, _, sign in seen}) == len(words) == 6


def test_without_scripts_everything_can_be_read(chromium: Any, page_file: Path, view: ReportView) -> None:
    chromium.complaints.clear()
    chromium.window(1440)
    chromium.scripts(False)
    chromium.open(page_file)
    assert chromium.value(SHOWN) == chromium.value(SHEETS) == [row.id for row in view.results]
    assert (
        chromium.value("[...document.querySelectorAll('.finder, .plot-bar, .plot-help, .copy')].filter(each => each.offsetParent).length")
        == 0
    )
    plot = "document.getElementById('case-GBT-VP.301').querySelector('.plot')"
    chromium.open(page_file, "#case-GBT-VP.301")
    assert chromium.value("document.getElementById('case-GBT-VP.301').closest('details').open"), "an anchor does not reveal its sheet"
    assert chromium.value(f"{plot}.querySelectorAll('.ticks text').length") > 3
    assert chromium.value(f"{plot}.querySelector('svg.data .s').getBoundingClientRect().width") > 300
    assert chromium.complaints == []
    chromium.scripts(True)


def test_print_hides_controls(opened: Any) -> None:
    opened.medium("print")
    controls = ".finder, .plot-bar, .plot-help, .copy, header.top, #contents, .skip, .back"
    assert opened.value(f"[...document.querySelectorAll('{controls}')].filter(each => each.offsetParent !== null).length") == 0


def test_paper_has_heads_on_every_page_and_shows_what_is_folded(chromium: Any, view: ReportView, artwork: Artwork, tmp_path: Path) -> None:
    sheets = [dataclasses.replace(sheet, figures=[]) for sheet in view.sheets[:14]]
    file = tmp_path / "few.html"
    file.write_bytes(render_html(dataclasses.replace(view, results=view.results[:14], sheets=sheets, markets=[]), artwork))
    chromium.open(file, "#verdict=fail")
    assert len(chromium.value(SHOWN)) < 5
    pages = [re.sub(r"\s+", "", page.get_textpage().get_text_range()) for page in pypdfium2.PdfDocument(chromium.pdf())]
    assert len(pages) > 15
    for number, words in enumerate(pages, 1):
        assert f"预认证检测报告Pre-certificationTestReport{view.number}" in words, number
        assert "仿真SIMULATION·非认可结果Notaccredited" in words, number
        assert f"{number}/{len(pages)}" in words
    assert sum("检验项目" in words and "单项判定" in words for words in pages) >= 2, "the head of the table is not repeated"
    sheet = next(number for number, words in enumerate(pages) if "GBT-VP.202" in words and "目的" in words)
    assert "F1length" in "".join(pages[sheet : sheet + 3]), "a folded sheet is not printed"
    assert all(any(row.id in words for words in pages) for row in view.results[:14]), "paper shows a part of the report only"
    assert len(chromium.value(SHOWN)) < 5, "the filter is forgotten"
    chromium.scripts(False)
    chromium.open(file)
    unscripted = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(chromium.pdf()))
    chromium.scripts(True)
    assert unscripted.count("F1 length") == "".join(pages).count("F1length") > 8, "folds stay folded where no script opens them"


def test_changed_script_is_refused_by_the_policy(chromium: Any, page: str, tmp_path: Path) -> None:
    file = tmp_path / "changed.html"
    file.write_text(page.replace("const RIGHT = 12, TOP = 6;", "const RIGHT = 12, TOP = 7;"), encoding="utf-8")
    chromium.complaints.clear()
    chromium.open(file)
    assert any("Content Security Policy" in complaint for complaint in chromium.complaints)
    assert chromium.value("document.querySelector('.finder').hidden") is True
    chromium.complaints.clear()


def test_hostile_text_runs_nothing(chromium: Any, view: ReportView, artwork: Artwork, tmp_path: Path) -> None:
    from tests.report.html.test_page import HOSTILE, spoiled, spoiled_artwork

    few = dataclasses.replace(view, results=view.results[:4], sheets=view.sheets[:4])
    file = tmp_path / "hostile.html"
    file.write_bytes(render_html(spoiled(few), spoiled_artwork(artwork)))
    chromium.complaints.clear()
    chromium.open(file)
    chromium.value("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    write(chromium, "onerror")
    assert len(chromium.value(SHOWN)) == 4
    assert chromium.value("[document.title.startsWith('预认证'), document.images.length, document.scripts.length]") == [True, 0, 1]
    assert HOSTILE in chromium.value("document.querySelector('.purpose').textContent")
    assert chromium.complaints == []
