"""Fixtures of the GB/T 27930 suite: the tester's charger, and the way to a state of the session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import pytest

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Limit, Message, Reason, s

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


NO_HANDSHAKE = ("2011",)
"""Editions without CHM and BHM."""


@pytest.fixture
def charger(bench: CaseBench, truck: Sut) -> Any:
    """The tester's charger, to be steered; it speaks the edition of the case."""
    machine: Any = bench.control("charger")
    machine.speak(truck.edition)
    return machine


class Session:
    """Brings the vehicle to a state of the session; what is not reached makes the case inconclusive."""

    def __init__(
        self,
        bench: CaseBench,
        truck: Sut,
        charger: Any,
        check: Callable[..., Check],
        check_time: Callable[..., Check],
        *,
        role: str = "charger",
    ) -> None:
        self._bench, self._truck, self._charger, self._check, self._check_time = bench, truck, charger, check, check_time
        self._station: Any = bench.control(role, 1) if bench.has_node(role, 1) else None
        self.watch_ns = truck.limit("stimulus.watch").nominal_ns

    # The way to a state

    def plug_in(self, *, aux: bool = True) -> int:
        """Plug in, auxiliary supply on unless *aux* is false; the instant at which the plug was in.

        Raises:
            Inconclusive: the rig has no line by which the supply could be left off (reason NO_LINE).
        """
        if self._station is None:
            if not aux:
                raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the auxiliary supply could be left off")
            return self._bench.now_ns
        self._station.plug_in(aux=aux)
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

    def handshake(self, *, wakeup_s: float = 0.0) -> Message | None:
        """CHM begins *wakeup_s* after the plug and goes on until steered further; the first BHM.

        A case that counts from the first CHM waits for a vehicle that hears it. An edition without handshake gives
        ``None``: the connector is plugged in, the charger sends nothing until it is steered further, and the vehicle waits.
        """
        self._charger.hold("handshake")
        plugged_ns = self.plug_in()
        self.wait_until(plugged_ns + s(wakeup_s))
        self._charger.begin("handshake")
        if self._truck.edition in NO_HANDSHAKE:
            self._bench.run_for(self._truck.limit("period.CRM").upper_ns)
            spoken = [message for message in self._bench.all_messages() if message.sender == "vehicle" and message.t_ns > plugged_ns]
            self._check("messages before CRM(00)", len(spoken), equals=0, message=spoken[0] if spoken else None)
            return None
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

    def charge(self) -> Message:
        """A charge that has gone on for a while, nobody ended it; the BSM that permitted it."""
        bsm = self.charging()
        self._bench.run_for(self._truck.limit("stimulus.charge_before_stop").nominal_ns)
        self.still_charging(since=bsm)
        return bsm

    def stop_by_charger(self) -> tuple[Message, Message, Message]:
        """Stop a running charge by CST; the first CST, BST and BSD."""
        self._charger.stop("manual")
        cst = self._bench.reach("CST", within=self._next)
        bst = self._bench.reach("BST", within=self._next)
        return cst, bst, self._bench.reach("BSD", within=self._truck.limit("response.BSD"))

    def switch_supply_off(self) -> int:
        """Switch the auxiliary supply off, leave the connector in; the instant at which it was off.

        Raises:
            Inconclusive: the rig has no line for it (reason NO_LINE), or there was no supply.
        """
        if self._station is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the auxiliary supply could be switched")
        if not self._bench.level("aux_v"):
            raise Inconclusive(Reason.PRECONDITION, "there was no auxiliary supply that could be switched off")
        self._station.switch_aux(False)
        off_ns = self._bench.wait_level("aux_v", 0, within=self._truck.limit("approach.plugged"))
        if off_ns is None:
            raise Inconclusive(Reason.PRECONDITION, "the auxiliary supply was not switched off")
        return off_ns

    def swap_pack(self) -> bool:
        """Let the pack be exchanged, if the vehicle is declared to be made for it; whether it was.

        Raises:
            Inconclusive: the rig has no line for it (reason NO_LINE), or it was not done.
        """
        if not self._truck.pics("V.SWAP"):
            return False
        if self._station is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the pack could be exchanged")
        self._station.swap_pack()
        if self._bench.wait_level("swap_pack", 0, within=self._truck.limit("approach.plugged")) is None:
            raise Inconclusive(Reason.PRECONDITION, "the pack was not exchanged")
        return True

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

    def pause_vehicle(self, on: bool = True) -> int:
        """Use the declared pause means of the vehicle, or let it go on; the instant at which that was done.

        Raises:
            Inconclusive: the rig has no line for it (reason NO_LINE).
        """
        if self._station is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the vehicle could be asked to pause")
        self._station.ask_vehicle_to_pause(on)
        done_ns = self._bench.wait_level("pause_request", float(on), within=self._truck.limit("approach.plugged"))
        if done_ns is None:
            raise Inconclusive(Reason.PRECONDITION, "the pause means was not used")
        return done_ns

    def reconnect(self) -> Message:
        """Take back every order to the tester's charger and begin again with CRM(00); the first one."""
        self._charger.begin("recognition")
        self._charger.revert()
        return self._bench.reach("CRM", within=self._next, where=lambda crm: crm["recognition"] == 0x00, what="CRM(00)")

    # A session in which the tester does everything right

    def good_session(self) -> Message:
        """Unplug, plug in, and complete a session from CHM (2011: CRM) to CSD; the BSD. Whatever the vehicle lacks in it fails the case.

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
        self._bench.expect("BRM.RTS", within=self._truck.limit("response.BRM"), after=crm.start_ns)
        self._bench.expect("BRM", within=self._truck.limit("response.transfer"), after=crm.start_ns)
        return self.complete_recognised()

    def complete_recognised(self) -> Message:
        """As ``complete``, from the next CRM(AA) on."""
        bench, limit = self._bench, self._truck.limit
        crm_aa = bench.reach("CRM", within=self._next, where=lambda crm: crm["recognition"] == 0xAA, what="CRM(AA)")
        since_ns = crm_aa.start_ns - 1
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
        if self._truck.edition not in NO_HANDSHAKE:
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

    def await_bem(self, timer: str, *, after: Message | int) -> None:
        """Let time pass until BEM comes or the window of *timer* is over, and judge nothing.

        What the tester did meanwhile is made sure of next, and judged is last: a tester that did nothing blames nobody.
        """
        start_ns = after if isinstance(after, int) else after.start_ns
        until_ns = start_ns + self._truck.limit(f"timeout.{timer}").upper_ns
        while self._bench.now_ns < until_ns and not self._bench.messages("BEM", since=start_ns):
            self._bench.run_for(self._truck.limit("period.BCL").nominal_ns)

    def wait_until(self, t_ns: int) -> None:
        """Let time pass until *t_ns*; nothing if that is over."""
        self._bench.run_for(max(0, t_ns - self._bench.now_ns))

    def in_window(self, own: Message, *, since: Message | int, window: Limit) -> None:
        """Make sure that *own* message of the tester came in *window* after *since*."""
        since_ns = since if isinstance(since, int) else since.start_ns
        elapsed_ns = own.t_ns - since_ns
        text = f"{elapsed_ns / 1e9:.3f} s"
        if not window.lower_ns <= elapsed_ns <= window.upper_ns:
            raise Inconclusive(Reason.PRECONDITION, f"{own.name} of the tester came after {text}, the step needs {window.criterion()}")
        self._check(f"{own.name} in its window", "in it", equals="in it", message=own, note=f"{text}, {window.criterion()}")

    def framed(self, can_id: int, *, since: Message | int, at_least: int) -> None:
        """Make sure that the tester's frames with this identifier, which no decoder takes for a message, were on the bus."""
        count = len(self._bench.frames(can_id, since=since))
        if count < at_least:
            raise Inconclusive(Reason.PRECONDITION, f"{count} frames {can_id:X} of the tester on the bus, the step needs {at_least}")
        self._check(f"frames {can_id:X} given", count, at_least=at_least)

    def varied(self, name: str, *, since: Message | int) -> None:
        """Make sure that the tester's own *name* came in clearly different intervals since then."""
        times = [message.t_ns for message in self._bench.messages(name, since=since)]
        gaps = [after - before for before, after in pairwise(times)]
        spread_ns = max(gaps, default=0) - min(gaps, default=0)
        if spread_ns < self._truck.limit("stimulus.jitter_spread").lower_ns:
            raise Inconclusive(Reason.PRECONDITION, f"intervals of {name} differ by {spread_ns / 1e6:.1f} ms only")
        self._check(f"{name} varied", "varied", equals="varied", note=f"{len(gaps)} intervals, {spread_ns / 1e6:.1f} ms apart at most")

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

    def supplied(self, wanted: bool) -> None:
        """Make sure that the auxiliary supply is on, or off, as *wanted*."""
        volts = self._bench.level("aux_v")
        if volts is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no line that tells the auxiliary supply")
        text, told = "on" if wanted else "off", "on" if volts else "off"
        if told != text:
            raise Inconclusive(Reason.PRECONDITION, f"the auxiliary supply is {told}, the step needs it {text}")
        self._check("auxiliary supply", told, equals=text, note=f"{volts:g} V")

    def supply_stayed_off(self, *, since: int) -> None:
        """Make sure that the connector stayed in without auxiliary supply since then."""
        for line, wanted in (("plug", 1), ("aux_v", 0)):
            later = [level for t_ns, level in self._bench.level_changes(line) if t_ns > since and level != wanted]
            if later or self._bench.level(line) != wanted:
                raise Inconclusive(Reason.PRECONDITION, f"'{line}' did not stay {wanted}")

    # What the vehicle did

    def intervals(self, messages: Sequence[Message], until: Message) -> None:
        """Check the shortest and the longest interval of the cyclic *messages*, the time from the last one to *until* included.

        Where *until* is the sender's own, ``tail.<message>`` is added to the last interval: one cycle may end before the next begins.
        """
        name = messages[0].name if messages else ""
        gaps = [(after.start_ns - before.start_ns, after) for before, after in pairwise(messages)]
        if not gaps:
            return  # Too few of them is a matter of their count.
        limit = self._truck.limit(f"period.{name}")
        slack_ns = self._truck.limit(f"tail.{name}").upper_ns if until.sender == messages[0].sender else 0
        longest = max([*gaps, (until.start_ns - messages[-1].start_ns - slack_ns, messages[-1])], key=lambda gap: gap[0])
        shortest = min(gaps, key=lambda gap: gap[0])
        self._check_time(f"{name} interval, shortest", shortest[0], limit, message=shortest[1], note=f"of {len(gaps)}")
        self._check_time(f"{name} interval, longest", longest[0], limit, message=longest[1], note=f"of {len(gaps)}, up to {until.name}")

    def repeats(self, name: str, during_ns: int, *, where: Where | None = None, severity: str = "failure") -> list[Message]:
        """Let *during_ns* pass and check that *name* came as often as its longest permitted period allows."""
        found = self._bench.collect(name, during=during_ns, where=where)
        self.came_every_period(name, found, during_ns, severity=severity)
        return found

    def came_every_period(self, name: str, found: Sequence[Message], during_ns: int, *, severity: str = "failure") -> None:
        """Check that *found* are as many *name* as its longest permitted period allows in *during_ns*."""
        period = self._truck.limit(f"period.{name.removesuffix('.RTS')}")
        self._check(f"{name} count", len(found), at_least=during_ns // period.upper_ns, note=f"in {during_ns / 1e9:g} s", severity=severity)

    def goes_on(
        self, during_ns: int, *, since: Message | int, stops: Where | None = None, names: Sequence[str] = ("BCL", "BCS.RTS", "BSM")
    ) -> None:
        """Let *during_ns* pass and check that charging goes on in it, and that the vehicle did not end it since *since*.

        *stops* tells which CST of the tester would have ended it; any does if not given. *names* come every period.
        """
        start_ns = self._bench.now_ns
        self._bench.run_for(during_ns)
        for name in ("BST", "BEM"):
            found = self._bench.messages(name, since=since)
            self._check(f"{name} while charging", len(found), equals=0, message=found[0] if found else None)
        self._bench.withheld("CST", since=since, where=stops, what="end of charging by CST")
        for name in names:
            period = self._truck.limit(f"period.{name.removesuffix('.RTS')}")
            count = len(self._bench.messages(name, since=start_ns))
            self._check(f"{name} count", count, at_least=during_ns // period.upper_ns, note=f"in {during_ns / 1e9:g} s")
        if self._bench.level("k5k6") is not None:
            self._check("contactors while charging", "closed" if self._bench.level("k5k6") else "open", equals="closed")

    def keeps_pace(self, name: str, *, since: Message | int) -> None:
        """Check that the longest interval of *name* since then is one that its period permits."""
        times = [message.start_ns for message in self._bench.messages(name, since=since)]
        longest_ns = max((after - before for before, after in pairwise(times)), default=0)
        self._check_time(f"{name} longest interval", longest_ns, self._truck.limit(f"period.{name.removesuffix('.RTS')}"))

    def stopped_for(self, bst: Message, *reasons: str) -> None:
        """Check that *bst* tells one of *reasons* or more, and nothing else. What the edition does not know is told by no bit."""
        reasons = tuple(reason if reason in bst.values else "none" for reason in reasons)
        told, wanted = bits_set(bst, (*BST_REASONS, *BST_FAULTS)), " or ".join(reasons)
        self._check("BST tells", wanted if set(told.split("+")) <= set(reasons) else told, equals=wanted, message=bst, note=told)

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

    def no_error(self, *, since: Message | int = 0) -> None:
        """Check that the vehicle reported no error since then."""
        errors = self._bench.messages("BEM", since=since)
        self._check("BEM seen", len(errors), equals=0, message=errors[0] if errors else None)

    def names(self, bem: Message, bit: str) -> None:
        """Check that *bem* tells *bit* and nothing else."""
        self._check("BEM timeout", bits_set(bem, BEM_BITS), equals=bit, message=bem)

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
        """Check that every BST since then tells *reason*, no other one and no fault.

        A reason that the edition does not know is told by no bit at all.
        """
        stops = self._bench.messages("BST", since=since)
        reason = "none" if stops and reason not in stops[0].values else reason
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
    """Those of the two-bit fields *names* that are 01, joined by ``+``; ``none`` if there is none.

    Fields that the edition does not have are none.
    """
    return "+".join(name for name in names if message.values.get(name) == 1) or "none"


@pytest.fixture
def session(bench: CaseBench, truck: Sut, charger: Any, check: Callable[..., Check], check_time: Callable[..., Check]) -> Session:
    """The way to a state of the session."""
    return Session(bench, truck, charger, check, check_time)


@pytest.fixture
def session_on(
    bench: CaseBench, truck: Sut, check: Callable[..., Check], check_time: Callable[..., Check]
) -> Callable[[str, str], Session]:
    """The way to a state of the session on another connector, by its bus and the role of its charger."""
    return lambda link, role: Session(bench.on(link), truck, bench.control(role), check, check_time, role=role)
