"""Contents of ISO 15118-20: each is a message that the codec takes, in every control mode, and of the shape of a recorded session."""

import pytest

from harness.core.errors import RemoteProtocolError
from harness.protocols.iso15118.exi import codec
from harness.protocols.iso15118.message import content_of, flat
from harness.protocols.iso15118.rational import number_of, rational
from harness.protocols.iso15118.services import (
    CONNECTOR,
    CONTROL_MODE,
    ControlMode,
    McsConnector,
    ParameterSet,
    Service,
    parameter,
    parameter_sets,
    set_content,
)
from harness.protocols.iso15118.station.iso20 import content as station
from harness.protocols.iso15118.vehicle.iso20 import choice
from harness.protocols.iso15118.vehicle.iso20 import content as vehicle
from tests.protocols.iso15118.recordings import FOLDER
from tests.protocols.iso15118.test_recordings import messages

ID = bytes.fromhex("CCEC07A64440C546")
OF_DC = ("DC_",)
CHARGE = vehicle.Charge(3_750_000, 1_000, 3_000, 1, 1_250, 500)
DISCHARGE = vehicle.Discharge(1_200_000, 0, 1_000, 0)
ENERGY = vehicle.Energy(400_000, 500_000, 0)
SUPPLY = station.Supply(3_750_000, 0, 3_000, 0, 1_250, 200, 500_000, 1_000_000, 900)
OUTPUT = station.Output(801.25, 2_750.5, current_limited=True)


def loop(**changes):
    base = {"present_v": 800, "target_v": 920.5, "target_a": 2_999.5, "soc_pct": 40.4, "target_soc_pct": 90, "departure_s": 7_200}
    return vehicle.Loop(CHARGE, ENERGY, **base | changes)


REQUESTS = {
    "SessionSetupReq": [vehicle.session_setup("WMIV1234567890ABCDEX")],
    "AuthorizationSetupReq": [{}],
    "AuthorizationReq": [vehicle.authorization()],
    "ServiceDiscoveryReq": [vehicle.service_discovery(), vehicle.service_discovery((Service.MCS, Service.DC))],
    "ServiceDetailReq": [vehicle.service_detail(Service.MCS)],
    "ServiceSelectionReq": [vehicle.service_selection(Service.MCS, 2)],
    "DC_ChargeParameterDiscoveryReq": [
        vehicle.charge_parameters(CHARGE),
        vehicle.charge_parameters(CHARGE, target_soc_pct=90),
        vehicle.charge_parameters(CHARGE, DISCHARGE, 90),
    ],
    "ScheduleExchangeReq": [
        vehicle.schedule_exchange(ENERGY, dynamic=True, departure_s=7_200, target_soc_pct=90),
        vehicle.schedule_exchange(ENERGY, dynamic=True, departure_s=7_200, target_soc_pct=90, v2x=(9_000, -9_000)),
        vehicle.schedule_exchange(ENERGY, dynamic=False, departure_s=7_200, target_soc_pct=90),
    ],
    "DC_CableCheckReq": [{}],
    "DC_PreChargeReq": [vehicle.pre_charge(present_v=12.5, target_v=800, is_ready=ready) for ready in (False, True)],
    "PowerDeliveryReq": [
        vehicle.power_delivery("Start", is_ready=False),
        vehicle.power_delivery("Start", profile=vehicle.power_profile([(3_600, 3_000_000)], schedule=None)),
        vehicle.power_delivery("Start", profile=vehicle.power_profile([(60, 3e6), (900, 1e6)], schedule=2), bidirectional=True),
        vehicle.power_delivery("Stop", bidirectional=True),
        vehicle.power_delivery("Standby"),
        vehicle.power_delivery("ScheduleRenegotiation"),
    ],
    "DC_ChargeLoopReq": [
        vehicle.charge_loop(loop(discharge=discharge, is_complete=discharge is None), dynamic=dynamic)
        for dynamic in (False, True)
        for discharge in (None, DISCHARGE)
    ],
    "MeteringConfirmationReq": [
        vehicle.metering_confirmation(ID, station.meter_info(station.Reading("METER", 1_500))["MeterInfo"], schedule=schedule)
        for schedule in (None, 1)
    ],
    "DC_WeldingDetectionReq": [vehicle.welding_detection(is_ready=ready) for ready in (False, True)],
    "SessionStopReq": [vehicle.session_stop("Pause"), vehicle.session_stop("Terminate", "7", "contactor does not open")],
}
RESPONSES = {
    "SessionSetupRes": [station.session_setup("ZZ00000")],
    "AuthorizationSetupRes": [station.authorization_setup()],
    "AuthorizationRes": [station.authorization("Ongoing")],
    "ServiceDiscoveryRes": [
        station.service_discovery((Service.DC, Service.MCS), renegotiation=True),
        station.service_discovery((Service.MCS,), renegotiation=False, extra=(Service.INTERNET, 62_002)),
    ],
    "ServiceDetailRes": [station.service_detail(one, station.default_sets(one, volts=1_250)) for one in (*Service, 62_002)],
    "ServiceSelectionRes": [{}],
    "DC_ChargeParameterDiscoveryRes": [station.charge_parameters(SUPPLY, bidirectional=both) for both in (False, True)],
    "ScheduleExchangeRes": [
        station.dynamic_schedule("Finished"),
        station.scheduled("Ongoing", [[(86_400, 3_750_000)]]),
        station.scheduled("Finished", [[(600, 1e6), (600, 2e6)], [(86_400, 3e6)]], discharge_w=500_000),
    ],
    "DC_CableCheckRes": [station.cable_check("Ongoing")],
    "DC_PreChargeRes": [station.present_voltage(399.5)],
    "PowerDeliveryRes": [{}, station.evse_status("Pause", 30)],
    "DC_ChargeLoopRes": [
        station.charge_loop(OUTPUT, SUPPLY, dynamic=dynamic, bidirectional=both, status=status, reading=reading)
        for dynamic in (False, True)
        for both in (False, True)
        for status in (None, station.evse_status("Terminate"))
        for reading in (None, station.Reading("METER", 12, 3))
    ],
    "MeteringConfirmationRes": [{}],
    "DC_WeldingDetectionRes": [station.present_voltage(18.75)],
    "SessionStopRes": [{}],
}
EVERY = [(name, {}, content) for name, contents in REQUESTS.items() for content in contents] + [
    (name, {"ResponseCode": "OK"}, content) for name, contents in RESPONSES.items() for content in contents
]


