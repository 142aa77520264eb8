"""From a rig to a running bench: links, ports and the nodes of the roles that this process plays."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from harness.bench.bench import Bench
from harness.bench.drive import Drive, RealDrive, VirtualDrive
from harness.bench.kernel import Kernel, Link
from harness.bench.links import CanLink, DatagramLink, LineLink, NetworkLink, PortLink, StreamLink
from harness.bench.ports import open_port
from harness.core import ConfigError, Direction, Level, Node, Problem
from harness.rig.registry import model, speaks
from harness.rig.spec import LinkKind, LinkSpec, Rig, RoleKind, RoleSpec, TimeMode

__all__ = ["Side", "build_bench", "lines_of", "on_the_clock", "try_port", "try_ports"]

_DEFAULT_BITRATE_BPS = 250_000
_PATHS = ("file", "tls_folder")
"""Options of models that are paths."""


class Side(enum.StrEnum):
    """Who this process is."""

    TESTER = "tester"
    """Everything of the rig except a SUT behind a real link."""
    SUT = "sut"
    """The simulated SUT alone, for a tester in another process."""


@runtime_checkable
class _Rated(Protocol):
    """A node that drives power; its ratings carry the names of the bounds in ``SafetySpec``."""

    @property
    def ratings(self) -> Mapping[str, float]: ...


def build_bench(rig: Rig, *, side: Side = Side.TESTER, faults: Sequence[str] = ()) -> Bench:
    """A bench that has not been started. *faults* go to the simulated SUT.

    Raises:
        ConfigError: a model, option, fault or port does not exist, models and links do not go together, or a
            role of the tester could leave the bounds of the rig's ``safety``.
    """
    kernel = Kernel()
    ports: dict[str, PortLink] = {}
    for spec in rig.links.values():
        link = _link(spec, side)
        if isinstance(link, PortLink):
            ports[spec.name] = link
        kernel.add_link(link)
    roles: dict[str, tuple[Node, ...]] = {}
    excesses: list[Problem] = []
    for role in _played(rig, side):
        injected: Mapping[str, object] = {"faults": [*faults]} if faults and role.kind is RoleKind.SUT else {}
        nodes = _nodes(rig, role, injected)
        if role.kind is not RoleKind.SUT:
            excesses += _excesses(rig, role, nodes)
        direction = Direction.RX if role.kind is RoleKind.SUT and side is Side.TESTER else Direction.TX
        for node, link_name in zip(nodes, role.links, strict=True):
            kernel.attach(node, link_name, role=role.name, direction=direction)
        roles[role.name] = nodes
    if excesses:
        raise ConfigError(excesses)
    drive: Drive = VirtualDrive(kernel) if rig.time is TimeMode.VIRTUAL and not ports else RealDrive(kernel, ports)
    lines = [name for name in ports if rig.links[name].kind is LinkKind.LINE] if side is Side.TESTER else []
    return Bench(
        drive,
        time_base=rig.clock,
        roles=roles,
        ports=ports,
        safe_state={name: _safe_levels(rig) for name in lines},
        lines={name: lines_of(rig, name) for name in rig.links},
    )


def lines_of(rig: Rig, link: str) -> list[str]:
    """The lines beside *link*: all but those on which a tester's role stands together with other buses only."""
    lines = [name for name, spec in rig.links.items() if spec.kind is LinkKind.LINE]
    return [line for line in lines if not (buses := _buses_beside(rig, line)) or link in buses]


def _buses_beside(rig: Rig, line: str) -> set[str]:
    """Buses on which a role of the tester stands that also works *line*."""
    standing = [role.links for role in rig.roles.values() if role.kind is not RoleKind.SUT and line in role.links]
    return {name for links in standing for name in links if rig.links[name].kind is not LinkKind.LINE}


def _safe_levels(rig: Rig) -> list[Level]:
    if rig.safety is None:
        return []
    return [Level(line, float(value)) for line, value in rig.safety.safe_state.items() if isinstance(value, int | float)]


def try_ports(rig: Rig) -> None:
    """Open the ports of the tester once and close them again, so that what is missing is known before a run begins.

    Raises:
        ConfigError: the ports that cannot be opened, all of them.
    """
    problems: list[Problem] = []
    for spec in rig.links.values():
        if spec.is_simulated:
            continue
        try:
            try_port(spec)
        except ConfigError as error:
            problems += [Problem(str(problem), rig.file) for problem in error.problems]
    if problems:
        raise ConfigError(problems)


