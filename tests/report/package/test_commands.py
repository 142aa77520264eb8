"""``precert seal`` and ``precert verify`` as a user meets them."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner, Result

from harness.cli import app


def _run(*arguments: object, color: bool = False) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], color=color)


@pytest.fixture(scope="module")
def sealed(workshop: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Result]:
    """Package, root and output of a seal without a key file."""
    run = Path(shutil.copytree(workshop.collected.folder.parent, tmp_path_factory.mktemp("command") / "run"))
    (run / "report" / "sealed.json").unlink()
    result = _run("seal", run / "report", "--zip", "--out", run.parent / "out", color=True)
    number = workshop.collected.results["report"]["number"]
    return run.parent / "out" / f"{number}.zip", run.parent / "out" / f"{number}.test-root.pem", result


def test_seal_without_keys_says_that_it_is_a_trial(sealed: tuple[Path, Path, Result]) -> None:
    package, root, result = sealed
    assert result.exit_code == 0, result.output
    assert package.is_file()
    assert root.is_file()
    assert (
        click.style("测试证书，仅供测试 / sealed with keys made for this trial, TEST ONLY; name your own with --keys", fg="red")
        in result.output
    )


def test_verify_with_its_root_holds_and_shows_test_keys_in_red(sealed: tuple[Path, Path, Result]) -> None:
    package, root, _ = sealed
    result = _run("verify", package, "--trust", root, "--recompute", color=True)
    assert result.exit_code == 0, result.output
    assert click.style("      TEST ONLY package seal", fg="red") in result.output
    for words in ("数据包有效", "The package holds", "V13", "judged again"):
        assert words in result.output


def test_verify_without_a_root_is_intact_but_not_proven(sealed: tuple[Path, Path, Result]) -> None:
    result = _run("verify", sealed[0])
    assert result.exit_code == 1
    assert "Complete and unchanged, but nobody vouches" in result.output


def test_json_names_every_step_and_remark(sealed: tuple[Path, Path, Result]) -> None:
    package, root, _ = sealed
    result = _run("verify", package, "--trust", root, "--json", "--recompute")
    document = json.loads(result.output)
    assert document["holds"] is True
    assert [step["id"] for step in document["steps"]] == [f"V{n}" for n in range(1, 14)]
    assert {"zh", "en", "status", "key"} == document["steps"][0]["remarks"][0].keys()
    assert all(row["agrees"] for row in document["rows"])


def test_roles_that_the_reader_demands_must_have_signed(sealed: tuple[Path, Path, Result]) -> None:
    package, root, _ = sealed
    assert _run("verify", package, "--trust", root, "--roles", "prepared,reviewed,approved").exit_code == 0
    result = _run("verify", package, "--trust", root, "--roles", "approved")
    assert result.exit_code == 1
    assert "nobody expects" in result.output


def test_second_seal_exits_2_with_one_message(sealed: tuple[Path, Path, Result]) -> None:
    folder = sealed[0].parent.parent / "run" / "report"
    result = _run("seal", folder)
    assert result.exit_code == 2
    assert "was sealed already" in result.output
    assert len(result.output.strip().splitlines()) == 1


@pytest.mark.parametrize("kind", ["nowhere", "text", "empty folder", "bad root", "missing root", "torn zip"])
def test_unreadable_input_ends_without_a_traceback(kind: str, sealed: tuple[Path, Path, Result], tmp_path: Path) -> None:
    package, root, _ = sealed
    code = 1
    match kind:
        case "nowhere":
            package, code = tmp_path / "nowhere.zip", 2
        case "text":
            package = tmp_path / "text.zip"
            package.write_text("no package", "utf-8")
        case "empty folder":
            package, code = tmp_path / "empty", 2
            package.mkdir()
        case "bad root":
            root, code = tmp_path / "root.pem", 2
            root.write_text("no certificate", "utf-8")
        case "missing root":
            root, code = tmp_path / "none.pem", 2
        case "torn zip":
            torn = tmp_path / "torn.zip"
            torn.write_bytes(package.read_bytes()[: package.stat().st_size // 2])
            package = torn
    result = _run("verify", package, "--trust", root)
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.output.strip()


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ("aproved", "--roles: there is no role 'aproved' (did you mean 'approved'?)"),
        ("prepared,chief", "--roles: there is no role 'chief' (have: approved, prepared, reviewed)"),
        (" , ", "--roles names nobody; have: prepared, reviewed, approved"),
        ("approved,approved", "names a role twice"),
    ],
)
def test_roles_that_do_not_exist_are_refused(roles: str, message: str, sealed: tuple[Path, Path, Result]) -> None:
    result = _run("verify", sealed[0], "--trust", sealed[1], "--roles", roles)
    assert result.exit_code == 2
    assert message in result.output
    assert len(result.output.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("text", "holds no root of a trial; name a file that does not exist yet"),
        ("certificate only", "holds no root of a trial"),
        ("own authority", "not the root of a trial"),
        ("folder", "cannot be read: Is a directory"),
        ("nowhere", "cannot be written: No such file or directory"),
        ("both", "--keys FILE and --trial FILE exclude each other"),
    ],
)
def test_what_cannot_keep_the_root_of_a_trial_is_refused(
    kind: str, message: str, sealed: tuple[Path, Path, Result], workshop: Any, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(workshop.collected.folder.parent, tmp_path / "run"))
    (run / "report" / "sealed.json").unlink()
    trial, more = tmp_path / "trial.pem", list[object]()
    match kind:
        case "text":
            trial.write_text("no key", "utf-8")
        case "certificate only":
            trial.write_bytes(sealed[1].read_bytes())
        case "own authority":
            trial.write_bytes(_authority("Somebody's own authority"))
        case "folder":
            trial.mkdir()
        case "nowhere":
            trial = tmp_path / "none" / "trial.pem"
        case "both":
            more = ["--keys", tmp_path / "keys.toml"]
    result = _run("seal", run, "--out", tmp_path / "out", "--trial", trial, *more)
    assert result.exit_code == 2, result.output
    assert message in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def _authority(name: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(1)
    now = datetime.now(UTC)
    made = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    return made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_what_was_never_sealed_is_named_as_what_it_is(workshop: Any) -> None:
    run = workshop.collected.folder.parent
    for folder, kind in ((run, "a run folder"), (run / "report", "a report folder")):
        result = _run("verify", folder)
        assert result.exit_code == 2
        assert result.output.strip() == f"{folder}: {kind}, not sealed yet; 'precert seal' makes a package of it"


def test_folder_that_is_no_package_is_not_searched(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    result = _run("verify", tmp_path)
    assert result.exit_code == 2
    assert result.output.strip() == f"{tmp_path}: no evidence package: a folder of one holds bagit.txt, manifest-sha256.txt, data"
