"""PAdES signatures of the report: one invisible field for each role, signed in their order.

The first of several signers certifies the document and leaves only the signing of the prepared fields to the others;
a single signer certifies that nothing may follow.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.timestamps import TimeStamper

from harness.core import ConfigError, Problem
from harness.report.package.signing.trust import person_of
from harness.report.package.wording import say

__all__ = ["sign_report", "signers_in"]

_INVISIBLE = InvisSigSettings(set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True)
"""Keeps PDF/A-3 (print flag, not hidden) and PDF/UA (nothing untagged on the page)."""


def sign_report(pdf: bytes, signers: Mapping[str, SimpleSigner], authority: TimeStamper | None = None) -> bytes:
    """*pdf* with a signature of each role, in the order of *signers*.

    Raises:
        ConfigError: the PDF cannot be read or signed, or carries signature fields already.
    """
    roles = list(signers)
    try:
        for position, role in enumerate(roles):
            writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
            if position == 0:
                if writer.root.get("/AcroForm") is not None:
                    raise ConfigError(Problem("the PDF has form fields already; sign the one that 'precert report' wrote"))
                for each in roles:
                    append_signature_field(writer, _field(each))
            output = io.BytesIO()
            PdfSigner(_metadata(role, position, len(roles)), signers[role], timestamper=authority).sign_pdf(writer, output=output)
            pdf = output.getvalue()
    except (PdfError, SigningError, ValueError, OSError) as error:
        raise ConfigError(Problem(f"the PDF cannot be signed: {error}")) from error
    return pdf


def signers_in(pdf: bytes) -> dict[str, str]:
    """Whom the certificate of each signature in *pdf* names, by the name of its field."""
    return {str(each.field_name): person_of(each.signer_cert) for each in PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures}


def _field(role: str) -> SigFieldSpec:
    label = say(f"role.{role}")
    return SigFieldSpec(role, on_page=0, invis_sig_settings=_INVISIBLE, readable_field_name=f"{label['zh']} {label['en']}")


def _metadata(role: str, position: int, count: int) -> PdfSignatureMetadata:
    first = position == 0
    return PdfSignatureMetadata(
        field_name=role,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=first,
        docmdp_permissions=MDPPerm.FILL_FORMS if count > 1 else MDPPerm.NO_CHANGES,
    )
