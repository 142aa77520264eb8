"""Deviations of a simulated vehicle from the standard in its matching; they are data, and the machine asks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.protocols.iso15118.slac.frames import Values

__all__ = ["MmeAccept", "MmeRefrain", "MmeRewrite", "MmeWithhold", "SlacBehaviour", "SlacEffect"]


@dataclass(frozen=True, slots=True)
class MmeWithhold:
    """The vehicle does not send *message* while *when* holds of how many it has sent in this matching."""

    message: str
    when: Callable[[int], bool] = lambda sent: True


@dataclass(frozen=True, slots=True)
class MmeRewrite:
    """Fields of the vehicle's *message* have other values: made from the right ones and the number sent before in this matching."""

    message: str
    make: Callable[[Values, int], Values]


@dataclass(frozen=True, slots=True)
class MmeAccept:
    """The vehicle does not look at these fields of the station's *message*."""

    message: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MmeRefrain:
    """The vehicle leaves *action* out.

    Actions: ``renew_run_id`` (for a new matching), ``choose_best`` (of several stations; it takes the one that answered last),
    ``validate`` (a doubtful station), ``toggle`` (the pilot), ``count_toggles`` (compare its toggles with those that the station
    counted), ``notice_loss`` (of the link), ``resume`` (take a link that came back), ``leave_network`` (at unplugging), ``give_up``
    (after the last repetition), ``await_join`` (it takes the link for there as soon as the keys are set), ``await_duty`` (it begins
    at the plug), ``heed_pulse`` (begin anew after the station held the pilot at E or F).
    """

    action: str


SlacEffect = MmeWithhold | MmeRewrite | MmeAccept | MmeRefrain


class SlacBehaviour:
    """All deviations of one vehicle in its matching."""

    def __init__(self, effects: tuple[SlacEffect, ...] = ()) -> None:
        self._effects = effects

    def withholds(self, message: str, sent: int) -> bool:
        """Whether *message* stays unsent."""
        return any(isinstance(one, MmeWithhold) and one.message == message and one.when(sent) for one in self._effects)

    def rewritten(self, message: str, values: Values, sent: int) -> Values:
        """The fields of *message* instead of *values*."""
        for effect in self._effects:
            if isinstance(effect, MmeRewrite) and effect.message == message:
                values = {**values, **effect.make(values, sent)}
        return values

    def overlooks(self, message: str, field: str) -> bool:
        """Whether *field* of the station's *message* is not looked at."""
        return any(isinstance(one, MmeAccept) and one.message == message and field in one.fields for one in self._effects)

    def refrains(self, action: str) -> bool:
        """Whether *action* is left out."""
        return any(isinstance(one, MmeRefrain) and one.action == action for one in self._effects)
