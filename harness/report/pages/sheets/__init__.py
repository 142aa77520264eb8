"""Rows of the results table and detail sheets of the cases, in words."""

from __future__ import annotations

from harness.report.pages.sheets.row import result_view
from harness.report.pages.sheets.sheet import SheetParts, sheet_view
from harness.report.pages.sheets.words import anchor_of, verdict_view

__all__ = ["SheetParts", "anchor_of", "result_view", "sheet_view", "verdict_view"]
