"""What the controllers of a swap truck share: profile, options, plant, deviations, and where the swap stands."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from harness.protocols.swap.messages import SwapProfile
from harness.protocols.swap.vehicle.behaviour import Behaviour, Moment
from harness.protocols.swap.vehicle.options import VehicleOptions
from harness.protocols.swap.vehicle.plant import Sensors, VehiclePlant
from harness.protocols.swap.vehicle.speech import Ear, Mouth

__all__ = ["IN_SWAP", "Context"]

IN_SWAP = frozenset(
    (
        "session", "authenticated", "preparing", "prepared", "unlocking", "stuck", "unlocked", "removing", "removed", "installing",
        "placing", "mated", "locking", "relocking", "locked", "checking", "checked", "energising",
    )
)  # fmt: skip
"""Phases between the opening of a session and its end; the others are ``idle``, ``restored`` and ``disabled``."""


@dataclass(slots=True)
class Context:
    """Shared by VCU and swap controller."""

    profile: SwapProfile
    options: VehicleOptions
    behaviour: Behaviour
    plant: VehiclePlant
    moment: Moment
    ear: Ear
    mouth: Mouth
    phase: str = "idle"
    session: int | None = None
    deny: str = "none"
    """Why something was refused last."""
    error: bool = False
    """The swap has failed; a new session or its good end takes that back."""
    expected_crc: int | None = None
    """Of the pack that the station is about to fit."""
    emergency: bool = False
    troubles: set[str] = field(default_factory=set)
    """What is wrong now."""
    pending: dict[str, int] = field(default_factory=dict)
    """When each trouble that is not told yet was noticed."""

    @property
    def sensors(self) -> Sensors:
        """Inputs, as they are read."""
        sensors = self.plant.sensors
        if not self.behaviour.senses:
            return sensors
        read: Any = self.behaviour.sensed({each.name: getattr(sensors, each.name) for each in fields(sensors)}, self.moment)
        return Sensors(**read)

    def overlooks(self, check: str) -> bool:
        """Whether *check* is not made."""
        return self.behaviour.overlooks(check, self.moment)

    def does(self, action: str, about: str = "") -> bool:
        """Whether *action* is taken."""
        return not self.behaviour.refrains(action, self.moment, about)

    def timer_ns(self, name: str) -> int:
        """Length of a timer of the profile."""
        return self.behaviour.timer_ns(name, self.profile.timer(name).nominal_ns)

    def trouble(self, now_ns: int, word: str, present: bool) -> None:
        """Something is wrong, or right again."""
        if present:
            since_ns = self.pending.setdefault(word, now_ns)
            late = now_ns - since_ns < self.behaviour.delay_ns(word, self.moment)
            if word not in self.troubles and not late and self.does("record", word):
                self.troubles.add(word)
                self.plant.trouble(now_ns, word, True)
            return
        self.pending.pop(word, None)
        if word in self.troubles and self.does("heal", word):
            self.troubles.discard(word)
            self.plant.trouble(now_ns, word, False)

    def fail(self, reason: str) -> None:
        """The swap has failed for *reason*."""
        self.deny = reason
        self.error = self.does("error")

    def go(self, phase: str) -> None:
        """Be in *phase* from now on."""
        self.phase = self.moment.phase = phase
