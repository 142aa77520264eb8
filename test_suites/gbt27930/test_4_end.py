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
    pics="V.DC AND V.ED2015",
    faults=["no_bsd", "bsd_late_12s", "bsd_length_6", "bsd_lowest_above_highest", "bsd_period_500ms"],
    duration_s=9,
)
def test_bsd_reports_the_statistics(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, then stop by CST", expect="BST on the bus"):
        session.charging()
        bench.run_for(s(2))
        charger.withhold("CSD")
        charger.stop("manual")
        cst = bench.reach("CST", within=s(1))
        bench.reach("BST", within=truck.limit("approach.next_message"))
    with step(2, "Let the current fall to zero, send no CSD yet", expect="BSD within 10 s of the first CST"):
        bsd = bench.expect("BSD", within=truck.limit("response.BSD"), after=cst.start_ns)
        check("BSD.length", len(bsd.data), limit=truck.limit("length.BSD"), message=bsd)
        check("BSD cell voltages in order", bsd["min_cell_voltage_v"], between=(0, bsd["max_cell_voltage_v"]), unit="V", message=bsd)
        check("BSD temperatures in order", bsd["min_temp_degc"], between=(-50, bsd["max_temp_degc"]), unit="Cel", message=bsd)
    with step(3, "Send no CSD for two seconds", expect="BSD every 250 ms"):
        session.repeats("BSD", s(2))
