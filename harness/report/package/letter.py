"""The cover letter of a package: one page outside the bag that carries the seal value as text and as a QR code.

The PDF of the report lies in the bag and cannot hold the value that seals it. The letter travels apart, on paper or by
another way, and tells its reader what the package must show.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import segno
import typst

from harness.case.documents import ResultsDoc, Text
from harness.core import HarnessError, resource
from harness.report.fonts import only_fonts, printable_json
from harness.report.strings import load_strings, text

__all__ = ["letter_pdf", "qr_text"]

_TEMPLATES = ("letter.typ", "style.typ")
_GROUP = 8


def qr_text(number: str, root: str) -> str:
    """What the QR code says: a mark, the number of the report, the seal value."""
    return f"precert-seal/1 {number} sha256 {root}"


def letter_pdf(results: ResultsDoc, root: str, now: datetime, signers: Mapping[str, str], *, test: bool) -> bytes:
    """The letter of the package with the seal value *root*; *signers* are the subjects that signed the report, by role.

    The same arguments give the same bytes. *test* prints in red that the keys are for a trial.

    Raises:
        ConfigError: the font is missing.
        HarnessError: the template does not compile, which is a defect of the installation.
    """
    report = results["report"]
    data = {
        "number": report["number"],
        "root": root,
        "groups": [root[begin : begin + _GROUP] for begin in range(0, len(root), _GROUP)],
        "fields": _fields(results, now, signers),
        "steps": [text("letter.step_file", number=report["number"]), text("letter.step_value"), text("letter.step_lost")],
        "test": test,
        "strings": dict(load_strings()),
    }
    with TemporaryDirectory(prefix="precert-letter-") as name:
        folder = Path(name)
        for template in _TEMPLATES:
            (folder / template).write_bytes(resource("reports", "templates", template).read_bytes())
        (folder / "seal.svg").write_bytes(_qr(qr_text(report["number"], root)))
        (folder / "letter.json").write_text(printable_json(json.dumps(data, ensure_ascii=False)), encoding="utf-8")
        try:
            document = typst.compile(
                folder / "letter.typ",
                root=folder,
                font_paths=only_fonts(folder),
                format="pdf",
                pdf_standards=["a-3a", "ua-1"],
                timestamp=now.replace(microsecond=0),
            )
        except typst.TypstError as error:
            raise HarnessError(f"the cover letter does not compile: {error.message}\n{error.diagnostic}") from error
    return bytes(document)


def _fields(results: ResultsDoc, now: datetime, signers: Mapping[str, str]) -> list[tuple[Text, str]]:
    item, client, issuer = results["item"], results.get("client"), results.get("issuer")
    mode = text(f"mode.{results['report']['bench_mode']}")
    stated = [
        (text("cover.number"), results["report"]["number"]),
        (text("cover.item"), str(item.get("name") or item.get("model") or item.get("role") or "—")),
        (text("cover.vin"), str(item.get("vin") or item.get("serial") or "—")),
        (text("cover.mode"), f"{mode['zh']} {mode['en']}"),
        (text("cover.client"), client["name"] if client is not None else "—"),
        (text("cover.issuer"), issuer["name"] if issuer is not None else "—"),
        (text("cover.issued"), results["report"]["issued_at"]),
        (text("letter.sealed"), now.isoformat(timespec="seconds")),
    ]
    return [*stated, *((text(f"summary.{role}"), subject) for role, subject in signers.items())]


def _qr(content: str) -> bytes:
    """The code as SVG; a quarter of it may be damaged."""
    buffer = io.BytesIO()
    segno.make(content, error="q", micro=False).save(buffer, kind="svg", scale=4, border=4, xmldecl=False, svgclass=None, lineclass=None)
    return buffer.getvalue()
