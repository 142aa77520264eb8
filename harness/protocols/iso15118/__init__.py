"""ISO 15118 and DIN SPEC 70121: communication between an electric vehicle and a charging station over IP."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.protocols.iso15118.standard import STANDARD

__all__ = ["STANDARD"]


def __getattr__(name: str) -> object:
    # On first use: codec and simulators import this package too and must not pull in the judges.
    if name == "STANDARD":
        from harness.protocols.iso15118.standard import STANDARD

        return STANDARD
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
