"""Names of data identifiers and trouble codes: from a file of names, or from a maker's ODX."""

from harness.case.naming.file import load_names, names_text
from harness.case.naming.odx import names_of_odx

__all__ = ["load_names", "names_of_odx", "names_text"]
