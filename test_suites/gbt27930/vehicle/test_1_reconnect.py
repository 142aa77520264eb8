"""Recognition repeated after a timeout: how often, and how long the vehicle waits for it (reference catalogue 8.1)."""

from harness.case import case

from ..words import is_crm_00, is_crm_aa


def let_recognition_fail(bench, truck, charger, session):
    """CRM(00) runs from now on, but never CRM(AA): the BEM that must follow. The charger is silent from then on."""
    crm = bench.reach("CRM", within=truck.limit("approach.next_message"), where=is_crm_00, what="CRM(00)")
    bench.expect("BRM.RTS", within=truck.limit("response.BRM"), after=crm.start_ns)
    brm = bench.expect("BRM", within=truck.limit("response.transfer"), after=crm.start_ns)
    charger.silence_after("BEM")
    bench.run_for(truck.limit("period.CRM").upper_ns)
    bench.withheld("CRM", since=crm, where=is_crm_aa, what="CRM(AA)")
    bem = bench.expect("BEM", within=truck.limit("timeout.TB2"), after=brm.start_ns)
    session.held("CRM", since=crm, where=is_crm_00, what="CRM(00)")
    session.names(bem, "timeout_crmaa")
    return bem


def reconnect(truck, charger, session, bem):
    """CRM(00) again, a while after *bem*."""
    session.wait_until(bem.t_ns + truck.limit("stimulus.reconnect_soon").nominal_ns)
    session.silent(since=bem.t_ns)
    charger.silence(False)
    charger.begin("recognition")


@case(
    "GBT-VN.110",
    title="Three reconnects",
    purpose="After a timeout the vehicle takes part in recognition again, three times, and the third one leads to a complete session.",
    refs=["GBT27930-2015:8/reconnect", "GBT27930-2015:8/TB9", "GBT27930-2015:?/BRM-start"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "no_reconnect",
        "reconnects_twice_only",
        "reconnect_awaited_20s_only",
        "reconnect_begins_with_bhm",
        "bem_continues_after_reconnect",
        "crmaa_timeout_2s_after_reconnect",
        "bcp_missing_after_reconnect",
    ],
    needs=["energise"],
    duration_s=65,
)
def test_third_reconnect_leads_to_a_session(bench, truck, step, check, charger, session):
    with step(1, "Begin a session, then keep CRM(00)", expect="BRM, then BEM 5 s after the first one"):
        session.handshake()
        charger.hold("recognition")
        bem = let_recognition_fail(bench, truck, charger, session)
    with step(2, "Send CRM(00) again and keep it", expect="BRM again, then BEM 5 s after the first one"):
        reconnect(truck, charger, session, bem)
        bem = let_recognition_fail(bench, truck, charger, session)
    with step(3, "Send CRM(00) for the second time and keep it", expect="BRM again, then BEM 5 s after the first one"):
        reconnect(truck, charger, session, bem)
        bem = let_recognition_fail(bench, truck, charger, session)
    with step(4, "Send CRM(00) for the third time, just before 30 s are over, and go on as usual", expect="a complete session, to BSD"):
        session.wait_until(bem.t_ns + truck.limit("window.reconnect_in_time").nominal_ns)
        session.silent(since=bem.t_ns)
        charger.revert()
        charger.begin("recognition")
        crm = bench.reach("CRM", within=truck.limit("approach.next_message"), where=is_crm_00, what="CRM(00)")
        session.in_window(crm, since=bem, window=truck.limit("window.reconnect_in_time"))
        session.complete(crm)


@case(
    "GBT-VN.111",
    title="Limit of reconnects",
    purpose="After the fourth failing recognition there should be no further session without re-plugging (recorded), and one after it.",
    refs=["GBT27930-2015:8/reconnect"],
    basis="derived",
    confidence="low",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["locks_up_after_four_failures", "contactors_close_after_four_failures", "no_reconnect"],
    needs=["energise"],
    duration_s=50,
)
def test_session_is_possible_after_the_limit_of_reconnects(bench, truck, step, check, charger, session):
    with step(1, "Begin a session, then keep CRM(00)", expect="BRM, then BEM 5 s after the first one"):
        session.handshake()
        charger.hold("recognition")
        bem = let_recognition_fail(bench, truck, charger, session)
    with step(2, "Send CRM(00) again three times and keep it each time", expect="each time BRM, then BEM 5 s after the first one"):
        for _ in range(3):
            reconnect(truck, charger, session, bem)
            bem = let_recognition_fail(bench, truck, charger, session)
    with step(3, "Send CRM(00) for the fourth time and keep it", expect="no BRM (should), no charging"):
        reconnect(truck, charger, session, bem)
        crm = bench.reach("CRM", within=truck.limit("approach.next_message"), where=is_crm_00, what="CRM(00)")
        brms = bench.collect("BRM.RTS", during=session.watch_ns)
        check("BRM after the limit", len(brms), equals=0, severity="warning", message=brms[0] if brms else None)
        session.held("CRM", since=crm, where=is_crm_00, what="CRM(00)")
        session.not_charging()
    with step(4, "Unplug, then complete a session", expect="every message of the vehicle in time, to BSD"):
        session.good_session()


@case(
    "GBT-VN.112",
    title="Reconnect too late",
    purpose="CRM(00) that comes 35 s after BEM finds the session over: no BRM without re-plugging.",
    refs=["GBT27930-2015:8/TB9"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["reconnect_awaited_forever", "reconnect_awaited_40s", "brm_without_replugging", "locks_up_when_reconnect_is_late"],
    needs=["energise"],
    duration_s=60,
)
def test_late_reconnect_is_ignored(bench, truck, step, check, charger, session):
    with step(1, "Begin a session, then keep CRM(00)", expect="BRM, then BEM 5 s after the first one"):
        session.handshake()
        charger.hold("recognition")
        bem = let_recognition_fail(bench, truck, charger, session)
    with step(2, "Stay silent for longer than the vehicle waits", expect="no message of the vehicle but BEM"):
        session.wait_until(bem.t_ns + truck.limit("window.reconnect_late").nominal_ns)
        session.silent(since=bem.t_ns)
        tail_ns = truck.limit("tail.BRM").upper_ns
        late = [m for m in bench.all_messages() if m.sender == "vehicle" and m.name != "BEM" and m.t_ns > bem.t_ns + tail_ns]
        check("messages but BEM", len(late), equals=0, message=late[0] if late else None)
    with step(3, "Send CRM(00) and keep it", expect="no BRM"):
        charger.silence(False)
        charger.begin("recognition")
        crm = bench.reach("CRM", within=truck.limit("approach.next_message"), where=is_crm_00, what="CRM(00)")
        session.in_window(crm, since=bem, window=truck.limit("window.reconnect_late"))
        bench.absent("BRM.RTS", during=session.watch_ns, since=crm)
        session.held("CRM", since=crm, where=is_crm_00, what="CRM(00)")
    with step(4, "Unplug, then complete a session", expect="every message of the vehicle in time, to BSD"):
        session.good_session()
