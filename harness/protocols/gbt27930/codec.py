"""The codec of GB/T 27930-2015: payloads from physical values and back, by message name."""

from __future__ import annotations

from functools import cache

from harness.core.resources import resource
from harness.protocols.dbc import Codec, load_codec

__all__ = ["Codec", "codec_2015", "load_codec"]


@cache
def codec_2015() -> Codec:
    """The codec of the shipped database ``dbc/gbt27930-2015``; loaded on the first call."""
    return load_codec(resource("dbc", "gbt27930-2015", "gbt27930-2015.dbc"))
