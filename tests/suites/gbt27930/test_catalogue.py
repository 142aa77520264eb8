"""The catalogue of the first suite: ids, basis and confidence as the reference has them, texts complete."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

SUITE = Path(__file__).resolve().parents[3] / "test_suites" / "gbt27930"
TABLE = (
    (
        "derived", "high",
        "VP.101 VP.102 VP.103 VP.104 VP.107 VN.103 VN.104 VP.201 VP.202 VP.203 VP.204 VP.205 VP.206 VP.207 VN.201 VN.203 VN.204 "
        "VN.205 VP.301 VP.302 VP.303 VP.304 VP.308 VP.309 VN.302 VN.303 VN.305 VP.401 VP.402 VN.401 VN.402 VT.501 VT.508 VT.510 "
        "DP.3001 DP.3002 DP.3003 DP.3004 DP.3005 DP.3006 DP.3007 DN.3005 DN.3006 DN.3007 DN.3008 DN.3009 DN.3010 DP.4001 DP.4002 "
        "DN.4001 DN.4002 DN.4003 DN.4004",
    ),
    (
        "derived", "medium",
        "VP.105 VP.106 VN.101 VN.102 VN.105 VN.106 VN.107 VN.110 VN.112 VN.202 VN.206 VN.207 VN.208 VN.213 VN.214 VP.305 VP.306 "
        "VP.307 VP.310 VN.304 VN.306 VN.307 VN.309 VN.310 VB.304 VP.403 VN.403 VN.405 VN.406 VT.502 VT.503 VT.504 VT.505 "
        "DN.3001 DN.3002 DN.3003 DN.3004",
    ),
    ("derived", "low", "VN.111 VN.301 VP.404"),
    ("project", "high", "VB.101 VB.103 VB.201 VB.202 VN.312 VB.301 VB.302 VP.405 VX.601 VX.602 VX.606 VX.607 VX.608"),
    (
        "project", "medium",
        "VN.108 VN.109 VN.113 VB.102 VN.209 VN.210 VN.211 VN.212 VN.308 VN.311 VN.313 VB.303 VN.404 VT.506 VT.507 VT.509 VX.603 "
        "VX.604 VX.605",
    ),
    (
        "quoted", "high",
        "DP.1001 DP.1002 DP.1003 DN.1001 DN.1002 DN.1003 DN.1004 DP.2001 DP.2002 DP.2003 DN.2001 DN.2002 DN.2003 DN.2004 DN.2005 "
        "DN.2006",
    ),
    ("quoted", "medium", "DN.2007 DN.2008 DN.2010"),
    ("quoted", "low", "DN.2009"),
)  # fmt: skip
"""Basis and confidence of every row. VN.101 is quoted in part (title and wait) and derived in part: a mixed mark takes the weaker."""
NEEDS = {
    "VN.101": {"V.AUX"}, "VN.102": {"V.AUX"}, "VP.404": {"V.AUX"}, "VP.306": {"V.PAUSE"}, "VP.308": {"V.STOP"},
    "VX.601": {"V.DUAL"}, "VX.602": {"V.DUAL"}, "VX.603": {"V.DUAL"}, "VX.604": {"V.DUAL"}, "VX.605": {"V.DUAL"}, "VX.606": {"V.DUAL"},
}  # fmt: skip
"""PICS items that the reference asks for."""
VEHICLE, CHARGER = 102, 43


def expected() -> dict[str, tuple[str, str]]:
    return {f"GBT-{name}": (basis, confidence) for basis, confidence, names in TABLE for name in names.split()}


def test_catalogue_has_every_row_with_its_marks(catalogue: list[dict[str, Any]]) -> None:
    assert {row["id"]: (row["basis"], row["confidence"]) for row in catalogue} == expected()
    assert len(catalogue) == len(expected()) == VEHICLE + CHARGER


def test_cases_of_the_vehicle_test_the_truck_and_those_of_the_charger_the_charger(catalogue: list[dict[str, Any]]) -> None:
    assert Counter((row["id"][4], row["sut"]) for row in catalogue) == {("V", "truck"): VEHICLE, ("D", "charger"): CHARGER}


def test_list_gives_every_promised_member(catalogue: list[dict[str, Any]]) -> None:
    for row in catalogue:
        assert {"id", "title", "suite", "refs", "basis", "confidence", "pics", "faults"} <= row.keys()
        assert row["suite"] == "gbt27930"
        assert row["refs"]
        assert row["faults"]


def test_conditions_ask_for_what_the_reference_says(catalogue: list[dict[str, Any]]) -> None:
    for row in catalogue:
        items = set(re.findall(r"[VC]\.[A-Z0-9]+", row["pics"]))
        assert NEEDS.get(row["id"].removeprefix("GBT-"), set()) <= items, row["id"]
        assert items & {"V.ED2015", "C.ED2015"}, row["id"]
        assert {"truck": "V.DC", "charger": "C.DC"}[row["sut"]] in items, row["id"]


def test_no_case_claims_a_number_of_the_closed_standard(catalogue: list[dict[str, Any]]) -> None:
    files = [path for path in SUITE.rglob("*.*") if path.suffix in (".py", ".toml")]
    assert len(files) > 10
    assert not [path for path in files if re.search(r"\bB[PN]\.\d", path.read_text(encoding="utf-8"))]


def test_chinese_texts_are_complete_and_chinese(catalogue: list[dict[str, Any]]) -> None:
    texts: dict[str, Any] = {}
    for path in (SUITE / "texts.zh").glob("*.toml"):
        texts |= tomllib.loads(path.read_text(encoding="utf-8"))["cases"]
    assert set(texts) == {row["id"] for row in catalogue}
    for row in catalogue:
        text = texts[row["id"]]
        assert len(text["steps"]) == len(row["steps"])
        for sentence in (text["purpose"], *(step for step, _ in text["steps"])):
            assert any("\u4e00" <= char <= "\u9fff" for char in sentence), f"{row['id']}: {sentence}"
