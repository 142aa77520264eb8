"""compare_results.py A B: two results.json are equal apart from the fields that the schema declares volatile."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.case.run.results import without_volatile

SHOWN = 20


def main(first: Path, second: Path) -> int:
    """0 if they are equal, else 1 with the first differences."""
    documents = [without_volatile(json.loads(path.read_text(encoding="utf-8"))) for path in (first, second)]
    if not documents[0]["results"]:
        print(f"{first}: no results to compare")
        return 1
    found = list(differences(*documents))
    for line in found[:SHOWN]:
        print(line)
    print(f"{len(found)} differences between {first} and {second}, {len(documents[0]['results'])} cases each")
    return 1 if found else 0


def differences(left: object, right: object, path: str = "") -> Iterator[str]:
    """The places where two documents differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted(left.keys() | right.keys()):
            yield from differences(left.get(key), right.get(key), f"{path}/{key}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (a, b) in enumerate(zip(left, right, strict=True)):
            yield from differences(a, b, f"{path}/{index}")
    elif left != right:
        yield f"{path}: {left!r} != {right!r}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
