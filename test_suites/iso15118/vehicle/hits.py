"""Responses whose repeated texts are sent as references to the earlier ones (EXI value hits), as an encoder with default options does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.protocols.iso15118.exi import codec

from .raw import HEADER_BYTES

_LOCAL = "0" * 8
"""The first number of a reference to a text of the same element."""


def as_hits(frame: bytes, schema: str) -> bytes:
    """*frame* with every text that the same element has carried before as a reference to it; unchanged if there is none."""
    document = codec(schema).decode(frame[HEADER_BYTES:]).document
    layout = codec(schema).layout(document)
    bits = "".join(f"{byte:08b}" for byte in layout.payload)[: layout.bits]
    texts = dict(_texts(document, ""))
    sent: dict[str, list[str]] = {}
    edits = []
    for path, span in sorted(layout.spans.items(), key=lambda item: item[1].value):
        text = texts.get(path)
        literal = None if text is None else _literal(text)
        if text is None or bits[span.value : span.value_end] != literal:
            continue  # No text, or a word of an enumeration.
        known = sent.setdefault(path.rpartition("/")[2], [])
        if text in known:
            edits.append((span.value, span.value_end, _LOCAL + _number(known.index(text), len(known))))
        else:
            known.append(text)
    for start, stop, reference in reversed(edits):
        bits = bits[:start] + reference + bits[stop:]
    bits += "0" * (-len(bits) % 8)
    payload = bytes(int(bits[place : place + 8], 2) for place in range(0, len(bits), 8))
    return frame[:4] + len(payload).to_bytes(4, "big") + payload


def _texts(node: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield from _texts(child, f"{path}/{key}" if path else str(key))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _texts(child, f"{path}[{index}]")
    elif isinstance(node, str) and node.isascii() and len(node) < 126:
        yield path, node


def _literal(text: str) -> str:
    """The bits of a short literal: its length and two, then its characters."""
    return f"{len(text) + 2:08b}" + "".join(f"{ord(character):08b}" for character in text)


def _number(index: int, count: int) -> str:
    """*index* in as many bits as *count* values need."""
    width = (count - 1).bit_length()
    return f"{index:0{width}b}" if width else ""
