"""Configuration: what the vehicle makes of a CML that it cannot, or should not, take as it stands (reference catalogue 8.2)."""

from harness.case import case
from harness.core import Inconclusive, Reason

from ..words import is_ready

LEAST_OF_THE_FIELD_A = -400.0
"""Raw 0, the largest current that CML can offer."""
ABOVE_ZERO_A = 0.1
"""Raw 4001, which no charger means."""


def cml_of(truck, length):
    """The first *length* bytes of a CML with the values of the profile."""
    max_v, min_v, max_a = (float(truck.limit(f"stimulus.short_cml_{name}").value) for name in ("max_voltage", "min_voltage", "max_current"))
    raws = (max_v, min_v, max_a - LEAST_OF_THE_FIELD_A, -LEAST_OF_THE_FIELD_A)
    return b"".join(round(10 * raw).to_bytes(2, "little") for raw in raws)[:length]


def offer(bench, truck, charger, **signals):
    """Let CML say this; the first such CML."""
    charger.override("CML", **signals)
    charger.hold("configuration")
    name, value = next(iter(signals.items()))
    width = float(truck.limit("stimulus.cml_same").upper)

    def says_so(cml):
        return abs(cml.number(name) - value) <= width

    return bench.reach("CML", within=truck.limit("approach.own"), where=says_so, what=f"CML with {name} {value:g}")


def ready_for(bench, truck, cml):
    """The first BRO(AA) after *cml*, as soon as it comes; ``None`` when the time of the profile is over without one."""
    until_ns = cml.t_ns + truck.limit("stimulus.mismatch").nominal_ns
    while not (ready := bench.messages("BRO", since=cml, where=is_ready)) and bench.now_ns < until_ns:
        bench.run_for(truck.limit("period.CML").nominal_ns)
    return ready[0] if ready else None


def battery_voltage(bcp, margin_v):
    """The present battery voltage of *bcp*, with room for a CML below it."""
    voltage_v = bcp["voltage_v"]
    if not voltage_v or voltage_v <= margin_v:
        raise Inconclusive(Reason.PRECONDITION, f"BCP tells a battery voltage of {voltage_v} V; no CML can lie below it")
    return voltage_v


def refuses(bench, truck, check, session, cml):
    """The vehicle does not get ready for *cml* as long as it is kept up, and charges even less."""
    ready = ready_for(bench, truck, cml)
    check("BRO after CML", "BRO(AA)" if ready else "no BRO(AA)", equals="no BRO(AA)", message=ready)
    session.held("CML", since=cml)
    session.not_charging(since=cml)


def demands_after(bench, truck, charger, session, cml):
    """Every BCL after *cml*: the tester gets ready as soon as the vehicle is. There are none if the vehicle refuses."""
    if ready_for(bench, truck, cml):
        charger.hold(None)
        cro = bench.reach("CRO", within=truck.limit("approach.next_message"), where=is_ready, what="CRO(AA)")
        bench.expect("BCL", within=truck.limit("response.BCL"), after=cro.start_ns)
        bench.run_for(session.watch_ns)
    return bench.messages("BCL", since=cml)


def stay_within_bcp(check, demands, bcp):
    """No demand leaves what BCP permits, on either side."""
    note = f"{len(demands)} BCL" if demands else "refused: no demand"
    for name, unit, upper in (("voltage_v", "V", bcp["max_voltage_v"]), ("current_a", "A", 0.0)):
        lower = 0.0 if unit == "V" else bcp["max_current_a"]
        worst = max(demands, key=lambda bcl: max(lower - bcl[name], bcl[name] - upper), default=None)
        check(f"BCL.{name}", worst[name] if worst else 0.0, between=(lower, upper), unit=unit, message=worst, note=note)


def demand_nothing(check, demands):
    """Neither charging nor discharging current is demanded."""
    worst = max(demands, key=lambda bcl: abs(bcl["current_a"]), default=None)
    note = f"{len(demands)} BCL" if demands else "refused: no demand"
    check("BCL.current", worst["current_a"] if worst else 0.0, equals=0.0, unit="A", message=worst, note=note)


def ready_in_the_time_watched(bench, truck, since_ns):
    """The refusals before count only if an ordinary CML makes this vehicle ready in the time that they were watched."""
    cml = bench.messages("CML", since=since_ns)[0]
    ready = bench.messages("BRO", since=cml, where=is_ready)[0]
    watched = truck.limit("stimulus.mismatch")
    if ready.t_ns - cml.t_ns > watched.nominal_ns:
        raise Inconclusive(Reason.PRECONDITION, f"the vehicle gets ready later than within the {watched.value} s of 'stimulus.mismatch'")


