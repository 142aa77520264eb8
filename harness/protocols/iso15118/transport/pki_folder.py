"""Certificates for tests in a folder, where two processes share them and a laboratory takes the root for its truck from.

Who comes first makes them; a folder that is there is read. Its keys are worth nothing outside of a test.
"""

from __future__ import annotations

import datetime
import os
import tempfile
from functools import cache
from pathlib import Path

from cryptography import x509

from harness.core.errors import ConfigError
from harness.core.problems import Problem
from harness.protocols.iso15118.transport.pki import STATION_LEAVES, Identity, Pki, make_pki

__all__ = ["pki_of"]

_STATION_ROOT, _OTHER_ROOT, _VEHICLE_ROOT = "station-root.pem", "other-root.pem", "vehicle-root.pem"
_REVOKED = "revoked.pem"
_VEHICLE = "vehicle"


def pki_of(folder: str) -> Pki:
    """The certificates in *folder*, made there if there is no such folder; those of this process if it is empty text.

    Raises:
        ConfigError: the folder cannot be written or read, or lacks something.
    """
    return _in(Path(folder).absolute()) if folder else make_pki()


@cache
def _in(folder: Path) -> Pki:
    try:
        if not folder.exists():
            _write(folder)
        return _read(folder)
    except (OSError, ValueError) as error:
        todo = "name a folder that does not exist yet, or remove this one so that it is made anew"
        raise ConfigError(Problem(f"no certificates for tests can be had from here: {error}; {todo}", folder)) from error


def _write(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".precert-pki-", dir=folder.parent) as made:
        inner = Path(made, "pki")
        inner.mkdir(mode=0o700)
        for name, text in _files(make_pki()).items():
            file = inner / name
            file.touch(mode=0o600 if name.endswith(".key") else 0o644)
            file.write_text(text, encoding="ascii")
        try:
            os.rename(inner, folder)
        except OSError:
            if not folder.is_dir():  # Another process was faster: its folder is as good.
                raise


def _files(pki: Pki) -> dict[str, str]:
    files = {_STATION_ROOT: pki.station_root, _OTHER_ROOT: pki.other_root, _VEHICLE_ROOT: pki.vehicle_root, _REVOKED: pki.revoked}
    for name, leaf in {**{f"station-{name}": leaf for name, leaf in pki.station.items()}, _VEHICLE: pki.vehicle}.items():
        files |= {f"{name}.pem": leaf.chain, f"{name}.key": leaf.key}
    return files


def _read(folder: Path) -> Pki:
    def text(name: str) -> str:
        return (folder / name).read_text(encoding="ascii")

    def identity(name: str) -> Identity:
        return Identity(text(f"{name}.pem"), text(f"{name}.key"))

    root = text(_STATION_ROOT)
    until = x509.load_pem_x509_certificates(text("station-good.pem").encode())[0].not_valid_after_utc
    if until < datetime.datetime.now(datetime.UTC):
        raise ValueError(f"its certificates were valid until {until:%Y-%m-%d} only")
    return Pki(
        {name: identity(f"station-{name}") for name in STATION_LEAVES},
        identity(_VEHICLE),
        root,
        text(_OTHER_ROOT),
        text(_VEHICLE_ROOT),
        text(_REVOKED),
        x509.load_pem_x509_certificate(root.encode()).subject.public_bytes(),
    )
