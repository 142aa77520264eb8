"""What one report is about: run folders read and merged, readiness for markets, differences from the report before."""

from __future__ import annotations

from harness.report.campaign.merge import Campaign, load_campaign
from harness.report.campaign.run import Run, load_run

__all__ = ["Campaign", "Run", "load_campaign", "load_run"]
