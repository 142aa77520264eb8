"""write_kills.py SUITE MATRIX.json: take the kills of a matrix (``precert prove SUITE --json MATRIX.json``) into ``SUITE/kills.toml``.

Read the difference before it is committed: each line says for which reason a case must see a fault.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(suite: str, matrix_file: Path) -> None:
    """Replace the tables of kills; what stands before and behind them stays."""
    golden = Path(__file__).with_name(suite) / "kills.toml"
    lines: list[str] = []
    for cell in json.loads(matrix_file.read_text(encoding="utf-8"))["matrix"]:
        if not cell["fault"]:
            continue
        if (head := f'[kills."{cell["case"]}"]') not in lines:
            lines += ["", head]
        step = '"rules"' if cell["step"] is None else cell["step"]
        fault = f'"{cell["fault"]}"' if set("@.") & set(cell["fault"]) else cell["fault"]
        lines.append(f'{fault} = {{ step = {step}, check = "{cell["check"]}" }}')
    text = golden.read_text(encoding="utf-8")
    begin, end = (text.find(mark) for mark in ("\n[kills.", "\n# Faults against"))
    begin, end = (len(text) if place < 0 else place for place in (begin, end))
    golden.write_text(text[:begin] + "\n".join(lines) + "\n" + text[end:], encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
