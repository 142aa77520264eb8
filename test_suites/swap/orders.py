"""Orders of the cases: to the station, to the packs, to robot and driver; each is seen on its link or line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Limit, Message, Reason

from .told import Told

__all__ = ["NONCE", "Orders", "Pack"]

NONCE = 0x1234ABCD
"""Of the challenges that no case looks at."""


class Pack:
    """Orders to a pack: the methods of ``harness.protocols.swap.pack.PackBms``, and two of its plant."""

    def __init__(self, station: Any, yard: Callable[[], Any], name: str) -> None:
        self._station, self._yard, self._name = station, yard, name

    def change(self, message: str, **values: object) -> None:
        """Say these values in *message* from now on."""
        self._station.to_pack(self._name, "change", message, **values)

    def silent(self, silent: bool) -> None:
        """Send nothing any more, or speak again."""
        self._station.to_pack(self._name, "silent", silent)

    def start_after(self, delay_ns: int) -> None:
        """Send the first frame so long after the supply came."""
        self._station.to_pack(self._name, "start_after", delay_ns)

    def identity(self, code: str | None, *, drop_packet: int | None = None, gap_ns: int | None = None) -> None:
        """Tell *code*; ``None``: none, asked or not. *drop_packet* of the transfer never leaves."""
        self._station.to_pack(self._name, "identity", code, drop_packet=drop_packet, gap_ns=gap_ns)

    def limits(self, *, charge: float | None = None, discharge: float | None = None, voltage: float | None = None) -> None:
        """Tell these limits."""
        self._station.to_pack(self._name, "limits", charge=charge, discharge=discharge, voltage=voltage)

    def thermal(self, **values: object) -> None:
        """Tell these values of temperatures and coolant."""
        self._station.to_pack(self._name, "thermal", **values)

    def imd(self, on: bool) -> None:
        """Have the pack's insulation monitor on, or off."""
        self._station.to_pack(self._name, "imd", on)

    def weld(self) -> None:
        """The positive main contactor is welded."""
        self._yard().weld(self._name)

    def stick_precharge(self, share: float | None) -> None:
        """In precharge the link reaches only this share of the pack's voltage."""
        self._yard().stick_precharge(self._name, share)

    def revert(self) -> None:
        """Say again what is true."""
        self._station.to_pack(self._name, "revert")


class Orders(Told):
    """The station around the truck, and what it is told to do."""

    def __init__(self, bench: CaseBench, truck: Sut, station: Any, check: Callable[..., Check]) -> None:
        super().__init__(bench, truck, station, check)
        self._order: Message | None = None
        """The latest command."""

    @property
    def yard(self) -> Any:
        """The robot, the driver, the break-out box.

        Raises:
            Inconclusive: the rig has no lines (reason NO_LINE).
        """
        return self.bench.control("station", 1)

    def pack(self, name: str) -> Pack:
        """The pack ``old``, which is on the truck, or ``new``."""
        return Pack(self.station, lambda: self.yard, name)

    def order(self, word: str, **fields: object) -> Message:
        """Have the station command *word*; the first such command on the link.

        Raises:
            Inconclusive: it was not there (reason PRECONDITION).
        """
        since_ns = self.bench.now_ns - 1
        self.station.command(word, **fields)
        return self.commanded(word, since_ns)

    def commanded(self, word: str, since_ns: int) -> Message:
        """The first command *word* of the number under which it is on the link now, after an order given at *since_ns*.

        Raises:
            Inconclusive: it was not there (reason PRECONDITION).
        """
        self.bench.run_for(self._truck.limit("approach.own").nominal_ns)
        self.link.given("STA_CMD", since=since_ns, where=lambda command: command["SwapCmd"] == word, what=f"command {word}")
        seen = self.link.messages("STA_CMD", since=since_ns, where=lambda command: command["SwapCmd"] == word)
        self._order = next(command for command in seen if command["CmdSeq"] == seen[-1]["CmdSeq"])
        return self._order

    def under(self, order: Message, session: int) -> None:
        """Make sure that the station gave *order* under this session.

        Raises:
            Inconclusive: it did not (reason PRECONDITION).
        """
        if order["SessionId"] != session:
            raise Inconclusive(
                Reason.PRECONDITION, f"the command stands under session {order['SessionId']!r}, not {session}; the tester did not change it"
            )

    def set_line(self, line: str, value: float, order: Callable[[], None]) -> int:
        """Have *order* bring *line* of the tester to *value*; the instant.

        Raises:
            Inconclusive: it has another level (reason PRECONDITION).
        """
        order()
        self.bench.run_for(self._truck.limit("approach.own").nominal_ns)
        changes = self.bench.level_changes(line)
        if not changes or changes[-1][1] != value:
            level = changes[-1][1] if changes else None
            raise Inconclusive(
                Reason.PRECONDITION, f"line '{line}' is at {level}, not at {value}; the tester did not do what the step needs"
            )
        return changes[-1][0]

    def bring_line(self, line: str, value: float, order: Callable[[], None], within: Limit) -> None:
        """Have the robot bring *line* of the tester to *value*, which takes its time.

        Raises:
            Inconclusive: it does not (reason PRECONDITION).
        """
        order()
        if self.bench.wait_level(line, value, within=within) is None:
            raise Inconclusive(
                Reason.PRECONDITION, f"line '{line}' was not brought to {value:g}; the tester did not do what the step needs"
            )

    def challenge(self, nonce: int = NONCE) -> None:
        """Have the station send a challenge for the algorithm that truck and station know."""
        self.station.challenge(nonce, algorithm=int(self._truck.limit("session.algorithm").value or 0))

    def greet(self) -> None:
        """Have a session opened and the station authenticated, whatever the truck answers."""
        self.order("session_open")
        self.bench.run_for(self._truck.limit("timer.T_ACK").nominal_ns)
        self.challenge()
        self.bench.run_for(self._truck.limit("timer.T_AUTH").nominal_ns)

    def drivable(self, within: Limit | None = None) -> bool:
        """Whether the truck drives when the driver wants it to: key to ready, brake released, gear, pedal. He lets go of it afterwards."""
        torque, limit = 0.0, within or self._truck.limit("approach.drive")
        self.level("torque_nm")
        pedal = float(self._truck.limit("stimulus.pedal").value or 0)
        self.set_line("pedal_percent", pedal, lambda: self.yard.driver(key="ready", brake="released", gear="drive", pedal=pedal))
        until_ns = self.bench.now_ns + limit.upper_ns
        while not torque and self.bench.now_ns <= until_ns:
            self.bench.run_for(self._truck.limit("approach.poll").nominal_ns)
            torque = self.level("torque_nm")
        self.yard.driver(key="on", brake="applied", gear="park", pedal=0.0)
        self.bench.run_for(self._truck.limit("approach.own").nominal_ns)
        return torque > 0
