"""Every way out of a session after a fault: no further request, pilot in B, contactor open, connection closed by the truck."""

from __future__ import annotations

import pytest

from harness.core import s
from harness.protocols.iso15118.vehicle import Phase
from harness.protocols.iso15118.vehicle.steering import TABLES
from tests.protocols.iso15118.vehicle.pair import EDITIONS, Pair, charging

WELDS = {"iso15118-20": "DC_WeldingDetection"}
LOOP = {"iso15118-20": "DC_ChargeLoop"}


def _rows():
    """Exchanges of a session as it regularly goes."""
    for edition, table in TABLES.items():
        for exchange, row in table.rows.items():
            if exchange not in ("PowerDelivery_standby", "PowerDelivery_renegotiate", "MeteringConfirmation", "MeteringReceipt"):
                yield pytest.param(edition, row, id=f"{edition}-{exchange}")


ROWS = list(_rows())


def loop_of(edition):
    return LOOP.get(edition, "CurrentDemand")


def reach(edition, exchange, *faults, prepare=lambda pair: None, **options):
    """A good session up to the request of *exchange*; *prepare* is called before plugging in. The instant of the request."""
    pair = Pair(edition, *faults, **options)
    added = [{"ServiceID": 62002, "ServiceCategory": "OtherCustom", "FreeService": True}]
    if edition == "iso15118-2":
        pair.order(lambda: pair.station.services(added=added))
    prepare(pair)
    pair.plug_in()
    ending = exchange in TABLES[edition].ending
    if ending:
        pair.until(f"{loop_of(edition)}Res", count=5)
        pair.line("user_stop", 1)
    end = pair.kernel.now_ns + s(20)
    while pair.truck.exchange != exchange and pair.kernel.now_ns < end:
        assert pair.kernel.step()
    assert pair.truck.exchange == exchange
    return pair


@pytest.mark.parametrize(("edition", "row"), ROWS)
def test_no_response(edition, row):
    pair = reach(edition, row.exchange, prepare=lambda pair: pair.station.withhold(row.exchange))
    asked = pair.now
    timeout = row.timeout_ns / 1e9
    pair.run(timeout - 0.01)
    assert pair.truck.phase is Phase.TALKING
    pair.run(0.02)
    assert pair.truck.phase is Phase.LEAVING
    assert pair.truck.reason == "no response in time"
    pair.left(asked + timeout)


@pytest.mark.parametrize(("edition", "row"), ROWS)
def test_refusal(edition, row):
    pair = reach(edition, row.exchange, prepare=lambda pair: pair.station.code(row.exchange, "FAILED"))
    pair.until(row.response, within=1)
    pair.left(pair.now)
    assert pair.truck.reason == "response code FAILED"


@pytest.mark.parametrize(("edition", "row"), ROWS)
def test_foreign_session_id(edition, row):
    wrong = bytes(8) if row.exchange == "SessionSetup" else bytes.fromhex("A55AA55AA55AA55A")
    pair = reach(edition, row.exchange, prepare=lambda pair: pair.station.session_id(row.exchange, wrong))
    pair.until(row.response, within=1)
    pair.left(pair.now)
    assert pair.truck.reason.startswith("session id")


@pytest.mark.parametrize(("edition", "row"), ROWS)
def test_another_message(edition, row):
    table = TABLES[edition]
    name = next(name for name in ("ServicePaymentSelection", "PaymentServiceSelection", "ServiceSelection") if name in table.rows)
    other = "ServiceDiscovery" if row.exchange == name else name
    pair = reach(edition, row.exchange, prepare=lambda pair: pair.station.answer_with(row.exchange, f"{other}Res"))
    pair.until(f"{other}Res", within=1)
    pair.left(pair.now)
    assert pair.truck.reason == f"{other}Res in answer to {row.request}"


@pytest.mark.parametrize("edition", EDITIONS)
def test_failed_negotiation(edition):
    pair = Pair(edition)
    pair.order(lambda: pair.station.code("SupportedAppProtocol", "Failed_NoNegotiation")).plug_in()
    pair.until("supportedAppProtocolRes")
    pair.left(pair.now)


