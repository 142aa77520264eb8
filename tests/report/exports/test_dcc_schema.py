"""dtr.xml against the schema of the digital calibration certificate, where somebody has it.

The schema is not ours to ship. ``PRECERT_DCC_XSD`` names it: a file ``dcc.xsd`` with those that it imports beside it (under the
names in their addresses), or its address. Without it, ``test_exports.py`` checks the structure by a table of our own.
"""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from harness.report.campaign import load_campaign
from harness.report.exports import dtr_bytes
from harness.report.lab import issue, load_lab

etree = pytest.importorskip("lxml.etree", reason="needs lxml")
VARIABLE = "PRECERT_DCC_XSD"


class _Beside(etree.Resolver):  # type: ignore[misc, name-defined]
    """Imports by address are answered with the file of that name beside the schema, or from the network if that was an address too."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self._folder = folder

    def resolve(self, url: str, public_id: str | None, context: Any) -> Any:
        if self._folder is not None:
            return self.resolve_filename(str(self._folder / url.rsplit("/", 1)[-1]), context)
        return self.resolve_string(_fetched(url), context)


def schema_of(named: str) -> Any:
    """The schema that *named* (file or address) holds.

    Raises:
        OSError: it, or one that it imports, cannot be read.
    """
    is_address = named.startswith("https://")
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Beside(None if is_address else Path(named).parent))
    content = _fetched(named) if is_address else Path(named).read_bytes()
    try:
        return etree.XMLSchema(etree.fromstring(content, parser, base_url=named))
    except etree.XMLSchemaParseError as error:
        raise OSError(f"{named}: {error}") from error


def _fetched(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=20) as answer:
        content: bytes = answer.read()
    return content


@pytest.fixture(scope="module")
def schema() -> Any:
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.skip(f"the schema is not shipped with precert: name a dcc.xsd (3.1.2 or later of 3.x) in {VARIABLE}")
    try:
        return schema_of(named)
    except URLError as error:
        pytest.skip(f"{named} cannot be fetched: {error.reason}")


def test_dtr_of_every_verdict_is_valid(schema: Any, demo_run: Path) -> None:
    schema.assertValid(etree.fromstring(dtr_bytes(load_campaign([demo_run]).results)))


def test_dtr_with_laboratory_and_amendment_is_valid(
    schema: Any, tmp_path: Path, vehicle_run: Callable[..., Path], lab_file: Callable[..., Path]
) -> None:
    results: Any = issue(load_campaign([vehicle_run(tmp_path / "run")]).results, load_lab(lab_file(tmp_path)))
    results["report"]["supersedes"] = {"number": "PC-1", "sha256": "ab" * 32, "reason": "VIN corrected"}
    schema.assertValid(etree.fromstring(dtr_bytes(results)))


# ---- the reading of a schema, with one of our own ----

_OWN = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:p="urn:part" elementFormDefault="qualified">
<xs:import namespace="urn:part" schemaLocation="https://example.org/schemas/part.xsd"/>
<xs:element name="whole"><xs:complexType><xs:sequence><xs:element ref="p:part"/></xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
_PART = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:part">
<xs:element name="part" type="xs:integer"/></xs:schema>"""


def test_a_schema_is_read_with_the_imports_that_lie_beside_it(tmp_path: Path) -> None:
    (tmp_path / "own.xsd").write_text(_OWN, encoding="utf-8")
    (tmp_path / "part.xsd").write_text(_PART, encoding="utf-8")
    found = schema_of(str(tmp_path / "own.xsd"))
    assert found.validate(etree.fromstring('<whole xmlns:p="urn:part"><p:part>1</p:part></whole>'))
    assert not found.validate(etree.fromstring('<whole xmlns:p="urn:part"><p:part>one</p:part></whole>'))


def test_a_schema_whose_import_is_missing_is_no_reason_to_skip(tmp_path: Path) -> None:
    (tmp_path / "own.xsd").write_text(_OWN, encoding="utf-8")
    with pytest.raises(OSError, match=r"own\.xsd"):
        schema_of(str(tmp_path / "own.xsd"))
