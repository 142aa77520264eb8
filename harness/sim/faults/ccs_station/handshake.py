"""Faults of the station in the agreement on a protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.protocols.iso15118 import sap
from harness.protocols.iso15118.station.orders.overlooking import Misread, OnRefusal, Overlook
from harness.protocols.iso15118.station.orders.responses import Change
from harness.sim.faults.ccs_station.fault import StationFault

__all__ = ["HANDSHAKE_FAULTS"]

_AGREEMENT = "SupportedAppProtocol"
_OK = {"ResponseCode": sap.ResponseCode.OK.value, "SchemaID": 1}

Entries = list[dict[str, object]]


def _ranked(rank: Callable[[Entries], Entries]) -> Misread:
    """The offers are taken for ranked as *rank* puts them."""

    def make(request: Mapping[str, object]) -> Mapping[str, object]:
        offers = request.get("AppProtocol")
        if not isinstance(offers, list):
            return request
        return {**request, "AppProtocol": [{**one, "Priority": place} for place, one in enumerate(rank(offers), 1)]}

    return Misread(_AGREEMENT, make=make)


def _din_first(offers: Entries) -> Entries:
    return sorted(offers, key=lambda one: one.get("ProtocolNamespace") != sap.DIN_SPEC_70121.namespace)


HANDSHAKE_FAULTS = (
    StationFault("takes_first_offer", "the first common offer is chosen, whatever its priority", (_ranked(lambda offers: offers),)),
    StationFault("takes_last_offer", "the last common offer is chosen, whatever its priority", (_ranked(lambda offers: offers[::-1]),)),
    StationFault("takes_din_before_all", "DIN SPEC 70121 is chosen wherever it is offered", (_ranked(_din_first),)),
    StationFault(
        "accepts_unknown_protocol",
        "an offer of unknown protocols is answered with OK and the connection kept",
        (OnRefusal(_AGREEMENT, code=sap.ResponseCode.FAILED.value, order=Change(values=_OK)), Overlook(_AGREEMENT, check="refusal")),
    ),
    StationFault(
        "keeps_tcp_open_without_protocol",
        "the connection stays although no protocol was agreed on",
        (Overlook(_AGREEMENT, check="refusal"),),
    ),
)
