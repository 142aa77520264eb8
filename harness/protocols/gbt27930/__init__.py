"""GB/T 27930: DC charging communication between an off-board charger and the BMS of a vehicle."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.protocols.gbt27930.standard import STANDARD

__all__ = ["STANDARD"]


def __getattr__(name: str) -> object:
    # On first use: the simulators import this package too and must not pull in the judges.
    if name == "STANDARD":
        from harness.protocols.gbt27930.standard import STANDARD

        return STANDARD
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
