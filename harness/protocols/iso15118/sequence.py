"""Which request may follow which: one row for each request of a protocol, as far as public sources tell (section 4 of the reference).

``A|B`` in a row: the next request is one of them. SessionStop may follow every request after SessionSetup and is not repeated in the
rows. A request that may be repeated while the station is busy stands in its own row.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.protocols.iso15118.editions import DIN, ISO_2, ISO_20, Edition

__all__ = ["AGREEMENT", "FIRST", "STOP", "successors"]

AGREEMENT, FIRST, STOP = "supportedAppProtocol", "SessionSetup", "SessionStop"


def _table(text: str) -> Mapping[str, frozenset[str]]:
    rows = (line.split() for line in text.strip().splitlines())
    return {row[0]: frozenset(row[1].split("|")) for row in rows}


_DIN = _table("""
    supportedAppProtocol     SessionSetup
    SessionSetup             ServiceDiscovery
    ServiceDiscovery         ServiceDetail|ServicePaymentSelection
    ServiceDetail            ServiceDetail|ServicePaymentSelection
    ServicePaymentSelection  ContractAuthentication
    ContractAuthentication   ContractAuthentication|ChargeParameterDiscovery
    ChargeParameterDiscovery ChargeParameterDiscovery|CableCheck|PowerDelivery
    CableCheck               CableCheck|PreCharge|PowerDelivery
    PreCharge                PreCharge|PowerDelivery
    PowerDelivery            CurrentDemand|WeldingDetection|ChargeParameterDiscovery|PowerDelivery
    CurrentDemand            CurrentDemand|PowerDelivery
    WeldingDetection         WeldingDetection
""")

_ISO_2 = _table("""
    supportedAppProtocol     SessionSetup
    SessionSetup             ServiceDiscovery
    ServiceDiscovery         ServiceDetail|PaymentServiceSelection
    ServiceDetail            ServiceDetail|PaymentServiceSelection
    PaymentServiceSelection  CertificateInstallation|CertificateUpdate|PaymentDetails|Authorization
    CertificateInstallation  PaymentDetails
    CertificateUpdate        PaymentDetails
    PaymentDetails           Authorization
    Authorization            Authorization|ChargeParameterDiscovery
    ChargeParameterDiscovery ChargeParameterDiscovery|CableCheck|PowerDelivery
    CableCheck               CableCheck|PreCharge|PowerDelivery
    PreCharge                PreCharge|PowerDelivery
    PowerDelivery            CurrentDemand|ChargingStatus|WeldingDetection|ChargeParameterDiscovery|PowerDelivery
    CurrentDemand            CurrentDemand|MeteringReceipt|PowerDelivery
    ChargingStatus           ChargingStatus|MeteringReceipt|PowerDelivery
    MeteringReceipt          CurrentDemand|ChargingStatus|PowerDelivery
    WeldingDetection         WeldingDetection
""")

_ISO_20 = _table("""
    supportedAppProtocol        SessionSetup
    SessionSetup                AuthorizationSetup|DC_ChargeParameterDiscovery|AC_ChargeParameterDiscovery
    AuthorizationSetup          CertificateInstallation|Authorization
    CertificateInstallation     CertificateInstallation|Authorization
    Authorization               Authorization|ServiceDiscovery
    ServiceDiscovery            ServiceDetail
    ServiceDetail               ServiceDetail|ServiceSelection
    ServiceSelection            DC_ChargeParameterDiscovery|AC_ChargeParameterDiscovery
    DC_ChargeParameterDiscovery ScheduleExchange
    AC_ChargeParameterDiscovery ScheduleExchange
    ScheduleExchange            ScheduleExchange|DC_CableCheck|PowerDelivery
    DC_CableCheck               DC_CableCheck|DC_PreCharge|PowerDelivery
    DC_PreCharge                DC_PreCharge|PowerDelivery
    PowerDelivery               PowerDelivery|DC_ChargeLoop|AC_ChargeLoop|DC_WeldingDetection|ScheduleExchange
    DC_ChargeLoop               DC_ChargeLoop|MeteringConfirmation|ScheduleExchange|PowerDelivery
    AC_ChargeLoop               AC_ChargeLoop|MeteringConfirmation|ScheduleExchange|PowerDelivery
    MeteringConfirmation        DC_ChargeLoop|AC_ChargeLoop|PowerDelivery
    DC_WeldingDetection         DC_WeldingDetection
    SessionStop                 ServiceDiscovery
""")

_TABLES = {DIN: _DIN, ISO_2: _ISO_2, ISO_20: _ISO_20}


def successors(edition: Edition, request: str) -> frozenset[str] | None:
    """Names of the requests that may follow *request*; ``None`` if the table does not know it."""
    row = _TABLES[edition].get(request)
    if row is None:
        return frozenset() if request == STOP else None
    return row if request == AGREEMENT else row | {STOP}