def of(name):
    return codec("iso20_dc" if name.startswith(OF_DC) else "iso20_common")


@pytest.mark.parametrize(("name", "code", "content"), EVERY)
def test_every_content_is_a_regular_message(name, code, content):
    document = {name: {"Header": {"SessionID": ID, "TimeStamp": 1_761_652_389}, **code, **content}}
    payload = of(name).encode_regular(document)
    assert payload is not None
    decoded = of(name).decode(payload)
    assert (decoded.document, decoded.findings, decoded.trailing) == (document, (), b"")


def test_every_message_of_a_dc_session_has_a_content():
    names = {element.name for schema in ("iso20_dc", "iso20_common") for element in codec(schema).schema.elements}
    session = {name for name in names if name.endswith(("Req", "Res"))}
    other = {f"{base}{end}" for base in ("CertificateInstallation", "VehicleCheckIn", "VehicleCheckOut") for end in ("Req", "Res")}
    assert set(REQUESTS) | set(RESPONSES) == session - other


OURS_MORE = {
    "ServiceDetailRes": {"EVSENominalVoltage"},
    "DC_ChargeLoopReq": {"TargetSOC", "DepartureTime"},
    "ScheduleExchangeReq": {"TargetSOC"},
}
THEIRS_MORE = {"ScheduleExchangeReq": {"MinimumSOC"}}


def paths(content):
    """The leaves by their path, places in lists left out: how many there are is the business of the session."""
    return {path.split("[")[0] if "Parameter[" in path else path for path in flat(content)}


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recordings in {FOLDER}")
def test_contents_have_the_shape_of_the_recorded_session():
    """The recorded session runs in dynamic mode; every kind of body in it is one that ours has, too, with no other mandatory leaf."""
    seen = set()
    for schema, payload in messages(FOLDER / "ISO-20_TLS13_DC_DS5366_Josev.pcapng"):
        name, content, _ = content_of(codec(schema).decode(payload).document)
        if schema == "sap":
            continue
        ours = [{**({"ResponseCode": "OK"} if name.endswith("Res") else {}), **one} for one in {**REQUESTS, **RESPONSES}[name]]
        more, fewer = OURS_MORE.get(name, set()), THEIRS_MORE.get(name, set())
        theirs = {path for path in paths(content) if path.rpartition(".")[2] not in more | fewer}
        shapes = [{path for path in paths(one) if path.rpartition(".")[2] not in more | fewer} for one in ours]
        assert any(set(content) - {"MeterInfo"} == set(one) - {"MeterInfo"} for one in ours), name
        assert any(theirs <= shape or shape <= theirs for shape in shapes), name
        seen.add(name)
    assert len(seen) == len(REQUESTS) + len(RESPONSES) - 2


