"""Services about troubles: 14, 19."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.protocols.uds.server.context import Context
from harness.protocols.uds.server.model import Refused, Request, TroubleRow
from harness.protocols.uds.services import Nrc

__all__ = ["AVAILABLE", "clear_troubles", "read_troubles"]

AVAILABLE = 0x0D
"""Status bits that the simulated units keep: test failed, pending, confirmed."""
_ALL, _OBD = 0xFFFFFF, 0xFFFF33
_FORMAT = 0x01
"""Of the codes: ISO 14229-1."""
_OBD_FORMAT = 0x04
"""Of the codes in the list of WWH-OBD; not confirmed by a public text, and no case judges it."""
_FUNCTIONAL_GROUP = 0x33
_RECORD = 0x01
_ANY_RECORD = 0xFF


def clear_troubles(context: Context, request: Request) -> bytes:
    """14: all groups, or those of emissions; not while the truck drives."""
    if len(request.data) != 4:
        raise Refused(Nrc.INCORRECT_LENGTH)
    if int.from_bytes(request.data[1:4], "big") not in (_ALL, _OBD):
        raise Refused(Nrc.OUT_OF_RANGE)
    if not (context.unit.may_clear() or context.deviations.clears_always):
        raise Refused(Nrc.CONDITIONS_NOT_CORRECT)
    if not context.deviations.clears_nothing:
        context.unit.clear_troubles(context.now_ns)
    return b""


def read_troubles(context: Context, request: Request) -> bytes:
    """19."""
    row = _REPORTS.get(request.sub_function)
    if row is None:
        raise Refused(Nrc.SUB_FUNCTION_NOT_SUPPORTED)
    length, report = row
    if len(request.data) != length:
        raise Refused(Nrc.INCORRECT_LENGTH)
    return bytes((request.sub_function,)) + report(context, request.data[2:])


def _matching(context: Context, mask: int) -> list[TroubleRow]:
    return [row for row in context.unit.troubles() if row.status & mask & AVAILABLE]


def _entry(row: TroubleRow) -> bytes:
    return row.code.to_bytes(3, "big") + bytes((row.status & AVAILABLE,))


def _count(context: Context, asked: bytes) -> bytes:
    return bytes((AVAILABLE, _FORMAT)) + len(_matching(context, asked[0])).to_bytes(2, "big")


def _by_mask(context: Context, asked: bytes) -> bytes:
    return bytes((AVAILABLE,)) + b"".join(_entry(row) for row in _matching(context, asked[0]))


def _supported(context: Context, asked: bytes) -> bytes:
    return bytes((AVAILABLE,)) + b"".join(_entry(row) for row in context.unit.troubles())


def _one(context: Context, asked: bytes) -> TroubleRow:
    code = int.from_bytes(asked[:3], "big")
    row = next((row for row in context.unit.troubles() if row.code == code), None)
    if row is None or asked[3] not in (_RECORD, _ANY_RECORD):
        raise Refused(Nrc.OUT_OF_RANGE)
    return row


def _snapshot(context: Context, asked: bytes) -> bytes:
    row = _one(context, asked)
    return _entry(row) + (bytes((_RECORD,)) + row.snapshot if row.snapshot else b"")


def _extended(context: Context, asked: bytes) -> bytes:
    row = _one(context, asked)
    return _entry(row) + (bytes((_RECORD, row.count)) if row.count else b"")


def _of_obd(context: Context, asked: bytes) -> bytes:
    group, status, severity = asked
    if group != _FUNCTIONAL_GROUP:
        raise Refused(Nrc.OUT_OF_RANGE)
    rows = [row for row in _matching(context, status) if row.severity & severity]
    head = bytes((group, AVAILABLE, 0xFF, _OBD_FORMAT))
    return head + b"".join(bytes((row.severity,)) + _entry(row) for row in rows)


_REPORTS: Mapping[int, tuple[int, Callable[[Context, bytes], bytes]]] = {
    0x01: (3, _count),
    0x02: (3, _by_mask),
    0x04: (6, _snapshot),
    0x06: (6, _extended),
    0x0A: (2, _supported),
    0x42: (5, _of_obd),
}
"""Length of the request, and what it brings, by sub-function."""
