"""The keys of a rig file, version 1: names, types and ranges. What refers to what is checked in ``references.py``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

__all__ = ["LEVEL_WORDS", "SCHEMA_VERSION", "ClockFile", "HeadFile", "InstrumentFile", "LinkFile", "RoleFile", "SafetyFile", "Section"]

SCHEMA_VERSION = 1

Stimulus = Literal["writes", "active_bus", "energise", "plain_http"]

LEVEL_WORDS = {"open": 0.0, "off": 0.0, "closed": 1.0, "on": 1.0}
"""What may be written for the level of a switch."""

Text = Annotated[str, StringConstraints(min_length=1)]
# The name of a rig becomes the name of folders.
RigName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,60}$")]
Level = Literal["open", "off", "closed", "on"] | bool | Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
# Bounds of what controllers of ISO 11898 can be set to, not of any standard under test.
Bitrate = Annotated[int, Field(ge=5_000, le=1_000_000)]
DataBitrate = Annotated[int, Field(ge=5_000, le=8_000_000)]


class Section(BaseModel):
    """One mapping of the file."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class HeadFile(Section):
    """Top level, the named sections left out."""

    schema_: Annotated[int, Field(alias="schema")]
    rig: RigName
    bench_mode: Literal["simulation", "hil", "vehicle"]
    time: Literal["virtual", "real"]
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    decision_rule: Literal["SIMPLE", "GUARD_U", "NONBINARY_U"] = "SIMPLE"
    allow: list[Stimulus] = []
    operator: Text | None = None
    site: Text | None = None
    profiles: dict[str, Text] = {}


class ClockFile(Section):
    """``clock``: what stamps the frames, and how well."""

    source: Literal["virtual", "interface", "driver"]
    resolution_us: Positive
    accuracy_us: NotNegative
    drift_ppm: NotNegative


class LinkFile(Section):
    """One entry of ``links``."""

    kind: Literal["can", "stream", "datagram", "network", "line"] = "can"
    driver: Text
    channel: Text | Annotated[int, Field(ge=0)] | None = None
    bitrate_bps: Bitrate | None = None
    data_bitrate_bps: DataBitrate | None = None
    fd: bool = False
    latency_us: NotNegative = 0.0
    dbc: list[Text] = []
    options: dict[str, object] = {}


class InstrumentFile(Section):
    """One entry of ``instruments``."""

    driver: Text
    port: Text | None = None
    calibration: Text | None = None
    options: dict[str, object] = {}


class RoleFile(Section):
    """One entry of ``roles``."""

    kind: Literal["sim", "sut", "monitor"]
    link: Text | None = None
    links: Annotated[list[Text], Field(min_length=1)] | None = None
    model: Text | None = None
    options: dict[str, object] = {}
    pics: Text | None = None


class SafetyFile(Section):
    """``safety``: bounds and the state in which every run ends."""

    max_voltage_v: NotNegative
    max_current_a: NotNegative
    safe_state: Annotated[dict[str, Level], Field(min_length=1)]
