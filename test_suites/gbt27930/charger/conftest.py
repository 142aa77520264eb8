"""Fixtures of the charger part of the GB/T 27930 suite: the tester's truck, and the way to a state of the session.

The fixture ``truck`` of the framework is the declared system under test, here the charger; ``vehicle`` is the truck
that the tester plays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Message, Reason

Where = Callable[[Message], bool]

CEM_BITS = ("timeout_brm", "timeout_bcp", "timeout_bro", "timeout_bcs", "timeout_bcl", "timeout_bst", "timeout_bsd")
SINGLE_FRAMES = {"BCS": 0x1C1156F4}
"""Identifiers under which a multi-packet message never comes."""
CST_REASONS = ("condition_reached", "manual", "fault", "bms_stopped")
CST_FAULTS = (
    "over_temp_fault",
    "connector_fault",
    "internal_over_temp",
    "energy_fault",
    "emergency_stop",
    "other_fault",
    "current_error",
    "voltage_error",
)


NO_HANDSHAKE = ("2011",)
"""Editions without CHM and BHM."""


@pytest.fixture
def vehicle(bench: CaseBench, truck: Sut) -> Any:
    """The tester's truck, to be steered; it speaks the edition of the case."""
    machine: Any = bench.control("truck")
    machine.speak(truck.edition)
    return machine