@case(
    "GBT-VN.208",
    title="Parameters do not match",
    purpose="A charger whose voltages do not span that of the battery, or that offers no current, does not make the vehicle ready.",
    refs=["GBT27930-2015:?/CML-match"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "cml_highest_voltage_ignored",
        "cml_highest_against_rated_voltage",
        "cml_lowest_voltage_ignored",
        "cml_lowest_against_highest_permitted",
        "zero_current_means_unlimited",
    ],
    needs=["energise"],
    duration_s=100,
)
def test_charger_that_does_not_match_is_refused(bench, truck, step, check, charger, session):
    margin_v = float(truck.limit("stimulus.voltage_margin").value)
    with step(1, "Bring the vehicle to BCP", expect="BCP on the bus"):
        bcp = session.identified()
    with step(2, "Offer a highest voltage below the present battery voltage", expect="no BRO(AA), contactors open"):
        cml = offer(bench, truck, charger, max_voltage_v=round(battery_voltage(bcp, margin_v) - margin_v, 1))
        refuses(bench, truck, check, session, cml)
    with step(3, "Unplug, plug in, offer a lowest voltage above the present battery voltage", expect="no BRO(AA), contactors open"):
        session.ended_by_unplugging()
        bcp = session.identified()
        lowest_v = round(battery_voltage(bcp, margin_v) + margin_v, 1)
        cml = offer(bench, truck, charger, min_voltage_v=lowest_v, max_voltage_v=max(lowest_v, bcp["max_voltage_v"]))
        refuses(bench, truck, check, session, cml)
    with step(4, "Unplug, plug in, offer a largest current of 0 A", expect="no BRO(AA), contactors open"):
        session.ended_by_unplugging()
        session.identified()
        cml = offer(bench, truck, charger, max_current_a=0.0, min_current_a=0.0)
        refuses(bench, truck, check, session, cml)
    with step(5, "Unplug, plug in, complete a good session", expect="the vehicle gets ready and charges"):
        since_ns = bench.now_ns
        session.good_session()
        ready_in_the_time_watched(bench, truck, since_ns)


@case(
    "GBT-VN.209",
    title="Currents of CML exchanged",
    purpose="When the charger exchanges its largest and its smallest current, the vehicle demands no more than the smaller of the two.",
    refs=["GBT27930-2015:?/CML-currents"],
    basis="project",
    confidence="medium",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=["demands_larger_current_of_cml", "cml_current_ignored", "exchanged_currents_spoil_next_session"],
    needs=["energise"],
    duration_s=30,
)
def test_exchanged_currents_do_not_raise_the_demand(bench, truck, step, check, charger, session):
    small_a, large_a = (float(truck.limit(f"stimulus.cml_{size}_current").value) for size in ("small", "large"))
    with step(1, "Bring the vehicle to BCP", expect="BCP on the bus"):
        session.identified()
    with step(2, "Send CML with a largest current below the smallest one", expect="BRO, or a stop or an error that says no"):
        cml = offer(bench, truck, charger, max_current_a=-small_a, min_current_a=-large_a)
        ready_for(bench, truck, cml)
        answers = [name for name in ("BRO", "BST", "BEM") if bench.messages(name, since=cml)]
        check("answer to CML", answers[0] if answers else "none", equals=answers[0] if answers else "BRO, BST or BEM")
        session.held("CML", since=cml)
    with step(3, "Get ready as soon as the vehicle is", expect="no demand beyond the smaller current"):
        demands = demands_after(bench, truck, charger, session, cml)
        worst = max(demands, key=lambda bcl: abs(bcl["current_a"]), default=None)
        note = f"{len(demands)} BCL" if demands else "refused: no demand"
        check("largest demand", abs(worst["current_a"]) if worst else 0.0, at_most=small_a, unit="A", message=worst, note=note)
    with step(4, "Unplug, plug in, complete a good session", expect="the vehicle gets ready and charges"):
        session.good_session()


