"""``precert doctor``: exit codes, both languages, JSON."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from harness.cli import app


def test_a_simulation_is_complete_in_both_languages() -> None:
    done = CliRunner().invoke(app, ["doctor", "DOIP-*", "--rig", "virtual-vehicle"])
    assert done.exit_code == 0, done.output
    assert "Python 3" in done.stdout
    assert "vehicle: 20 cases: 19 run, 1 do not apply, 0 are beyond" in done.stdout
    assert "20 个用例：19 个可运行" in done.stdout
    assert done.stdout.rstrip().endswith("everything that is needed is there.  所需的全部具备。")


def test_what_is_missing_gives_exit_code_1_and_stands_in_the_json() -> None:
    done = CliRunner().invoke(app, ["doctor", "GBT-VP.101", "--rig", "bench-dc-example", "--json"])
    assert (done.exit_code, done.stderr) == (1, "")
    document = json.loads(done.stdout)
    assert (document["schema"], document["complete"]) == ("precert-doctor/1", False)
    missing = {row["name"]: row for row in document["findings"] if row["state"] == "missing"}
    assert {"charge", "pilot"} <= set(missing)
    assert all("can0" in missing["charge"]["text"][language] for language in ("en", "zh"))
    assert [row["state"] for suite in document["suites"] for row in suite["cases"]] == ["runs"]


def test_wrong_input_is_told_in_a_line() -> None:
    for arguments, told in (
        (("--rig", "nowhere.yaml"), "no rig file 'nowhere.yaml'"),
        (("GBT-VP.101",), "name it with --rig"),
        (("GBT-VP.101", "--rig", "virtual-truck", "--pics", "nowhere.toml"), "nowhere.toml"),
    ):
        done = CliRunner().invoke(app, ["doctor", *arguments])
        assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
        assert told in done.stderr
