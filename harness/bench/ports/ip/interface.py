"""One network interface of this machine: its index, its addresses, and whether they can be used yet."""

from __future__ import annotations

import fcntl
import socket
import struct
import time
from dataclasses import dataclass
from ipaddress import IPv6Address
from pathlib import Path

__all__ = ["Interface", "find_interface"]

_ADDRESSES = Path("/proc/thread-self/net/if_inet6")
_TENTATIVE, _DUPLICATE = 0x40, 0x08
_TENTATIVE_S = 3.0
"""Detection of duplicate addresses takes one to two seconds."""
_POLL_S = 0.05
_GET_ADDRESS = 0x8915
"""SIOCGIFADDR."""
_NAME_BYTES = 15


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface that can be used."""

    name: str
    index: int
    addresses: tuple[str, ...]
    """Its link-local IPv6 addresses, and its first IPv4 address."""


def find_interface(name: str) -> Interface:
    """The interface *name*, as soon as its addresses can be used.

    Raises:
        OSError: there is none, or none of its addresses is usable; the text says what to do.
    """
    try:
        index = socket.if_nametoindex(name)
    except OSError as error:
        have = ", ".join(sorted(each for _, each in socket.if_nameindex()))
        raise OSError(f"there is no interface '{name}' (have: {have})") from error
    deadline = time.monotonic() + _TENTATIVE_S
    while True:
        flags = _link_local(index)
        waiting = [address for address, flag in flags.items() if flag & _TENTATIVE and not flag & _DUPLICATE]
        usable = [address for address, flag in flags.items() if not flag & (_TENTATIVE | _DUPLICATE)]
        if not waiting and (found := (*usable, *_ipv4(name))):
            return Interface(name, index, found)
        if not waiting or time.monotonic() > deadline:
            raise OSError(_complaint(name, flags))
        time.sleep(_POLL_S)


def _link_local(index: int) -> dict[str, int]:
    """Link-local addresses of the interface with their flags, as the kernel lists them."""
    found = {}
    rows = _ADDRESSES.read_text(encoding="ascii").splitlines() if _ADDRESSES.exists() else []
    for row in rows:
        packed, number, _, _, flags, _ = row.split()
        address = IPv6Address(bytes.fromhex(packed))
        if int(number, 16) == index and address.is_link_local:
            found[str(address)] = int(flags, 16)
    return found


def _ipv4(name: str) -> tuple[str, ...]:
    """The first IPv4 address of the interface, none if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            answer = fcntl.ioctl(asked, _GET_ADDRESS, struct.pack("256s", name.encode()[:_NAME_BYTES]))
        except OSError:
            return ()
    return (socket.inet_ntoa(answer[20:24]),)


def _complaint(name: str, flags: dict[str, int]) -> str:
    if not flags:
        todo = f"set it up (ip link set {name} up), and enable IPv6 on it or give it an IPv4 address"
        return f"interface '{name}' has neither a link-local IPv6 address nor an IPv4 address; {todo}"
    told = ", ".join(f"{address} is {'a duplicate' if flag & _DUPLICATE else 'still tentative'}" for address, flag in flags.items())
    return f"no address of interface '{name}' can be used: {told}; is the cable plugged in?"
