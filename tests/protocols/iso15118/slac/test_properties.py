"""Whatever comes when: both machines of a matching stay alive, keep to the time that passes, and send what can be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core import Datagram, Level, ms
from harness.protocols.iso15118.pilot import StationPilot, VehiclePilot
from harness.protocols.iso15118.slac.frames import BROADCAST, Mme, decode
from harness.protocols.iso15118.slac.layout import LAYOUTS, Kind
from harness.protocols.iso15118.slac.options import EvMatchingOptions, EvseMatchingOptions
from harness.protocols.iso15118.slac.station import EvseMatching
from harness.protocols.iso15118.slac.vehicle import EvMatching

EV, EVSE, EV_MODEM, EVSE_MODEM = "02:00:00:00:00:0A", "02:00:00:00:00:0B", "02:00:00:00:00:1A", "02:00:00:00:00:1B"
SIGNALS = [Level("plug", 0), Level("plug", 1), Level("cp_duty_percent", 5), Level("cp_duty_percent", 100), Level("cp_source_v", -12),
           Level("cp_source_v", 12), Level("cp_open", 1), Level("cp_open", 0)]  # fmt: skip


@st.composite
def frames(draw: st.DrawFn) -> Mme:
    """Messages that fit more often than not: addresses and run identifiers that occur, small numbers."""
    layout = LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)))]
    values: dict[str, Any] = {}
    for field in layout.fields:
        if field.value is not None and draw(st.integers(0, 9)):
            values[field.name] = field.value
            continue
        match field.kind:
            case Kind.NUMBER:
                values[field.name] = draw(st.integers(0, 60))
            case Kind.MAC:
                values[field.name] = draw(st.sampled_from([EV, EVSE, BROADCAST]))
            case Kind.OCTETS:
                values[field.name] = draw(st.sampled_from([bytes(field.size), b"\x01" * field.size]))
            case Kind.LISTED:
                values[field.name] = bytes([draw(st.integers(0, 40))]) * values["num_groups"]
            case Kind.HALVES:
                values[field.name] = bytes((values["am_len"] + 1) // 2)
    for name in ("aag", "am_data"):
        if name in values:
            count = values["num_groups"] if name == "aag" else (values["am_len"] + 1) // 2
            values[name] = values[name][:count].ljust(count, b"\x07")
    return Mme(layout.name, draw(st.sampled_from([EV, EVSE, EV_MODEM, EVSE_MODEM])), draw(st.sampled_from([EV, EVSE, BROADCAST])), values)


steps = st.lists(st.tuples(st.integers(0, 700), st.one_of(frames(), st.sampled_from(SIGNALS), st.just("run id"))), max_size=60)


def drive(node: Any, pilot: Any, course: list[tuple[int, Any]], run_id: Any) -> None:
    now_ns = 0
    node.start(0)
    for wait_ms, event in [*course, (30_000, None)]:
        until_ns = now_ns + ms(wait_ms)
        for _ in range(20_000):
            due = [t_ns for t_ns in (pilot.next_deadline_ns(), node.next_deadline_ns()) if t_ns is not None]
            if not due or min(due) > until_ns:
                break
            now_ns = max(now_ns, min(due))
            pilot.advance(now_ns)
            read(node.handle_timers(now_ns))
        else:
            raise AssertionError("no progress")
        now_ns = until_ns
        deadline_ns = node.next_deadline_ns()
        assert deadline_ns is None or deadline_ns >= now_ns
        if isinstance(event, Mme):
            # Sometimes the identifier of the matching under way, or nothing would ever come of it.
            known = {"run_id": run_id(node)} if "run_id" in event.values and wait_ms % 2 else {}
            read(node.receive(now_ns, event.changed(known).datagram()))
        elif isinstance(event, Level) and isinstance(pilot, VehiclePilot):
            pilot.hear(now_ns, event)
        elif isinstance(event, Level):
            {"plug": pilot.plug, "cp_duty_percent": pilot.duty}.get(event.line, pilot.source)(event.value)


def read(pdus: Any) -> None:
    for pdu in pdus:
        assert isinstance(pdu, Datagram)
        mme = decode(pdu.data)
        assert (pdu.source, pdu.destination) == (mme.source, mme.destination)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_vehicle_survives_any_course(course: list[tuple[int, Any]]):
    pilot = VehiclePilot()
    pilot.hear(0, Level("plug", 1))
    pilot.hear(0, Level("cp_duty_percent", 5))
    drive(EvMatching(pilot, EvMatchingOptions()), pilot, course, lambda node: node._run_id)


@pytest.mark.parametrize("attached", [False, True])
@settings(max_examples=60, deadline=None)
@given(steps)
def test_station_survives_any_course(attached: bool, course: list[tuple[int, Any]]):
    pilot = StationPilot()
    pilot.plug(True)
    pilot.duty(5)
    # An attached modem is asked for ever; a slow question keeps the course short.
    options = EvseMatchingOptions(evse_modem_attached=attached, evse_poll_s=5.0)
    drive(EvseMatching(pilot, options), pilot, course, lambda node: node._outlets[0]._run_id)
