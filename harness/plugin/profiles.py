"""Message profiles in the plan of a run: their files go into it whole, and a replay takes them from there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from harness.case.documents import ProfileDoc
from harness.core import ConfigError, Problem, Standard
from harness.core.profiles import Profiled
from harness.rig import Rig
from harness.rig.profiles import spoken

__all__ = ["profile_documents", "restore_profiles"]


def profile_documents(standards: Sequence[Standard], rig: Rig) -> dict[str, ProfileDoc]:
    """The message profiles by which *standards* are spoken on *rig*; none for those that have none."""
    found = {standard.name: spoken(standard, rig) for standard in standards}
    return {name: _document(standard) for name, standard in found.items() if isinstance(standard, Profiled)}


def _document(profiled: Profiled) -> ProfileDoc:
    contents = {file.name: file.read_bytes() for file in profiled.profile_files()}
    title = profiled.profile_title()
    return {
        "folder": profiled.profile_files()[0].parent.name,
        "title": {"en": title["en"], "zh": title["zh"]},
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        "files": {name: content.decode("utf-8") for name, content in contents.items()},
    }


def restore_profiles(documents: Mapping[str, ProfileDoc], place: Path) -> dict[str, Path]:
    """Write the profiles of a plan below *place*; their folders by standard.

    Raises:
        ConfigError: a file has no plain name, or is not the one that its hash is of.
    """
    folders: dict[str, Path] = {}
    for number, (standard, document) in enumerate(documents.items()):
        folder = folders[standard] = place / f"{number}-{PurePath(document['folder']).name}"
        folder.mkdir(parents=True)
        for name, text in document["files"].items():
            content = text.encode("utf-8")
            if PurePath(name).name != name or hashlib.sha256(content).hexdigest() != document["sha256"].get(name):
                raise ConfigError(Problem(f"plan.json: the file '{name}' of the message profile of '{standard}' is not the one of the run"))
            (folder / name).write_bytes(content)
    return folders
