"""GB/T 27930.2-2024, class C, as far as one public database shows it: frames, parameter groups, version negotiation.

The frames are decoded and long messages are put together. Nothing of class C is judged, and nothing after a
negotiation to version 2.0.0 or later is simulated: sequence, timers and limits of that edition are not public.
"""

from __future__ import annotations

from harness.protocols.gbt27930.class_c.decoder import ClassCDecoder
from harness.protocols.gbt27930.class_c.frames import FRAMES, FrameType, Service
from harness.protocols.gbt27930.class_c.groups import GROUPS, Field, Group
from harness.protocols.gbt27930.class_c.version import Result, Version, VersionFrame

__all__ = ["FRAMES", "GROUPS", "ClassCDecoder", "Field", "FrameType", "Group", "Result", "Service", "Version", "VersionFrame"]
