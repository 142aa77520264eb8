"""SupportedAppProtocol at the station, and the protocols it has tables for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import cast

from harness.core.errors import RemoteProtocolError
from harness.protocols.iso15118 import sap
from harness.protocols.iso15118.editions import DIN, ISO_2, ISO_20, Edition, edition_of
from harness.protocols.iso15118.envelope import Content
from harness.protocols.iso15118.exi import Document
from harness.protocols.iso15118.station.din import DIN_TABLE
from harness.protocols.iso15118.station.iso2 import ISO_2_TABLE
from harness.protocols.iso15118.station.iso20 import ISO_20_TABLE
from harness.protocols.iso15118.station.orders.responses import EDITIONS_KEY
from harness.protocols.iso15118.station.table import Row, Table, Turn

__all__ = ["AGREED", "AGREEMENT", "PROTOCOLS", "agreed", "tables"]

AGREED = "agreed"
"""Where the state remembers the edition that the present response agrees on."""
PROTOCOLS: Mapping[str, sap.Protocol] = {
    DIN.name: sap.DIN_SPEC_70121,
    ISO_2.name: sap.ISO_15118_2,
    ISO_20.name: sap.ISO_15118_20_DC,
}
"""What a direct current station can speak, by edition."""


@cache
def tables() -> Mapping[str, Table]:
    """The tables by edition."""
    return {table.edition.name: table for table in (DIN_TABLE, ISO_2_TABLE, ISO_20_TABLE)}


def _build(turn: Turn) -> Content:
    editions = turn.told.extra.get(EDITIONS_KEY, tuple(tables()))
    assert isinstance(editions, tuple)
    supported = [PROTOCOLS[name] for name in editions if name in tables()]
    try:
        offers = sap.read_request(cast(Document, {"supportedAppProtocolReq": turn.request}))
    except RemoteProtocolError:
        offers = []
    answer, protocol = sap.choose(offers, supported)
    turn.state.memory[AGREED] = edition_of(protocol.namespace, protocol.major) if protocol is not None else None
    if protocol is None:
        turn.refuse(answer.code.value)
    return {"ResponseCode": answer.code.value, **({} if answer.schema_id is None else {"SchemaID": answer.schema_id})}


AGREEMENT = Row("SupportedAppProtocol", "supportedAppProtocolReq", "supportedAppProtocolRes", "sap", _build, ("SessionSetup",))
"""The exchange before all others."""


def agreed(turn: Turn) -> Edition | None:
    """The edition that the response of *turn* agrees on."""
    edition = turn.state.memory.get(AGREED)
    return edition if isinstance(edition, Edition) else None
