"""Signal databases compiled into encode and decode functions; standards on CAN build their codecs from it."""

from harness.protocols.dbc.codec import Codec, load_codec
from harness.protocols.dbc.layout import Content, MessageLayout, Presence, SignalLayout

__all__ = ["Codec", "Content", "MessageLayout", "Presence", "SignalLayout", "load_codec"]
