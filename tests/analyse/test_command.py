"""``precert analyse`` as a stranger uses it: output, JSON, exit codes, messages."""

from __future__ import annotations

import io
import json
import re

import pytest
from rich.console import Console
from typer.testing import CliRunner

from harness.analyse.analysis import analyse_captures
from harness.analyse.output import print_analyses
from harness.cli import app
from harness.rig.registry import standards

CHM = "".join(f"({100 + number * 0.25:.6f}) can0 1826F456#010100\n" for number in range(20))
TRUCK = "".join(f"({100 + number * 0.1:.6f}) can0 18FEDF00#0102030405060708\n" for number in range(9))


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(app, ["analyse", *map(str, arguments)])


def test_judged_and_nothing_failed_is_exit_0(run, write):
    result = run(write(CHM))
    assert result.exit_code == 0
    assert "can0: GB/T 27930, edition 2015" in result.stdout
    assert "the vehicle never sent a message" in result.stdout
    assert re.search(r"^Verdict: PASS  \d+ checks", result.stdout, re.MULTILINE)


def test_failed_rule_is_exit_1_with_worst_value_limit_frame_and_time(run, write):
    lines = CHM.splitlines(keepends=True)
    result = run(write("".join(lines[:8] + lines[9:])))
    assert result.exit_code == 1
    assert re.search(r"2\.250000 +9 +FAIL +F5 CHM period: 500 ms, expected 225\.\.275 ms", result.stdout)


def test_no_session_is_said_plainly_and_exit_1(run, write):
    result = run(write(TRUCK))
    assert result.exit_code == 1
    told = " ".join(result.stdout.split())
    assert re.search(r"can0: no GB/T 27930( or .*)? session \(seen: 9 frames, 1 identifiers, most often 18FEDF00 \(9\)\)", told)
    assert "Nothing was judged" in result.stdout


def test_unreadable_input_is_exit_2_with_all_messages_and_no_analysis(run, write, tmp_path):
    result = run(write(CHM, "good.log"), write(CHM + "junk\n" + CHM, "bad.log"), tmp_path / "absent.log")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert re.search(r"bad\.log:21: no candump log line, .*: 'junk'", result.stderr)
    assert "absent.log: no such file" in result.stderr
    assert "Traceback" not in result.stderr


def test_unusable_stamps_leave_only_timing_open(run, write):
    stamps = "".join(f"({100 + number // 4}) can0 1826F456#010100\n" for number in range(80))
    result = run(write(stamps))
    assert result.exit_code == 1
    assert "the time stamps cannot carry a timing verdict" in result.stdout
    assert re.search(r"F5 periods +INCONC", result.stdout)
    assert re.search(r"F2 data length +PASS", result.stdout)


def test_2011_session_is_judged_by_the_limits_of_2011(run, write):
    result = run(write("(1.0) can0 1801F456#0001FFFFFFFFFFFF\n(1.1) can0 1808F456#1C257C01DC05\n"))
    assert "edition 2011" in result.stdout
    assert "profile-2011.toml" in result.stdout
    assert re.search(r"F2 data length +PASS", result.stdout)


def test_channels_are_told_apart_and_can_be_selected(run, write):
    path = write(CHM + TRUCK.replace("can0", "can7"))
    both = run(path).stdout
    assert "can0: GB/T 27930" in both
    assert "can7: no GB/T 27930" in both
    only = run(path, "--interface", "can0")
    assert only.exit_code == 0
    assert "can7" not in only.stdout


def test_standard_can_be_selected_and_a_wrong_name_is_helped(run, write):
    path = write(CHM)
    assert run(path, "--interface", "gbt27930").exit_code == 0
    result = run(path, "--interface", "gbt27390")
    assert result.exit_code == 2
    assert "'gbt27390' (did you mean 'gbt27930'?)" in result.stderr


def test_json_holds_the_same_verdict_with_exact_numbers(run, write, tmp_path):
    target = tmp_path / "out.json"
    lines = CHM.splitlines(keepends=True)
    run(write("".join(lines[:8] + lines[9:])), "--json", target)
    document = json.loads(target.read_text(encoding="utf-8"))
    assert (document["schema"], document["verdict"]) == ("precert-analysis/1", "fail")
    (link,) = document["captures"][0]["links"]
    assert (link["standard"], link["dialect"], link["matched"], link["foreign"]) == ("gbt27930", "2015", 19, 0)
    (check,) = [check for check in link["checks"] if check["name"] == "F5 CHM period"]
    assert (check["value"]["v"], check["verdict"], check["frames"]) == ("500", "fail", [8, 9])
    assert check["findings"][0]["t_s"] in ("2.25", "2.250000000")


def test_json_that_cannot_be_written_is_exit_2(run, write, tmp_path):
    for target in (tmp_path / "absent" / "out.json", tmp_path):
        result = run(write(CHM), "--json", target)
        assert result.exit_code == 2
        assert "cannot be written" in result.stderr
        assert result.stdout == "", "it was analysed first"


def test_several_recordings_end_in_one_line(run, write):
    result = run(write(CHM, "a.log"), write(TRUCK, "b.log"))
    assert result.exit_code == 0
    assert "Overall: PASS  1 of 2 recordings judged" in result.stdout


def test_output_to_a_pipe_has_no_control_characters_nor_trailing_blanks(run, write):
    output = run(write(CHM)).stdout
    assert "\x1b" not in output
    assert not [line for line in output.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize("width", [80, 160])
def test_output_fits_the_terminal_and_keeps_the_remarks_on_what_failed(write, width):
    lines = CHM.splitlines(keepends=True)
    console = Console(width=width, file=io.StringIO())
    print_analyses(console, analyse_captures([write("".join(lines[:8] + lines[9:]))], standards()))
    output = console.file.getvalue()
    assert max(map(len, output.splitlines())) <= width
    assert "strict: 1 of 18 outside" in re.sub(r"\s+", " ", output)
