"""The faults that every exchange has, each by what it makes of a deviation of the station."""

from __future__ import annotations

import pytest

from harness.protocols.iso15118.vehicle import Phase
from harness.sim.faults.ccs_vehicle import CCS_VEHICLE_FAULTS
from tests.protocols.iso15118.vehicle.test_leaving import ROWS, reach

WRONG = bytes.fromhex("A55AA55AA55AA55A")


def further(pair, since):
    """Requests behind the answer that should have ended the session."""
    return [name for name in pair.requests(since + 1e-6) if name != "SECCDiscoveryReq"]


def after(edition, row, fault, order):
    """A session with *fault* up to the deviating response; its instant."""
    pair = reach(edition, row.exchange, f"{fault}.{row.exchange}", prepare=order)
    asked = pair.now
    pair.run(0.1)
    answers = [m.t_ns / 1e9 for m in pair.messages() if m.sender == "charger" and m.t_ns / 1e9 > asked]
    return pair, answers[0]


@pytest.mark.parametrize(("edition", "row"), ROWS)
def test_waits_for_ever(edition, row):
    pair = reach(edition, row.exchange, f"waits_for_ever.{row.exchange}", prepare=lambda pair: pair.station.withhold(row.exchange))
    pair.run(row.timeout_ns / 1e9 + 4)
    assert pair.truck.phase is Phase.TALKING
    assert pair.closings() == []


@pytest.mark.parametrize(("edition", "row"), ROWS)
def test_gives_up_early(edition, row):
    pair = reach(edition, row.exchange, f"gives_up_early.{row.exchange}", prepare=lambda pair: pair.station.withhold(row.exchange))
    pair.run(row.timeout_ns / 1e9 * 0.6)
    assert pair.truck.phase in (Phase.LEAVING, Phase.OVER)


@pytest.mark.parametrize(("edition", "row"), [row for row in ROWS if row.values[1].exchange != "SessionStop"])
def test_accepts_failed(edition, row):
    pair, at = after(edition, row, "accepts_failed", lambda pair: pair.station.code(row.exchange, "FAILED"))
    pair.run(1)
    assert further(pair, at)


@pytest.mark.parametrize(("edition", "row"), [row for row in ROWS if row.values[1].exchange != "SessionStop"])
def test_accepts_foreign_session(edition, row):
    wrong = bytes(8) if row.exchange == "SessionSetup" else WRONG
    pair, at = after(edition, row, "accepts_foreign_session", lambda pair: pair.station.session_id(row.exchange, wrong))
    pair.run(1)
    assert further(pair, at)


@pytest.mark.parametrize(("edition", "row"), [row for row in ROWS if row.values[1].exchange != "SessionStop"])
def test_accepts_wrong_message(edition, row):
    other = "SessionSetup" if row.exchange != "SessionSetup" else "ServiceDiscovery"
    pair, at = after(edition, row, "accepts_wrong_message", lambda pair: pair.station.answer_with(row.exchange, f"{other}Res"))
    pair.run(1)
    assert further(pair, at)


@pytest.mark.parametrize(("edition", "row"), ROWS)
def test_keeps_tcp_open(edition, row):
    pair = reach(edition, row.exchange, f"keeps_tcp_open.{row.exchange}", prepare=lambda pair: pair.station.withhold(row.exchange))
    pair.run(row.timeout_ns / 1e9 + 6)
    assert pair.truck.phase is Phase.OVER
    assert pair.closings() == []


@pytest.mark.parametrize(("edition", "row"), [row for row in ROWS if f"stays_in_cp_c.{row.values[1].exchange}" in CCS_VEHICLE_FAULTS])
def test_stays_in_cp_c(edition, row):
    pair = reach(edition, row.exchange, f"stays_in_cp_c.{row.exchange}", prepare=lambda pair: pair.station.withhold(row.exchange))
    pair.run(row.timeout_ns / 1e9 + 2)
    assert pair.level("cp_v") == 6.0


def test_every_fault_says_in_one_line_what_is_wrong():
    assert all(fault.text and "\n" not in fault.text and not fault.text.endswith(".") for fault in CCS_VEHICLE_FAULTS.values())
