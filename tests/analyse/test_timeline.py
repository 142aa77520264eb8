"""The page with the timeline: what is in it, and what it does under the mouse of a person."""

from __future__ import annotations

import html
import json
import re

import pytest
from typer.testing import CliRunner

from harness.analyse import lanes
from harness.analyse.analysis import analyse_captures
from harness.analyse.timeline import render_timelines
from harness.cli import app
from harness.rig.registry import standards


@pytest.fixture
def page(write, simulated_session):
    """The page for a simulated session, as text."""
    return lambda text=simulated_session, name="session.log": render_timelines(analyse_captures([write(text, name)], standards()))


def data_of(page):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])


def test_page_holds_phases_messages_signals_and_findings(page):
    data = data_of(page())
    assert [phase["en"] for phase in data["phases"]][:3] == ["handshake", "recognition", "configuration a"]
    assert data["phases"][0]["zh"] == "握手"
    lanes_by_name = {lane["n"]: lane for lane in data["lanes"]}
    assert {"CHM", "BHM", "BRM", "BCL", "CCS", "BST", "CSD"} <= set(lanes_by_name)
    chm = lanes_by_name["CHM"]
    assert (chm["p"], chm["h"], len(chm["t"])) == ("charger", ["1826F456#010100"], len(chm["f"]))
    assert "voltage_v = 700.8 V" in lanes_by_name["BCL"]["w"][0]
    current = next(lane for lane in data["signals"] if lane["n"] == "CCS.current_a")
    assert current["u"] == "A"
    assert len(current["t"]) == len(current["v"]) > 2
    assert current["open"]


def test_page_is_in_chinese_and_english_and_asks_nobody_for_anything(page):
    text = page()
    assert '<html lang="zh-CN">' in text
    for words in ("时间轴", "Timeline", "阶段", "复位", "Reset", "充电机"):
        assert words in text
    assert not re.search(r'(?:src|href)="(?!#)', text)
    assert "http" not in text.replace("http-equiv", "")


def test_policy_permits_exactly_the_style_and_the_script_of_the_page(page):
    text = page()
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1])
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"\son\w+=|\sstyle=", text)


def test_names_from_outside_cannot_break_out_of_the_page(page, simulated_session):
    text = page(simulated_session.replace("can0", "</script><b>"), "<img src=x>.log")
    assert "<img" not in text
    assert "</script><b>" not in text


def test_channel_without_session_is_said_to_have_none(page):
    text = page("(1.0) can0 18FEDF00#0102030405060708\n(1.1) can0 18FEDF00#0102030405060708\n")
    assert "此通道未识别出已知标准的通信" in text
    assert "<canvas" not in text


def test_very_long_recordings_are_thinned_and_say_so(page, monkeypatch):
    whole = sum(len(lane["t"]) for lane in data_of(page())["lanes"])
    monkeypatch.setattr(lanes, "MAX_MESSAGES", 200)
    text = page()
    assert sum(len(lane["t"]) for lane in data_of(text)["lanes"]) < whole
    assert "Too many messages" in text


def test_findings_of_failed_checks_have_a_row_each(page, simulated_session):
    frames = simulated_session.splitlines(keepends=True)
    bhm = [line for line in frames if "182756F4" in line]
    text = page("".join(line for line in frames if line not in bhm[3:5]))
    data = data_of(text)
    assert data["findings"]
    assert all(f'id="finding-1-{index}"' in text for index in range(len(data["findings"])))


@pytest.fixture
def shown(browser, write, simulated_session, tmp_path):
    """The page of a session with findings, open in a browser; a function that gives the visible range in seconds."""
    frames = simulated_session.splitlines(keepends=True)
    bhm = [line for line in frames if "182756F4" in line]
    path = tmp_path / "page.html"
    recording = write("".join(line for line in frames if line not in bhm[3:5]), "session.log")
    assert CliRunner().invoke(app, ["analyse", str(recording), "--html", str(path)]).exit_code == 1
    browser.open(path)

    def visible():
        return tuple(float(browser.value(f"document.querySelector('canvas').dataset.{end}")) for end in ("from", "to"))

    return visible


def place(browser):
    """Left, top and width of the canvas in the window."""
    return [browser.value(f"document.querySelector('canvas').getBoundingClientRect().{edge}") for edge in ("left", "top", "width")]


@pytest.mark.slow
def test_timeline_zooms_pans_resets_and_leads_to_findings(browser, shown):
    left, top, width = place(browser)
    whole = shown()
    middle = left + 176 + (width - 176) / 2
    assert browser.value("document.querySelector('canvas').height") > 400

    for _ in range(6):
        browser.mouse("mouseWheel", middle, top + 120, deltaX=0, deltaY=-120)
    near = shown()
    assert near[1] - near[0] == pytest.approx((whole[1] - whole[0]) * 0.8**6, rel=0.01)
    assert sum(near) / 2 == pytest.approx(sum(whole) / 2, rel=0.02), "it does not zoom about the pointer"

    browser.mouse("mousePressed", middle, top + 120, button="left", clickCount=1)
    browser.mouse("mouseMoved", middle - 200, top + 120, button="left", buttons=1)
    browser.mouse("mouseReleased", middle - 200, top + 120, button="left", clickCount=1)
    panned = shown()
    assert panned[0] > near[0]
    assert panned[1] - panned[0] == pytest.approx(near[1] - near[0], rel=0.001)

    browser.value("document.querySelector('[data-do=reset]').click()")
    assert shown() == whole

    browser.value("document.querySelector('[data-do=in]').click()")
    assert shown() != whole
    browser.value("document.querySelector('select').value = 0; document.querySelector('select').dispatchEvent(new Event('change'))")
    assert shown() == whole, "the session does not fill the recording"
    browser.value("document.querySelector('tr[id^=finding] a').click()")
    at = float(browser.value("document.querySelector('tr[id^=finding] a').dataset.at")) / 1e6
    assert shown() == pytest.approx((at - 0.5, at + 0.5), abs=0.51)
    browser.value("document.querySelector('canvas').scrollIntoView({block: 'start'}); window.scrollBy(0, -80)")
    left, top, width = place(browser)
    start, end = shown()
    browser.click(left + 176 + (at - start) / (end - start) * (width - 176), top + 26 + 12)
    assert browser.value("document.querySelectorAll('tr.here').length") == 1

    assert browser.complaints == []
    assert [url for url in browser.requests if not url.startswith("file:")] == []
    assert len(browser.requests) == 1


@pytest.mark.slow
def test_tooltip_tells_message_bytes_and_values_and_signals_can_be_chosen(browser, shown):
    left, top, _ = place(browser)
    names = "[...JSON.parse(document.querySelector('.timeline script').textContent).lanes].map(lane => lane.n)"
    row = browser.value(names).index("CHM")
    browser.mouse("mouseMoved", left + 177, top + 26 + 24 + 30 + row * 18 + 9)
    tip = browser.value("document.querySelector('.tip').hidden ? '' : document.querySelector('.tip').textContent")
    assert tip.startswith("CHM  #")
    assert "1826F456#010100" in tip
    height = browser.value("document.querySelector('canvas').clientHeight")
    browser.value("document.querySelector('.signals input:checked').click()")
    assert browser.value("document.querySelector('canvas').clientHeight") == height - 50
    browser.value("document.querySelector('canvas').focus()")
    before = shown()
    browser.call("Input.dispatchKeyEvent", type="keyDown", key="+", text="+")
    assert shown()[1] - shown()[0] < before[1] - before[0]
