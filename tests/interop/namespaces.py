"""Two network namespaces joined by a pair of virtual interfaces, each with a link-local address, for two parties on one machine."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

INTERFACE = "charge0"
_PATIENCE_S = 10


@dataclass(frozen=True)
class Pair:
    """The names of the namespaces; in both of them the interface is ``charge0``."""

    ours: str
    peers: str

    @staticmethod
    def inside(namespace: str, *command: str) -> list[str]:
        """The command line that runs *command* in *namespace*."""
        return ["ip", "netns", "exec", namespace, *command]


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


@contextmanager
def joined() -> Iterator[Pair]:
    """Make a pair, and remove it at the end."""
    pair = Pair(*(f"precert-{side}-{os.getpid()}" for side in ("ours", "peer")))
    both = (pair.ours, pair.peers)
    try:
        for name in both:
            _ip("netns", "add", name)
        _ip("-n", pair.ours, "link", "add", INTERFACE, "type", "veth", "peer", "name", INTERFACE, "netns", pair.peers)
        for name in both:
            # Without that an address is tentative for seconds, and cannot be bound.
            subprocess.run(Pair.inside(name, "sysctl", "-qw", f"net.ipv6.conf.{INTERFACE}.accept_dad=0"), check=True)
            for interface in ("lo", INTERFACE):
                _ip("-n", name, "link", "set", interface, "up")
        _await_addresses(both)
        yield pair
    finally:
        for name in both:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def _await_addresses(names: tuple[str, str]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        shown = [_ip("-n", name, "-6", "address", "show", "dev", INTERFACE, "scope", "link") for name in names]
        if all("fe80:" in text and "tentative" not in text for text in shown):
            return
        time.sleep(0.05)
    raise TimeoutError(f"no link-local address on {INTERFACE} within {_PATIENCE_S} s")
