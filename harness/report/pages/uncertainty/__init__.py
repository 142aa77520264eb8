"""The annex on uncertainty: what was measured, a budget for each kind of measurand, and what it means for decisions."""

from __future__ import annotations

from harness.report.pages.uncertainty.annex import uncertainty_facts, uncertainty_statements, uncertainty_tables

__all__ = ["uncertainty_facts", "uncertainty_statements", "uncertainty_tables"]
