"""The codecs of GB/T 27930: payloads from physical values and back, by message name."""

from __future__ import annotations

from functools import cache

from harness.core.resources import resource
from harness.protocols.dbc import Codec, load_codec

__all__ = ["Codec", "codec_2011", "codec_2015", "load_codec"]

_NOT_IN_2011 = ("CHM", "BHM")


@cache
def codec_2015() -> Codec:
    """The codec of the shipped database ``dbc/gbt27930-2015``; loaded on the first call."""
    return load_codec(resource("dbc", "gbt27930-2015", "gbt27930-2015.dbc"))


@cache
def codec_2011() -> Codec:
    """The codec of 2011: ``dbc/gbt27930-2011`` for what differs, the messages of 2015 for the rest."""
    changed = load_codec(resource("dbc", "gbt27930-2011", "gbt27930-2011.dbc")).messages
    kept = {name: layout for name, layout in codec_2015().messages.items() if name not in _NOT_IN_2011}
    return Codec({**kept, **changed})
