"""What the parts of a rig file say about each other: names that must exist, keys that need or exclude one another."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from harness.core import ConfigError, Problem, did_you_mean, resource
from harness.core.profiles import Profiled
from harness.rig import registry
from harness.rig.document import Document, KeyPath
from harness.rig.schema import HeadFile, InstrumentFile, LinkFile, RoleFile, SafetyFile
from harness.rig.spec import SIMULATED

__all__ = ["Parts", "check_references"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Parts:
    """The sections that could be read, in whole or in part, and the names of all that are written."""

    head: HeadFile | None
    links: Mapping[str, LinkFile]
    link_names: Set[str]
    roles: Mapping[str, RoleFile]
    role_names: Set[str]
    instruments: Mapping[str, InstrumentFile]
    safety: SafetyFile | None
    has_safety: bool
    clock_source: str | None


def check_references(document: Document, parts: Parts) -> Iterator[Problem]:
    """Every contradiction and every dangling name."""
    yield from _names(document, parts)
    for section in ("links", "roles", "instruments"):
        for name, entry in _entries(document.data.get(section)):
            if isinstance(entry, dict):
                yield from _not_finite(document, entry.get("options"), (section, name, "options"))
    for name, link in parts.links.items():
        yield from _link_references(document, name, link)
        if ("links", name) not in document.partial:
            yield from _link(document, name, link)
    for name, role in parts.roles.items():
        yield from _role_references(document, name, role, parts)
        if ("roles", name) not in document.partial:
            yield from _role(document, name, role)
    for name, instrument in parts.instruments.items():
        if instrument.driver not in (known := registry.instruments()):
            hint = did_you_mean(instrument.driver, known) or "; no instrument driver is installed"
            yield document.problem(f"no instrument driver named '{instrument.driver}'{hint}", ("instruments", name, "driver"))
    yield from _sut(document, parts)
    if parts.head is not None:
        yield from _bench(document, parts.head, parts)
        yield from _profiles(document, parts.head)


def _profiles(document: Document, head: HeadFile) -> Iterator[Problem]:
    """Every named message profile is read, so that what is wrong with it is told with the rest."""
    for name, folder in head.profiles.items():
        try:
            spoken = registry.standard(name)
        except ConfigError as error:
            yield from (document.problem(str(problem), ("profiles", name)) for problem in error.problems)
            continue
        if not isinstance(spoken, Profiled):
            yield document.problem("this standard has no message profile to replace", ("profiles", name))
            continue
        try:
            spoken.with_profile(document.file.parent / folder)
        except ConfigError as error:
            yield document.problem(f"'{folder}' is no usable message profile:", ("profiles", name))
            yield from error.problems


def _entries(value: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _not_finite(document: Document, value: object, path: KeyPath) -> Iterator[Problem]:
    """Options have no schema here, but nothing that takes a number can do with these."""
    if isinstance(value, float) and not math.isfinite(value):
        yield document.problem(f"expected a finite number, have {value}", path)
    for key, part in _entries(value):
        yield from _not_finite(document, part, (*path, key))


def _names(document: Document, parts: Parts) -> Iterator[Problem]:
    for section, names in (("links", parts.link_names), ("roles", parts.role_names)):
        for name in sorted(names):
            if not _NAME.fullmatch(name):
                yield document.problem("a name begins with a letter and has letters, digits, '_' and '-'", (section, name))


def _link(document: Document, name: str, link: LinkFile) -> Iterator[Problem]:
    path = ("links", name)
    if link.kind == "can":
        if link.bitrate_bps is None:
            yield document.problem("key 'bitrate_bps' is missing", path)
        if link.channel is None and link.driver not in (SIMULATED, *registry.ports()):
            yield document.problem(f"key 'channel' is missing: which one of driver {link.driver}", path)
        if link.fd and link.data_bitrate_bps is None:
            yield document.problem("fd: true needs 'data_bitrate_bps'", (*path, "fd"))
        if not link.fd and link.data_bitrate_bps is not None:
            yield document.problem("needs fd: true", (*path, "data_bitrate_bps"))
    else:
        given = {"bitrate_bps": link.bitrate_bps, "data_bitrate_bps": link.data_bitrate_bps, "fd": link.fd or None, "dbc": link.dbc or None}
        for key in (key for key, value in given.items() if value is not None):
            yield document.problem(f"does not go with kind: {link.kind}", (*path, key))
    if link.latency_us and (link.kind == "can" or link.driver != SIMULATED):
        yield document.problem("only simulated stream, datagram, network and line links have a set latency", (*path, "latency_us"))


def _link_references(document: Document, name: str, link: LinkFile) -> Iterator[Problem]:
    path = ("links", name)
    if not _is_driver(link):
        hint = did_you_mean(link.driver, _drivers(link))
        yield document.problem(f"no driver named '{link.driver}' for kind: {link.kind}{hint}", (*path, "driver"))
    for index, entry in enumerate(link.dbc):
        try:
            resource("dbc", entry)
        except FileNotFoundError:
            yield document.problem(f"no file '{entry}' in the folder dbc", (*path, "dbc", index))


def _is_driver(link: LinkFile) -> bool:
    # The interfaces of python-can are asked for last because that loads python-can.
    return link.driver in (SIMULATED, *registry.ports()) or link.driver in _drivers(link)


def _drivers(link: LinkFile) -> tuple[str, ...]:
    own = (SIMULATED, *registry.ports())
    return (*own, *registry.can_interfaces()) if link.kind == "can" else own


def _role(document: Document, name: str, role: RoleFile) -> Iterator[Problem]:
    path = ("roles", name)
    if (role.link is None) == (role.links is None):
        yield document.problem("name either 'link' or 'links'" + ("" if role.link is None else ", not both"), path)
    if role.model is None and role.kind == "sim":
        yield document.problem(f"key 'model' is missing: what plays this role{did_you_mean('', registry.models())}", path)
    if role.options and role.model is None:
        yield document.problem("options are those of a model, and the role names none", (*path, "options"))
    if role.pics is not None and role.kind != "sut":
        yield document.problem("only the role of the system under test (kind: sut) has PICS", (*path, "pics"))


def _role_references(document: Document, name: str, role: RoleFile, parts: Parts) -> Iterator[Problem]:
    path = ("roles", name)
    written = [(("link",), role.link)] if role.link is not None else [(("links", i), each) for i, each in enumerate(role.links or [])]
    seen: set[str] = set()
    for where, link in written:
        if link not in parts.link_names:
            hint = did_you_mean(link, parts.link_names)
            yield document.problem(f"no link named '{link}'{hint}", (*path, *where))
        elif link in seen:
            yield document.problem(f"link '{link}' is named twice", (*path, *where))
        seen.add(link)
    if role.model is not None and role.model not in (known := registry.models()):
        yield document.problem(f"no model named '{role.model}'{did_you_mean(role.model, known)}", (*path, "model"))
    if role.pics is not None and not (document.file.parent / role.pics).is_file():
        yield document.problem(f"no file '{role.pics}' beside the rig file", (*path, "pics"))


def _sut(document: Document, parts: Parts) -> Iterator[Problem]:
    suts = {name: role for name, role in parts.roles.items() if role.kind == "sut"}
    if not suts:
        if _all_roles_read(document, parts):
            yield document.problem("no role of kind: sut, so there is nothing to test", ("roles",))
        return
    files = {role.pics for role in suts.values() if role.pics is not None}
    if len(files) > 1:
        yield document.problem(f"the roles of the system under test name different PICS files: {', '.join(sorted(files))}", ("roles",))
    for name, role in suts.items():
        links = [parts.links[link] for link in _links_of(role) if link in parts.links]
        simulated = {link.driver == SIMULATED for link in links if _is_driver(link)}
        if len(simulated) > 1:
            yield document.problem("its links must all be simulated, or none of them", ("roles", name))
        elif simulated == {True} and role.model is None and ("roles", name) not in document.partial:
            yield document.problem("all its links are simulated, so it needs a 'model'", ("roles", name))


def _bench(document: Document, head: HeadFile, parts: Parts) -> Iterator[Problem]:
    suts = [role for role in parts.roles.values() if role.kind == "sut"]
    simulated = any(role.model is not None for role in suts)
    if simulated and head.bench_mode != "simulation":
        yield document.problem(f"'{head.bench_mode}' contradicts the model of the system under test: simulation", ("bench_mode",))
    if head.bench_mode == "simulation" and suts and not simulated and _all_roles_read(document, parts):
        yield document.problem("'simulation', but no role of kind: sut names a model", ("bench_mode",))
    if head.time == "virtual":
        for name, link in parts.links.items():
            if link.driver != SIMULATED and _is_driver(link):
                yield document.problem("time: virtual needs driver: simulated on every link", ("links", name, "driver"))
        if parts.clock_source not in (None, "virtual"):
            yield document.problem("time: virtual has no other clock than source: virtual", ("clock", "source"))
    elif parts.clock_source == "virtual":
        yield document.problem("time: real has no virtual clock", ("clock", "source"))
    if head.allow and head.operator is None:
        yield document.problem(f"'{', '.join(head.allow)}' needs the name of the operator in charge (key 'operator')", ("allow",))
    if len(set(head.allow)) < len(head.allow):
        yield document.problem("a stimulus is named twice", ("allow",))
    if not parts.has_safety and (head.bench_mode == "vehicle" or "energise" in head.allow):
        why = "bench_mode: vehicle" if head.bench_mode == "vehicle" else "allow: energise"
        yield document.problem(f"key 'safety' is missing: {why} needs bounds and a safe state")


def _all_roles_read(document: Document, parts: Parts) -> bool:
    """Whether the absence of a role, or of its model, can be told."""
    return bool(parts.roles) and not any(path[0] == "roles" for path in document.partial)


def _links_of(role: RoleFile) -> list[str]:
    return [role.link] if role.link is not None else role.links or []
