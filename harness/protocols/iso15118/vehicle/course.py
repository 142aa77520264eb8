"""What a vehicle does around its messages: phases, timers, pilot and contactor, and how a session is left."""

from __future__ import annotations

import enum
from collections.abc import Callable

from harness.core.durations import s
from harness.protocols.ip.host import Connection, Host
from harness.protocols.iso15118.behaviour import Behaviour, Content, Moment
from harness.protocols.iso15118.timers import Timers
from harness.protocols.iso15118.vehicle.agreement import AGREED, agreed_protocol
from harness.protocols.iso15118.vehicle.options import VehicleOptions
from harness.protocols.iso15118.vehicle.plant import VehiclePlant
from harness.protocols.iso15118.vehicle.state import State
from harness.protocols.iso15118.vehicle.steering import VehicleSteering
from harness.protocols.iso15118.vehicle.table import Needs, Row

__all__ = ["Phase", "VehicleCourse"]


class Phase(enum.Enum):
    """Where the vehicle stands."""

    UNPLUGGED = "unplugged"
    WAITING = "plugged in, no data link"
    DISCOVERY = "looks for the station"
    CONNECTING = "waits for the connection"
    TALKING = "exchanges messages"
    LEAVING = "leaves after a fault, or closes after the end"
    PAUSED = "session paused"
    OVER = "session over; another one needs a new plug-in or a new data link"


_KEPT = ("cp_b", "open_limit")
"""Timers of pilot and contactor, which outlive the session."""


