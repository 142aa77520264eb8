"""Write the tables of the EXI codec from the schema files of the message definitions.

    python -m harness.protocols.iso15118.exi.generate FOLDER [--check]

FOLDER holds the schemas as the Python package ``iso15118`` ships them (``iso15118/shared/schemas``). Exit code 0: written, or with
``--check`` equal to what is there; 1: different; 2: the schemas cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from harness.protocols.iso15118.exi.generate import SchemaUnreadable, generate
from harness.protocols.iso15118.exi.schema import TABLES


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m harness.protocols.iso15118.exi.generate", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="schema files (iso15118/shared/schemas of the package iso15118)")
    parser.add_argument("--check", action="store_true", help="write nothing, say which tables differ")
    options = parser.parse_args(arguments)
    try:
        made = generate(options.folder)
    except SchemaUnreadable as error:
        print(error, file=sys.stderr)
        return 2
    differing = 0
    for name, text in made.items():
        path = TABLES / f"{name}.json"
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        differing += 1
        if options.check:
            print(f"{path}: differs from what the schemas say", file=sys.stderr)
        else:
            _replace(path, text)
            print(f"{path}: written")
    return 1 if options.check and differing else 0


def _replace(path: Path, text: str) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


if __name__ == "__main__":
    sys.exit(main())
