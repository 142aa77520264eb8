"""write_kills.py MATRIX.json: take the kills of a matrix (``precert prove gbt27930 --json MATRIX.json``) into the golden file.

Read the difference before it is committed: each line says for which reason a case must see a fault.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

GOLDEN = Path(__file__).with_name("gbt27930-kills.toml")


def main(matrix_file: Path) -> None:
    """Replace the tables of kills; head and findings of the file stay."""
    lines: list[str] = []
    for cell in json.loads(matrix_file.read_text(encoding="utf-8"))["matrix"]:
        if not cell["fault"]:
            continue
        if (head := f'[kills."{cell["case"]}"]') not in lines:
            lines += ["", head]
        step = '"rules"' if cell["step"] is None else cell["step"]
        fault = cell["fault"] if "@" not in cell["fault"] else f'"{cell["fault"]}"'
        lines.append(f'{fault} = {{ step = {step}, check = "{cell["check"]}" }}')
    text = GOLDEN.read_text(encoding="utf-8")
    begin, end = text.index("\n[kills."), text.index("\n# Faults against")
    GOLDEN.write_text(text[:begin] + "\n".join(lines) + "\n" + text[end:], encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