def is_answered(bench, truck, check, check_time, charger, session, length):
    """Bring the vehicle to BCP and send CML of *length* bytes: BRO in time, or BEM in time with its bit.

    A vehicle that takes it is not kept waiting: it would report the missing CRO with good reason.
    """
    bcp = session.identified()
    charger.override_data("CML", cml_of(truck, length))
    charger.hold("configuration")
    cml = bench.reach("CML", within=truck.limit("approach.own"), where=lambda cml: len(cml.data) == length, what=f"CML of {length} bytes")
    timeout = truck.limit("timeout.TB3")
    until_ns = bcp.start_ns + timeout.upper_ns + session.watch_ns
    while not any(bench.messages(name, since=cml) for name in ("BRO", "BEM")) and bench.now_ns < until_ns:
        bench.run_for(truck.limit("period.CML").nominal_ns)
    bros, bems = bench.messages("BRO", since=cml), bench.messages("BEM", since=cml)
    answer = "taken for received" if bros else "taken for not received" if bems else "no answer"
    check(f"CML of {length} bytes", answer, equals="received or not, but answered" if answer == "no answer" else answer)
    if bros:
        check_time("BRO time", bros[0].t_ns - cml.start_ns, truck.limit("response.BRO"), message=bros[0])
        check("BEM beside BRO", len(bems), equals=0, message=bems[0] if bems else None)
    else:
        session.held("CML", since=cml)
    if bems and not bros:
        check_time("BEM time", bems[0].t_ns - bcp.start_ns, timeout, message=bems[0])
        session.reports(bems[0], "timeout_cml")
    check("BCL without CRO", len(bench.messages("BCL", since=cml)), equals=0)


@case(
    "GBT-VN.210",
    title="CML of wrong length",
    purpose="A CML of 6 bytes (as of 2011) or of 7 bytes is taken for received or not, which is recorded, and does no lasting harm.",
    refs=["GBT27930-2015:?/lengths", "GBT27930-2015:8/TB3"],
    basis="project",
    confidence="medium",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=["locks_up_on_short_cml", "short_cml_stays_after_unplugging", "no_bem_cml", "bem_wrong_bit_cml"],
    needs=["energise"],
    duration_s=50,
)
def test_cml_of_wrong_length_is_answered(bench, truck, step, check, check_time, charger, session):
    with step(1, "Bring the vehicle to BCP, then send CML of 6 bytes", expect="BRO, or BEM 5 s after the first BCP"):
        is_answered(bench, truck, check, check_time, charger, session, 6)
    with step(2, "Unplug, plug in, complete a good session", expect="the vehicle gets ready and charges"):
        session.good_session()
    with step(3, "Unplug, plug in, send CML of 7 bytes", expect="BRO, or BEM 5 s after the first BCP"):
        session.ended_by_unplugging()
        is_answered(bench, truck, check, check_time, charger, session, 7)
    with step(4, "Unplug, plug in, complete a good session", expect="the vehicle gets ready and charges"):
        session.good_session()


@case(
    "GBT-VB.202",
    title="Corner values of CML",
    purpose="No corner value of CML lets the demand overflow, and where the charger offers no current none is demanded.",
    refs=["GBT27930-2015:?/CML-currents", "GBT27930-2015:?/BCL-content"],
    basis="project",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bcl_voltage_overflows",
        "bcl_current_overflows",
        "cml_400_a_taken_for_none",
        "zero_current_means_unlimited",
        "discharge_current_of_cml_overflows",
    ],
    needs=["energise"],
    duration_s=110,
)
def test_corner_values_of_cml_do_not_overflow(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BCP, then offer 6553.5 V", expect="a refusal, or a demand within BCP"):
        bcp = session.identified()
        cml = offer(bench, truck, charger, max_voltage_v=float(truck.limit("stimulus.voltage_raw").value))
        stay_within_bcp(check, demands_after(bench, truck, charger, session, cml), bcp)
    with step(2, "Unplug, plug in, offer -400 A (raw 0)", expect="BRO(AA), a demand within BCP"):
        session.ended_by_unplugging()
        bcp = session.identified()
        cml = offer(bench, truck, charger, max_current_a=LEAST_OF_THE_FIELD_A)
        demands = demands_after(bench, truck, charger, session, cml)
        check("BCL count", len(demands), at_least=1, note="400 A is the largest current that CML can offer, and no reason to refuse")
        stay_within_bcp(check, demands, bcp)
    with step(3, "Unplug, plug in, offer 0 A (raw 4000)", expect="a refusal, or a demand of 0 A"):
        session.ended_by_unplugging()
        session.identified()
        cml = offer(bench, truck, charger, max_current_a=0.0)
        demand_nothing(check, demands_after(bench, truck, charger, session, cml))
    with step(4, "Unplug, plug in, offer +0.1 A (raw 4001)", expect="a refusal, or a demand of 0 A"):
        session.ended_by_unplugging()
        session.identified()
        cml = offer(bench, truck, charger, max_current_a=ABOVE_ZERO_A)
        demand_nothing(check, demands_after(bench, truck, charger, session, cml))
    with step(5, "Unplug, plug in, complete a good session", expect="the vehicle gets ready and charges"):
        session.good_session()
