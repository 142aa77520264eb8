"""V2 and V3: the bag accounts for every file, both ways, and the tag manifest accounts for the bag."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from harness.report.package.container.bag import (
    BAGIT,
    DECLARATION,
    INFO,
    TAG_FILES,
    TAG_MANIFEST,
    Digests,
    ManifestError,
    manifest_name,
    parse_info,
    parse_manifest,
)
from harness.report.package.container.files import digests_of
from harness.report.package.container.opening import Opened
from harness.report.package.container.paths import path_faults
from harness.report.package.outcome import Status, Step

__all__ = ["check_bag", "check_manifest_paths", "check_tag_manifest", "read_info"]


def read_info(opened: Opened) -> dict[str, str]:
    """The fields of bag-info.txt, empty if it cannot be read; V2 says why."""
    try:
        return parse_info(opened.read(INFO) or b"")
    except ManifestError:
        return {}


def check_manifest_paths(opened: Opened, step: Step) -> None:
    """The part of V1 that concerns what manifests name."""
    for name in TAG_FILES[2:]:
        content = opened.read(name)
        if content is None:
            continue
        try:
            paths = list(parse_manifest(content))
        except ManifestError:
            continue
        for path, fault in path_faults(paths):
            if fault in ("absolute", "parent"):
                step.fail("v1.manifest_line", file=name, path=path)


def check_bag(opened: Opened, info: Mapping[str, str], step: Step) -> dict[str, Digests]:
    """V2. Gives the digests of the payload as found."""
    assert opened.root is not None
    _check_tags(opened, step)
    payload = [path for path in opened.files if path.startswith("data/")]
    found = {path: digests_of(opened.root / path) for path in payload}
    for algorithm in ("sha256", "sha512"):
        _check_manifest(opened, step, algorithm, {path: getattr(each, algorithm) for path, each in found.items()})
    oxum = f"{sum(each.size for each in found.values())}.{len(found)}"
    if info.get("Payload-Oxum") != oxum:
        step.fail("v2.oxum", stated=info.get("Payload-Oxum", "-"), found=oxum)
    if (identifier := info.get("External-Identifier", "")) != opened.name:
        step.add(Status.NOTE, "v2.identifier", stated=identifier, found=opened.name)
    step.end("v2.ok", files=len(found))
    return found


def check_tag_manifest(opened: Opened, step: Step) -> bytes:
    """V3. Gives the content of the tag manifest, empty if there is none."""
    content = opened.read(TAG_MANIFEST)
    if content is None:
        step.fail("v3.missing")
        return b""
    try:
        stated = parse_manifest(content)
    except ManifestError as error:
        step.fail("v2.unreadable", file=TAG_MANIFEST, detail=str(error))
        return content
    covered = [name for name in TAG_FILES if name != TAG_MANIFEST]
    for name in covered:
        if name not in stated:
            step.fail("v3.uncovered", file=name)
        elif hashlib.sha256(opened.read(name) or b"").hexdigest() != stated[name]:
            step.fail("v3.changed", file=name)
    for name in stated:
        if name not in covered:
            step.fail("v3.foreign", path=name)
    step.end("v3.ok", files=len(covered))
    return content


def _check_tags(opened: Opened, step: Step) -> None:
    declaration, info = opened.read(BAGIT), opened.read(INFO)
    if declaration is None:
        step.fail("v2.no_tag", file=BAGIT)
    elif declaration != DECLARATION:
        step.fail("v2.declaration")
    if info is None:
        step.fail("v2.no_tag", file=INFO)
        return
    try:
        parse_info(info)
    except ManifestError as error:
        step.fail("v2.unreadable", file=INFO, detail=str(error))


def _check_manifest(opened: Opened, step: Step, algorithm: str, found: Mapping[str, str]) -> None:
    file = manifest_name(algorithm)
    content = opened.read(file)
    if content is None:
        step.fail("v2.no_tag", file=file)
        return
    try:
        stated = parse_manifest(content)
    except ManifestError as error:
        step.fail("v2.unreadable", file=file, detail=str(error))
        return
    for path in sorted(stated.keys() | found.keys()):
        if path not in found:
            step.fail("v2.missing", path=path, file=file)
        elif path not in stated:
            step.fail("v2.unlisted", path=path, file=file)
        elif stated[path] != found[path]:
            step.fail("v2.changed", path=path, file=file)