@pytest.mark.parametrize("payload", [bytes(20), b"\x80\x9a" + bytes(range(40)), b"\xff" * 30])
def test_unreadable_response(payload):
    pair = reach(
        "iso15118-2",
        "CableCheck",
        prepare=lambda pair: pair.station.raw("CableCheck", lambda data: data[:8] + payload[: len(data) - 8].ljust(len(data) - 8, b"\x55")),
    )
    pair.run(0.2)
    assert pair.truck.reason in ("the response cannot be read", "PowerDeliveryRes in answer to CableCheckReq")
    assert pair.truck.phase is Phase.LEAVING


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("way", ["unplugged", "cp 0 V", "cp -12 V", "no oscillation", "pp released", "reset", "end"])
def test_loss_in_the_energy_loop(edition, way):
    pair = charging(edition)
    station = pair.station
    {
        "unplugged": pair.unplug,
        "cp 0 V": lambda: pair.order(lambda: station.cp_source(0.0)),
        "cp -12 V": lambda: pair.order(lambda: station.cp_source(-12.0)),
        "no oscillation": lambda: pair.order(lambda: station.duty(100.0)),
        "pp released": lambda: pair.order(lambda: station.pp(480.0)),
        "reset": lambda: pair.order(station.reset_tcp),
        "end": lambda: pair.order(station.close_tcp),
    }[way]()
    at = pair.now
    if way == "reset":
        pair.run(6)
        assert pair.levels("cp_v")[-1] == (pytest.approx(at + 0.0201, abs=0.01), 9.0)
        assert pair.level("contactor") == 0
    else:
        pair.left(at + 0.021, b_within=1.5)
    assert pair.level("contactor") == 0
    assert pair.truck.plant.current_a == 0
    assert pair.truck.phase in (Phase.OVER, Phase.UNPLUGGED)


@pytest.mark.parametrize("exchange", ["SupportedAppProtocol", "SessionSetup", "ChargeParameterDiscovery", "CableCheck", "PreCharge"])
def test_connection_torn_before_energy(exchange):
    pair = Pair("iso15118-2").plug_in()
    while pair.truck.exchange != exchange:
        assert pair.kernel.step()
    pair.order(pair.station.reset_tcp)
    at = pair.now
    pair.run(6)
    assert pair.requests(at + 0.001) == []
    assert pair.level("cp_v") == 9.0


def test_emergency_shutdown_opens_the_contactor():
    pair = charging("iso15118-2")
    pair.order(lambda: pair.station.status("EVSE_EmergencyShutdown"))
    pair.until("CurrentDemandRes")
    at = pair.now
    pair.left(at, b_within=1.5)
    opened = [t for t, value in pair.levels("contactor") if value == 0 and t > at]
    assert opened[0] - at <= 1.5


def test_too_much_current_is_left():
    pair = charging("iso15118-2").run(3)
    at = pair.now
    pair.order(lambda: pair.station.tell(current=pair.truck.state.target_a * 1.5))
    pair.run(2)
    assert "asked for were" in pair.truck.reason
    assert [t for t in pair.closings() if at < t < at + 2]


def test_too_much_voltage_is_left():
    pair = charging("iso15118-2").run(3)
    pair.order(lambda: pair.station.tell(voltage=900.0))
    pair.run(1.5)
    assert "the battery takes 800 V" in pair.truck.reason
    assert pair.level("contactor") == 0


def test_too_much_voltage_in_the_cable_check():
    pair = reach("iso15118-2", "CableCheck")
    pair.order(lambda: pair.station.supply(volts=950.0))
    pair.run(3)
    assert "at the inlet" in pair.truck.reason
    assert pair.requests()[-1] == "CableCheckReq"


def test_next_plug_in_after_a_fault_works():
    pair = charging("iso15118-2")
    pair.order(lambda: pair.station.code("CurrentDemand", "FAILED"))
    pair.run(3)
    pair.order(pair.station.revert)
    pair.unplug()
    pair.run(1)
    pair.plug_in()
    pair.until("CurrentDemandRes", count=3)
