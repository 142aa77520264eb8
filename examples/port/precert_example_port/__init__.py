"""A port to a pilot box that tells and takes the levels of discrete lines as text, one ``name value`` per line over TCP."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Mapping

from harness.bench.port import Sink
from harness.core import ConfigError, Level, Pdu, RigError

__all__ = ["TextBoxPort"]

CONNECT_WITHIN_S = 5.0
OPTIONS = ("address",)
GIVEN_BY_THE_LINK = ("link", "kind", "interface")


class TextBoxPort:
    """Lines of text to and from the box. Option ``address``: ``HOST:PORT``."""

    echoes = False

    def __init__(self, options: Mapping[str, object]) -> None:
        """Check the options and open nothing.

        Raises:
            ConfigError: an option is missing, unknown or malformed.
        """
        if unknown := sorted(options.keys() - {*OPTIONS, *GIVEN_BY_THE_LINK}):
            raise ConfigError(f"driver text_box has no option '{unknown[0]}' (have: {', '.join(OPTIONS)})")
        host, _, port = str(options.get("address", "")).rpartition(":")
        if not host or not port.isdigit():
            raise ConfigError(f"driver text_box needs the option 'address' as HOST:PORT, have '{options.get('address', '')}'")
        self._address = (host, int(port))
        self._socket: socket.socket | None = None
        self._reader: threading.Thread | None = None
        self._unreadable = 0
        self.info: Mapping[str, str] = {"interface": "text_box", "channel": f"{host}:{port}", "stamps": "host, on reception"}

    def open(self, sink: Sink) -> None:
        """Connect, and report every level that the box tells."""
        try:
            self._socket = socket.create_connection(self._address, timeout=CONNECT_WITHIN_S)
        except OSError as error:
            host, port = self._address
            raise ConfigError(f"no pilot box at {host}:{port} ({error}); check its power and the option 'address'") from error
        self._socket.settimeout(None)
        self._reader = threading.Thread(target=self._read, args=(self._socket, sink), name="text_box", daemon=True)
        self._reader.start()

    def send(self, pdu: Pdu) -> None:
        """Tell the box one level."""
        if not isinstance(pdu, Level):
            raise RigError(f"driver text_box carries discrete lines, not {type(pdu).__name__}")
        if self._socket is None:
            raise RigError("pilot box: the port is not open")
        try:
            self._socket.sendall(f"{pdu.line} {pdu.value!r}\n".encode())
        except OSError as error:
            raise RigError(f"pilot box: {error}") from error

    def dropped(self) -> int:
        """Lines of the box that could not be read."""
        return self._unreadable

    def close(self) -> None:
        """Hang up and wait for the reader to end."""
        if self._socket is not None:
            with contextlib.suppress(OSError):  # the box may have hung up first
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None
        if self._reader is not None:
            self._reader.join()
            self._reader = None

    def _read(self, connection: socket.socket, sink: Sink) -> None:
        try:
            with connection.makefile("r", encoding="ascii", errors="replace") as lines:
                for line in lines:
                    # Stamped before it is taken apart: the box has no clock, so this is the best stamp there is.
                    seen_ns = time.monotonic_ns()
                    level = _level(line)
                    if level is None:
                        self._unreadable += 1
                    else:
                        sink(level, seen_ns, None, False)
        except OSError:  # close() ends the reader so
            return


def _level(line: str) -> Level | None:
    name, _, value = line.strip().partition(" ")
    try:
        return Level(name, float(value)) if name else None
    except ValueError:
        return None
