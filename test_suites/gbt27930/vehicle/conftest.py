"""Fixtures of the GB/T 27930 suite: the tester's charger, and the way to a state of the session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Limit, Message, Reason

Where = Callable[[Message], bool]

BEM_BITS = ("timeout_crm00", "timeout_crmaa", "timeout_cml", "timeout_cro", "timeout_ccs", "timeout_cst", "timeout_csd")
BST_REASONS = ("soc_reached", "voltage_reached", "cell_voltage_reached", "charger_stopped")
BST_FAULTS = (
    "insulation_fault",
    "connector_over_temp",
    "component_over_temp",
    "connector_fault",
    "battery_over_temp",
    "relay_fault",
    "cp2_fault",
    "other_fault",
    "over_current_error",
    "voltage_error",
)


@pytest.fixture
def charger(bench: CaseBench) -> Any:
    """The tester's charger, to be steered."""
    return bench.control("charger")


class Session:
    """Brings the vehicle to a state of the session; what is not reached makes the case inconclusive."""

    def __init__(self, bench: CaseBench, truck: Sut, charger: Any, check: Callable[..., Check], check_time: Callable[..., Check]) -> None:
        self._bench, self._truck, self._charger, self._check, self._check_time = bench, truck, charger, check, check_time
        self._station: Any = bench.control("charger", 1) if bench.has_node("charger", 1) else None
        self.watch_ns = truck.limit("stimulus.watch").nominal_ns

    # The way to a state

    def plug_in(self) -> int:
        """Plug in, auxiliary supply on; the instant at which the plug was in."""
        if self._station is None:
            return self._bench.now_ns
        self._station.plug_in()
        plugged_ns = self._bench.wait_level("plug", 1, within=self._truck.limit("approach.plugged"))
        if plugged_ns is None:
            raise Inconclusive(Reason.PRECONDITION, "the connector was not plugged in")
        return plugged_ns

    def unplug(self) -> None:
        """Unplug.

        Raises:
            Inconclusive: the rig has no line for it (reason NO_LINE).
        """
        if self._station is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the connector could be pulled")
        self._station.unplug()
        self._bench.run_for(self._truck.limit("stimulus.unplugged").nominal_ns)

    def handshake(self) -> Message:
        """CHM goes on until steered further; the first BHM."""
        self._charger.hold("handshake")
        self.plug_in()
        self._charger.begin("handshake")
        return self._bench.reach("BHM", within=self._truck.limit("response.BHM"))

    def recognition(self) -> Message:
        """CRM(00) goes on; the first complete BRM."""
        self.handshake()
        self._charger.hold("recognition")
        return self._bench.reach("BRM", within=self._truck.limit("approach.next_message"))

    def identified(self) -> Message:
        """CRM(AA) goes on; the first complete BCP."""
        self.recognition()
        self._charger.hold("identified")
        return self._bench.reach("BCP", within=self._truck.limit("approach.next_message"))

    def configuration(self) -> Message:
        """CML goes on; the first BRO."""
        self.identified()
        self._charger.hold("configuration")
        return self._bench.reach("BRO", within=self._truck.limit("approach.next_message"))

    def vehicle_ready(self) -> Message:
        """CML goes on; the first BRO(AA)."""
        self.configuration()
        return self._bench.reach("BRO", within=self._truck.limit("response.ready"), where=is_ready, what="BRO(AA)")

    def charging(self) -> Message:
        """A running charge; the first BSM with charging permitted."""
        self.vehicle_ready()
        self._charger.hold(None)
        return self._bench.reach("BSM", within=self._truck.limit("approach.charging"), where=lambda message: message["permitted"] == 1)

    def current(self) -> Message:
        """The first CCS of a current that can be compared."""
        least_a = float(self._truck.limit("approach.current").lower or 0)
        return self._bench.reach(
            "CCS",
            within=self._truck.limit("approach.charging"),
            where=lambda ccs: abs(ccs.number("current_a")) >= least_a,
            what=f"CCS of {least_a:g} A or more",
        )

    def stop_vehicle(self) -> None:
        """Use the declared stop means of the vehicle.

        Raises:
            Inconclusive: the rig has no line for it (reason NO_LINE).
        """
        if self._station is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the vehicle could be asked to stop")
        asked_ns = self._bench.now_ns
        self._station.ask_vehicle_to_stop()
        if self._bench.wait_level("stop_request", 1, within=self._truck.limit("approach.plugged")) is None:
            raise Inconclusive(Reason.PRECONDITION, f"the stop means was not used, asked for at t={asked_ns / 1e9:.6f} s")

    # A session in which the tester does everything right

    def good_session(self) -> Message:
        """Unplug, plug in, and complete a session from CHM to CSD; the BSD. Whatever the vehicle lacks in it fails the case.

        Every order to the tester's charger is taken back before. A case that only records what the vehicle makes of
        an odd stimulus shows by this that the vehicle took no harm.

        Raises:
            ExpectationFailed: a message of the vehicle did not come in time.
            Inconclusive: the rig has no line to pull the connector (reason NO_LINE).
        """
        self.ended_by_unplugging()
        return self.complete(self._begin_good())

    def ended_by_unplugging(self) -> None:
        """Fall silent, unplug, and take back every order to the tester's charger."""
        self._charger.silence()
        self.unplug()
        self._charger.revert()

    def complete(self, crm: Message) -> Message:
        """Go on as the standard says from CRM(00) *crm* to CSD; the BSD. Every answer of the vehicle is judged by its limit."""
        bench, limit = self._bench, self._truck.limit
        since_ns = crm.start_ns - 1
        bench.expect("BRM.RTS", within=limit("response.BRM"), after=since_ns)
        bench.expect("BRM", within=limit("response.transfer"), after=since_ns)
        crm_aa = bench.reach("CRM", within=self._next, where=lambda crm: crm["recognition"] == 0xAA, what="CRM(AA)")
        bench.expect("BCP.RTS", within=limit("response.BCP"), after=crm_aa.start_ns)
        bench.expect("BCP", within=limit("response.BCP_transfer"), after=crm_aa.start_ns)
        cml = bench.reach("CML", within=self._next)
        bench.expect("BRO", within=limit("response.BRO"), after=cml.start_ns)
        bench.expect("BRO", within=limit("response.ready"), after=cml.start_ns, where=is_ready, what="BRO(AA)")
        cro = bench.reach("CRO", within=self._next, where=is_ready, what="CRO(AA)")
        bench.expect("BCL", within=limit("response.BCL"), after=cro.start_ns)
        bench.expect("BCS", within=limit("response.BCS"), after=cro.start_ns)
        bench.reach("CCS", within=self._next)
        bench.run_for(limit("stimulus.charge_before_stop").nominal_ns)
        demand, least = bench.last("BCL"), limit("approach.demand").upper
        self._check("BCL.current while charging", demand["current_a"] if demand else None, at_most=least, unit="A", message=demand)
        errors = bench.messages("BEM", since=since_ns)
        self._check("BEM in the good session", len(errors), equals=0, message=errors[0] if errors else None)
        if bench.level("k5k6") is not None:
            self._check("contactors while charging", "closed" if bench.level("k5k6") else "open", equals="closed")
        return self._stopped_by_charger()

    def _begin_good(self) -> Message:
        self.plug_in()
        self._charger.begin("handshake")
        chm = self._bench.reach("CHM", within=self._next)
        self._bench.expect("BHM", within=self._truck.limit("response.BHM"), after=chm.start_ns)
        return self._bench.reach("CRM", within=self._truck.limit("approach.recognition"))

    def _stopped_by_charger(self) -> Message:
        self._charger.stop("manual")
        cst = self._bench.reach("CST", within=self._next)
        bst = self._bench.expect("BST", within=self._truck.limit("response.BST"), after=cst.start_ns)
        bsd = self._bench.expect("BSD", within=self._truck.limit("response.BSD"), after=cst.start_ns)
        self.contactors_open(after=bst)
        self._bench.reach("CSD", within=self._next)
        return bsd

    @property
    def _next(self) -> Limit:
        return self._truck.limit("approach.next_message")

    # What the tester did

    def held(self, name: str, *, since: Message | int, where: Where | None = None, what: str = "") -> None:
        """Make sure that the tester's cyclic *name* was kept up since then."""
        start_ns = since if isinstance(since, int) else since.t_ns
        least = (self._bench.now_ns - start_ns) // self._truck.limit(f"period.{name}").upper_ns - 1
        self._bench.given(name, since=since, at_least=max(1, least), where=where, what=f"{what or name} kept up")

    def silent(self, *, since: int) -> None:
        """Make sure that the tester sent nothing at all since then."""
        start_ns = since + self._truck.limit("tail.tester").upper_ns
        for name in sorted({message.name for message in self._bench.all_messages() if message.sender == "charger"}):
            self._bench.withheld(name, since=start_ns)

    def still_charging(self, *, since: Message | int) -> None:
        """Make sure that nobody ended the charge since then."""
        for name in ("BST", "CST", "BEM"):
            self._bench.withheld(name, since=since, what=f"end of charging by {name}")

    # What the vehicle did

    def repeats(self, name: str, during_ns: int, *, where: Where | None = None, severity: str = "failure") -> list[Message]:
        """Let *during_ns* pass and check that *name* came as often as its longest permitted period allows."""
        found = self._bench.collect(name, during=during_ns, where=where)
        period = self._truck.limit(f"period.{name.removesuffix('.RTS')}")
        self._check(f"{name} count", len(found), at_least=during_ns // period.upper_ns, note=f"in {during_ns / 1e9:g} s", severity=severity)
        return found

    def ended(self, names: tuple[str, ...], *, after: Message | int) -> None:
        """Check that none of *names* comes any more once its tail of the profile is over."""
        ended_ns = after if isinstance(after, int) else after.t_ns
        tails = {name: self._truck.limit(f"tail.{name.removesuffix('.RTS')}").upper_ns for name in names}
        self._bench.run_for(max(0, ended_ns + max(tails.values()) + self.watch_ns - self._bench.now_ns))
        for name, tail_ns in tails.items():
            late = self._bench.messages(name, since=ended_ns + tail_ns)
            self._check(
                f"{name} ended",
                "none" if not late else f"{len(late)} more",
                equals="none",
                message=late[0] if late else None,
                note=f"watched for {self.watch_ns / 1e9:g} s",
            )

    def no_error(self) -> None:
        """Check that the vehicle reported no error so far."""
        errors = self._bench.messages("BEM")
        self._check("BEM seen", len(errors), equals=0, message=errors[0] if errors else None)

    def reports(self, bem: Message, bit: str, *, severity: str = "warning") -> None:
        """Check that BEM tells *bit* and nothing else, then that it is repeated every 250 ms.

        Field vehicles send BEM once or in short bursts; only where the catalogue asks for the repetition does its
        lack fail the case (*severity*).
        """
        self.repeats("BEM", self.watch_ns, severity=severity)
        for message in self._bench.messages("BEM", since=bem.start_ns - 1):
            told = bits_set(message, BEM_BITS)
            if told != bit or message is bem:
                self._check("BEM timeout", told, equals=bit, message=message)
            if told != bit:
                return

    def stops_with(self, reason: str, *, since: Message | int) -> None:
        """Check that every BST since then tells *reason*, no other one and no fault."""
        stops = self._bench.messages("BST", since=since)
        for name, bits, wanted in (("BST reason", BST_REASONS, reason), ("BST faults and errors", BST_FAULTS, "none")):
            wrong = [stop for stop in stops if bits_set(stop, bits) != wanted]
            shown = wrong[0] if wrong else stops[0] if stops else None
            self._check(name, bits_set(shown, bits) if shown else "no BST", equals=wanted, message=shown, note=f"{len(stops)} BST")

    def not_charging(self, *, since: Message | int = 0) -> None:
        """Check that the vehicle neither demanded anything since then nor closed its contactors, as far as the rig sees them."""
        for name in ("BCL", "BCS.RTS", "BSM"):
            found = self._bench.messages(name, since=since)
            self._check(f"{name} before charging", len(found), equals=0, message=found[0] if found else None)
        since_ns = since if isinstance(since, int) else since.t_ns
        closed = [t_ns for t_ns, level in self._bench.level_changes("k5k6") if level == 1 and t_ns > since_ns]
        if self._bench.level("k5k6") is not None:
            note = f"at t={closed[0] / 1e9:.6f} s" if closed else ""
            self._check("contactors", "closed" if closed else "open", equals="open", note=note)

    def contactors_open(self, *, after: Message) -> None:
        """Check that the contactors, which must have been closed, open in time; a rig without that line leaves it unobserved."""
        if self._bench.level("k5k6") is None:
            return
        limit = self._truck.limit("response.contactors")
        self._bench.wait_level("k5k6", 0, within=limit)
        changes = self._bench.level_changes("k5k6")
        closed = [t_ns for t_ns, level in changes if level == 1]
        if not closed:
            raise Inconclusive(Reason.PRECONDITION, "the contactors were never seen closed")
        opened = [t_ns for t_ns, level in changes if level == 0 and t_ns > closed[-1]]
        if opened:
            self._check_time("contactors open", max(0, opened[0] - after.t_ns), limit)
        else:
            self._check("contactors open", "closed", equals="open", note=f"watched for {limit.criterion()}")


def is_ready(message: Message) -> bool:
    """BRO or CRO with the value AA."""
    return message["ready"] == 0xAA


def bits_set(message: Message, names: Iterable[str]) -> str:
    """Those of the two-bit fields *names* that are 01, joined by ``+``; ``none`` if there is none."""
    return "+".join(name for name in names if message[name] == 1) or "none"


@pytest.fixture
def session(bench: CaseBench, truck: Sut, charger: Any, check: Callable[..., Check], check_time: Callable[..., Check]) -> Session:
    """The way to a state of the session."""
    return Session(bench, truck, charger, check, check_time)
