"""write_cross.py MATRIX.json ...: take cross tables (``precert prove ... --cross --json MATRIX.json``) into the golden file.

For every case a fault that no case of another phase fails on, and for every fault that was tried elsewhere the cases that fail on
it without naming it. The reasons of those stand in the file by hand; a kill without a reason is reported and must be explained.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

FOLDER = Path(__file__).parent
GOLDEN, KILLS = FOLDER / "cross.toml", FOLDER / "kills.toml"


def phase(case: str) -> str:
    """Side and phase of a case: ``V2`` of GBT-VN.204."""
    return case[4] + case.partition(".")[2][0]


def main(files: list[Path]) -> None:
    """Replace the tables of the golden file; its head and the reasons stay."""
    kills = tomllib.loads(KILLS.read_text(encoding="utf-8"))["kills"]
    named: dict[str, set[str]] = defaultdict(set)
    for case, faults in kills.items():
        for fault in faults:
            named[fault].add(case)
    tried: set[str] = set()
    elsewhere: dict[str, dict[str, str]] = defaultdict(dict)
    for file in files:
        for cell in json.loads(file.read_text(encoding="utf-8"))["matrix"]:
            if cell["fault"] and cell["case"] not in named[cell["fault"]]:
                tried.add(cell["fault"])
                if cell["verdict"] in ("fail", "error"):
                    elsewhere[cell["fault"]][cell["case"]] = cell["check"]
    alone = {
        fault: next(iter({phase(case) for case in named[fault]})) for fault in tried if len({phase(case) for case in named[fault]}) == 1
    }
    clean = sorted(fault for fault, own in alone.items() if all(phase(case) == own for case in elsewhere.get(fault, ())))
    only: dict[str, str] = {}
    for fault in clean:
        for case in named[fault]:
            only.setdefault(case, fault)
    head = GOLDEN.read_text(encoding="utf-8").partition("\n[only]")[0]
    lines = [head, "", "[only]", *(f'"{case}" = "{only[case]}"' for case in kills if case in only)]
    lines += ["", "[shared]", *(f'"{case}" = "{case_reason(kills[case], elsewhere)}"' for case in kills if case not in only)]
    lines += ["", "[unnamed]"]
    for fault, cases in sorted(elsewhere.items()):
        shown = ", ".join(f'"{case}" = "{check}"' for case, check in sorted(cases.items()))
        lines.append(f'"{fault}" = {{ {shown} }}')
    GOLDEN.write_text("\n".join(lines) + "\n", encoding="utf-8")


def case_reason(faults: dict[str, object], elsewhere: dict[str, dict[str, str]]) -> str:
    """Which of its faults were tried, and where the first of them shows too."""
    for fault in faults:
        if elsewhere.get(fault):
            return f"{fault} shows in {len(elsewhere[fault])} more cases, {next(iter(sorted(elsewhere[fault])))} among them"
    return "none of its faults was tried in other phases"


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
