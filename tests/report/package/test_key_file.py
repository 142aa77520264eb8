"""The key file: what it may say, and one message for everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import pem
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    pkcs12,
)
from cryptography.x509 import load_der_x509_certificate

from harness.core import ConfigError, resource
from harness.report.package.signing.keys import load_keys, password_from
from harness.report.package.signing.trial_keys import TrialAuthority, trial_keys

ROLES = "".join(f'[{role}]\nkey = "{role}.key"\ncertificate = "{role}.pem"\n' for role in ("package", "prepared", "approved"))


@pytest.fixture(scope="module")
def authority() -> TrialAuthority:
    return TrialAuthority.create(datetime.now(UTC))


@pytest.fixture
def key_file(tmp_path: Path, authority: TrialAuthority) -> Callable[[str], Path]:
    """``key_file(text)`` writes a key file beside keys and certificates of all roles."""
    keys = trial_keys(authority)
    for role, signer in {"package": keys.package, **keys.roles}.items():
        (tmp_path / f"{role}.key").write_bytes(pem.armor("PRIVATE KEY", signer.signing_key.dump()))
        (tmp_path / f"{role}.pem").write_bytes(pem.armor("CERTIFICATE", signer.signing_cert.dump()))
    assert keys.attestor is not None
    private = keys.attestor.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "attestation.key").write_bytes(private)
    (tmp_path / "attestation.pem").write_bytes(pem.armor("CERTIFICATE", keys.attestor.certificate.dump()))
    (tmp_path / "root.pem").write_bytes(authority.root_pem())
    (tmp_path / "root.crl").write_bytes(keys.crls[0])
    key = load_der_private_key(keys.package.signing_key.dump(), None)
    certificate = load_der_x509_certificate(keys.package.signing_cert.dump())
    bundle = pkcs12.serialize_key_and_certificates(b"seal", key, certificate, None, BestAvailableEncryption(b"secret"))  # type: ignore[arg-type]
    (tmp_path / "package.p12").write_bytes(bundle)

    def write(text: str) -> Path:
        file = tmp_path / "keys.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def test_all_sections_are_read(key_file: Callable[[str], Path]) -> None:
    extra = (
        '[attestation]\nkey = "attestation.key"\ncertificate = "attestation.pem"\n[time_stamps]\nurl = "http://localhost:1/tsa"\n'
        '[certificates]\nchain = ["root.pem"]\ncrls = ["root.crl"]\n'
    )
    file = key_file('schema = 1\nregister = "register.jsonl"\n' + ROLES + extra)
    keys = load_keys(file)
    assert list(keys.roles) == ["prepared", "approved"]
    assert keys.attestor is not None
    assert keys.authority is not None
    assert keys.register == file.parent / "register.jsonl"
    assert len(keys.certificates()) == 5
    assert load_keys(file).roles.keys() == keys.roles.keys()  # reading it twice is the same


def test_shipped_example_has_the_shape(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_bytes(resource("reports", "templates", "keys-example.toml").read_bytes())
    with pytest.raises(ConfigError) as caught:
        load_keys(file)
    texts = [problem.text for problem in caught.value.problems]
    assert texts
    assert all("the environment has no" in each or "cannot be read" in each for each in texts)


def test_password_comes_from_the_environment(key_file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        '[package]\npkcs12 = "package.p12"\npassword_env = "SEAL_PASSWORD"\n'
        + ROLES.partition("[prepared]")[1]
        + ROLES.partition("[prepared]")[2]
    )
    file = key_file(text)
    with pytest.raises(ConfigError, match=r"keys\.toml:3: package\.password_env: the environment has no SEAL_PASSWORD"):
        load_keys(file)
    monkeypatch.setenv("SEAL_PASSWORD", "wrong")
    with pytest.raises(ConfigError, match="another password"):
        load_keys(file)
    monkeypatch.setenv("SEAL_PASSWORD", "secret")
    assert load_keys(file).package.signing_cert is not None
    assert password_from("") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[package]\n", "either 'pkcs12', or 'key' and 'certificate'"),
        ('[package]\nkey = "no.key"\ncertificate = "package.pem"\n', "cannot be read from 'no.key"),
        (ROLES + '[sealed]\nkey = "x"\n', "sealed: unknown key"),
        (ROLES + '[attestation]\nkey = "package.key"\ncertificate = "package.pem"\n', "not an Ed25519 key"),
        (ROLES + '[attestation]\nkey = "gone.key"\ncertificate = "package.pem"\n', "'gone.key' cannot be read"),
        (ROLES + '[certificates]\nchain = ["package.key"]\n', "no certificate|holds no"),
        ('[package]\nkey = "package.key"\ncertificate = "package.pem"\n', "nobody signs the report"),
        ("[prepared]\n", "package: field required"),
    ],
)
def test_wrong_key_file_is_refused_by_file_and_place(text: str, message: str, key_file: Callable[[str], Path]) -> None:
    if "chain" in text:
        text = text.replace("package.key", "keys.toml")
    with pytest.raises(ConfigError, match=message):
        load_keys(key_file(text))
