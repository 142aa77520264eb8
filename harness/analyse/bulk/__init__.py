"""Large recordings as columns: read, decoded and counted with numpy, without an object per frame."""

from harness.analyse.bulk.columns import FrameColumns, MessageColumns, decode, identifier_table
from harness.analyse.bulk.export import archive, identifier_lines
from harness.analyse.bulk.reading import read_columns

__all__ = ["FrameColumns", "MessageColumns", "archive", "decode", "identifier_lines", "identifier_table", "read_columns"]
