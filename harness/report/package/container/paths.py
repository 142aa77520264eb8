"""Names of files inside a package: the rules that keep a package readable, and the same, on every system."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

__all__ = ["MAX_PATH_BYTES", "decoded", "encoded", "path_faults"]

MAX_PATH_BYTES = 200
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
_ESCAPES = {"%": "%25", "\r": "%0D", "\n": "%0A"}


def path_faults(paths: Iterable[str]) -> list[tuple[str, str]]:
    """What is wrong with *paths* as a set: pairs of path and the key of the fault, in their order.

    Keys: ``absolute``, ``parent``, ``form`` (not NFC), ``character``, ``reserved``, ``length``, ``twice``, ``case``
    (two names that differ in case only), ``prefix`` (a file where another path needs a folder).
    """
    names = list(paths)
    found = [(path, fault) for path in names for fault in _faults(path)]
    found += [(path, "twice") for path, number in Counter(names).items() if number > 1]
    return found + list(_collisions(dict.fromkeys(names)))


def encoded(path: str) -> str:
    """*path* as a line of a manifest writes it (RFC 8493, 2.1.3)."""
    return re.sub(r"[%\r\n]", lambda match: _ESCAPES[match[0]], path)


def decoded(path: str) -> str:
    """The path that a line of a manifest names."""
    return re.sub(r"%(25|0[AaDd])", lambda match: chr(int(match[1], 16)), path)


def _faults(path: str) -> Iterator[str]:
    parts = path.split("/")
    if not path or path.startswith("/") or re.match(r"[A-Za-z]:", path):
        yield "absolute"
    if any(part in ("", ".", "..") for part in parts):
        yield "parent"
    if unicodedata.normalize("NFC", path) != path:
        yield "form"
    if _FORBIDDEN.search(path) or any(part.endswith((" ", ".")) and part not in (".", "..") for part in parts):
        yield "character"
    if any(_RESERVED.fullmatch(part) for part in parts):
        yield "reserved"
    if len(path.encode("utf-8", "surrogatepass")) > MAX_PATH_BYTES:
        yield "length"


def _collisions(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Files and folders that are one on a system that does not tell case or normal forms apart."""
    spelled: dict[str, str] = {}
    files = {_folded(name) for name in names}
    for name in names:
        parts = name.split("/")
        for length in range(1, len(parts) + 1):
            part = "/".join(parts[:length])
            if spelled.setdefault(_folded(part), part) != part:
                yield name, "case"
                break
            if length < len(parts) and _folded(part) in files:
                yield name, "prefix"
                break


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", path).casefold())
