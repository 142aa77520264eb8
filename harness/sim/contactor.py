"""A contactor pair with operating time and feedback."""

from __future__ import annotations

__all__ = ["Contactor"]


class Contactor:
    """K5 and K6 as one. The feedback follows the command after *operate_ns*; a later command replaces an earlier one."""

    def __init__(self, operate_ns: int, *, welded: bool = False) -> None:
        self._operate_ns = operate_ns
        self._welded = welded
        self._closed = False
        self._pending: tuple[int, bool] | None = None

    def command(self, now_ns: int, close: bool) -> None:
        """Close or open; a welded contactor does not open again."""
        self.settle(now_ns)
        target = self._pending[1] if self._pending is not None else self._closed
        if close is not target:
            self._pending = (now_ns + self._operate_ns, close)

    def settle(self, now_ns: int) -> bool:
        """Feedback at *now_ns*."""
        if self._pending is not None and now_ns >= self._pending[0]:
            close = self._pending[1]
            self._closed = close or (self._welded and self._closed)
            self._pending = None
        return self._closed

    def drop(self) -> None:
        """Open at once: the coil has no supply any more."""
        self._closed, self._pending = self._closed and self._welded, None

    @property
    def is_closed(self) -> bool:
        """Feedback at the instant of the last ``settle``."""
        return self._closed

    @property
    def change_ns(self) -> int | None:
        """When the feedback will change, ``None`` if no command is under way."""
        return None if self._pending is None else self._pending[0]
