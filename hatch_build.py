"""Build hook: the standard wheel carries suites, signal databases, rigs and templates inside the package.

An editable install does not: there the files lie in the checkout, and a copy would go stale.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLED = ("test_suites", "dbc", "rigs", "reports/templates", "reports/markets")


class BundleHook(BuildHookInterface):
    """Adds the top-level folders below ``harness/bundled``, where ``harness.core.resource`` looks first."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling; *version* is the kind of wheel."""
        if version != "standard":
            return
        for folder in BUNDLED:
            source = Path(self.root, folder)
            if not source.is_dir():
                raise FileNotFoundError(f"folder '{folder}' is missing, and the wheel needs it")
            build_data["force_include"][str(source)] = f"harness/bundled/{folder}"
