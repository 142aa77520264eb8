"""Rows of ISO 15118-20 take every message that the schema allows: the vehicle goes somewhere or refuses, the station answers."""

from types import SimpleNamespace

import pytest

from harness.core.errors import RemoteProtocolError
from harness.protocols.iso15118.envelope import document_of
from harness.protocols.iso15118.exi import codec
from harness.protocols.iso15118.message import content_of
from harness.protocols.iso15118.station import StationOptions
from harness.protocols.iso15118.station.iso20 import ISO_20_TABLE as STATION
from harness.protocols.iso15118.station.output import OutputStage
from harness.protocols.iso15118.station.state import StationState, Told
from harness.protocols.iso15118.station.table import Turn
from harness.protocols.iso15118.vehicle import VehicleOptions
from harness.protocols.iso15118.vehicle.iso20 import ISO_20_TABLE as VEHICLE
from harness.protocols.iso15118.vehicle.state import State
from harness.protocols.iso15118.vehicle.table import Again, Done, End, Go, Leave, Wait
from tests.protocols.iso15118.documents import Drawn, document

ROUNDS = 40
PLANT = SimpleNamespace(inlet_v=None, battery_v=700.0, current_a=0.0, soc_pct=40.0, headroom_a=300.0, contactor_closed=True)


def drawn(schema, name, seed):
    """Content of a generated message of that name, without header."""
    return content_of(document(codec(schema).schema, name, Drawn(seed), plain=True))[1]


@pytest.mark.parametrize("row", VEHICLE.rows.values(), ids=lambda row: row.exchange)
@pytest.mark.parametrize("inlet", ["ccs2", "mcs"])
def test_vehicle_goes_somewhere_after_every_response_and_can_ask_there(row, inlet):
    moves = set()
    for seed in range(ROUNDS):
        state = State(VehicleOptions(inlet=inlet, bidirectional=seed % 2 == 0), PLANT)
        state.heard_id = state.session_id = bytes(range(8))
        state.exchange, state.count = row.exchange, 1
        try:
            move = row.follow(state, drawn(row.schema, row.response, seed))
        except RemoteProtocolError:
            continue
        assert isinstance(move, Go | Again | Wait | Leave | End | Done)
        if isinstance(move, Go):
            following = VEHICLE.rows[move.exchange]
            state.exchange = following.exchange
            codec(following.schema).encode(document_of(following.schema, following.request, following.build(state), bytes(8), 0))
        moves.add(type(move))
    assert moves


@pytest.mark.parametrize("row", STATION.rows, ids=lambda row: row.exchange)
@pytest.mark.parametrize("mcs", [False, True])
def test_station_answers_every_request_with_a_regular_message(row, mcs):
    options = StationOptions(mcs=mcs, bidirectional=True)
    for seed in range(ROUNDS):
        state = StationState(options, OutputStage(options))
        told = Told(0.0, 0.0, options.max_voltage_v, options.max_current_a, options.max_power_w, tuple(state.offers()))
        turn = Turn(0, row, drawn(row.schema, row.request, seed), state, told)
        row.act(turn)
        content = {"ResponseCode": "OK", **row.build(turn)}
        payload = codec(row.schema).encode(document_of(row.schema, row.response, content, bytes(8), 0))
        decoded = codec(row.schema).decode(payload)
        assert decoded.name == row.response
        assert not decoded.findings


@pytest.mark.parametrize("row", VEHICLE.rows.values(), ids=lambda row: row.exchange)
def test_vehicle_can_send_every_request_out_of_turn(row):
    """A tester may ask for any of them at any place (``request_instead``)."""
    state = State(VehicleOptions(), PLANT)
    state.exchange = row.exchange
    payload = codec(row.schema).encode(document_of(row.schema, row.request, row.build(state), bytes(8), 0))
    assert codec(row.schema).decode(payload).name == row.request


def test_every_row_of_the_vehicle_has_its_counterpart_at_the_station():
    assert set(VEHICLE.rows) == {row.exchange for row in STATION.rows}
    for row in STATION.rows:
        own = VEHICLE.rows[row.exchange]
        assert (own.request, own.response, own.schema, own.payload_type) == (row.request, row.response, row.schema, row.payload_type)
        assert set(row.successors) <= set(VEHICLE.rows)
