"""The thread of a port, beside that of the bench."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["Worker"]


class Worker:
    """Runs what a port does until it is closed; the port may be closed from within, and opened again."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    @property
    def is_ended(self) -> bool:
        """Whether the port is closed: the work has to return, and what goes wrong now is no failure."""
        return self._ended.is_set()

    def start(self, name: str, work: Callable[[], None]) -> None:
        """Begin *work*; the process does not wait for it at its own end."""
        self._ended.clear()
        self._thread = threading.Thread(target=work, name=f"precert-port-{name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell the work to return."""
        self._ended.set()

    def join(self) -> None:
        """Tell the work to return, and wait until it has, unless it asks itself."""
        self.stop()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._thread = None
