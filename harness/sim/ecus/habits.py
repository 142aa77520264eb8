"""How a control unit does things on J1939 beyond its controller, and what it does wrong; the defaults are right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.core import ms, s
from harness.sim.ecus.memory import MemoryHabits

__all__ = ["Edit", "UnitHabits"]

Edit = Callable[[bytes], bytes | None]
"""Another content in the place of one; ``None``: nothing is sent."""


@dataclass(frozen=True, slots=True)
class UnitHabits:
    """Habits of one unit."""

    memory: MemoryHabits = field(default_factory=MemoryHabits)
    edits: tuple[tuple[int, Edit], ...] = ()
    """Group and what becomes of its content, cyclic or asked for."""
    dm1_ns: int = s(1)
    """Period of DM1."""
    least_change_ns: int = s(1)
    """A change of DM1 is told at once, but not more often than this."""
    clears_always: bool = False
    """DM3 and DM11 are obeyed while the truck drives."""
    clears_untold: bool = False
    """DM3 and DM11 are obeyed and not acknowledged."""
    stop_ns: int = s(6)
    """How long DM13 stops its broadcasts; 0: it does not obey."""
    stops_safety: bool = False
    """DM13 stops its messages for safety too."""
    takes_any_checksum: bool = False
    """Obeys torque requests with a wrong checksum."""
    fallback_ns: int = ms(300)
    """How long one torque request counts."""
    harmed_by: int | None = None
    """Group that does harm to the unit when somebody sends it."""
    harm: str = ""
    """Which: ``reset``, ``lamp`` (one stays on), ``address`` (it takes another one)."""
