"""Names of data identifiers and trouble codes: from a maker's PDX, from a file, and where they are shown."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from harness.case.naming import load_names, names_text
from harness.cli import app
from harness.cli.odx import pixit_line
from harness.core import ConfigError
from harness.protocols.uds.names import Names, Naming

SERVICE = (
    """<DIAG-SERVICE ID="S.{id}"><SHORT-NAME>{id}</SHORT-NAME><LONG-NAME>{name}</LONG-NAME><REQUEST-REF ID-REF="RQ.{id}"/></DIAG-SERVICE>"""
)
REQUEST = """<REQUEST ID="RQ.{id}"><SHORT-NAME>RQ_{id}</SHORT-NAME><PARAMS>
<PARAM xsi:type="CODED-CONST" SEMANTIC="SERVICE-ID"><SHORT-NAME>sid</SHORT-NAME><BYTE-POSITION>0</BYTE-POSITION>
<CODED-VALUE>{sid}</CODED-VALUE>
<DIAG-CODED-TYPE BASE-DATA-TYPE="A_UINT32" xsi:type="STANDARD-LENGTH-TYPE"><BIT-LENGTH>8</BIT-LENGTH></DIAG-CODED-TYPE></PARAM>
<PARAM xsi:type="CODED-CONST" SEMANTIC="ID"><SHORT-NAME>did</SHORT-NAME><BYTE-POSITION>1</BYTE-POSITION>
<CODED-VALUE>{did}</CODED-VALUE>
<DIAG-CODED-TYPE BASE-DATA-TYPE="A_UINT32" xsi:type="STANDARD-LENGTH-TYPE"><BIT-LENGTH>16</BIT-LENGTH></DIAG-CODED-TYPE></PARAM>
</PARAMS></REQUEST>"""
DTC = """<DTC ID="D.{code}"><SHORT-NAME>D_{code}</SHORT-NAME><TROUBLE-CODE>{code}</TROUBLE-CODE>
<DISPLAY-TROUBLE-CODE>{shown}</DISPLAY-TROUBLE-CODE><TEXT>{text}</TEXT></DTC>"""
CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<ODX MODEL-VERSION="2.2.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<DIAG-LAYER-CONTAINER ID="C"><SHORT-NAME>pack</SHORT-NAME><BASE-VARIANTS><BASE-VARIANT ID="B"><SHORT-NAME>BMS</SHORT-NAME>
<DIAG-DATA-DICTIONARY-SPEC><DTC-DOPS><DTC-DOP ID="DD"><SHORT-NAME>codes</SHORT-NAME>
<DIAG-CODED-TYPE BASE-DATA-TYPE="A_UINT32" xsi:type="STANDARD-LENGTH-TYPE"><BIT-LENGTH>24</BIT-LENGTH></DIAG-CODED-TYPE>
<PHYSICAL-TYPE BASE-DATA-TYPE="A_UINT32"/><COMPU-METHOD><CATEGORY>IDENTICAL</CATEGORY></COMPU-METHOD>
<DTCS>{dtcs}</DTCS></DTC-DOP></DTC-DOPS></DIAG-DATA-DICTIONARY-SPEC>
<DIAG-COMMS>{services}</DIAG-COMMS><REQUESTS>{requests}</REQUESTS></BASE-VARIANT></BASE-VARIANTS></DIAG-LAYER-CONTAINER></ODX>"""
SERVICES = (
    {"id": "ReadSerial", "name": "Pack serial number", "sid": 0x22, "did": 0x0101},
    {"id": "WriteSerial", "name": "Pack serial number", "sid": 0x2E, "did": 0x0101},
    {"id": "ReadVin", "name": "Chassis number; \"VIN\" = F190", "sid": 0x22, "did": 0xF190},
    {"id": "Routine", "name": "No data identifier", "sid": 0x31, "did": 0x0203},
)  # fmt: skip


@pytest.fixture
def pdx(tmp_path: Path) -> Path:
    """A maker's container as odxtools writes it."""
    odxtools = pytest.importorskip("odxtools")
    text = CONTAINER.format(
        services="".join(SERVICE.format(**{**row, "name": row["name"].replace('"', "&quot;")}) for row in SERVICES),
        requests="".join(REQUEST.format(**row) for row in SERVICES),
        dtcs=DTC.format(code=0xC10000, shown="U0100", text="Communication lost"),
    )
    source = tmp_path / "pack.odx-d"
    source.write_text(text, encoding="utf-8")
    made = tmp_path / "pack.pdx"
    odxtools.write_pdx_file(str(made), odxtools.load_file(source))
    return made


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_services_and_trouble_codes_of_a_container_give_names(pdx):
    names = load_names(pdx)
    assert [(row.number, row.name, row.units) for row in names.dids] == [
        (0x0101, "Pack serial number", ("BMS",)),
        (0xF190, 'Chassis number; "VIN" = F190', ("BMS",)),
    ]
    assert [(row.number, row.name) for row in names.dtcs] == [(0xC10000, "U0100 Communication lost")]
    assert names.source.startswith("pack.pdx, SHA-256 ")


