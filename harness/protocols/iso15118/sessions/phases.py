"""The phases of a session, by the requests of the vehicle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.core.standard import Phase
from harness.protocols.iso15118.message import DISCOVERY_REQUEST
from harness.protocols.iso15118.sessions.talk import Exchange, Talk

__all__ = ["LOOPS", "phase_of", "phases_of"]

LOOPS = ("CurrentDemand", "DC_ChargeLoop", "AC_ChargeLoop", "ChargingStatus")
"""The exchanges during which energy flows."""

_PHASES = {
    "discovery": ("SECCDiscovery",),
    "agreement": ("supportedAppProtocol",),
    "set-up": (
        "SessionSetup", "ServiceDiscovery", "ServiceDetail", "ServiceSelection", "ServicePaymentSelection", "PaymentServiceSelection",
    ),
    "authorization": (
        "AuthorizationSetup", "Authorization", "ContractAuthentication", "PaymentDetails", "CertificateInstallation", "CertificateUpdate",
    ),
    "parameters": ("ChargeParameterDiscovery", "DC_ChargeParameterDiscovery", "AC_ChargeParameterDiscovery", "ScheduleExchange"),
    "cable check": ("CableCheck", "DC_CableCheck"),
    "pre-charge": ("PreCharge", "DC_PreCharge"),
    "charging": (*LOOPS, "MeteringReceipt", "MeteringConfirmation"),
    "stop": ("WeldingDetection", "DC_WeldingDetection", "SessionStop"),
}  # fmt: skip
_BY_NAME = {name: phase for phase, names in _PHASES.items() for name in names}


def phase_of(exchange: Exchange) -> str:
    """The phase that an exchange belongs to; empty for one that belongs to none."""
    if exchange.name == "PowerDelivery":
        return "charging" if _starts(exchange) else "renegotiation" if "Renegotiat" in _progress(exchange) else "stop"
    return _BY_NAME.get(exchange.name, "")


def _progress(exchange: Exchange) -> str:
    return exchange.request.text("ChargeProgress") if exchange.request is not None else ""


def _starts(exchange: Exchange) -> bool:
    ready = exchange.request is not None and bool(exchange.request.quantity("ReadyToChargeState"))
    return ready or _progress(exchange) == "Start"


def phases_of(talk: Talk) -> tuple[Phase, ...]:
    """The phases in their order; a phase lasts until the next one begins."""
    groups: list[tuple[str, list[Exchange]]] = []
    asked = [message for message in talk.discovery if message.name == DISCOVERY_REQUEST]
    answered = [message for message in talk.discovery if message.is_response]
    if asked or answered:
        groups.append(("discovery", [Exchange(message, None) for message in asked] or [Exchange(None, answered[0])]))
    for exchange in talk.exchanges:
        phase = phase_of(exchange) or (groups[-1][0] if groups else "")
        if groups and groups[-1][0] == phase:
            groups[-1][1].append(exchange)
        elif phase:
            groups.append((phase, [exchange]))
    starts = [group[0].first.t_ns for _, group in groups]
    ends = [*starts, talk.end_ns][1:]
    return tuple(
        Phase(name, start, max(start, end), group[0].first.frame, _text(group))
        for (name, group), start, end in zip(groups, starts, ends, strict=True)
    )


def _text(group: Sequence[Exchange]) -> str:
    counts = Counter(f"{exchange.name}({word})" if (word := _progress(exchange)) else exchange.name for exchange in group)
    return ", ".join(name if count == 1 else f"{count} {name}" for name, count in counts.items())
