"""Services of ISO 15118-20 as the cases look at them: which one a vehicle takes by its inlet, and what its requests hold."""

from __future__ import annotations

from harness.case import Sut
from harness.core import Inconclusive, Message, Reason, Value
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


def offered(message: Message, name: str) -> list[Value]:
    """What the parameter sets of ServiceDetailRes say for the parameter *name*."""
    named = [path.removesuffix(".Name") for path, value in message.values.items() if path.endswith(".Name") and value == name]
    return [message.values[f"{path}.intValue"] for path in named if f"{path}.intValue" in message.values]


def services(message: Message) -> list[Value]:
    """Energy transfer services of ServiceDiscoveryRes."""
    return [value for path, value in message.values.items() if path.startswith("EnergyTransferServiceList") and path.endswith("ServiceID")]


def only(what: str, found: list[Value], wanted: list[int]) -> None:
    """Make sure that the tester's station offers *wanted* and nothing else.

    Raises:
        Inconclusive: it does not; the vehicle is not to blame.
    """
    if sorted(map(str, found)) != sorted(map(str, wanted)):
        raise Inconclusive(Reason.PRECONDITION, f"the tester offers {what} {found}, the step needs {wanted}")


def has_bpt_body(message: Message) -> bool:
    """Whether *message* holds a body for both directions of energy."""
    return any(path.startswith("BPT_") for path in message.values)
