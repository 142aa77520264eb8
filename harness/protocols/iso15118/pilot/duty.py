"""What a vehicle reads from the duty cycle and the frequency of the control pilot."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["DutyOptions", "Reading"]


class Reading(enum.StrEnum):
    """What the pilot signal tells a vehicle."""

    UNPLUGGED = "unplugged"
    FAULT = "fault"
    """The station, or a short, holds the pilot at 0 V (E)."""
    UNAVAILABLE = "unavailable"
    """The station holds the pilot at its negative level (F)."""
    STEADY = "steady"
    """Positive level without oscillation."""
    COMMUNICATION = "communication"
    """Digital communication is required before energy is transferred."""
    BASIC = "basic"
    """The duty cycle tells an available alternating current."""
    FORBIDDEN = "forbidden"
    """A duty cycle or a frequency with which charging is not allowed."""


@dataclass(frozen=True, slots=True)
class DutyOptions:
    """How a vehicle interprets the oscillation: bounds in percent of the period and in hertz, slopes in ampere per percent."""

    communication_from_percent: float = 3.0
    communication_to_percent: float = 7.0
    basic_from_percent: float = 8.0
    linear_from_percent: float = 10.0
    """Below this the current is ``least_a``."""
    linear_to_percent: float = 85.0
    steep_to_percent: float = 96.0
    basic_to_percent: float = 97.0
    """Between ``steep_to_percent`` and this the current is ``most_a``."""
    linear_a_per_percent: float = 0.6
    steep_a_per_percent: float = 2.5
    steep_zero_percent: float = 64.0
    least_a: float = 6.0
    most_a: float = 80.0
    frequency_from_hz: float = 980.0
    frequency_to_hz: float = 1020.0
    steady_from_percent: float = 100.0
    """From this on there is no oscillation."""

    def read(self, duty_percent: float, frequency_hz: float) -> Reading:
        """What the oscillating pilot says; 100 % is none."""
        if duty_percent >= self.steady_from_percent:
            return Reading.STEADY
        if not self.frequency_from_hz <= frequency_hz <= self.frequency_to_hz:
            return Reading.FORBIDDEN
        if self.communication_from_percent <= duty_percent <= self.communication_to_percent:
            return Reading.COMMUNICATION
        return Reading.BASIC if self.current_a(duty_percent) > 0 else Reading.FORBIDDEN

    def current_a(self, duty_percent: float) -> float:
        """The alternating current that *duty_percent* offers, 0 where it offers none."""
        if not self.basic_from_percent <= duty_percent <= self.basic_to_percent:
            return 0.0
        if duty_percent < self.linear_from_percent:
            return self.least_a
        if duty_percent <= self.linear_to_percent:
            return duty_percent * self.linear_a_per_percent
        if duty_percent <= self.steep_to_percent:
            return (duty_percent - self.steep_zero_percent) * self.steep_a_per_percent
        return self.most_a
