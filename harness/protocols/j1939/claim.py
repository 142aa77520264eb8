"""Address claim of one controller (J1939-81), sans-IO.

Theory of operation::

    SILENT --start--> CLAIMING --250 ms without a better claim--> CLAIMED
    CLAIMING, CLAIMED --claim of the same address by a higher NAME--> claims again, keeps the address
    CLAIMING, CLAIMED --claim by a lower NAME--> the next own address: CLAIMING; none left: CANNOT, told after a random delay
    any --request for address claimed--> tells its claim, or that it cannot claim
    CLAIMED --commanded address with its NAME--> claims that address
"""

from __future__ import annotations

import enum
import random
from collections.abc import Sequence
from dataclasses import dataclass

from harness.core import Frame, ms
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.j1939.ids import GLOBAL, NULL, J1939Id, build_id
from harness.protocols.j1939.name import NAME_BYTES, Name

__all__ = ["ADDRESS_CLAIMED", "ClaimFaults", "ClaimState", "ClaimTiming", "Claimant"]

ADDRESS_CLAIMED = BY_NAME["AddressClaimed"].pgn
_EARLY = (*range(128), *range(248, 254))
"""Addresses with which older editions let a controller send at once."""


class ClaimState(enum.Enum):
    """Where a claim stands."""

    SILENT = "silent"
    CLAIMING = "claims, nobody objected yet"
    CLAIMED = "has its address"
    CANNOT = "has no address"


@dataclass(frozen=True, slots=True)
class ClaimTiming:
    """Times of a claim (section 2.6 of the reference)."""

    stable_ns: int = ms(250)
    """From the claim to the first other message (J1, J3, high)."""
    longest_delay_ns: int = ms(150)
    """Greatest random delay before it is told that no address could be claimed: 153 ms (high), less the time on the bus."""
    at_once: bool = False
    """Addresses 0..127 and 248..253 may be used at once, as older editions let them (K, medium)."""


@dataclass(frozen=True, slots=True)
class ClaimFaults:
    """Deviations of one claimant; none by default."""

    keeps_address: bool = False
    """Goes on under an address that it lost."""
    yields_always: bool = False
    """Gives its address up to a higher NAME too."""
    cannot_at_once: bool = False
    """Tells without delay that it could not claim."""
    deaf_to_requests: bool = False
    deaf_to_all: bool = False
    """Does not hear requests to everybody."""
    renamed_when_asked: bool = False
    """Answers a request for its claim with another NAME."""
    takes_any_command: bool = False
    """Obeys a commanded address that names another NAME."""
    silent_loss: bool = False
    """Does not tell that it could not claim."""
    ignores_command: bool = False
    answer_ns: int = 0
    """Delay before a request for the claim is answered."""
    moves_on_use: bool = False
    """Takes another address when somebody else sends under its own."""
    wanders: bool = False
    """Begins with another address after every loss of power."""


_NO_FAULTS = ClaimFaults()
_TIMING = ClaimTiming()


