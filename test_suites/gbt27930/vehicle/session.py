"""The session of a vehicle as its cases steer and judge it, and one in which the tester does everything right."""

from __future__ import annotations

from harness.core import Message

from ..words import NO_HANDSHAKE, is_crm_aa, is_ready
from .answers import Answers


class Session(Answers):
    """Way to a state, stimuli and checks of one connector; a good session shows that the vehicle took no harm of what came before."""

    def good_session(self) -> Message:
        """Unplug, plug in, and complete a session from CHM (2011: CRM) to CSD; the BSD. Whatever the vehicle lacks in it fails the case.

        Every order to the tester's charger is taken back before. A case that only records what the vehicle makes of
        an odd stimulus shows by this that the vehicle took no harm.

        Raises:
            ExpectationFailed: a message of the vehicle did not come in time.
            Inconclusive: the rig has no line to pull the connector (reason NO_LINE).
        """
        with self._bench.closing():
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
        crm_aa = bench.reach("CRM", within=self._next, where=is_crm_aa, what="CRM(AA)")
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
        with self._bench.closing():
            self._charger.stop("manual")
            cst = self._bench.reach("CST", within=self._next)
            bst = self._bench.expect("BST", within=self._truck.limit("response.BST"), after=cst.start_ns)
            bsd = self._bench.expect("BSD", within=self._truck.limit("response.BSD"), after=cst.start_ns)
            self.contactors_open(after=bst)
            self._bench.reach("CSD", within=self._next)
            return bsd
