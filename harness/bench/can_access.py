"""What a laboratory can do with a CAN bus, and see of it, beyond frames: error frames, error counters, another bit rate, a pulled plug.

The simulated bus does all of it. A port on hardware tells how many error frames it has seen; for the rest the rig has no means, which
says so and is no verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn

from harness.bench.drive import Drive
from harness.bench.kernel import Link
from harness.bench.links import CanLink, PortLink
from harness.core import Frame, Inconclusive, Reason
from harness.protocols.canbus.confinement import Confinement

__all__ = ["CanAccess", "Heard"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a listening controller made of the bus."""

    frames: int
    """Read without an error."""
    errors: int


class CanAccess:
    """One CAN link of a running bench."""

    def __init__(self, drive: Drive, link: Link, tester: str, readings: list[tuple[int, ...]]) -> None:
        """*tester* is the role whose error counters are those of the interface; what is read goes into *readings* as well."""
        self._drive, self._link, self._tester = drive, link, tester
        self._readings = readings

    @property
    def bitrates_bps(self) -> tuple[int, int] | None:
        """Nominal and data bit rate; ``None`` where the port does not tell."""
        rates = self._rates()
        self._readings.append(rates or ())
        return rates

    def error_frames(self) -> int:
        """Error frames since the start.

        Raises:
            Inconclusive: the port does not tell (reason NO_LINE).
        """
        if isinstance(self._link, CanLink):
            found = len(self._link.errors)
        else:
            port = self._link.port if isinstance(self._link, PortLink) else None
            count = getattr(port, "error_frames", None)
            # An interface that never tells of one would always have seen none.
            if port is None or count is None or port.info.get("reports_errors") != "yes":
                self._refuse("to count error frames on")
            found = int(count())
        self._readings.append((found,))
        return found

    def counters(self) -> Confinement:
        """Error counters of the tester's controller.

        Raises:
            Inconclusive: the port does not tell (reason NO_LINE).
        """
        found = replace(self._simulated("to read error counters on").counters_of(self._tester))
        self._readings.append((found.transmit, found.receive, found.highest, found.is_off))
        return found

    def destroy(self, where: Callable[[Frame], bool], for_ns: int) -> None:
        """Let the frames for which *where* holds run into an error frame, for so long from now on.

        Raises:
            Inconclusive: the rig cannot (reason NO_LINE).
        """
        link = self._simulated("to destroy frames on")
        self._drive.call(lambda: link.destroy(where, for_ns))

    def unplug(self, for_ns: int) -> None:
        """Take the tester off the bus for so long from now on.

        Raises:
            Inconclusive: the rig cannot (reason NO_LINE).
        """
        link = self._simulated("to unplug the tester from")
        self._drive.call(lambda: link.unplug(for_ns))

    def listen(self, bitrate_bps: int, sample_point_pct: float, for_ns: int) -> Heard:
        """Listen at this rate and sample point for so long, and let that time pass.

        Raises:
            Inconclusive: the rig cannot (reason NO_LINE).
        """
        link = self._simulated("to listen at another bit rate on")
        listener = self._drive.call(lambda: link.listen(bitrate_bps, sample_point_pct))
        self._drive.run_until(self._drive.now_ns() + for_ns)
        self._drive.call(lambda: link.stop_listening(listener))
        self._readings.append((listener.frames, listener.errors))
        return Heard(listener.frames, listener.errors)

    def _rates(self) -> tuple[int, int] | None:
        if isinstance(self._link, CanLink):
            return self._link.bitrate_bps, self._link.data_bitrate_bps
        info = self._link.port.info if isinstance(self._link, PortLink) else {}
        if "bitrate_bps" not in info:
            return None
        return int(info["bitrate_bps"]), int(info.get("data_bitrate_bps", info["bitrate_bps"]))

    def _simulated(self, what: str) -> CanLink:
        if not isinstance(self._link, CanLink):
            self._refuse(what)
        return self._link

    def _refuse(self, what: str) -> NoReturn:
        raise Inconclusive(Reason.NO_LINE, f"the rig has no means {what} the link '{self._link.name}'")
