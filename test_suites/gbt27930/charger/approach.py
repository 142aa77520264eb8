"""The way of a charger to a state of the session: plug, buttons, phase by phase."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Message, Reason

from ..observer import Observer
from ..words import NO_HANDSHAKE, is_crm_00, is_crm_aa, is_ready

CEM_BITS = ("timeout_brm", "timeout_bcp", "timeout_bro", "timeout_bcs", "timeout_bcl", "timeout_bst", "timeout_bsd")


class Approach(Observer):
    """Brings the charger to a state of the session; what is not reached makes the case inconclusive."""

    _error, _tester_error = "CEM", "BEM"
    _error_bits = CEM_BITS

    def __init__(self, bench: CaseBench, truck: Sut, vehicle: Any, check: Callable[..., Check], check_time: Callable[..., Check]) -> None:
        super().__init__(bench, truck, check, check_time)
        self._vehicle = vehicle
        self._pilot: Any = bench.control("truck", 1) if bench.has_node("truck", 1) else None

    # Plug and buttons

    def plug_in(self) -> None:
        """Plug in and start charging at the charger; without pilot line somebody must have done so for this case.

        Raises:
            Inconclusive: there is no pilot line and the charger sends nothing (reason NO_LINE), or nobody plugged in.
        """
        if self._pilot is None:
            self._started_by_hand()
            return
        self._pilot.connect()
        if self._bench.wait_level("plug", 1, within=self._truck.limit("approach.plugged")) is None:
            raise Inconclusive(Reason.PRECONDITION, "the connector was not plugged in")
        self.press("start_button")

    def start(self) -> int:
        """Plug in and start charging at the charger where the instant of the start counts; that instant.

        Raises:
            Inconclusive: the rig has no line that tells it (reason NO_LINE).
        """
        if self._pilot is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the instant of the start could be known")
        self.plug_in()
        return self._bench.now_ns

    def _started_by_hand(self) -> None:
        until_ns = self._bench.now_ns + self._truck.limit("response.CHM").upper_ns
        while not any(message.sender == "charger" for message in self._bench.all_messages()):
            if self._bench.now_ns >= until_ns:
                text = "the rig has no pilot line by which charging could be started at the charger, and the charger sends nothing"
                raise Inconclusive(Reason.NO_LINE, text)
            self._bench.run_for(self._truck.limit("period.CHM").nominal_ns)

    def press(self, button: str) -> int:
        """Press ``start_button`` or ``stop_button`` of the charger; the instant at which it was pressed.

        Raises:
            Inconclusive: the rig has no line for it (reason NO_LINE), or nobody pressed it.
        """
        if self._pilot is None:
            raise Inconclusive(Reason.NO_LINE, f"the rig has no pilot line by which '{button}' could be pressed")
        number = self._pilot.press(button)
        pressed_ns = self._bench.wait_level(button, number, within=self._truck.limit("approach.plugged"))
        if pressed_ns is None:
            raise Inconclusive(Reason.PRECONDITION, f"'{button}' was not pressed")
        return pressed_ns

    def unplug(self) -> None:
        """Unplug.

        Raises:
            Inconclusive: the rig has no line for it (reason NO_LINE).
        """
        if self._pilot is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the connector could be pulled")
        self._pilot.disconnect()
        if self._bench.wait_level("plug", 0, within=self._truck.limit("approach.plugged")) is None:
            raise Inconclusive(Reason.PRECONDITION, "the connector was not pulled")
        self._bench.run_for(self._truck.limit("stimulus.unplugged").nominal_ns)

    # Phases

    def handshake(self) -> Message | None:
        """Plugged in and started; the first CHM, ``None`` in an edition without handshake."""
        self.plug_in()
        if self._truck.edition in NO_HANDSHAKE:
            return None
        return self._bench.reach("CHM", within=self._truck.limit("response.CHM"))

    def recognition(self) -> Message:
        """The first CRM(00)."""
        self.handshake()
        return self._bench.reach("CRM", within=self._truck.limit("response.CRM"), where=is_crm_00, what="CRM(00)")

    def identified(self) -> Message:
        """The first CRM(AA)."""
        self.recognition()
        return self._bench.reach("CRM", within=self._truck.limit("approach.next_message"), where=is_crm_aa, what="CRM(AA)")

    def configuration(self) -> Message:
        """The first CML."""
        self.identified()
        return self._bench.reach("CML", within=self._truck.limit("approach.next_message"))

    def output_ready(self) -> Message:
        """The first CRO(AA)."""
        self.configuration()
        return self._bench.reach("CRO", within=self._truck.limit("response.output_ready"), where=is_ready, what="CRO(AA)")

    def charging(self) -> Message:
        """A running charge; the first CCS of a current that can be compared."""
        self.output_ready()
        least_a = float(self._truck.limit("approach.current").lower or 0)
        return self._bench.reach(
            "CCS",
            within=self._truck.limit("approach.charging"),
            where=lambda ccs: ccs.values.get("permitted", 1) == 1 and abs(ccs.number("current_a")) >= least_a,
            what=f"CCS of {least_a:g} A or more",
        )

    def charge(self) -> Message:
        """A charge that has gone on for a while, nobody ended it; its first CCS."""
        ccs = self.charging()
        self._bench.run_for(self._truck.limit("stimulus.charge_before_stop").nominal_ns)
        self.still_charging(since=ccs)
        return ccs

    def abnormal(self) -> Message:
        """Let the truck report abnormal insulation, upon which every charger stops; the first CST."""
        self._vehicle.override("BSM", insulation=1)
        return self._bench.reach("CST", within=self._truck.limit("approach.next_message"))

    # Waiting

    def await_cem_or_output(self, last: Message) -> None:
        """Let time pass until CEM or CRO(AA) comes after the *last* BRO(AA), or CEM is overdue, and judge nothing."""
        until_ns = last.start_ns + self._truck.limit("timeout.TC5").upper_ns
        while self._bench.now_ns < until_ns and not self._bench.messages("CEM"):
            if self._bench.messages("CRO", since=last, where=is_ready):
                return
            self._bench.run_for(self._truck.limit("period.CCS").nominal_ns)

    def cem(self, timer: str, *, after: Message | int) -> Message:
        """Expect CEM in the window of *timer* after the message or instant that armed it."""
        start_ns = after if isinstance(after, int) else after.start_ns
        return self._bench.expect("CEM", within=self._truck.limit(f"timeout.{timer}"), after=start_ns)

    def still_charging(self, *, since: Message | int) -> None:
        """Make sure that the truck did nothing to end the charge since then."""
        for name in ("BST", "BEM"):
            self._bench.withheld(name, since=since, what=f"end of charging by {name}")
