"""Every message of our own sessions read by our codec and by the Java codec of the package, compared as documents."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.protocols.iso15118.exi import codec
from tests.protocols.iso15118.documents import json_form
from tests.protocols.iso15118.peer import JavaCodec
from tests.protocols.iso15118.test_oracle import verdict
from tests.protocols.iso15118.test_recordings import messages

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("java")]

SESSIONS = {
    "virtual-ccs": ("HV-CUR-04", "HV-SCH-04"),
    "virtual-mcs": ("HV-CUR-04",),
}
"""Rigs, and cases whose sessions are whole: DIN SPEC 70121, ISO 15118-2, ISO 15118-20 scheduled and dynamic, MCS."""


@pytest.mark.parametrize("rig", SESSIONS)
def test_every_message_of_our_sessions_is_read_alike(rig: str, tmp_path: Path) -> None:
    precert, out = Path(sys.executable).with_name("precert"), tmp_path / "run"
    command = [str(precert), "run", *SESSIONS[rig], "--rig", f"rigs/{rig}.yaml", "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    spoken = {found for path in sorted(out.rglob("*.pcapng")) for found in messages(path)}
    names = set()
    with JavaCodec() as java:
        for schema, payload in sorted(spoken):
            decoded = codec(schema).decode(payload)
            wanted = json_form(codec(schema).schema, decoded.document)
            answer = java.ask(schema, decode=payload.hex())
            assert verdict(answer, wanted, answer.get("document")) in {"same", "zeros added"}, (decoded.name, answer)
            names.add((schema, decoded.name))
    print(f"{rig}: {len(spoken)} different messages of {len(names)} kinds")
    assert len(names) >= 30
