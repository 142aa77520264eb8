"""``precert analyse --columns``: what is written, what is said, what is refused."""

from __future__ import annotations

from pathlib import Path

import can
import numpy as np
import pytest
from typer.testing import CliRunner

from harness.cli import app


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "session.blf"
    with can.Logger(path) as logger:
        for number in range(20):
            data = (6000 + number).to_bytes(2, "little") + b"\xd8\x0e\x02"
            logger.on_message_received(can.Message(timestamp=1 + number / 20, arbitration_id=0x181056F4, data=data, channel=0))
    return path


def test_every_signal_becomes_a_column(recording: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["analyse", str(recording), "--columns", str(tmp_path / "x.npz")])
    assert done.exit_code == 0, done.output
    with np.load(tmp_path / "x.npz") as archive:
        assert archive["BCL/voltage_v"].tolist() == pytest.approx([600 + number / 10 for number in range(20)])
        assert archive["BCL/current_a"].tolist() == [-20.0] * 20
        assert np.diff(archive["BCL/t_ns"]).tolist() == pytest.approx([50_000_000] * 19, abs=1)
        assert archive["channels"].tolist() == ["CAN 1"]
    assert "181056F4        20       50.000 ms" in done.output
    assert "20 frames in 0.950 s; 1 messages" in done.output


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--json", "x.json"], "--columns goes with --dbc only"),
        (["other.blf"], "--columns takes one recording"),
        (["--dbc", "missing.dbc"], "missing.dbc: cannot be read"),
    ],
)
def test_what_does_not_go_together_is_refused_and_nothing_written(recording: Path, tmp_path: Path, more: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["analyse", str(recording), "--columns", str(tmp_path / "x.npz"), *more])
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "x.npz").exists()


def test_a_database_without_columns_is_refused(recording: Path) -> None:
    assert CliRunner().invoke(app, ["analyse", str(recording), "--dbc", "x.dbc"]).exit_code == 2
