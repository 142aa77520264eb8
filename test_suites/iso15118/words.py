"""What the cases of both roles call the exchanges of a session, and how a request tells which one it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.core import Message

Where = Callable[[Message], bool]

DIN, ISO_2, ISO_20 = "din70121", "iso15118-2", "iso15118-20"

_DIN = """SupportedAppProtocol SessionSetup ServiceDiscovery ServicePaymentSelection ContractAuthentication ChargeParameterDiscovery
    CableCheck PreCharge PowerDelivery_start CurrentDemand PowerDelivery_stop WeldingDetection SessionStop"""
_ISO_2 = """SupportedAppProtocol SessionSetup ServiceDiscovery ServiceDetail PaymentServiceSelection Authorization
    ChargeParameterDiscovery CableCheck PreCharge PowerDelivery_start CurrentDemand PowerDelivery_stop WeldingDetection SessionStop"""
_ISO_20 = """SupportedAppProtocol SessionSetup AuthorizationSetup Authorization ServiceDiscovery ServiceDetail ServiceSelection
    DC_ChargeParameterDiscovery ScheduleExchange DC_CableCheck DC_PreCharge PowerDelivery_start DC_ChargeLoop PowerDelivery_stop
    DC_WeldingDetection SessionStop"""

EXCHANGES: Mapping[str, tuple[str, ...]] = {DIN: tuple(_DIN.split()), ISO_2: tuple(_ISO_2.split()), ISO_20: tuple(_ISO_20.split())}
"""The exchanges of a session of each protocol in their order."""

OPTIONAL: Mapping[str, frozenset[str]] = {
    DIN: frozenset(("WeldingDetection",)),
    ISO_2: frozenset(("ServiceDetail", "WeldingDetection")),
    ISO_20: frozenset(("DC_WeldingDetection",)),
}
"""Exchanges that a session may leave out."""

LOOP: Mapping[str, str] = {DIN: "CurrentDemand", ISO_2: "CurrentDemand", ISO_20: "DC_ChargeLoop"}
"""The exchange in which energy flows."""

SELECTION: Mapping[str, str] = {DIN: "ServicePaymentSelection", ISO_2: "PaymentServiceSelection", ISO_20: "ServiceSelection"}
AUTHORIZATION: Mapping[str, str] = {DIN: "ContractAuthentication", ISO_2: "Authorization", ISO_20: "Authorization"}
PARAMETERS: Mapping[str, str] = {DIN: "ChargeParameterDiscovery", ISO_2: "ChargeParameterDiscovery", ISO_20: "DC_ChargeParameterDiscovery"}
CABLE_CHECK: Mapping[str, str] = {DIN: "CableCheck", ISO_2: "CableCheck", ISO_20: "DC_CableCheck"}
PRE_CHARGE: Mapping[str, str] = {DIN: "PreCharge", ISO_2: "PreCharge", ISO_20: "DC_PreCharge"}
"""What the same exchange is called in each protocol."""

PHASES: Mapping[str, tuple[str, ...]] = {
    DIN: ("SessionSetup", "ContractAuthentication", "ChargeParameterDiscovery", "CableCheck", "PreCharge", "CurrentDemand"),
    ISO_2: ("SessionSetup", "Authorization", "ChargeParameterDiscovery", "CableCheck", "PreCharge", "CurrentDemand"),
    ISO_20: ("SessionSetup", "Authorization", "DC_ChargeParameterDiscovery", "DC_CableCheck", "DC_PreCharge", "DC_ChargeLoop"),
}
"""One exchange of each phase of a session."""

START, STOP = "PowerDelivery_start", "PowerDelivery_stop"
WITH_ENERGY = frozenset(("CurrentDemand", "DC_ChargeLoop", STOP))
"""Exchanges at which energy flows."""


def request_of(exchange: str) -> str:
    """The name of the request of an exchange."""
    return f"{_base(exchange)}Req"


def response_of(exchange: str) -> str:
    """The name of the response of an exchange."""
    return f"{_base(exchange)}Res"


def timer_of(exchange: str) -> str:
    """The key of the limit that holds how long the vehicle waits for the response."""
    return f"response.{_base(exchange)}"


def _base(exchange: str) -> str:
    # The schema of the agreement writes its messages with a small letter.
    return "supportedAppProtocol" if exchange == "SupportedAppProtocol" else exchange.partition("_st")[0]


def is_start(message: Message) -> bool:
    """PowerDeliveryReq that starts the transfer of energy."""
    return message.values.get("ChargeProgress") == "Start" or message.values.get("ReadyToChargeState") == 1


def is_stop(message: Message) -> bool:
    """PowerDeliveryReq that ends the transfer of energy."""
    return message.values.get("ChargeProgress") == "Stop" or message.values.get("ReadyToChargeState") == 0


def where_of(exchange: str) -> Where | None:
    """What tells the requests of *exchange* from others of the same name; ``None`` if all are its own."""
    return {START: is_start, STOP: is_stop}.get(exchange)
