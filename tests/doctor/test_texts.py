"""Every text is there in both languages, with the same places to fill."""

from __future__ import annotations

import re
from pathlib import Path

import harness.doctor
from harness.doctor.coverage import CaseState
from harness.doctor.finding import load_texts

PLACE = re.compile(r"{(\w+)}")


def test_texts_are_complete_in_both_languages() -> None:
    for key, row in load_texts().items():
        assert set(PLACE.findall(row["zh"])) == set(PLACE.findall(row["en"])), key
        assert re.search(r"[\u4e00-\u9fff]", row["zh"]) or key == "link.open", key
        assert not re.search(r"[\u4e00-\u9fff]", row["en"]), key


def test_every_text_that_the_sources_name_exists_and_none_is_left_over() -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in Path(harness.doctor.__file__).parent.glob("*.py"))
    used = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', sources)) | {f"state.{state.value}" for state in CaseState}
    for name in ("tshark", "chromium"):
        used |= {f"{name}.ok", f"{name}.none"}
    used |= {f"area.{area}" for area in ("machine", "rig", "link", "suite")}
    known = {key for key in load_texts() if not key.endswith("_todo")}
    assert not known - used, "texts that nobody says"
    assert {key.removesuffix("_todo") for key in load_texts()} <= known