class Session:
    """Brings the charger to a state of the session; what is not reached makes the case inconclusive."""

    def __init__(self, bench: CaseBench, truck: Sut, vehicle: Any, check: Callable[..., Check], check_time: Callable[..., Check]) -> None:
        self._bench, self._truck, self._vehicle, self._check, self._check_time = bench, truck, vehicle, check, check_time
        self._pilot: Any = bench.control("truck", 1) if bench.has_node("truck", 1) else None
        self.watch_ns = truck.limit("stimulus.watch").nominal_ns

    # The way to a state

    def plug_in(self) -> None:
        """Plug in and start charging at the charger; without pilot line both was done before the case."""
        if self._pilot is not None:
            self._pilot.connect()
            if self._bench.wait_level("plug", 1, within=self._truck.limit("approach.plugged")) is None:
                raise Inconclusive(Reason.PRECONDITION, "the connector was not plugged in")
            self.press("start_button")

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

    def await_cem(self, timer: str, *, after: Message | int) -> None:
        """Let time pass until CEM comes or the window of *timer* is over, and judge nothing.

        What the tester did meanwhile is made sure of next, and judged is last: a tester that did nothing blames nobody.
        """
        start_ns = after if isinstance(after, int) else after.start_ns
        until_ns = start_ns + self._truck.limit(f"timeout.{timer}").upper_ns
        while self._bench.now_ns < until_ns and not self._bench.messages("CEM", since=start_ns):
            self._bench.run_for(self._truck.limit("period.CCS").nominal_ns)

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

    # What the tester did

    def held(self, name: str, *, since: Message | int, where: Where | None = None, what: str = "") -> None:
        """Make sure that the tester's cyclic *name* was kept up since then."""
        start_ns = since if isinstance(since, int) else since.t_ns
        least = (self._bench.now_ns - start_ns) // self._truck.limit(f"period.{name.removesuffix('.RTS')}").upper_ns - 1
        self._bench.given(name, since=since, at_least=max(1, least), where=where, what=f"{what or name} kept up")

    def replaced(self, name: str, other: str, *, since: Message | int) -> None:
        """Make sure that *other* was sent at the turns of *name* since then."""
        start_ns = since if isinstance(since, int) else since.t_ns
        least = (self._bench.now_ns - start_ns) // self._truck.limit(f"period.{name}").upper_ns - 1
        self._bench.given(other, since=since, at_least=max(1, least), what=f"{other} in the place of {name}")
        self._bench.withheld(name, since=since)

    def substituted(self, name: str, other: str, *, since: Message) -> None:
        """Make sure that *name* did not come since then, and *other* did in its place; it began a phase later."""
        least = self._truck.limit("timeout.TC12").lower_ns // self._truck.limit(f"period.{name}").upper_ns // 2
        self._bench.given(other, since=since, at_least=least, what=f"{other} in the place of {name}")
        self._bench.withheld(name, since=since)

    def framed(self, name: str, *, since: Message) -> None:
        """Make sure that multi-packet *name* was on the bus as single frames, which no decoder takes for the message."""
        count = len(self._bench.frames(SINGLE_FRAMES[name], since=since))
        if not count:
            raise Inconclusive(Reason.PRECONDITION, f"no single frame of {name} on the bus; the tester did not do what the step needs")
        self._check(f"{name} as single frames given", count, at_least=1)

    def last_own(self, name: str) -> Message:
        """The last *name* of the truck, once what was on its way has left."""
        self._bench.run_for(self._truck.limit("tail.tester").upper_ns)
        last = self._bench.last(name)
        if last is None:
            raise Inconclusive(Reason.PRECONDITION, f"the truck sent no {name}")
        return last

    def last_bro(self) -> Message:
        """The last BRO(AA), once what was on its way has left."""
        self._bench.run_for(self._truck.limit("tail.tester").upper_ns)
        return self._bench.messages("BRO", where=is_ready)[-1]

    def still_charging(self, *, since: Message | int) -> None:
        """Make sure that the truck did nothing to end the charge since then."""
        for name in ("BST", "BEM"):
            self._bench.withheld(name, since=since, what=f"end of charging by {name}")

    # What the charger did

    def waits_for_bro(self, last: Message) -> Message | None:
        """Check that CRO goes on after the *last* BRO(AA) until CEM comes in time; ``None`` if CRO(AA) came before.

        ``await_cem_or_output`` has let the time pass.
        """
        ready = self._bench.messages("CRO", since=last, where=is_ready)
        if ready and not self._bench.messages("CEM"):
            self._check("CRO value", "AA", equals="AA", message=ready[0], note="ready before the timeout")
            return None
        cem = self.cem("TC5", after=last)
        first = self._bench.messages("CRO")[0]
        self.kept_up("CRO", since=first, until=cem)
        return cem

    def ends_or_charges(self, cem: Message | None, last: Message) -> None:
        """Check that CEM tells the timeout of BRO; without CEM that the charge runs, and end it."""
        if cem is None:
            self._bench.expect("CCS", within=self._truck.limit("approach.charging"), after=last.start_ns, where=flows)
            self.wind_down()
            return
        self.reports(cem, "timeout_bro")
        self.ended(("CRO", "CCS"), after=cem)

    def gives_up(self, last: Message, withdrawn: Message) -> None:
        """Check that CRO ends soon after BRO was *withdrawn*, or CEM comes in time after the *last* BRO(AA); never CRO(AA)."""
        limit, stop = self._truck.limit("timeout.TC5"), self._truck.limit("response.CRO_stop")
        self._bench.run_for(max(0, last.start_ns + limit.upper_ns + self.watch_ns - self._bench.now_ns))
        for name, where in (("CRO", is_ready), ("CCS", None)):
            started = self._bench.messages(name, since=withdrawn, where=where)
            self._check(f"{name} that starts", len(started), equals=0, message=started[0] if started else withdrawn)
        cros = self._bench.messages("CRO", since=withdrawn)
        if not cros or cros[-1].t_ns - withdrawn.t_ns <= stop.upper_ns:
            self._check("CRO ended", "in time", equals="in time", message=cros[-1] if cros else None, note=f"{stop.criterion()}")
            return
        self.reports(self.cem("TC5", after=last), "timeout_bro")

    def repeats(self, name: str, during_ns: int, *, where: Where | None = None, severity: str = "failure") -> list[Message]:
        """Let *during_ns* pass and check that *name* came as often as its longest permitted period allows."""
        found = self._bench.collect(name, during=during_ns, where=where)
        self.came_every_period(name, found, during_ns, severity=severity)
        return found

    def came_every_period(self, name: str, found: Sequence[Message], during_ns: int, *, severity: str = "failure") -> None:
        """Check that *found* are as many *name* as its longest permitted period allows in *during_ns*."""
        least = during_ns // self._truck.limit(f"period.{name}").upper_ns
        self._check(f"{name} count", len(found), at_least=least, note=f"in {during_ns / 1e9:g} s", severity=severity)

    def kept_up(self, name: str, *, since: Message, until: Message | int, where: Where | None = None, what: str = "") -> None:
        """Check that *name* came often enough from one message to another, and did not end long before."""
        until_ns = until if isinstance(until, int) else until.start_ns
        longest_ns = self._truck.limit(f"period.{name}").upper_ns
        found = [message for message in self._bench.messages(name, since=since.start_ns - 1, where=where) if message.t_ns <= until_ns]
        label = what or name
        least = (until_ns - since.start_ns) // longest_ns
        self._check(f"{label} count", len(found), at_least=least, note=f"in {(until_ns - since.start_ns) / 1e9:.3f} s")
        # CEM takes the place of a message that is due at the same time.
        silent_ns = until_ns - (found[-1].t_ns if found else since.start_ns)
        longest_ns = max(2 * longest_ns, self._truck.limit("tolerance.last_before_error").upper_ns)
        text = "kept up" if silent_ns <= longest_ns else f"ended {silent_ns / 1e6:.0f} ms before"
        self._check(f"{label} to the end", text, equals="kept up", message=found[-1] if found else None)

    def ended(self, names: tuple[str, ...], *, after: Message | int) -> None:
        """Check that none of *names* comes any more once its tail of the profile is over, unless recognition is repeated."""
        ended_ns = after if isinstance(after, int) else after.t_ns
        tails = {name: self._truck.limit(f"tail.{name}").upper_ns for name in names}
        self._bench.run_for(max(0, ended_ns + max(tails.values()) + self.watch_ns - self._bench.now_ns))
        for name, tail_ns in tails.items():
            late = self._bench.messages(name, since=ended_ns + tail_ns)
            if name != "CRM":
                again = self._bench.messages("CRM", since=ended_ns, where=is_crm_00)
                late = [message for message in late if not again or message.t_ns < again[0].t_ns]
            self._check(
                f"{name} ended",
                "none" if not late else f"{len(late)} more",
                equals="none",
                message=late[0] if late else None,
                note=f"watched for {(self._bench.now_ns - ended_ns) / 1e9:.3f} s",
            )

    def no_error(self) -> None:
        """Check that the charger reported no error so far."""
        errors = self._bench.messages("CEM")
        self._check("CEM seen", len(errors), equals=0, message=errors[0] if errors else None)

    def goes_on(self, *, since: Message | int) -> None:
        """Check that the charger neither stopped nor reported an error since then."""
        for name in ("CST", "CEM"):
            found = self._bench.messages(name, since=since)
            self._check(f"{name} seen", len(found), equals=0, message=found[0] if found else None)

    def reports(self, cem: Message, bit: str) -> None:
        """Check that CEM tells *bit* and nothing else, then that it is repeated every 250 ms (should).

        Chargers in the field send CEM once, in bursts of five, or for seconds; its lack does not fail the case.
        """
        self.repeats("CEM", self.watch_ns, severity="warning")
        for message in self._bench.messages("CEM", since=cem.start_ns - 1):
            told = bits_set(message, CEM_BITS)
            if told != bit or message is cem:
                self._check("CEM timeout", told, equals=bit, message=message)
            if told != bit:
                return

    def stops_with(self, reasons: tuple[str, ...], *, since: Message | int) -> None:
        """Check that every CST since then tells the same one of *reasons*, and no fault beside an ordinary reason."""
        stops = self._bench.messages("CST", since=since)
        told = sorted({bits_set(stop, CST_REASONS) for stop in stops})
        wrong = [stop for stop in stops if bits_set(stop, CST_REASONS) not in reasons]
        shown = wrong[0] if wrong else stops[0] if stops else None
        text = " then ".join(told) or "no CST"
        self._check("CST reason", text, equals=told[0] if told and not wrong and len(told) == 1 else " or ".join(reasons), message=shown)
        if "fault" not in reasons:
            faulty = [stop for stop in stops if bits_set(stop, CST_FAULTS) != "none"]
            shown = faulty[0] if faulty else stops[0] if stops else None
            self._check("CST faults and errors", bits_set(shown, CST_FAULTS) if shown else "no CST", equals="none", message=shown)

    def granted(self, name: str, *, since: Message | int) -> None:
        """Check that the charger took *name* by transport protocol since then: it granted and acknowledged."""
        self._bench.run_for(self._truck.limit("response.TP").upper_ns)
        for control in ("TP.CTS", "TP.EOMA"):
            found = self._bench.messages(control, since=since, where=lambda message: message["message"] == name)
            self._check(f"{control} for {name}", len(found), at_least=1, message=found[0] if found else None)

    def output_off(self, *, after: Message) -> None:
        """Check that the output current falls in time; a rig without that line leaves it unobserved."""
        if self._bench.level("dc_a") is None:
            return
        limit, low_a = self._truck.limit("response.output_off"), float(self._truck.limit("approach.current").lower or 0)
        self._bench.run_for(max(0, after.t_ns + limit.upper_ns - self._bench.now_ns))
        changes = self._bench.level_changes("dc_a")
        flowing = [t_ns for t_ns, level in changes if level >= low_a]
        if not flowing:
            raise Inconclusive(Reason.PRECONDITION, "no output current was ever seen")
        down = [t_ns for t_ns, level in changes if level < low_a and t_ns > flowing[-1]]
        if down:
            self._check_time("output current low", max(0, down[0] - after.t_ns), limit)
        else:
            self._check("output current low", f"{changes[-1][1]:g} A", equals=f"below {low_a:g} A", note=f"watched for {limit.criterion()}")

    def misses_bsd(self, cst: Message) -> None:
        """Check that CST goes on for the whole time after the first *cst*, then CEM comes; no CSD, no current."""
        self.output_off(after=cst)
        cem = self.cem("TC12", after=cst)
        self.kept_up("CST", since=cst, until=cem)
        csds = self._bench.messages("CSD")
        self._check("CSD seen", len(csds), equals=0, message=csds[0] if csds else cem)

    def heard_during(self, during_ns: int) -> list[Message]:
        """Let *during_ns* pass; every message that the charger sent then."""
        since_ns = self._bench.now_ns
        self._bench.run_for(during_ns)
        return [message for message in self._bench.all_messages() if message.sender == "charger" and message.t_ns > since_ns]

    def wind_down(self) -> None:
        """End the charge from the truck's side and check that the charger follows with CST."""
        self._vehicle.stop()
        bst = self._bench.reach("BST", within=self._truck.limit("approach.next_message"))
        self._bench.expect("CST", within=self._truck.limit("response.CST"), after=bst.start_ns)
        self.output_off(after=bst)

    def starts_again(self) -> None:
        """Unplug, plug in: check that a proper session reaches a running charge, then end it."""
        self.unplug()
        self.plug_in()
        for name, limit, where in (
            ("CHM", "response.CHM", None),
            ("CRM", "response.CRM", is_crm_aa),
            ("CML", "response.CML", None),
            ("CRO", "response.output_ready", is_ready),
            ("CCS", "approach.charging", flows),
        ):
            self._bench.expect(name, within=self._truck.limit(limit), where=where)
        self.wind_down()


def is_crm_00(message: Message) -> bool:
    """CRM with the value 00."""
    return message["recognition"] == 0x00


def is_crm_aa(message: Message) -> bool:
    """CRM with the value AA."""
    return message["recognition"] == 0xAA


def is_ready(message: Message) -> bool:
    """BRO or CRO with the value AA."""
    return message["ready"] == 0xAA


def flows(message: Message) -> bool:
    """CCS of any current."""
    return message["current_a"] != 0


def bits_set(message: Message, names: Iterable[str]) -> str:
    """Those of the two-bit fields *names* that are 01, joined by ``+``; ``none`` if there is none."""
    return "+".join(name for name in names if message[name] == 1) or "none"


@pytest.fixture
def session(bench: CaseBench, truck: Sut, vehicle: Any, check: Callable[..., Check], check_time: Callable[..., Check]) -> Session:
    """The way to a state of the session."""
    return Session(bench, truck, vehicle, check, check_time)
