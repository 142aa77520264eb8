"""The way of a vehicle to a state of the session: plug, phase by phase, and the means that stop or pause it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, ConfigError, Inconclusive, Limit, Message, Reason, s

from ..observer import Observer
from ..words import NO_HANDSHAKE, is_crm_00, is_ready

BEM_BITS = ("timeout_crm00", "timeout_crmaa", "timeout_cml", "timeout_cro", "timeout_ccs", "timeout_cst", "timeout_csd")


class Approach(Observer):
    """Brings the vehicle to a state of the session; what is not reached makes the case inconclusive."""

    _error, _tester_error = "BEM", "CEM"
    _error_bits = BEM_BITS

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
        super().__init__(bench, truck, check, check_time)
        self._charger = charger
        self._station: Any = bench.control(role, 1) if bench.has_node(role, 1) else None

    # Plug, supply, pack

    def plug_in(self, *, aux: bool = True) -> int:
        """Plug in, auxiliary supply on unless *aux* is false; the instant at which the plug was in.

        Raises:
            Inconclusive: the rig has no line by which the supply could be left off (reason NO_LINE), the connector was not
                plugged in, or no supply came for a vehicle that is declared to use it.
        """
        if self._station is None:
            if not aux:
                raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the auxiliary supply could be left off")
            return self._bench.now_ns
        self._station.plug_in(aux=aux)
        plugged_ns = self._bench.wait_level("plug", 1, within=self._truck.limit("approach.plugged"))
        if plugged_ns is None:
            raise Inconclusive(Reason.PRECONDITION, "the connector was not plugged in")
        if aux and self._uses_supply():
            self._await_supply()
        return plugged_ns

    def _uses_supply(self) -> bool:
        """Whether the vehicle is declared to use the auxiliary supply; a run whose cases do not ask for it may leave that open."""
        try:
            return self._truck.pics("V.AUX")
        except ConfigError:
            return False

    def _await_supply(self) -> None:
        """Wait for the auxiliary supply, where the rig tells it: without it the silence of the vehicle proves nothing."""
        until_ns = self._bench.now_ns + self._truck.limit("approach.plugged").upper_ns
        self._bench.run_for(1)  # The supply is told in one instant with the plug, or later.
        while self._bench.level("aux_v") == 0:
            if self._bench.now_ns >= until_ns:
                raise Inconclusive(
                    Reason.PRECONDITION,
                    "the vehicle is declared to use the auxiliary supply (V.AUX), but it stayed off (option aux_voltage_v of the charger)",
                )
            self._bench.run_for(self._truck.limit("period.CHM").nominal_ns)

    def wake_up(self) -> int:
        """Plug in with auxiliary supply where the instant of it counts; that instant.

        Raises:
            Inconclusive: the rig has no line that tells it (reason NO_LINE).
        """
        if self._station is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the instant of the wake-up could be known")
        return self.plug_in()

    def stayed_plugged_in(self, *, since: int) -> None:
        """Make sure that nobody pulled the connector since then.

        Raises:
            Inconclusive: somebody did, or the rig has no line that tells it (reason NO_LINE).
        """
        if self._bench.level("plug") is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line that tells whether the connector stayed in")
        # What is ordered at this instant comes after it, also where a recording is played that has both.
        before = [(t_ns, level) for t_ns, level in self._bench.level_changes("plug") if t_ns < self._bench.now_ns]
        levels = [level for t_ns, level in before if t_ns <= since][-1:] + [level for t_ns, level in before if t_ns > since]
        if not levels or not all(levels):
            raise Inconclusive(Reason.PRECONDITION, "the connector did not stay in")
        self._check("connector", "in", equals="in")

    def unplug(self) -> None:
        """Unplug.

        Raises:
            Inconclusive: the rig has no line for it (reason NO_LINE).
        """
        if self._station is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the connector could be pulled")
        self._station.unplug()
        self._bench.run_for(self._truck.limit("stimulus.unplugged").nominal_ns)

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

    def supply_stayed_off(self, *, since: int) -> None:
        """Make sure that the connector stayed in without auxiliary supply since then."""
        for line, wanted in (("plug", 1), ("aux_v", 0)):
            later = [level for t_ns, level in self._bench.level_changes(line) if t_ns > since and level != wanted]
            if later or self._bench.level(line) != wanted:
                raise Inconclusive(Reason.PRECONDITION, f"'{line}' did not stay {wanted}")

    def supplied(self, wanted: bool) -> None:
        """Make sure that the auxiliary supply is on, or off, as *wanted*."""
        volts = self._bench.level("aux_v")
        if volts is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no line that tells the auxiliary supply")
        text, told = "on" if wanted else "off", "on" if volts else "off"
        if told != text:
            raise Inconclusive(Reason.PRECONDITION, f"the auxiliary supply is {told}, the step needs it {text}")
        self._check("auxiliary supply", told, equals=text, note=f"{volts:g} V")

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

    # Phases

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
            self._bench.withheld("CRM", since=plugged_ns)
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

    def reconnect(self) -> Message:
        """Take back every order to the tester's charger and begin again with CRM(00); the first one."""
        self._charger.begin("recognition")
        self._charger.revert()
        return self._bench.reach("CRM", within=self._next, where=is_crm_00, what="CRM(00)")

    # Ends and pauses

    def stop_by_charger(self) -> tuple[Message, Message, Message]:
        """Stop a running charge by CST; the first CST, BST and BSD."""
        self._charger.stop("manual")
        cst = self._bench.reach("CST", within=self._next)
        bst = self._bench.reach("BST", within=self._next)
        return cst, bst, self._bench.reach("BSD", within=self._truck.limit("response.BSD"))

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

    def still_charging(self, *, since: Message | int) -> None:
        """Make sure that nobody ended the charge since then."""
        for name in ("BST", "CST", "BEM"):
            self._bench.withheld(name, since=since, what=f"end of charging by {name}")

    @property
    def _next(self) -> Limit:
        return self._truck.limit("approach.next_message")
