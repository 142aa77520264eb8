"""The faults that exist for every exchange: one set for each row of the vehicle's tables."""

from __future__ import annotations

from collections.abc import Iterator

from harness.protocols.iso15118.behaviour import Overlook, Refrain, TimerEffect
from harness.protocols.iso15118.vehicle.agreement import AGREEMENT_ROW
from harness.protocols.iso15118.vehicle.steering import TABLES, exchanges
from harness.protocols.iso15118.vehicle.table import Needs
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["GENERIC_FAULTS"]


def _shortest_ns(exchange: str) -> int:
    rows = [AGREEMENT_ROW, *(row for table in TABLES.values() for row in table.rows.values())]
    return min(row.timeout_ns for row in rows if row.exchange == exchange)


def _is_ready(exchange: str) -> bool:
    """Whether the control pilot is in C in this exchange."""
    powered = any(exchange in table.powered for table in TABLES.values())
    idle = any(row.needs is Needs.IDLE for table in TABLES.values() for row in table.rows.values() if row.exchange == exchange)
    return powered or (exchange.startswith("PowerDelivery") and not idle)


def _faults(exchange: str) -> Iterator[Fault]:
    yield Fault(
        f"waits_for_ever.{exchange}",
        f"waits without limit for the response of {exchange}",
        (TimerEffect(f"response.{exchange}", None),),
    )
    yield Fault(
        f"gives_up_early.{exchange}",
        f"waits for the response of {exchange} half as long as it should",
        (TimerEffect(f"response.{exchange}", _shortest_ns(exchange) // 2),),
    )
    yield Fault(
        f"accepts_failed.{exchange}",
        f"goes on after a response code of {exchange} that says FAILED",
        (Overlook("response_code", exchange), Overlook("parameters", exchange)),
    )
    if exchange != AGREEMENT_ROW.exchange:
        # Its messages carry no session id.
        yield Fault(
            f"accepts_foreign_session.{exchange}",
            f"goes on after a response of {exchange} with another session id",
            # SessionSetup gives the id: there the wrong one is 0, which the row itself refuses.
            (Overlook("session_id", exchange), *((Overlook("parameters", exchange),) if exchange == "SessionSetup" else ())),
        )
    yield Fault(
        f"accepts_wrong_message.{exchange}",
        f"goes on after a response of another type to {exchange}",
        (Overlook("message", exchange), Overlook("encoding", exchange)),
    )
    yield Fault(
        f"keeps_tcp_open.{exchange}",
        f"does not close the connection after a fault in {exchange}",
        (Refrain("close_tcp", exchange),),
    )
    if _is_ready(exchange):
        yield Fault(
            f"stays_in_cp_c.{exchange}",
            f"leaves the control pilot in state C after a fault in {exchange}",
            (Refrain("present_b", exchange),),
        )


GENERIC_FAULTS = tuple(fault for exchange in exchanges() for fault in _faults(exchange))
