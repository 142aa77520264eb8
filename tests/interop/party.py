"""A party of the package ``iso15118`` in a process and a network namespace of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.protocols.iso15118.exi import codec
from tests.interop.namespaces import INTERFACE, Pair
from tests.protocols.iso15118.documents import Drawn, document, messages
from tests.protocols.iso15118.peer import NAMESPACES, environment

FACTOR = 6.0
"""Time-outs of the package, times this: enough on two busy cores."""
SPEAKS = {
    "din70121": "DIN_SPEC_70121",
    "iso15118-2": "ISO_15118_2",
    "iso15118-20": "ISO_15118_20_DC",
}
SETS = {"din70121": ("din",), "iso15118-2": ("iso2",), "iso15118-20": ("iso20_common", "iso20_dc")}
"""Schema sets of an edition."""
NEEDS_ROOT = frozenset({"din", "iso2"})
"""Here the Java codec only encodes a whole V2G_Message."""
UNUSED = ("AC_", "Certificate", "ChargingStatus", "Metering", "PaymentDetails", "Vehicle", "DC_ACDP")
"""Beginnings of messages that no DC session with external payment has."""
_READY_S = 240


@dataclass(frozen=True)
class Party:
    """A running EVCC or SECC."""

    process: subprocess.Popen[bytes]
    log: Path

    def story(self) -> str:
        """What it logged so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def warm_up(*editions: str) -> list[tuple[str, str]]:
    """A payload of every message of these editions, made with our codec."""
    found = []
    for name in ("sap", *(name for edition in editions for name in SETS[edition])):
        whole = "V2G_Message" if name in NEEDS_ROOT else ""
        for message in messages(codec(name).schema):
            if message.startswith(whole) and message.endswith(("Req", "Res")) and not message.removeprefix(f"{whole}/").startswith(UNUSED):
                made = document(codec(name).schema, message, Drawn(0), plain=True)
                found.append((NAMESPACES[name], codec(name).encode(made).hex()))
    return found


@contextmanager
def running(
    side: str, pair: Pair, folder: Path, *editions: str, loops: int = 20, tls: bool = False, factor: float = FACTOR
) -> Iterator[Party]:
    """The package's *side* (``evcc`` or ``secc``) in the peer's namespace, with a warm codec."""
    config = {
        "interface": INTERFACE,
        "protocols": [SPEAKS[edition] for edition in editions],
        "services": ["DC"],
        "tls": tls,
        "factor": factor,
        "warm_up": warm_up(*editions),
        "loops": loops,
        "seed": 1,
    }
    path, log = folder / f"{side}.json", folder / f"{side}.log"
    path.write_text(json.dumps(config), encoding="utf-8")
    command = Pair.inside(
        pair.peers, str(environment() / "bin" / "python"), str(Path(__file__).with_name("package_side.py")), side, str(path)
    )
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=folder, start_new_session=True)
    party = Party(process, log)
    try:
        _await_ready(party)
        yield party
    finally:
        # The Java machine is a child of it.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def _await_ready(party: Party) -> None:
    end = time.monotonic() + _READY_S
    while time.monotonic() < end:
        if party.process.poll() is not None:
            raise RuntimeError(f"the peer ended:\n{party.story()}")
        if "READY" in party.story():
            return
        time.sleep(0.1)
    raise TimeoutError(f"the peer is not ready after {_READY_S} s:\n{party.story()}")
