"""What both models check of the dialect that they are to speak."""

from __future__ import annotations

from harness.core import LocalProtocolError
from harness.protocols.gbt27930.class_c import Version
from harness.protocols.gbt27930.editions import EDITIONS
from harness.sim.options import OptionReader

__all__ = ["check_dialect"]


def check_dialect(reader: OptionReader, edition: str, class_c: str) -> None:
    """Complain about an unknown *edition*, and about a version *class_c* that is none."""
    reader.require(edition in EDITIONS, f"option 'edition' must be one of {', '.join(EDITIONS)}, not '{edition}'")
    if class_c:
        try:
            Version.parse(class_c)
        except LocalProtocolError as error:
            reader.complain(f"option 'class_c': {error}")
