"""What each page of the report prints, one module per page; ``build_view`` puts them together.

Every module takes the results that go out, or the campaign, and returns values of
``harness.report.view``. None of them knows the other pages, PDF or HTML.
"""

from __future__ import annotations

from harness.report.pages.build import build_view

__all__ = ["build_view"]
