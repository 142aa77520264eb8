"""Certificates for tests: what each is, and a folder that two processes share."""

from __future__ import annotations

import datetime
import os
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from harness.core import ConfigError
from harness.protocols.iso15118.transport.pki import STATION_DOMAIN, STATION_LEAVES, make_pki
from harness.protocols.iso15118.transport.pki_folder import _in, pki_of


def leaf(name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificates(make_pki().station[name].chain.encode())[0]


def issuer(name: str) -> str:
    return x509.load_pem_x509_certificates(make_pki().station[name].chain.encode())[1].subject.rfc4514_string()


def test_every_leaf_has_one_thing_wrong_and_the_good_one_nothing() -> None:
    now = datetime.datetime.now(datetime.UTC)
    lists = x509.load_pem_x509_crl(make_pki().revoked.encode())
    for name in STATION_LEAVES:
        certificate = leaf(name)
        domain = certificate.subject.get_attributes_for_oid(NameOID.DOMAIN_COMPONENT)[0].value
        assert (certificate.not_valid_after_utc < now) is (name == "expired")
        assert (domain != STATION_DOMAIN) is (name == "wrong_name")
        assert (issuer(name) != issuer("good")) is (name == "wrong_root")
        assert (lists.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None) is (name == "revoked")


def test_folder_is_made_once_and_read_by_everybody_else(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "pki"
    made = pki_of(str(folder))
    _in.cache_clear()
    assert pki_of(str(folder)) == made
    assert [file.name for file in tmp_path.glob("deep/.*")] == []


def test_keys_in_the_folder_are_for_their_owner_only(tmp_path: Path) -> None:
    pki_of(str(tmp_path / "pki"))
    keys = list((tmp_path / "pki").glob("*.key"))
    assert len(keys) == len(STATION_LEAVES) + 1
    assert {stat.S_IMODE(os.stat(key).st_mode) for key in keys} == {0o600}


def test_without_a_folder_they_are_those_of_the_process() -> None:
    assert pki_of("") is make_pki()


def test_folder_that_lacks_something_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "pki").mkdir()
    with pytest.raises(ConfigError, match=r"pki: no certificates for tests can be had from here: .*station-root\.pem.* remove this one"):
        pki_of(str(tmp_path / "pki"))


def test_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pki").write_text("")
    with pytest.raises(ConfigError, match="name a folder that does not exist yet"):
        pki_of(str(tmp_path / "pki"))


def test_folder_whose_time_is_over_is_refused_with_the_day(tmp_path: Path) -> None:
    folder = tmp_path / "pki"
    pki_of(str(folder))
    (folder / "station-good.pem").write_text((folder / "station-expired.pem").read_text())
    _in.cache_clear()
    with pytest.raises(ConfigError, match=r"its certificates were valid until 20\d\d-\d\d-\d\d only; .* remove this one"):
        pki_of(str(folder))
