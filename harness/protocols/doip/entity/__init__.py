"""The DoIP entity of a vehicle, sans-IO: PDUs of a network in, PDUs out, time is an argument."""

from __future__ import annotations

from harness.protocols.doip.entity.deviations import EntityDeviations
from harness.protocols.doip.entity.entity import Entity, EntityOptions, Router

__all__ = ["Entity", "EntityDeviations", "EntityOptions", "Router"]
