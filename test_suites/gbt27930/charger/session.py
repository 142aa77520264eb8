"""The session of a charger as its cases steer and judge it: what it sends, how it ends, what its output does."""

from __future__ import annotations

from harness.core import Inconclusive, Message, Reason

from ..words import Where, bits_set, is_crm_00, is_crm_aa, is_ready
from .stimuli import Stimuli

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


def flows(message: Message) -> bool:
    """CCS of any current."""
    return message["current_a"] != 0


class Session(Stimuli):
    """Way to a state, stimuli and checks of the connector."""

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

    def goes_on(self, *, since: Message | int) -> None:
        """Check that the charger neither stopped nor reported an error since then."""
        for name in ("CST", "CEM"):
            found = self._bench.messages(name, since=since)
            self._check(f"{name} seen", len(found), equals=0, message=found[0] if found else None)

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
        csds = self._bench.messages("CSD")
        self._check("CSD seen", len(csds), equals=0, message=csds[0] if csds else cst)
        self.output_off(after=cst)
        cem = self.cem("TC12", after=cst)
        self.kept_up("CST", since=cst, until=cem)

    def heard_during(self, during_ns: int) -> list[Message]:
        """Let *during_ns* pass; every message that the charger sent then."""
        since_ns = self._bench.now_ns
        self._bench.run_for(during_ns)
        return [message for message in self._bench.all_messages() if message.sender == "charger" and message.t_ns > since_ns]

    def wind_down(self) -> None:
        """End the charge from the truck's side and check that the charger follows with CST."""
        with self._bench.closing():
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
