"""A rig: who plays which role, what its links are and can do, its clock, leave and safe state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.core import ConfigError
from harness.doctor.finding import Finding, State, found
from harness.rig import BenchMode, LinkKind, LinkSpec, Rig, RoleKind, TimeMode
from harness.rig.build import build_bench, lines_of, try_port

__all__ = ["examine_rig"]


def examine_rig(rig: Rig) -> Iterator[Finding]:
    """Everything that the rig file says, tried out as far as nothing is sent by it.

    Raises:
        ConfigError: the bench cannot be built from it.
    """
    build_bench(rig)
    yield found("rig", "rig", State.OK, "rig.ok", rig=rig.name, mode=rig.bench_mode.value, time=rig.time.value)
    yield from _roles(rig)
    yield _clock(rig)
    yield from _leave(rig)
    yield _safe_state(rig)
    for link in rig.links.values():
        yield _simulated(rig, link) if link.is_simulated else _ported(rig, link)


def _roles(rig: Rig) -> Iterator[Finding]:
    for role in rig.roles.values():
        if rig.is_in_process(role):
            key = "role.played"
        elif role.model is not None:
            key = "role.elsewhere"
        else:
            key = "role.real" if role.kind is RoleKind.SUT else "role.listens"
        yield found(
            "rig", f"role {role.name}", State.OK, key, role=role.name, model=role.model or "", links=", ".join(role.links),
            rig=rig.file.name,
        )  # fmt: skip


def _simulated(rig: Rig, link: LinkSpec) -> Finding:
    key = "link.simulated_can" if link.kind is LinkKind.CAN else "link.simulated"
    finding = found("link", link.name, State.OK, key, kind=link.kind.value, rate=link.bitrate_bps or "", fd=_fd(link))
    reports = {"reports_errors": "yes"} if link.kind is LinkKind.CAN else {}
    return finding.with_facts({**_common(rig, link), "stamps": "simulated time, 1 ns", **reports, **_rates(link)})


def _ported(rig: Rig, link: LinkSpec) -> Finding:
    """A link with a real driver: its port is opened once, as at the begin of a run, and closed again."""
    common = {**_common(rig, link), **_rates(link)}
    place = f"{link.driver} {link.channel}" if link.channel is not None else link.driver
    try:
        info = try_port(link)
    except ConfigError as error:
        return found("link", link.name, State.MISSING, "link.closed", kind=link.kind.value, place=place, problem=error).with_facts(common)
    values = {name: info.get(name, "?") for name in ("stamps", "echo", "reports_errors")}
    key = "link.open_can" if link.kind is LinkKind.CAN else "link.open"
    finding = found("link", link.name, State.OK, key, kind=link.kind.value, place=place, fd=_fd(link), **values)
    return finding.with_facts({**common, **info})


def _common(rig: Rig, link: LinkSpec) -> dict[str, str]:
    beside = {} if link.kind is LinkKind.LINE else {"lines": ", ".join(lines_of(rig, link.name))}
    return {"kind": link.kind.value, "driver": link.driver, "channel": "" if link.channel is None else str(link.channel), **beside}


def _rates(link: LinkSpec) -> Mapping[str, str]:
    if link.kind is not LinkKind.CAN:
        return {}
    rates = {"bitrate_bps": link.bitrate_bps, "data_bitrate_bps": link.data_bitrate_bps}
    return {"fd": _fd(link), **{name: str(rate) for name, rate in rates.items() if rate is not None}}


def _fd(link: LinkSpec) -> str:
    return "yes" if link.fd else "no"


def _clock(rig: Rig) -> Finding:
    clock = rig.clock
    if clock is None:
        return found("rig", "time base", State.MISSING, "timebase.none", rig=rig.file.name)
    if rig.time is TimeMode.VIRTUAL:
        return found("rig", "time base", State.OK, "timebase.virtual")
    values = {"resolution": f"{clock.resolution_ns / 1000:g}", "accuracy": f"{clock.accuracy_ns / 1000:g}", "drift": f"{clock.drift_ppm:g}"}
    return found("rig", "time base", State.OK, "timebase.ok", source=clock.source, **values).with_facts(values)


def _leave(rig: Rig) -> Iterator[Finding]:
    if rig.bench_mode is BenchMode.SIMULATION:
        yield found("rig", "allow", State.OK, "allow.simulation")
    elif rig.allow:
        yield found("rig", "allow", State.OK, "allow.given", words=", ".join(sorted(rig.allow)), operator=rig.operator)
    else:
        yield found("rig", "allow", State.NOTE, "allow.nothing", rig=rig.file.name)


def _safe_state(rig: Rig) -> Finding:
    if rig.safety is None:
        return found("rig", "safe state", State.NOTE, "safety.none")
    levels = ", ".join(f"{line} {level:g}" for line, level in rig.safety.safe_state.items())
    bounds = {"volt": f"{rig.safety.max_voltage_v:g}", "ampere": f"{rig.safety.max_current_a:g}"}
    return found("rig", "safe state", State.OK, "safety.ok", levels=levels, **bounds)
