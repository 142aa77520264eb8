"""Faults of the station in what it takes for a request of the session, and in how it refuses one."""

from __future__ import annotations

from harness.protocols.iso15118.station.din import DIN_TABLE
from harness.protocols.iso15118.station.iso2 import ISO_2_TABLE
from harness.protocols.iso15118.station.orders.overlooking import Misled, OnRefusal, Overlook
from harness.protocols.iso15118.station.orders.responses import Code, Withhold
from harness.sim.faults.ccs_station.fault import StationFault

__all__ = ["SEQUENCE_FAULTS"]

_LEFT_OUT = ("ServiceDetail", "MeteringReceipt", "PowerDelivery_stop", "PowerDelivery_renegotiate")
"""Exchanges that a session may do without, or that share their messages with another one."""
_EXCHANGES = tuple(dict.fromkeys(row.exchange for table in (DIN_TABLE, ISO_2_TABLE) for row in table.rows if row.exchange not in _LEFT_OUT))
_WRONG, _FOREIGN = "FAILED_SequenceError", "FAILED_UnknownSession"

SEQUENCE_FAULTS = (
    *(
        StationFault(
            f"accepts_wrong_request.{name}",
            f"any request is taken where {name} is awaited",
            (Overlook(name, check="sequence"),),
        )
        for name in _EXCHANGES
    ),
    *(
        StationFault(
            f"accepts_foreign_session.{name}",
            f"{name} is answered whatever session id it carries",
            (Overlook(name, check="session_id"),),
        )
        for name in _EXCHANGES
        if name != "SessionSetup"
    ),
    StationFault("joins_unknown_session", "SessionSetup with any old id joins that session", (Overlook(check="paused_id"),)),
    StationFault(
        "sequence_error_as_failed", "a wrong request is answered with FAILED", (OnRefusal(code=_WRONG, order=Code(code="FAILED")),)
    ),
    StationFault(
        "unknown_session_as_failed", "a foreign session id is answered with FAILED", (OnRefusal(code=_FOREIGN, order=Code(code="FAILED")),)
    ),
    StationFault("silent_on_wrong_request", "a wrong request is not answered", (OnRefusal(code=_WRONG, order=Withhold()),)),
    StationFault("silent_on_foreign_session", "a foreign session id is not answered", (OnRefusal(code=_FOREIGN, order=Withhold()),)),
    StationFault("keeps_tcp_open", "the connection stays after a refusal", (Overlook(check="refusal"),)),
    StationFault("cable_check_in_b", "the insulation test runs whatever the pilot shows", (Misled("CableCheck", ready=True),)),
    StationFault("welding_detection_in_c", "welding detection runs whatever the pilot shows", (Misled("WeldingDetection", ready=False),)),
)
