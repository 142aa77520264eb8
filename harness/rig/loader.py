"""From a rig file to a ``Rig``, or to every problem in it at once."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from harness.core import ConfigError, DecisionRule, Problem, TimeBase, did_you_mean, ns_from, resource
from harness.rig.document import Document, read_document
from harness.rig.references import Parts, check_references
from harness.rig.schema import LEVEL_WORDS, SCHEMA_VERSION, ClockFile, HeadFile, InstrumentFile, LinkFile, RoleFile, SafetyFile, Section
from harness.rig.spec import BenchMode, InstrumentSpec, LinkKind, LinkSpec, Rig, RoleKind, RoleSpec, SafetySpec, TimeMode
from harness.rig.validation import parse_section

__all__ = ["find_rig", "load_rig"]

S = TypeVar("S", bound=Section)

_SECTIONS = ("clock", "links", "instruments", "roles", "safety")
_VIRTUAL_CLOCK = TimeBase("virtual", resolution_ns=1, accuracy_ns=0, drift_ppm=0)


def find_rig(name: str | Path) -> Path:
    """The rig file *name*: a file as given, else one that ships with precert (``virtual-truck``, ``rigs/vcan.yaml``).

    Raises:
        ConfigError: neither exists.
    """
    path = Path(name)
    if path.exists():
        return path
    shipped = _shipped_rigs()
    if path.parent in (Path(), Path("rigs")) and path.suffix in ("", ".yaml") and path.stem in shipped:
        return shipped[path.stem]
    raise ConfigError(f"no rig file '{name}'{did_you_mean(path.stem, shipped)}")


def load_rig(name: str | Path) -> Rig:
    """Read and check a rig file, see ``find_rig``.

    Raises:
        ConfigError: with every problem of the file, in the order of its lines.
    """
    document = read_document(find_rig(name))
    problems = list(document.problems)
    if (version := document.data.get("schema")) != SCHEMA_VERSION or isinstance(version, bool):
        text = "key 'schema' is missing" if version is None else f"version {version} is not known"
        raise ConfigError(document.problem(f"{text} (this precert reads schema: {SCHEMA_VERSION})", ("schema",)))
    head_data = {key: value for key, value in document.data.items() if key not in _SECTIONS}
    head = parse_section(document, (), head_data, HeadFile, problems, beside=_SECTIONS)
    clock = _single(document, "clock", ClockFile, problems)
    safety = _single(document, "safety", SafetyFile, problems)
    links, link_names = _named(document, "links", LinkFile, problems, required=True)
    roles, role_names = _named(document, "roles", RoleFile, problems, required=True)
    instruments, _ = _named(document, "instruments", InstrumentFile, problems)
    source = clock.source if clock is not None else None
    parts = Parts(head, links, link_names, roles, role_names, instruments, safety, "safety" in document.data, source)
    problems += check_references(document, parts)
    if problems or head is None:
        # Those of another file, a message profile, follow the line that names it.
        raise ConfigError(sorted(problems, key=lambda problem: (str(problem.file) != str(document.file), problem.line or 0)))
    return _rig(document, parts, head, clock)


def _shipped_rigs() -> dict[str, Path]:
    try:
        return {path.stem: path for path in sorted(resource("rigs").glob("*.yaml"))}
    except FileNotFoundError:
        return {}


def _single(document: Document, key: str, schema: type[S], problems: list[Problem]) -> S | None:
    if document.data.get(key) is None:
        return None
    return parse_section(document, (key,), document.data[key], schema, problems)


def _named(
    document: Document, key: str, schema: type[S], problems: list[Problem], *, required: bool = False
) -> tuple[dict[str, S], set[str]]:
    """The readable entries of a section, and the names of all."""
    data = document.data.get(key)
    if not data and not (required and key in document.data) and not isinstance(data, list):
        if required:
            problems.append(document.problem(f"key '{key}' is missing"))
        return {}, set()
    if not isinstance(data, dict) or not data:
        problems.append(document.problem("expected at least one 'name: {...}'", (key,)))
        return {}, set()
    parsed = {name: parse_section(document, (key, name), entry, schema, problems) for name, entry in data.items()}
    return {name: entry for name, entry in parsed.items() if entry is not None}, set(data)


def _rig(document: Document, parts: Parts, head: HeadFile, clock: ClockFile | None) -> Rig:
    time = TimeMode(head.time)
    time_base = _time_base(clock) if clock is not None else _VIRTUAL_CLOCK if time is TimeMode.VIRTUAL else None
    safety = parts.safety
    return Rig(
        name=head.rig,
        file=document.file,
        bench_mode=BenchMode(head.bench_mode),
        time=time,
        clock=time_base,
        links={name: _link(name, link) for name, link in parts.links.items()},
        roles={name: _role(document, name, role) for name, role in parts.roles.items()},
        instruments={name: InstrumentSpec(name, i.driver, i.port, i.calibration, i.options) for name, i in parts.instruments.items()},
        seed=head.seed,
        decision_rule=DecisionRule(head.decision_rule),
        safety=None if safety is None else _safety(safety),
        allow=frozenset(head.allow),
        operator=head.operator,
        site=head.site,
        profiles={name: document.file.parent / folder for name, folder in head.profiles.items()},
    )


def _time_base(clock: ClockFile) -> TimeBase:
    return TimeBase(clock.source, clock.resolution_us * 1000, clock.accuracy_us * 1000, clock.drift_ppm)


def _safety(safety: SafetyFile) -> SafetySpec:
    # YAML reads a bare `on` and `off` as true and false.
    levels = {line: LEVEL_WORDS[level] if isinstance(level, str) else float(level) for line, level in safety.safe_state.items()}
    return SafetySpec(safety.max_voltage_v, safety.max_current_a, levels)


def _link(name: str, link: LinkFile) -> LinkSpec:
    return LinkSpec(
        name=name,
        kind=LinkKind(link.kind),
        driver=link.driver,
        channel=link.channel,
        bitrate_bps=link.bitrate_bps,
        data_bitrate_bps=link.data_bitrate_bps,
        fd=link.fd,
        latency_ns=ns_from(link.latency_us, "us"),
        dbc=tuple(resource("dbc", entry) for entry in link.dbc),
        options=link.options,
    )


def _role(document: Document, name: str, role: RoleFile) -> RoleSpec:
    links = (role.link,) if role.link is not None else tuple(role.links or ())
    pics = None if role.pics is None else document.file.parent / role.pics
    return RoleSpec(name, RoleKind(role.kind), links, role.model, role.options, pics, document.line(("roles", name, "options")))
