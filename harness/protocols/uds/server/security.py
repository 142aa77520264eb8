"""Security access: seeds, keys, attempts, and the delay that outlives a loss of power."""

from __future__ import annotations

import random

from harness.protocols.uds.server.deviations import Deviations, ServerTiming
from harness.protocols.uds.server.model import Refused
from harness.protocols.uds.services import Nrc

__all__ = ["SEED_BYTES", "Security"]

SEED_BYTES = 4
_MASK = 0x5AA51234
"""The key of the simulated units is the seed with these bits turned over."""


class Security:
    """One level of access."""

    def __init__(self, timing: ServerTiming, deviations: Deviations, seed: int) -> None:
        self._timing, self._deviations = timing, deviations
        self._random = random.Random(seed)
        self.is_open = False
        self._seed = b""
        """What was given and not yet answered."""
        self._failures = 0
        self._locked_until_ns: int | None = None

    def power_up(self, now_ns: int) -> None:
        """Power comes: closed; a delay begins anew."""
        self.close()
        if self._locked_until_ns is not None:
            self._locked_until_ns = None if self._deviations.forgets_delay else now_ns + self._timing.delay_ns
        if self._deviations.forgets_delay:
            self._failures = 0

    def close(self) -> None:
        """No access any more."""
        self.is_open, self._seed = False, b""

    def give_seed(self, now_ns: int) -> bytes:
        """A fresh seed; zeros with access."""
        if self._is_locked(now_ns):
            raise Refused(Nrc.DELAY_NOT_EXPIRED)
        if self.is_open:
            return bytes(SEED_BYTES)
        drawn = self._random.randrange(1, 1 << 8 * SEED_BYTES).to_bytes(SEED_BYTES, "big")
        self._seed = self._deviations.constant_seed or drawn
        return self._seed

    def take_key(self, now_ns: int, key: bytes) -> None:
        """Access, or a refusal."""
        if self._is_locked(now_ns):
            raise Refused(Nrc.DELAY_NOT_EXPIRED)
        if not self._seed:
            raise Refused(Nrc.REQUEST_SEQUENCE)
        seed, self._seed = self._seed, b""
        wanted = (int.from_bytes(seed, "big") ^ _MASK).to_bytes(SEED_BYTES, "big")
        if key == wanted or self._deviations.accepts_any_key:
            self.is_open, self._failures = True, 0
            return
        if self._deviations.counts_no_attempts:
            raise Refused(Nrc.INVALID_KEY)
        self._failures += 1
        if self._failures < self._timing.attempts:
            raise Refused(Nrc.INVALID_KEY)
        self._failures, self._locked_until_ns = 0, now_ns + self._timing.delay_ns
        raise Refused(Nrc.TOO_MANY_ATTEMPTS)

    def _is_locked(self, now_ns: int) -> bool:
        if self._locked_until_ns is not None and now_ns >= self._locked_until_ns:
            self._locked_until_ns = None
        return self._locked_until_ns is not None
