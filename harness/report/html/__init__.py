"""The report as one HTML file: searched, filtered and zoomed where scripts run, complete where they do not."""

from harness.report.html.page import render_html

__all__ = ["render_html"]
