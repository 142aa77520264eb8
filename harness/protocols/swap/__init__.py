"""Battery swap of heavy trucks: a replaceable message profile, machines of truck, station and packs, and the rules of every trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.protocols.swap.standard import STANDARD

__all__ = ["STANDARD"]


def __getattr__(name: str) -> object:
    # On first use: machines and simulators import this package too and must not pull in the judges.
    if name == "STANDARD":
        from harness.protocols.swap.standard import STANDARD

        return STANDARD
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
