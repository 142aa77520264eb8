"""Encode and decode by message name. cantools reads the file once; no frame ever passes through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

from harness.core.errors import ConfigError, LocalProtocolError
from harness.core.message import Value
from harness.core.problems import Problem, did_you_mean
from harness.protocols.dbc.compiler import Decode, Encode, compile_decoder, compile_encoder
from harness.protocols.dbc.irregular import decode_ragged, encode_irregular
from harness.protocols.dbc.layout import MessageLayout, read_layouts

__all__ = ["Codec", "load_codec"]

_Function = TypeVar("_Function")


class Codec:
    """The messages of one database as functions, each compiled on its first use or by ``prepare``."""

    def __init__(self, layouts: Mapping[str, MessageLayout]) -> None:
        self.messages = layouts
        """Layout of every message by its name."""
        self._encoders: dict[str, Encode] = _OnDemand(self._compile_encoder)
        self._decoders: dict[str, Decode] = _OnDemand(self._compile_decoder)

    def prepare(self, names: Iterable[str]) -> None:
        """Compile the functions of the messages *names* now: in real time the first use would be late by that.

        Raises:
            LocalProtocolError: see ``layout``.
        """
        for name in names:
            _ = self._encoders[name], self._decoders[name]

    def encode(self, name: str, values: Mapping[str, Value], *, length: int | None = None, strict: bool = True) -> bytes:
        """Payload of the message *name* from physical values.

        Optional and reserved signals may be left out or ``None``; their bits, like undefined ones, are sent as 1.

        Args:
            name: message of the database.
            values: numbers are rounded to the nearest raw value; opaque fields are ``bytes`` of exactly their length.
            length: bytes to produce if not those of the database. Signals that do not fit may be left out and are not sent;
                bytes behind the last signal are 0xFF.
            strict: refuse values outside the range of the database. Without it everything that the bits can carry is sent.

        Raises:
            LocalProtocolError: unknown message or signal, value missing or not representable; names all of them.
        """
        encode = self._encoders[name]
        if strict:
            if length is None:
                return encode(values)
            layout = self.messages[name]
            if 0 <= length <= layout.length and len(values) == len(layout.signals) and None not in values.values():
                return encode(values)[:length]
        return encode_irregular(self.messages[name], values, length=length, strict=strict)

    def decode(self, name: str, data: bytes) -> dict[str, Value]:
        """Physical values of a payload, whatever they are: ranges are the business of a judge.

        Signals of which *data* lacks a part are ``None``; bytes behind the length of the database are ignored.

        Raises:
            LocalProtocolError: the database has no such message.
        """
        return self._decoders[name](data)

    def layout(self, name: str) -> MessageLayout:
        """Layout of a message that the codec can handle.

        Raises:
            LocalProtocolError: there is none of that name, or its form is not supported.
        """
        try:
            layout = self.messages[name]
        except KeyError:
            raise LocalProtocolError(f"the database has no message '{name}'{did_you_mean(name, self.messages)}") from None
        if layout.unsupported:
            raise LocalProtocolError(f"message '{name}' cannot be encoded or decoded: {layout.unsupported}")
        return layout

    def _compile_encoder(self, name: str) -> Encode:
        layout = self.layout(name)
        return compile_encoder(layout, partial(encode_irregular, layout))

    def _compile_decoder(self, name: str) -> Decode:
        layout = self.layout(name)
        regular: Decode = compile_decoder(layout, lambda data: decode_ragged(layout, regular, data))
        return regular


class _OnDemand(dict[str, _Function]):
    """Makes and keeps the value of a key when it is first asked for."""

    def __init__(self, make: Callable[[str], _Function]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: str) -> _Function:
        value = self[key] = self._make(key)
        return value


def load_codec(dbc: Path) -> Codec:
    """The codec of a DBC file; loaded once for each version of the file.

    Raises:
        ConfigError: the file cannot be read, is no DBC, or describes impossible signals.
    """
    try:
        status = dbc.stat()
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror}", dbc)) from error
    return _load(dbc.resolve(), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=16)
def _load(dbc: Path, mtime_ns: int, size: int) -> Codec:
    return Codec(read_layouts(dbc))
