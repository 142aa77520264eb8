"""Management messages against another implementation: tshark reads the same names and the same fields from our frames."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.bench.evidence import write_evidence
from harness.core.trace import Direction, Trace
from harness.protocols.iso15118.slac.frames import Mme
from harness.protocols.iso15118.slac.layout import LAYOUTS

TSHARK = shutil.which("tshark")
EV, EVSE = "02:00:00:00:00:0A", "02:00:00:00:00:0B"
RUN, PEV, STATION, NID, NMK = b"a run id", b"WDB00000000000017", b"DE*PRE*E0001*1   ", b"network", b"sixteen byte key"

_PAIR = {"pev_id": PEV, "pev_mac": EV, "evse_id": STATION, "evse_mac": EVSE, "run_id": RUN}
_KEY = {"nid": NID, "new_key": NMK}
VALUES: dict[str, dict[str, Any]] = {
    "CM_SLAC_PARM.REQ": {"run_id": RUN},
    "CM_SLAC_PARM.CNF": {"num_sounds": 10, "time_out": 6, "forwarding_sta": EV, "run_id": RUN},
    "CM_START_ATTEN_CHAR.IND": {"num_sounds": 10, "time_out": 6, "forwarding_sta": EV, "run_id": RUN},
    "CM_MNBC_SOUND.IND": {"cnt": 9, "run_id": RUN, "random": NMK},
    "CM_ATTEN_PROFILE.IND": {"pev_mac": EV, "aag": bytes([12] * 58)},
    "CM_ATTEN_CHAR.IND": {"source_address": EV, "run_id": RUN, "num_sounds": 10, "aag": bytes([12] * 58)},
    "CM_ATTEN_CHAR.RSP": {"source_address": EV, "run_id": RUN},
    "CM_VALIDATE.REQ": {"timer": 19, "result": 1},
    "CM_VALIDATE.CNF": {"toggle_num": 3, "result": 2},
    "CM_SLAC_MATCH.REQ": _PAIR,
    "CM_SLAC_MATCH.CNF": {**_PAIR, "nid": NID, "nmk": NMK},
    "CM_SET_KEY.REQ": _KEY,
    "CM_SET_KEY.CNF": {},
}

# Ours on the left, the oracle's on the right.
FIELDS = {
    "CM_SLAC_PARM": {
        "run_id": "cm_slac_parm.runid", "num_sounds": "cm_slac_parm.sound_count", "time_out": "cm_slac_parm.time_out",
        "forwarding_sta": "cm_slac_parm.forwarding_sta",
    },
    "CM_START_ATTEN_CHAR": {
        "run_id": "cm_start_atten_char.runid", "num_sounds": "cm_start_atten_char.sounds_count", "time_out": "cm_start_atten_char.time_out",
        "forwarding_sta": "cm_start_atten_char.sound_forwarding_sta",
    },
    "CM_MNBC_SOUND": {"run_id": "cm_mnbc_sound.runid", "cnt": "cm_mnbc_sound.countdown", "random": "cm_mnbc_sound.rnd"},
    "CM_ATTEN_PROFILE": {"pev_mac": "cm_atten_profile_ind.pev_mac"},
    "CM_ATTEN_CHAR": {
        "run_id": "cm_atten_char.runid", "source_address": "cm_atten_char.source_mac", "num_sounds": "cm_atten_char.sounds_count",
    },
    "CM_VALIDATE": {"timer": "cm_validate.timer", "result": "cm_validate.result", "toggle_num": "cm_validate.togglenum"},
    "CM_SLAC_MATCH": {
        "run_id": "cm_slac_match.runid", "pev_mac": "cm_slac_match.pev_mac", "evse_mac": "cm_slac_match.evse_mac",
        "nid": "cm_slac_match.nid", "nmk": "cm_slac_match.nmk",
    },
}  # fmt: skip


def leaves(node: Any, found: dict[str, str]) -> dict[str, str]:
    """Every field of the oracle by its name; of several the first."""
    if isinstance(node, dict):
        for key, child in node.items():
            if isinstance(child, str):
                found.setdefault(key, child)
            else:
                leaves(child, found)
    elif isinstance(node, list):
        for child in node:
            leaves(child, found)
    return found


def plain(text: str) -> str | int:
    """A value of the oracle as a number, or as hexadecimal digits."""
    if ":" in text:
        return text.replace(":", "").upper()
    return int(text, 0)


def ours(value: Any) -> str | int:
    if isinstance(value, bytes):
        return value.hex().upper()
    return value.replace(":", "").upper() if isinstance(value, str) else value


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
def test_tshark_reads_the_same(tmp_path: Path):
    assert TSHARK is not None
    trace = Trace()
    for index, (name, values) in enumerate(VALUES.items()):
        trace.append(index, index, "plc", Direction.RX, "x", Mme(name, EVSE, EV, values).datagram())
    path = write_evidence(tmp_path / "plc", list(trace))
    assert path.suffix == ".pcapng"
    done = subprocess.run([TSHARK, "-r", str(path), "-n", "-T", "json"], capture_output=True, text=True, check=True, timeout=60)
    packets = json.loads(done.stdout)
    assert len(packets) == len(VALUES)
    compared = 0
    for packet, (name, values) in zip(packets, VALUES.items(), strict=True):
        layers = packet["_source"]["layers"]
        assert "_ws.malformed" not in json.dumps(layers), name
        told = leaves(layers["homeplug_av"] if "homeplug_av" in layers else layers["homeplug-av"], {})
        assert int(told["homeplug_av.mmhdr.mmtype"], 0) == LAYOUTS[name].mmtype
        for mine, theirs in FIELDS.get(name.partition(".")[0], {}).items():
            if mine in values:
                assert plain(told[f"homeplug_av.gp.{theirs}"]) == ours(values[mine]), (name, mine)
                compared += 1
    assert compared >= 25
