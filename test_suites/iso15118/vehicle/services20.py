"""Services of ISO 15118-20 as the cases look at them: which one a vehicle takes by its inlet, and what its requests hold."""

from __future__ import annotations

from harness.case import Sut
from harness.core import Message
from harness.protocols.iso15118.services import Service

_WAYS = ("Scheduled", "Dynamic")


def own_service(truck: Sut) -> Service:
    """The service that a vehicle with the declared inlet and direction of energy takes."""
    if truck.pics("E.MCS"):
        return Service.MCS_BPT if truck.pics("E.BPT") else Service.MCS
    return Service.DC_BPT if truck.pics("E.BPT") else Service.DC


def selected_service(message: Message) -> int | None:
    """Service of ServiceSelectionReq."""
    value = message.values.get("SelectedEnergyTransferService.ServiceID")
    return value if isinstance(value, int) else None


def selected_set(message: Message) -> int | None:
    """Parameter set of ServiceSelectionReq."""
    value = message.values.get("SelectedEnergyTransferService.ParameterSetID")
    return value if isinstance(value, int) else None


def bodies(message: Message) -> str:
    """The control modes whose bodies *message* holds, ``Scheduled`` and ``Dynamic``, with a blank between them."""
    found = [way for way in _WAYS if any(f"{way}_" in path for path in message.values)]
    # The body of dynamic mode in a power profile is an empty element, which has no value; a profile has one of the two.
    if not found and any(path.startswith("EVPowerProfile.") for path in message.values):
        found = ["Dynamic"]
    return " ".join(found)


def has_bpt_body(message: Message) -> bool:
    """Whether *message* holds a body for both directions of energy."""
    return any(path.startswith("BPT_") for path in message.values)