class VehicleCourse(VehicleSteering):
    """The course of sessions; the machine above it tells what was heard."""

    def __init__(self, options: VehicleOptions, plant: VehiclePlant, name: str, behaviour: Behaviour) -> None:
        super().__init__()
        self.name = name
        self.options = options
        self.plant = plant
        self.phase = Phase.UNPLUGGED
        self.state = State(options, plant)
        self.reason = ""
        """Why the session was left or ended; empty while it goes on."""
        self.sessions = 0
        """How many sessions began, discovery included."""
        self._behaviour = behaviour
        self._host = Host(options.address)
        self._connection: Connection | None = None
        self._timers = Timers()
        self._now_ns = 0
        self._sent: dict[str, int] = {}
        self._heard: dict[str, Content] = {}
        self._marks: set[str] = set()
        self._paused_id = b""
        self._paused_notes: dict[str, object] = {}
        """What the rows noted of the paused session."""
        self._opens = False
        """The contactor opens as soon as the current is low."""
        self._answered = False
        self._ends_paused = False

    @property
    def exchange(self) -> str:
        """The exchange that takes place, or took place last; empty before the first one of a connection."""
        return self.state.exchange

    @property
    def edition(self) -> str:
        """What was agreed on; empty before that."""
        return agreed_protocol(self.state)

    def moment(self) -> Moment:
        """Where the vehicle stands, for deviations."""
        state = self.state
        return Moment(
            self._now_ns, self.phase.name, state.exchange, self.edition, state.since_ns, self._sent, self._heard,
            self.reason or state.why, self.sessions, self._marks, self.plant.signal,
        )  # fmt: skip

    def refrains(self, action: str) -> bool:
        """Whether a deviation keeps *action* from being taken."""
        return bool(self._behaviour.effects) and self._behaviour.refrains(action, self.moment())

    def _overlooks(self, check: str, exchange: str) -> bool:
        return bool(self._behaviour.effects) and self._behaviour.overlooks(check, exchange, self.moment())

    # Timers

    def _arm(self, name: str, length_ns: int, told: str = "") -> None:
        """Arm the timer *name*; *told* is its name for deviations."""
        length: int | None = length_ns
        if self._behaviour.effects:
            length = self._behaviour.timer_ns(told or name, length_ns, self.moment())
        if length is None:
            self._timers.cancel(name)
        else:
            self._timers.arm(name, self._now_ns + length)

    def _arm_limit(self, name: str, length_ns: int, told: str = "") -> None:
        """The same for a limit of the station's, which a tester leaves to its cases."""
        if self.options.timeouts:
            self._arm(name, round(length_ns * self.options.patience), told)

    # Pilot and contactor

    def _present(self, state: str) -> None:
        state = self._wheel.pilot or state
        if not self.refrains(f"present_{state.lower()}"):
            self.plant.present(self._now_ns, state)

    def _hold_pilot(self, now_ns: int) -> None:
        if self._wheel.pilot:
            self.plant.present(now_ns, self._wheel.pilot)

    def _close_contactor(self) -> None:
        self._opens = False
        self._timers.cancel("open_limit")
        if not self.refrains("close_contactor"):
            self.plant.close_contactor(self._now_ns)

    def _prepare_opening(self) -> None:
        """Open the contactor as soon as the current is low, and after a while in any case."""
        if self.plant.contactor_closed and not self._opens:
            self._opens = True
            self._arm("open_limit", s(self.options.open_limit_s))
        self._open_when_low()

    def _open_when_low(self) -> None:
        if self._opens and self.plant.current_a < self.options.low_current_a:
            self._open()

    def _open(self) -> None:
        self._opens = False
        self._timers.cancel("open_limit")
        if not self.refrains("open_contactor"):
            self.plant.open_contactor(self._now_ns)

    def _bring_about(self, row: Row) -> None:
        """What *row* needs before its first request."""
        match row.needs:
            case Needs.READY:
                self._present("C")
            case Needs.CLOSED:
                self._present("C")
                if not self.plant.contactor_closed:
                    self._close_contactor()
            case Needs.IDLE:
                self._arm("cp_b", s(self.options.cp_b_s))
                self._prepare_opening()
            case Needs.OPEN:
                self._prepare_opening()
        self._act(row.exchange)

    def _act(self, exchange: str) -> None:
        """What a deviation does as *exchange* becomes due."""
        for action in self._behaviour.actions(exchange, self.moment()) if self._behaviour.effects else ():
            self._deeds()[action]()

    def _deeds(self) -> dict[str, Callable[[], None]]:
        return {
            "present_b": lambda: self.plant.present(self._now_ns, "B"),
            "present_c": lambda: self.plant.present(self._now_ns, "C"),
            "close_contactor": lambda: self.plant.close_contactor(self._now_ns),
            "open_contactor": lambda: self.plant.open_contactor(self._now_ns),
            "close_tcp": lambda: self._cut(tear=False),
            "reset_tcp": lambda: self._cut(tear=True),
        }

    # Leaving

    def _leave(self, reason: str) -> None:
        """SAFE-STOP: no further request, pilot to B, contactor open, connection closed."""
        if self.phase in (Phase.UNPLUGGED, Phase.WAITING, Phase.LEAVING, Phase.PAUSED, Phase.OVER) or self.refrains("leave"):
            return
        self.reason = reason
        # A session that could not go on because nothing was asked yet is paused still.
        self._ends_paused = bool(self._paused_id) and self.phase is not Phase.TALKING
        if not self._ends_paused:
            self._forget_pause()
        self._quieten()
        self.phase = Phase.LEAVING
        if self.options.stays:
            return
        self._arm("cp_b", s(self.options.cp_b_s))
        self._prepare_opening()
        self._arm("close", s(self.options.close_s))

    def _finish(self) -> None:
        """The regular end, or a pause."""
        self.reason = self.state.why or "the end"
        self._ends_paused = self.state.ending == "Pause"
        if self._ends_paused:
            self._paused_id = self.state.session_id
            self._paused_notes = {key: note for key, note in self.state.notes.items() if key != AGREED}
        else:
            self._forget_pause()
        self._quieten()
        self.phase = Phase.LEAVING
        self._arm("close", s(self.options.close_s))

    def _quieten(self) -> None:
        self._answered = True
        for name in self._timers.armed():
            if name not in _KEPT:
                self._timers.cancel(name)

    def _forget_pause(self) -> None:
        if not self.refrains("forget"):
            self._paused_id = b""

    def _close(self) -> None:
        """The connection ends, and with it the session."""
        self._timers.cancel("close")
        if self._connection is not None and not self.refrains("close_tcp"):
            self._connection.close()
        self.phase = Phase.PAUSED if self._ends_paused and self.plant.is_plugged else Phase.OVER
        self._ends_paused = False
        if not self.plant.is_plugged:
            self.phase = Phase.UNPLUGGED

    def _cut(self, *, tear: bool) -> None:
        if self._connection is not None:
            self._connection.reset() if tear else self._connection.close()

    def _want(self, wish: str) -> None:
        self.state.request_stop("ordered", wish)

    def _plug(self, now_ns: int, plugged: bool) -> None:
        self.plant.plug_in(now_ns, plugged)
