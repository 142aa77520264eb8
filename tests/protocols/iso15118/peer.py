"""The independent codec, where it is installed: ``python -m venv build/iso15118-peer`` and the package ``iso15118`` 0.31.2 in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NAMESPACES = {
    "sap": "urn:iso:15118:2:2010:AppProtocol",
    "din": "urn:din:70121:2012:MsgDef",
    "iso2": "urn:iso:15118:2:2013:MsgDef",
    "iso20_common": "urn:iso:std:iso:15118:-20:CommonMessages",
    "iso20_dc": "urn:iso:std:iso:15118:-20:DC",
    "iso20_ac": "urn:iso:std:iso:15118:-20:AC",
}


def environment() -> Path:
    """Where the package is looked for: PRECERT_ISO15118_PEER, else build/iso15118-peer."""
    return Path(os.environ.get("PRECERT_ISO15118_PEER") or ROOT / "build" / "iso15118-peer")


def missing() -> str | None:
    """Why the independent codec cannot be used, ``None`` if it can."""
    if shutil.which("java") is None:
        return "no java"
    if not (environment() / "bin" / "python").exists():
        return f"no environment with the package iso15118 in {environment()} (python -m venv there, pip install iso15118==0.31.2 aiofile)"
    return None


def schema_folder() -> Path | None:
    """Folder of the schema files of the installed package; PRECERT_ISO15118_SCHEMAS names another."""
    if named := os.environ.get("PRECERT_ISO15118_SCHEMAS"):
        return Path(named)
    found = sorted(environment().glob("lib/python*/site-packages/iso15118/shared/schemas"))
    return found[0] if found else None


class JavaCodec:
    """The codec in a process of its own; use as a context."""

    def __enter__(self) -> JavaCodec:
        self._process = subprocess.Popen(
            [environment() / "bin" / "python", Path(__file__).with_name("java_codec.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def ask(self, schema: str, **request: object) -> dict[str, object]:
        """The answer to one request (see ``java_codec.py``)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(request | {"namespace": NAMESPACES[schema]}), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the Java codec ended")
        answer: dict[str, object] = json.loads(line)
        return answer