class Claimant:
    """Claims an address for a NAME. Every call gives the frames to send."""

    def __init__(
        self,
        name: Name,
        addresses: Sequence[int],
        *,
        timing: ClaimTiming = _TIMING,
        faults: ClaimFaults = _NO_FAULTS,
        seed: int = 0,
    ) -> None:
        """*addresses* in the order of preference; those after the first are only tried by a NAME that is capable of it."""
        self.name = name
        self.state = ClaimState.SILENT
        self.address = NULL
        self._addresses = list(addresses) if name.arbitrary_address_capable else list(addresses[:1])
        self._left = list(self._addresses)
        self._timing, self._faults = timing, faults
        self._random = random.Random(seed)
        self._deadline_ns: int | None = None
        self._owed_ns: int | None = None
        """When an answer to a request is due."""
        self._starts = 0

    @property
    def may_send(self) -> bool:
        """Whether messages other than claims may be sent."""
        return self.state is ClaimState.CLAIMED

    def start(self, now_ns: int) -> list[Frame]:
        """Power came: claim the preferred address."""
        self._left = list(self._addresses)
        if self._faults.wanders:
            turn = self._starts % len(self._left)
            self._left = self._left[turn:] + self._left[:turn]
        self._starts += 1
        return self._next(now_ns)

    def stop(self) -> None:
        """Power went."""
        self.state, self.address, self._deadline_ns, self._owed_ns = ClaimState.SILENT, NULL, None, None

    def receive(self, now_ns: int, ident: J1939Id, data: bytes) -> list[Frame]:
        """A claim, a request or a command of somebody else; *data* of a commanded address is its nine bytes."""
        if self.state is ClaimState.SILENT:
            return []
        if ident.pgn == ADDRESS_CLAIMED and len(data) == NAME_BYTES:
            return self._contested(now_ns, ident.source, Name.of(data))
        if ident.pgn == BY_NAME["Request"].pgn and data[:3] == ADDRESS_CLAIMED.to_bytes(3, "little"):
            return self._asked(now_ns, ident.destination)
        if ident.pgn == BY_NAME["CommandedAddress"].pgn and len(data) == NAME_BYTES + 1:
            return self._commanded(now_ns, data)
        if self._faults.moves_on_use and ident.source == self.address:
            return self._next(now_ns)
        return []

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        return min((each for each in (self._deadline_ns, self._owed_ns) if each is not None), default=None)

    def handle_timers(self, now_ns: int) -> list[Frame]:
        """Do what is due."""
        if self._owed_ns is not None and now_ns >= self._owed_ns:
            self._owed_ns = None
            return [self._claim()]
        if self._deadline_ns is None or now_ns < self._deadline_ns:
            return []
        self._deadline_ns = None
        if self.state is ClaimState.CLAIMING:
            self.state = ClaimState.CLAIMED
            return []
        return [self._claim()]

    def _next(self, now_ns: int) -> list[Frame]:
        if not self._left:
            return self._lost(now_ns)
        self.address = self._left.pop(0)
        early = self._timing.at_once and self.address in _EARLY
        self.state = ClaimState.CLAIMED if early else ClaimState.CLAIMING
        self._deadline_ns = None if early else now_ns + self._timing.stable_ns
        return [self._claim()]

    def _lost(self, now_ns: int) -> list[Frame]:
        self.state, self.address, self._deadline_ns = ClaimState.CANNOT, NULL, None
        if self._faults.silent_loss:
            return []
        if self._faults.cannot_at_once:
            return [self._claim()]
        self._deadline_ns = now_ns + self._random.randrange(1, self._timing.longest_delay_ns)
        return []

    def _contested(self, now_ns: int, source: int, other: Name) -> list[Frame]:
        if source != self.address or source == NULL or int(other) == int(self.name):
            return []
        if self._faults.keeps_address:
            return []
        if self.name < other and not self._faults.yields_always:
            return [self._claim()]
        return self._next(now_ns)

    def _asked(self, now_ns: int, destination: int) -> list[Frame]:
        faults = self._faults
        if faults.deaf_to_requests or destination not in (GLOBAL, self.address) or (faults.deaf_to_all and destination == GLOBAL):
            return []
        if self.state is ClaimState.CANNOT:
            return self._lost(now_ns) if self._deadline_ns is None else []
        if self._faults.answer_ns:
            self._owed_ns = now_ns + self._faults.answer_ns
            return []
        return [self._claim(renamed=faults.renamed_when_asked)]

    def _commanded(self, now_ns: int, data: bytes) -> list[Frame]:
        meant = data[:NAME_BYTES] == self.name.data or self._faults.takes_any_command
        if not meant or self._faults.ignores_command:
            return []
        self._left = [data[NAME_BYTES]]
        return self._next(now_ns)

    def _claim(self, *, renamed: bool = False) -> Frame:
        data = self.name.data
        return Frame(build_id(ADDRESS_CLAIMED, self.address, GLOBAL), bytes((data[0] ^ renamed,)) + data[1:])