def test_command_writes_a_file_of_names_and_the_line_for_the_declaration(pdx, tmp_path):
    out = tmp_path / "names.toml"
    result = run("odx", pdx, "--out", out, "--pixit")
    assert result.exit_code == 0, result.output
    assert "2 names of data identifiers and 1 of trouble codes" in result.output
    assert 'declared_dids = "0101=Pack serial number"' in result.output
    names = load_names(out)
    assert (names.did(0x0101), names.dtc(0xC10000)) == ("Pack serial number", "U0100 Communication lost")
    assert names.did(0xF18C) == "ECU serial number"
    assert names == load_names(pdx)


@pytest.mark.parametrize("form", ["pdx", "toml"])
def test_analysis_shows_the_names(pdx, tmp_path, form):
    log = tmp_path / "asked.log"
    frames = ("18DA27F1#03220101CCCCCCCC", "18DAF127#04620101AACCCCCC", "18DA27F1#031902FFCCCCCCCC", "18DAF127#075902FFC1000008")
    log.write_text("".join(f"({index}.000001) can0 {frame}\n" for index, frame in enumerate(frames)), encoding="ascii")
    names, out = pdx, tmp_path / "out.json"
    if form == "toml":
        names = tmp_path / "names.toml"
        names.write_text(names_text(load_names(pdx)), encoding="utf-8")
    page = tmp_path / "page.html"
    run("analyse", log, "--names", names, "--json", out, "--html", page)
    (session,) = json.loads(out.read_text(encoding="utf-8"))["captures"][0]["links"][0]["sessions"]
    table = next(table for table in session["tables"] if table["name"] == "exchanges")
    keys = [column["key"] for column in table["columns"]]
    rows = [dict(zip(keys, row, strict=True)) for row in table["rows"]]
    assert [(row["did"], row["did_name"]) for row in rows] == [("0101", "Pack serial number"), (None, None)]
    assert [(row["dtc"], row["dtc_name"]) for row in rows] == [(None, None), ("C10000", "U0100 Communication lost")]
    assert "<td>Pack serial number</td>" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("broken.pdx", b"no archive", "odxtools cannot read it as diagnostic data"),
        ("broken.odx-d", b"<ODX>", "odxtools cannot read it as diagnostic data"),
        ("names.toml", b"schema = 2\n", "schema is 2, this version reads 1"),
        ("names.toml", b'schema = 1\n[[dids]]\nnumber = "F19"\nname = "x"\n', "dids, row 1: number is 'F19', not 4 hex digits in quotes"),
        ("names.toml", b'schema = 1\n[[dtc]]\nnumber = "F19"\n', "unknown key 'dtc' (did you mean"),
        ("names.toml", b"schema = 1\ndids = 3\n", "dids is no list of tables"),
        ("names.toml", b'schema = 1\n[[dtcs]]\nnumber = "C10000"\nname = ""\n', "name is '', not a text"),
    ],
)
def test_wrong_file_is_named_in_one_message(tmp_path, name, content, words):
    if not name.endswith(".toml"):
        pytest.importorskip("odxtools")
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_names(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_container_without_names_is_refused(tmp_path):
    pytest.importorskip("odxtools")
    path = tmp_path / "empty.odx-d"
    path.write_text(CONTAINER.format(services="", requests="", dtcs=""), encoding="utf-8")
    with pytest.raises(ConfigError, match="no data identifier and no trouble code is named in it"):
        load_names(path)


def test_missing_package_is_said_with_the_way_to_install_it(tmp_path, monkeypatch):
    path = tmp_path / "pack.pdx"
    path.write_bytes(b"PK")
    monkeypatch.setitem(__import__("sys").modules, "odxtools", None)
    with pytest.raises(ConfigError, match=r"reading ODX needs the package odxtools; pip install 'precert\[odx\]'"):
        load_names(path)


TEXT = st.text(min_size=1).filter(str.strip)


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), TEXT, st.lists(TEXT, max_size=2)), max_size=4), TEXT)
def test_file_of_names_says_what_was_written(rows, source):
    names = Names(tuple(Naming(number, name, tuple(units)) for number, name, units in rows), (), source)
    document = tomllib.loads(names_text(names))
    assert [(int(row["number"], 16), row["name"], tuple(row.get("units", ()))) for row in document.get("dids", [])] == [
        (row.number, row.name, row.units) for row in names.dids
    ]
    assert document["source"] == source


def test_line_for_the_declaration_parts_its_entries_by_signs_that_no_name_holds():
    names = Names((Naming(0x0101, 'a; b="c"\\'), Naming(0xF190, "VIN"), Naming(0x0102, "d")))
    assert pixit_line(names) == "declared_dids = \"0101=a, b:'c'/; 0102=d\""
    assert pixit_line(Names()).startswith("# no data identifier")
