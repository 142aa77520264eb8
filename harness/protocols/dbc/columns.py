"""Signals of many frames at once: one array of scaled numbers per signal, instead of one dictionary per frame.

For messages of at most eight bytes. Opaque fields have no column. numpy is imported when it is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.protocols.dbc.layout import Content, MessageLayout, SignalLayout

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["decode_columns"]

_WORD_BYTES = 8


def decode_columns(layout: MessageLayout, payload: NDArray[np.uint64], length: NDArray[np.uint8]) -> dict[str, NDArray[np.float64]]:
    """Scaled numbers of every signal of one message.

    Args:
        layout: the message.
        payload: each frame's data as one little-endian word, missing bytes of any value.
        length: bytes that each frame really had.

    Returns:
        By signal as many numbers as there are frames; NaN where the frame was too short for the signal. Empty for a
        message that does not fit a frame or whose form is not supported.
    """
    if layout.length > _WORD_BYTES or layout.unsupported:
        return {}
    shortest = int(length.min()) if len(length) else _WORD_BYTES
    columns = {signal.name: _column(signal, payload) for signal in layout.signals if signal.content is Content.NUMBER}
    for signal in layout.signals:
        if signal.needs > shortest and signal.name in columns:
            columns[signal.name][length < signal.needs] = float("nan")
    return columns


def _column(signal: SignalLayout, payload: NDArray[np.uint64]) -> NDArray[np.float64]:
    import numpy as np

    raw = payload >> np.uint64(signal.start)
    raw &= np.uint64(signal.mask)
    if signal.signed:
        shift = np.int64(64 - signal.size)
        column = (raw.view(np.int64) << shift >> shift).astype(np.float64)
    else:
        column = raw.astype(np.float64)
    # Dividing by the denominator gives the double nearest to the exact value, multiplying by 0.1 does not.
    if signal.scale.numerator != 1:
        column *= signal.scale.numerator
    if signal.scale.denominator != 1:
        column /= signal.scale.denominator
    if signal.offset:
        column += float(signal.offset)
    return column