def try_port(spec: LinkSpec) -> Mapping[str, str]:
    """Open the tester's port of a link with a real driver once and close it again; returns what it tells of itself.

    Raises:
        ConfigError: it cannot be opened.
    """
    port = open_port(spec.driver, _settings(spec, Side.TESTER))
    port.open(lambda pdu, host_ns, interface_ns, echo: None)
    port.close()
    return dict(port.info)


def on_the_clock(rig: Rig) -> Rig:
    """The same rig in real time, for ``--real``."""
    return replace(rig, time=TimeMode.REAL)


def _played(rig: Rig, side: Side) -> list[RoleSpec]:
    if side is Side.TESTER:
        return [role for role in rig.roles.values() if rig.is_in_process(role)]
    modelled = [role for role in rig.suts if role.model is not None]
    if not modelled:
        raise ConfigError(
            Problem(f"no role of kind 'sut' names a model, so there is nothing to play (have: {', '.join(rig.roles)})", rig.file)
        )
    return modelled


def _nodes(rig: Rig, role: RoleSpec, injected: Mapping[str, object]) -> tuple[Node, ...]:
    assert role.model is not None
    try:
        nodes = tuple(model(role.model)({"seed": rig.seed, **_options(rig, role), **injected}))
    except ConfigError as error:
        line = None if injected else role.line
        raise ConfigError([Problem(f"roles.{role.name}: {problem}", rig.file, line) for problem in error.problems]) from error
    if len(nodes) != len(role.links):
        text = f"roles.{role.name}: model '{role.model}' has {len(nodes)} nodes, but the role stands on {len(role.links)} links"
        raise ConfigError(Problem(f"{text}; name one link per node, in the order of the model", rig.file))
    return nodes


def _options(rig: Rig, role: RoleSpec) -> Mapping[str, object]:
    """The options of a role. Those of ``_PATHS`` are paths, relative to the rig as all paths in it."""
    named = {key: value for key in _PATHS if isinstance(value := role.options.get(key), str) and value}
    profile = None if role.model is None else rig.profiles.get(speaks(role.model))
    own = {} if profile is None else {"profile": str(profile)}
    return {**role.options, **own, **{key: str(rig.file.parent / value) for key, value in named.items()}}


def _excesses(rig: Rig, role: RoleSpec, nodes: Sequence[Node]) -> list[Problem]:
    """Ratings of the tester above the bounds of the rig."""
    if rig.safety is None:
        return []
    bounds = {"max_voltage_v": rig.safety.max_voltage_v, "max_current_a": rig.safety.max_current_a}
    return [
        Problem(
            f"roles.{role.name}.options.{name}: {rated:g}{'' if name in role.options else ' (the default of the model)'}"
            f" is above safety.{name}: {bounds[name]:g}",
            rig.file,
        )
        for node in nodes
        if isinstance(node, _Rated)
        for name, rated in node.ratings.items()
        if name in bounds and rated > bounds[name]
    ]


def _link(spec: LinkSpec, side: Side) -> Link:
    if not spec.is_simulated:
        return PortLink(spec.name, open_port(spec.driver, _settings(spec, side)))
    match spec.kind:
        case LinkKind.CAN:
            return CanLink(spec.name, spec.bitrate_bps or _DEFAULT_BITRATE_BPS, spec.data_bitrate_bps)
        case LinkKind.LINE:
            return LineLink(spec.name, spec.latency_ns)
        case LinkKind.DATAGRAM:
            return DatagramLink(spec.name, spec.latency_ns)
        case LinkKind.NETWORK:
            return NetworkLink(spec.name, spec.latency_ns)
        case LinkKind.STREAM:
            return StreamLink(spec.name, spec.latency_ns)


def _settings(spec: LinkSpec, side: Side) -> dict[str, object]:
    settings = spec.settings()
    if side is Side.SUT and {"bind", "peer"} <= settings.keys():
        # The file gives addresses as the tester sees them.
        settings["bind"], settings["peer"] = settings["peer"], settings["bind"]
    return settings
