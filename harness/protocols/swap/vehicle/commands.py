"""The commands of a station, as a table: when one is taken, what must hold, what ends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["COMMANDS", "GIVE_UP", "MOVEMENTS", "Ack", "Row"]


@dataclass(slots=True)
class Ack:
    """A command and what has become of it."""

    command: str
    sequence: int
    began_ns: int
    result: str = "in_progress"
    reason: str = "none"
    said_ns: int | None = None
    """When that was told last."""
    due_ns: int = 0
    """It is carried out no earlier."""
    begun: bool = False

    @property
    def is_open(self) -> bool:
        """It is still being carried out."""
        return self.result == "in_progress"

    def end(self, result: str, reason: str = "none") -> None:
        """It is over."""
        self.result, self.reason, self.said_ns = result, reason, None


@dataclass(frozen=True, slots=True)
class Row:
    """One command."""

    sender: str
    """Controller that acknowledges it."""
    phases: frozenset[str]
    """In which it is carried out."""
    timer: str = ""
    """Within which it must be done."""
    past: frozenset[str] = frozenset()
    """Phases in which it has been done already, and is acknowledged at once."""
    guards: tuple[str, ...] = ()
    """What must hold, by name."""


def _in(text: str) -> frozenset[str]:
    return frozenset(text.split())


MOVEMENTS = frozenset(("unlock", "lock"))
GIVE_UP = frozenset(("abort", "failed"))
"""Taken in every phase of a swap."""
COMMANDS: Mapping[str, Row] = {
    "session_open": Row("bsc", _in("idle restored disabled")),
    "prepare_swap": Row("vcu", _in("authenticated"), "T_PREP", past=_in("prepared unlocked removed"), guards=("driver",)),
    "unlock": Row(
        "bsc", _in("prepared stuck"), "T_UNLOCK", past=_in("unlocked removed"), guards=("permit", "speed", "link", "station_ready")
    ),
    "pack_removing": Row("bsc", _in("unlocked"), "T_REMOVE", past=_in("removed")),
    "pack_installing": Row("bsc", _in("removed"), "T_INSTALL", past=_in("installing")),
    "pack_placed": Row("bsc", _in("installing"), "T_MATE", past=_in("mated")),
    "lock": Row("bsc", _in("placing mated stuck unlocked"), "T_LOCK", past=_in("locked"), guards=("seat", "connector")),
    "post_check": Row("vcu", _in("locked"), "", past=_in("checked")),
    "success": Row("vcu", _in("checked"), "T_READY"),
    "failed": Row("bsc", frozenset()),
    "abort": Row("bsc", frozenset()),
}
