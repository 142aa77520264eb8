"""The ways over which a truck tells what it is, as far as rig and declaration have them: J1939, UDS, DoIP, charging interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, ConfigError, Inconclusive, Message, Reason, resource
from harness.protocols.dbc import load_codec

from ..doip.gateway import Gateway
from ..uds.diagnosis import Diagnosis

__all__ = ["DOIP", "GBT27930", "J1939", "UDS", "Paths", "Reading"]

J1939, UDS, DOIP, GBT27930 = "J1939", "UDS", "DoIP", "GB/T 27930"
_BRM, _BRM_BYTES = 0x0200, 49
_BCS, _BCS_BYTES = 0x1100, 9


@dataclass(frozen=True, slots=True)
class Reading:
    """What one path told; ``data`` is ``None`` if it could not be asked, and ``note`` says why."""

    data: bytes | None
    note: str = ""
    message: Message | None = None
    unit: str = ""
    line: str = ""
    """What the rig lacks."""

    @property
    def text(self) -> str:
        """As text; ``no answer`` if the unit did not answer."""
        return self.data.decode("ascii", "replace") if self.data else "no answer"


class Paths:
    """Readings over the paths beside J1939, each asked in its own way."""

    def __init__(self, bench: CaseBench, truck: Sut, tester: Any, check: Callable[..., Check]) -> None:
        self._bench, self._truck, self._tester, self._check = bench, truck, tester, check

    def over_uds(self, did: int) -> Reading:
        """A data identifier of the unit under test, over ISO-TP on the bus."""
        if not self._declared("D.UDS"):
            return Reading(None, "diagnostics are not declared (D.UDS)")
        diagnosis = Diagnosis(self._bench, self._truck, self._tester, self._check)
        diagnosis.ready()
        exchange = diagnosis.ask(f"22{did:04X}")
        return Reading(_told(exchange.data, did), "", exchange.final, f"{diagnosis.address:02X}")

    def over_doip(self, did: int) -> Reading:
        """The same over IP."""
        if not self._declared("N.DOIP"):
            return Reading(None, "DoIP is not declared (N.DOIP)")
        try:
            gateway = Gateway(self._bench, self._truck, self._check)
        except Inconclusive as error:
            return _lacking(error, "ethernet")
        gateway.activated()
        request = gateway.sent(gateway.diagnostic(bytes((0x22, did >> 8, did & 0xFF))))
        self._bench.run_for(self._truck.limit("doip.answer").upper_ns)
        answers = gateway.replies("ReadDataByIdentifier.Res", to=request)
        return Reading(_told(answers[0].data, did) if answers else b"", "", answers[0] if answers else request, f"{gateway.target:04X}")

    def over_charging(self, signal: str) -> Reading:
        """A text of BRM, the message by which a truck identifies itself to a charger."""
        try:
            told = self._to_charger("recognition", _BRM, _BRM_BYTES)
        except Inconclusive as error:
            return _lacking(error, "inlet")
        if told is None:
            return Reading(None, "charging by GB/T 27930 is not declared (N.CHARGING)")
        value = load_codec(resource("dbc", "gbt27930-2015", "gbt27930-2015.dbc")).decode("BRM", told.data)[signal]
        return Reading(value if isinstance(value, bytes) else str(value).encode(), "", told)

    def charging(self) -> dict[str, float]:
        """The values of BCS, a while after the charge began.

        Raises:
            Inconclusive: the rig has no charger (reason NO_LINE), or nothing is charged (reason PRECONDITION).
        """
        self._to_charger(None, _BCS, _BCS_BYTES)
        view = self._bench.on("inlet")
        self._bench.run_for(self._truck.limit("charging.settle").nominal_ns)
        told = [one for one in view.messages(f"PG_{_BCS:05X}") if len(one.data) == _BCS_BYTES]
        values = load_codec(resource("dbc", "gbt27930-2015", "gbt27930-2015.dbc")).decode("BCS", told[-1].data)
        return {name: float(value) for name, value in values.items() if isinstance(value, int | float)}

    def _to_charger(self, held: str | None, pgn: int, length: int) -> Message | None:
        """Plug in and let the charger go as far as *held*; the first whole message of *pgn*. ``None``: not declared."""
        if not self._declared("N.CHARGING"):
            return None
        charger: Any = self._bench.control("charger")
        pilot: Any = self._bench.control("charger", 1)
        view = self._bench.on("inlet")
        charger.hold(held)
        pilot.plug_in()
        charger.begin("handshake")
        return view.reach(
            f"PG_{pgn:05X}",
            within=self._truck.limit("charging.approach"),
            where=lambda message: len(message.data) == length and not view.is_ours(message),
        )

    def _declared(self, item: str) -> bool:
        """Whether the truck has it; what a run that does not ask for it leaves open counts as not declared."""
        try:
            return self._truck.pics(item)
        except ConfigError:
            return False


def _told(data: bytes, did: int) -> bytes:
    head = bytes((0x62, did >> 8, did & 0xFF))
    return data[3:] if data.startswith(head) else b""


def _lacking(error: Inconclusive, line: str) -> Reading:
    """A rig without *line* is told of; whatever else went wrong goes on."""
    if error.reason is not Reason.NO_LINE:
        raise error
    return Reading(None, str(error), line=line)
