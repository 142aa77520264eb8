"""Compiled decoding and encoding of the regular case.

Each type becomes one Python function per direction, written as source and compiled when the first message needs it. A decoder reads
the payload as one integer and takes neighbouring fields of fixed width out of it with one shift; an encoder builds one integer.
Whatever is not regular (a value out of bounds, a reference to an earlier text, a second-level event, a missing child) raises
:class:`Irregular` or one of :data:`IRREGULAR`, and the caller starts again with the exact reader or writer.
"""

from __future__ import annotations

from harness.protocols.iso15118.exi.fast.decoding import Decoders
from harness.protocols.iso15118.exi.fast.encoding import Encoders
from harness.protocols.iso15118.exi.fast.layout import IRREGULAR, Irregular

__all__ = ["IRREGULAR", "Decoders", "Encoders", "Irregular"]
