"""Rig files: which bench is wired how, read strictly, and the registry of what they name."""

from harness.rig.loader import find_rig, load_rig
from harness.rig.registry import ModelFactory, can_interfaces, instruments, model, models, ports, standard, standards
from harness.rig.spec import (
    SIMULATED,
    BenchMode,
    InstrumentSpec,
    LinkKind,
    LinkSpec,
    Rig,
    RoleKind,
    RoleSpec,
    SafetySpec,
    TimeMode,
)

__all__ = [
    "SIMULATED",
    "BenchMode",
    "InstrumentSpec",
    "LinkKind",
    "LinkSpec",
    "ModelFactory",
    "Rig",
    "RoleKind",
    "RoleSpec",
    "SafetySpec",
    "TimeMode",
    "can_interfaces",
    "find_rig",
    "instruments",
    "load_rig",
    "model",
    "models",
    "ports",
    "standard",
    "standards",
]
