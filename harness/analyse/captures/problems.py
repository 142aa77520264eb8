"""What can be wrong with a file beside its content."""

from __future__ import annotations

from harness.core import ConfigError

__all__ = ["NotARecording"]


class NotARecording(ConfigError):
    """The file is something else than a recording: in a folder it is passed over."""
