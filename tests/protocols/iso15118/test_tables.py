"""The tables say what the schemas say."""

import json

import pytest

from harness.protocols.iso15118.exi.generate import ROOTS, SchemaUnreadable, generate
from harness.protocols.iso15118.exi.generate.__main__ import main
from harness.protocols.iso15118.exi.schema import SCHEMAS, TABLES, ComplexType, SimpleType, schema_set
from tests.protocols.iso15118.peer import schema_folder

FOLDER = schema_folder()

needs_schemas = pytest.mark.skipif(
    FOLDER is None, reason="no schema files: PRECERT_ISO15118_SCHEMAS, or the package iso15118 in build/iso15118-peer"
)


@pytest.mark.parametrize(
    ("name", "elements", "bits"),
    [("sap", 2, 2), ("din", 81, 7), ("iso2", 80, 7), ("iso20_common", 54, 6), ("iso20_dc", 48, 6), ("iso20_ac", 42, 6)],
)
def test_every_schema_set_has_its_global_elements_in_order(name, elements, bits):
    schema = schema_set(name)
    names = [(element.name, schema.namespaces[element.qname[0]]) for element in schema.elements]
    assert (len(names), schema.root_bits) == (elements, bits)
    assert names == sorted(names)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_type_of_a_table_can_be_built(name):
    schema = schema_set(name)
    rows = json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))["types"]
    kinds = [schema.type(row) for row in rows]
    assert {type(kind) for kind in kinds} == {SimpleType, ComplexType}


def test_facets_become_widths():
    schema = schema_set("iso2")
    assert [schema.type(name).bits for name in ("unitMultiplierType", "percentValueType", "xs:unsignedByte", "xs:byte", "xs:short")] == [
        *(3, 7, 8, 8, None)
    ]


def test_a_table_is_asked_for_by_its_name():
    with pytest.raises(ValueError, match="no schema set 'iso3'"):
        schema_set("iso3")


@needs_schemas
def test_tables_are_what_the_schemas_say():
    made = generate(FOLDER)
    assert set(made) == set(ROOTS) == set(SCHEMAS)
    for name, text in made.items():
        assert (TABLES / f"{name}.json").read_text(encoding="utf-8") == text, f"{name}: generate the tables again"


@needs_schemas
def test_the_check_of_the_generator_agrees(capsys):
    assert main([str(FOLDER), "--check"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_folder_without_schemas_is_said(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert "V2G_CI_AppProtocol.xsd: cannot be read as a schema" in capsys.readouterr().err


SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t" targetNamespace="urn:t">
<xs:element name="Message"><xs:complexType><xs:sequence>{}</xs:sequence></xs:complexType></xs:element>
</xs:schema>"""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<xs:group ref='x'/>", "construct 'group' in a content model is not understood"),
        ("<xs:element name='a' type='xs:double'/>", "built-in type 'xs:double' is not understood"),
        ("<xs:element name='a' type='other'/>", "type 'other' of 'urn:t' is not declared"),
        ("<xs:element name='a' type='p:other'/>", "prefix 'p' of 'p:other' is not declared"),
        ("<xs:element name='a'/>", "element 'a' has no type"),
        (
            "<xs:element name='a'><xs:simpleType><xs:restriction base='xs:string'>"
            "<xs:pattern value='x'/></xs:restriction></xs:simpleType></xs:element>",
            "facet 'pattern' on 'string' is not understood",
        ),
    ],
)
def test_what_the_tables_cannot_express_is_refused(tmp_path, content, message):
    (tmp_path / "V2G_CI_AppProtocol.xsd").write_text(SCHEMA.format(content), encoding="utf-8")
    with pytest.raises(SchemaUnreadable, match=message):
        generate(tmp_path)


def test_a_missing_import_is_named(tmp_path):
    text = SCHEMA.format("").replace("<xs:element name", "<xs:import namespace='urn:u' schemaLocation='other.xsd'/><xs:element name")
    (tmp_path / "V2G_CI_AppProtocol.xsd").write_text(text, encoding="utf-8")
    with pytest.raises(SchemaUnreadable, match=r"imports 'other\.xsd', which is not there"):
        generate(tmp_path)


def test_text_that_is_no_schema_is_refused(tmp_path):
    (tmp_path / "V2G_CI_AppProtocol.xsd").write_text("<html/>", encoding="utf-8")
    with pytest.raises(SchemaUnreadable, match="is no XML schema"):
        generate(tmp_path)
