"""A thread of the test in one of two network namespaces: sockets belong to the namespace of the thread that makes them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.interop.namespaces import INTERFACE, Pair

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)

__all__ = ["INTERFACE", "address_in", "inside", "refusal"]


def refusal() -> str:
    """Why no namespace can be made here, empty if one can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    try:
        done = subprocess.run(["unshare", "--net", "ip", "link", "show", "lo"], check=False, capture_output=True, text=True)
    except FileNotFoundError as error:
        return f"network namespaces need the command {error.filename}"
    return "" if done.returncode == 0 else f"no network namespace can be made: {done.stderr.strip()}"


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """The calling thread stands in *namespace* for as long as the context is open."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(Path("/run/netns", namespace), os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(home)
        os.close(home)
        os.close(there)


def _enter(fd: int) -> None:
    if _LIBC.setns(fd, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def address_in(namespace: str) -> str:
    """The link-local address of the interface there."""
    shown = subprocess.run(
        Pair.inside(namespace, "ip", "-6", "-o", "address", "show", "dev", INTERFACE, "scope", "link"),
        check=True,
        capture_output=True,
        text=True,
    )
    return shown.stdout.split("inet6 ")[1].split("/")[0]
