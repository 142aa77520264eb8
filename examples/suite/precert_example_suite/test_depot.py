"""What the depot asks before a truck may charge."""

from harness.case import case


@case(
    "DEPOT-001",
    title="Voltage fits the depot",
    purpose="The truck announces no more than the depot's chargers can give.",
    refs=["DEPOT-2025:1/voltage"],
    basis="project",
    confidence="high",
    pics="V.DC",
    faults=["bhm_never_sent", "bhm_voltage_wrong"],
    duration_s=6,
)
def test_voltage_fits_the_depot(bench, truck, step, check):
    with step(1, "Plug in and start the handshake", expect="BHM answers CHM in time"):
        charger, pilot = bench.control("charger"), bench.control("charger", 1)
        charger.hold("handshake")
        pilot.plug_in()
        charger.begin("handshake")
        bhm = bench.expect("BHM", within=truck.limit("depot.answer"))
    with step(2, "Read the announced voltage", expect="Within the voltage class of the depot"):
        check("BHM.max_voltage", bhm["max_voltage_v"], limit=truck.limit("depot.max_voltage"), message=bhm)