@pytest.mark.parametrize(
    ("number", "exponent", "value"),
    [(0, 0, 0), (3.75e6, 3, 3750), (3e6, 2, 30000), (32767, 0, 32767), (32768, 1, 3277), (399.5, -1, 3995), (-12.34, -2, -1234)],
)
def test_rational_takes_the_exponent_nearest_to_zero(number, exponent, value):
    assert rational(number) == {"Exponent": exponent, "Value": value}
    assert number_of(rational(number)) == pytest.approx(number, rel=1e-3)


def test_megawatts_are_understood_with_every_exponent_that_fits():
    assert number_of(rational(3.75e6, exponent=4)) == number_of(rational(3.75e6, exponent=3)) == 3_750_000
    with pytest.raises(ValueError, match="no 16-bit value"):
        rational(3.75e6, exponent=1)


@pytest.mark.parametrize("content", [None, 5, {}, {"Value": 1}, {"Value": "1", "Exponent": 0}])
def test_what_is_no_rational_is_refused(content):
    with pytest.raises(RemoteProtocolError, match="no rational number"):
        number_of(content)


def test_parameters_come_back_as_they_were_given():
    sets = [ParameterSet(3, {"Connector": 1, "free": True, "share": 12.5, "name": "x"})]
    assert parameter_sets(set_content(sets)) == sets
    assert parameter("free", True) == {"Name": "free", "boolValue": True}


@pytest.mark.parametrize("content", [None, {}, {"ParameterSet": [{}]}, {"ParameterSet": [{"ParameterSetID": 1, "Parameter": [{}]}]}])
def test_what_is_no_parameter_list_is_refused(content):
    with pytest.raises(RemoteProtocolError):
        parameter_sets(content)


def test_truck_prefers_the_service_of_its_inlet():
    wanted = choice.wanted_services("mcs", bidirectional=False, falls_back=True)
    assert choice.choose_service([2, 8], wanted) is Service.MCS
    assert choice.choose_service([2, 6], wanted) is Service.DC
    assert choice.choose_service([1], wanted) is None
    assert choice.choose_service([2], choice.wanted_services("mcs", bidirectional=False, falls_back=False)) is None
    assert choice.choose_service([8, 9], choice.wanted_services("mcs", bidirectional=True, falls_back=False)) is Service.MCS_BPT


def test_parameter_set_must_fit_connector_and_mode():
    def offered(*sets):
        return {"ServiceParameterList": set_content([ParameterSet(n, {CONNECTOR: c, CONTROL_MODE: m}) for n, (c, m) in enumerate(sets, 1)])}

    both = offered((McsConnector.MCS, ControlMode.SCHEDULED), (McsConnector.MCS, ControlMode.DYNAMIC))
    modes = (ControlMode.DYNAMIC, ControlMode.SCHEDULED)
    assert choice.choose_set(both, Service.MCS, modes).number == 2
    assert choice.choose_set(both, Service.MCS, modes[::-1]).number == 1
    assert choice.choose_set(offered((McsConnector.MARINE, 1)), Service.MCS, modes) is None
    assert choice.choose_set(offered((McsConnector.MCS, 7)), Service.MCS, modes) is None


def test_truck_takes_no_set_in_which_the_station_knows_what_the_driver_needs():
    sets = [ParameterSet(1, {CONNECTOR: 1, CONTROL_MODE: 2, "MobilityNeedsMode": 2})]
    assert choice.choose_set({"ServiceParameterList": set_content(sets)}, Service.MCS, (ControlMode.DYNAMIC,)) is None


@pytest.mark.parametrize("bidirectional", [False, True])
def test_offer_is_read_in_both_bodies(bidirectional):
    offer = choice.offer_of(station.charge_parameters(SUPPLY, bidirectional=bidirectional))
    assert offer == choice.Offer(3_750_000, 3_000, 0, 1_250, 200, bidirectional)
    assert offer.fits(800, 5)
    assert not offer.fits(1_300, 5)
    assert not offer.fits(150, 5)
    assert not offer.fits(800, 3_001)


def test_schedule_is_the_first_offered():
    assert choice.choose_schedule(station.scheduled("Finished", [[(600, 1e6)], [(60, 2e6)]])) == choice.Schedule(1, ((600, 1e6),))
    assert choice.choose_schedule(station.dynamic_schedule("Finished")) is None
    with pytest.raises(RemoteProtocolError, match="no schedule"):
        choice.choose_schedule({"EVSEProcessing": "Finished"})
