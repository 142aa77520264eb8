"""States of the control pilot and the positive levels by which a station tells them apart."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["CpLevels", "CpState"]


class CpState(enum.StrEnum):
    """What the level of the control pilot says."""

    A = "A"
    """No vehicle."""
    B = "B"
    """Connected, not ready."""
    C = "C"
    """Ready, no ventilation needed."""
    D = "D"
    """Ready, ventilation needed."""
    E = "E"
    """Fault of the station, no power, or pilot and protective earth joined."""
    F = "F"
    """Station not available."""


@dataclass(frozen=True, slots=True)
class CpLevels:
    """Ranges of the positive level in volts as the station measures it; a laboratory may have others."""

    cp_a_from_v: float = 11.0
    cp_a_to_v: float = 13.0
    cp_b_from_v: float = 8.0
    cp_b_to_v: float = 10.0
    cp_c_from_v: float = 5.0
    cp_c_to_v: float = 7.0
    cp_d_from_v: float = 2.0
    cp_d_to_v: float = 4.0
    cp_e_from_v: float = -1.0
    cp_e_to_v: float = 1.0
    cp_f_from_v: float = -13.0
    cp_f_to_v: float = -11.0

    def state_of(self, volts: float) -> CpState | None:
        """The state that *volts* stands for; ``None`` between two ranges."""
        return next((state for state, low, high in self.ranges() if low <= volts <= high), None)

    def ranges(self) -> Iterator[tuple[CpState, float, float]]:
        """Every state with its lowest and its highest level."""
        for state in CpState:
            name = state.value.lower()
            yield state, getattr(self, f"cp_{name}_from_v"), getattr(self, f"cp_{name}_to_v")

    def problems(self) -> list[str]:
        """What is wrong with the ranges: empty ones, ranges that overlap."""
        found = [f"option 'cp_{s.lower()}_from_v' must lie below 'cp_{s.lower()}_to_v'" for s, low, high in self.ranges() if low >= high]
        ordered = sorted(self.ranges(), key=lambda one: one[1])
        for (lower, _, high), (upper, low, _) in itertools.pairwise(ordered):
            if low <= high:
                found.append(f"the ranges of the pilot states {lower} and {upper} overlap")
        return found
