"""Generator of the codec's tables; nothing of it is needed at run time.

Only facts go into the tables: names, types, order, cardinalities, facets. The schema files themselves stay where they are.
"""

from __future__ import annotations

import json
from pathlib import Path

from harness.protocols.iso15118.exi.generate.tables import Json, tables
from harness.protocols.iso15118.exi.generate.xsd import SchemaUnreadable, read_declarations

__all__ = ["ROOTS", "SchemaUnreadable", "generate"]

ROOTS = {
    "sap": "V2G_CI_AppProtocol.xsd",
    "din": "din_spec/V2G_CI_MsgDef.xsd",
    "iso2": "iso15118_2/V2G_CI_MsgDef.xsd",
    "iso20_common": "iso15118_20/V2G_CI_CommonMessages.xsd",
    "iso20_dc": "iso15118_20/V2G_CI_DC.xsd",
    "iso20_ac": "iso15118_20/V2G_CI_AC.xsd",
}
"""Root schema file of each schema set."""


def generate(folder: Path) -> dict[str, str]:
    """Text of every table, by the name of the schema set, from the schemas in *folder*.

    Raises:
        SchemaUnreadable: a file is missing or uses what the tables cannot express.
    """
    return {name: _text(tables(read_declarations(folder / root))) for name, root in ROOTS.items()}


def _text(document: dict[str, Json]) -> str:
    """JSON with one element or type a line, so that a difference is readable."""
    elements, types = document["elements"], document["types"]
    if not isinstance(elements, list) or not isinstance(types, dict):
        raise TypeError("a table lacks elements or types")
    lines = [f'{{"namespaces": {_json(document["namespaces"])},', f'"abstract": {_json(document["abstract"])},', '"elements": [']
    lines += [",\n".join(_json(row) for row in elements), "],", '"types": {']
    lines += [",\n".join(f"{_json(key)}: {_json(row)}" for key, row in types.items()), "}}"]
    return "\n".join(lines) + "\n"


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
