"""What the parties of a session told each other, printable."""

from __future__ import annotations

from collections.abc import Iterator

from harness.protocols.iso15118.message import V2gMessage
from harness.protocols.iso15118.sessions.quantities import quantities_of
from harness.protocols.iso15118.sessions.talk import Talk
from harness.protocols.iso15118.sessions.words import say

__all__ = ["facts_of", "offers_text", "session_id_text"]

_TOLD = (
    ("vehicle id (EVCCID)", "SessionSetupReq", "EVCCID", ""),
    ("charger id (EVSEID)", "SessionSetupRes", "EVSEID", ""),
    ("payment", "PaymentServiceSelectionReq", "SelectedPaymentOption", ""),
    ("payment", "ServicePaymentSelectionReq", "SelectedPaymentOption", ""),
    ("authorization", "AuthorizationReq", "SelectedAuthorizationService", ""),
    ("energy transfer", "ChargeParameterDiscoveryReq", "RequestedEnergyTransferMode", ""),
    ("energy transfer", "ChargeParameterDiscoveryReq", "EVRequestedEnergyTransferType", ""),
    ("energy service", "ServiceSelectionReq", "SelectedEnergyTransferService.ServiceID", ""),
    ("vehicle maximum voltage", "ChargeParameterDiscoveryReq", "DC_EVChargeParameter.EVMaximumVoltageLimit", "V"),
    ("vehicle maximum current", "ChargeParameterDiscoveryReq", "DC_EVChargeParameter.EVMaximumCurrentLimit", "A"),
    ("vehicle maximum power", "ChargeParameterDiscoveryReq", "DC_EVChargeParameter.EVMaximumPowerLimit", "W"),
    ("charger maximum voltage", "ChargeParameterDiscoveryRes", "DC_EVSEChargeParameter.EVSEMaximumVoltageLimit", "V"),
    ("charger maximum current", "ChargeParameterDiscoveryRes", "DC_EVSEChargeParameter.EVSEMaximumCurrentLimit", "A"),
    ("charger maximum power", "ChargeParameterDiscoveryRes", "DC_EVSEChargeParameter.EVSEMaximumPowerLimit", "W"),
    ("vehicle maximum voltage", "DC_ChargeParameterDiscoveryReq", "DC_CPDReqEnergyTransferMode.EVMaximumVoltage", "V"),
    ("vehicle maximum current", "DC_ChargeParameterDiscoveryReq", "DC_CPDReqEnergyTransferMode.EVMaximumChargeCurrent", "A"),
    ("vehicle maximum power", "DC_ChargeParameterDiscoveryReq", "DC_CPDReqEnergyTransferMode.EVMaximumChargePower", "W"),
    ("charger maximum voltage", "DC_ChargeParameterDiscoveryRes", "DC_CPDResEnergyTransferMode.EVSEMaximumVoltage", "V"),
    ("charger maximum current", "DC_ChargeParameterDiscoveryRes", "DC_CPDResEnergyTransferMode.EVSEMaximumChargeCurrent", "A"),
    ("charger maximum power", "DC_ChargeParameterDiscoveryRes", "DC_CPDResEnergyTransferMode.EVSEMaximumChargePower", "W"),
)
"""Label, message, path of the value and its unit."""


def facts_of(talk: Talk) -> dict[str, str]:
    """Facts by label, in the order of a session; only what the messages show."""
    return {label: text for label, text in _facts(talk) if text}


def _facts(talk: Talk) -> Iterator[tuple[str, str]]:
    if talk.edition is not None:
        yield "protocol", talk.edition.title
    yield "security", next((message.security for message in talk.known or talk.messages if message.security), "none")
    offer = talk.first("supportedAppProtocolReq")
    if offer is not None:
        yield "offered", offers_text(offer)
    yield "session id", session_id_text(talk)
    for label, name, path, unit in _TOLD:
        message = talk.first(name)
        if message is not None and path in message.values:
            yield label, f"{message.shown(path)} {unit}".rstrip()
    for quantity in quantities_of(talk):
        numbers = f"min {quantity.low:g}, max {quantity.high:g}, last {quantity.last:g} {quantity.unit}"
        yield f"charge loop, {say((quantity.name, {}), 'en')}", numbers


def offers_text(message: V2gMessage) -> str:
    """What the vehicle offers, the highest rank first."""
    values = message.values
    offers = []
    number = 1
    while f"{(path := f'AppProtocol[{number}]')}.ProtocolNamespace" in values:
        version = f"{message.shown(f'{path}.VersionNumberMajor')}.{message.shown(f'{path}.VersionNumberMinor')}"
        priority = values.get(f"{path}.Priority")
        offers.append(
            (
                priority if isinstance(priority, int) else 99,
                f"{message.shown(f'{path}.ProtocolNamespace')} {version} (priority {message.shown(f'{path}.Priority')})",
            )
        )
        number += 1
    return ", ".join(text for _, text in sorted(offers))


def session_id_text(talk: Talk) -> str:
    """The id that the charger gave, in hexadecimal digits; empty without one."""
    response = talk.first("SessionSetupRes")
    return response.session_id.hex().upper() if response is not None and response.session_id else ""
