"""End of charging: BSD (reference catalogue 8.4)."""

from harness.case import case
from harness.core import s


@case(
    "GBT-VP.402",
    title="BSD",
    purpose="After BST and CST the vehicle sends BSD of 7 bytes every 250 ms, before 10 s have passed.",
    refs=["GBT27930-2015:?/BSD-content", "GBT27930-2015:?/BSD-period", "GBT27930-2015:8/TC12"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=[
        "no_bsd",
        "bsd_late_12s",
        "bsd_length_6",
        "bsd_lowest_above_highest",
        "bsd_period_500ms",
        "bsd_soc_zero",
        "bem_after_regular_end",
    ],
    needs=["energise"],
    duration_s=10,
)
def test_bsd_reports_the_statistics(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, then stop by CST", expect="BST on the bus"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.charge_before_stop").nominal_ns)
        bench.reach("BCS", within=truck.limit("approach.next_message"))
        session.still_charging(since=bsm)
        charger.withhold("CSD")
        charger.stop("manual")
        cst = bench.reach("CST", within=s(1))
        bench.reach("BST", within=truck.limit("approach.next_message"))
    with step(2, "Let the current fall to zero, send no CSD yet", expect="BSD within 10 s of the first CST, close to the last BCS"):
        bsd = bench.expect("BSD", within=truck.limit("response.BSD"), after=cst.start_ns)
        bcs = bench.last("BCS")
        check("BSD.length", len(bsd.data), limit=truck.limit("length.BSD"), message=bsd)
        # A payload that is too short has no highest temperature; the length has failed then.
        for name, unit in (("cell_voltage_v", "V"), ("temp_degc", "Cel")):
            lowest, highest = bsd[f"min_{name}"], bsd[f"max_{name}"]
            if highest is not None:
                check(f"BSD.min_{name}", lowest, at_most=highest, unit=unit, message=bsd, note="not above the highest")
        check("BSD.soc against BCS", abs(bsd["soc_pct"] - bcs["soc_pct"]), limit=truck.limit("consistency.soc_end"), message=bsd)
        apart = abs(bsd["max_cell_voltage_v"] - bcs["max_cell_voltage_v"])
        check("BSD.max_cell_voltage against BCS", apart, limit=truck.limit("tolerance.BSD_cell"), message=bsd)
    with step(3, "Send no CSD", expect="BSD every 250 ms"):
        session.repeats("BSD", session.watch_ns)
        bench.withheld("CSD", since=0)
        session.no_error()
