"""What a rig file says, as values: one bench, its links, and who plays which role on them."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.core import DecisionRule, TimeBase

__all__ = [
    "SIMULATED",
    "BenchMode",
    "InstrumentSpec",
    "LinkKind",
    "LinkSpec",
    "Rig",
    "RoleKind",
    "RoleSpec",
    "SafetySpec",
    "TimeMode",
]

SIMULATED = "simulated"
"""Driver name of the link that lives in memory."""


class BenchMode(enum.StrEnum):
    """What the system under test is, printed on every page of a report."""

    SIMULATION = "simulation"
    HIL = "hil"
    """A real controller on a bench."""
    VEHICLE = "vehicle"


class TimeMode(enum.StrEnum):
    """Whether time jumps to the next event or follows the wall clock."""

    VIRTUAL = "virtual"
    REAL = "real"


class LinkKind(enum.StrEnum):
    """What a link carries."""

    CAN = "can"
    STREAM = "stream"
    DATAGRAM = "datagram"
    NETWORK = "network"
    """Datagrams and TCP connections between addresses."""
    LINE = "line"
    """Discrete lines: edges and levels with a time."""


class RoleKind(enum.StrEnum):
    """Who stands behind a role."""

    SIM = "sim"
    """A node of the tester."""
    SUT = "sut"
    """The system under test; with a model it is a simulated one."""
    MONITOR = "monitor"
    """Listens only."""


@dataclass(frozen=True, slots=True)
class LinkSpec:
    """One link and the driver behind it."""

    name: str
    kind: LinkKind
    driver: str
    """``simulated``, the name of a ``precert.ports`` entry point, or a python-can interface."""
    channel: str | int | None = None
    bitrate_bps: int | None = None
    """Of the arbitration phase; ``None`` on links other than CAN."""
    data_bitrate_bps: int | None = None
    """Of the data phase; ``None`` on classic CAN."""
    fd: bool = False
    latency_ns: int = 0
    """Transit time of simulated links other than CAN."""
    dbc: tuple[Path, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    """Settings that only the driver knows."""

    @property
    def is_simulated(self) -> bool:
        """Whether the link lives in memory."""
        return self.driver == SIMULATED

    def settings(self) -> dict[str, object]:
        """Everything that the factory of a port takes, absent settings left out; options last."""
        own: dict[str, object] = {"link": self.name, "kind": self.kind.value, "interface": self.driver}
        given = {"channel": self.channel, "bitrate_bps": self.bitrate_bps, "data_bitrate_bps": self.data_bitrate_bps, "fd": self.fd or None}
        own.update({key: value for key, value in given.items() if value is not None})
        return own | dict(self.options)


@dataclass(frozen=True, slots=True)
class InstrumentSpec:
    """One measuring instrument."""

    name: str
    driver: str
    port: str | None = None
    calibration: str | None = None
    """Equipment number under which its calibration is recorded."""
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """One part played on one or more links."""

    name: str
    kind: RoleKind
    links: tuple[str, ...]
    """In the order of the nodes that the model returns."""
    model: str | None = None
    """Name of a ``precert.models`` entry point."""
    options: Mapping[str, object] = field(default_factory=dict)
    pics: Path | None = None
    line: int | None = field(default=None, compare=False)
    """Where the rig file begins its options, or the role if it has none."""


@dataclass(frozen=True, slots=True)
class SafetySpec:
    """Bounds that no stimulus may leave, and the state in which every run ends."""

    max_voltage_v: float
    max_current_a: float
    safe_state: Mapping[str, float]
    """Line -> level; a switch is 0 open, 1 closed."""


@dataclass(frozen=True, slots=True)
class Rig:
    """One bench: what is wired and who plays which role. Says nothing about the flow of a test."""

    name: str
    file: Path
    bench_mode: BenchMode
    time: TimeMode
    clock: TimeBase | None
    """``None``: no claim about the time stamps, so timing verdicts are inconclusive."""
    links: Mapping[str, LinkSpec]
    roles: Mapping[str, RoleSpec]
    instruments: Mapping[str, InstrumentSpec] = field(default_factory=dict)
    seed: int = 0
    decision_rule: DecisionRule = DecisionRule.SIMPLE
    safety: SafetySpec | None = None
    allow: frozenset[str] = frozenset()
    """Stimuli that need leave: ``writes``, ``active_bus``, ``energise``, ``plain_http``."""
    operator: str | None = None
    site: str | None = None
    profiles: Mapping[str, Path] = field(default_factory=dict)
    """Folder of the message profile by which a standard is spoken; those that are not named have their own."""

    @property
    def suts(self) -> tuple[RoleSpec, ...]:
        """Every role of the system under test; one per inlet on a truck with two."""
        return tuple(role for role in self.roles.values() if role.kind is RoleKind.SUT)

    @property
    def sut(self) -> RoleSpec:
        """The first role of the system under test."""
        return self.suts[0]

    @property
    def pics(self) -> Path | None:
        """The PICS file of the system under test, ``None`` if the rig names none."""
        return next((role.pics for role in self.suts if role.pics is not None), None)

    def is_in_process(self, role: RoleSpec) -> bool:
        """Whether the bench itself plays *role*.

        A system under test on a link with a real driver stands at its other end, even if the rig names a
        model for it: then another process (``precert truck``) plays that model.
        """
        if role.model is None:
            return False
        return role.kind is not RoleKind.SUT or all(self.links[name].is_simulated for name in role.links)

    def to_plan(self) -> dict[str, object]:
        """The rig as plain data for ``plan.json``; file names as written, without machine-dependent parts."""
        clock = self.clock
        return {
            "name": self.name,
            "file": self.file.name,
            "bench_mode": self.bench_mode.value,
            "time": self.time.value,
            "clock": None
            if clock is None
            else {
                "source": clock.source,
                "resolution_ns": clock.resolution_ns,
                "accuracy_ns": clock.accuracy_ns,
                "drift_ppm": clock.drift_ppm,
            },
            "links": {name: _link_plan(link) for name, link in self.links.items()},
            "roles": {name: _role_plan(role) for name, role in self.roles.items()},
            "instruments": {
                name: {"driver": item.driver, "port": item.port, "calibration": item.calibration} for name, item in self.instruments.items()
            },
            "safety": None
            if self.safety is None
            else {
                "max_voltage_v": self.safety.max_voltage_v,
                "max_current_a": self.safety.max_current_a,
                "safe_state": dict(self.safety.safe_state),
            },
            "allow": sorted(self.allow),
            "operator": self.operator,
            "site": self.site,
            "seed": self.seed,
            "decision_rule": self.decision_rule.value,
        }


def _link_plan(link: LinkSpec) -> dict[str, object]:
    return {
        "kind": link.kind.value,
        "driver": link.driver,
        "channel": link.channel,
        "bitrate_bps": link.bitrate_bps,
        "data_bitrate_bps": link.data_bitrate_bps,
        "fd": link.fd,
        "latency_ns": link.latency_ns,
        "dbc": [path.name for path in link.dbc],
        "options": dict(link.options),
    }


def _role_plan(role: RoleSpec) -> dict[str, object]:
    links: Sequence[str] = role.links
    return {
        "kind": role.kind.value,
        "links": list(links),
        "model": role.model,
        "options": dict(role.options),
        "pics": None if role.pics is None else role.pics.name,
    }
