"""Orders about lines and output: they hold while they are in the list and put things right when they leave it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.protocols.iso15118.pilot import StationPilot
from harness.protocols.iso15118.station.output import OutputStage

__all__ = ["Cp", "Forced", "Physical"]

_DRIVE: Mapping[str, Callable[[StationPilot, float], None]] = {
    "cp_source_v": StationPilot.source,
    "cp_duty_percent": StationPilot.duty,
    "cp_frequency_hz": StationPilot.frequency,
    "pp_ohm": StationPilot.proximity,
    "cp_open": StationPilot.interrupt,
}


class Physical:
    """An order that holds from its making to ``leave``."""

    def leave(self) -> None:
        """Put right what it changed."""


class Cp(Physical):
    """Another level of one line of the pilot."""

    def __init__(self, pilot: StationPilot, line: str, value: float) -> None:
        self.line = line
        self._pilot = pilot
        self._duty_percent = pilot.duty_percent
        _DRIVE[line](pilot, value)

    def leave(self) -> None:
        options = self._pilot.options
        usual = {
            "cp_source_v": options.cp_source_full_v,
            # A duty cycle from before an unplugging must not come back into an empty socket.
            "cp_duty_percent": self._duty_percent if self._pilot.is_plugged else options.cp_steady_percent,
            "cp_frequency_hz": options.cp_nominal_hz,
            "pp_ohm": options.pp_plug_ohm,
            "cp_open": 0.0,
        }
        _DRIVE[self.line](self._pilot, usual[self.line])


class Forced(Physical):
    """A voltage or a current at the output whatever was asked for."""

    def __init__(self, output: OutputStage, volts: float | None, amps: float | None) -> None:
        self._output = output
        output.forced_v, output.forced_a = volts, amps

    def leave(self) -> None:
        self._output.forced_v = self._output.forced_a = None
