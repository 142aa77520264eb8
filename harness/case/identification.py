"""What a case read of the item under test to identify it: which datum, over which path, of which unit, and what was told there.

The report compares the paths. A path that a rig lacks is recorded too, with the reason in the place of the value, so that nobody takes
two equal readings for the agreement of three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from harness.case.documents import IdentifiedDoc, Text
from harness.core import ns_in

__all__ = ["ITEMS", "Identified"]

ITEMS: Mapping[str, Text] = {
    "vin": {"en": "Vehicle identification number", "zh": "车辆识别代号"},
    "component": {"en": "Make, model and serial number", "zh": "制造商、型号与序列号"},
    "ecu": {"en": "Identification of the control unit", "zh": "控制器标识"},
    "part_number": {"en": "Part number", "zh": "零部件号"},
    "serial_number": {"en": "Serial number", "zh": "序列号"},
    "hardware_number": {"en": "Hardware number", "zh": "硬件号"},
    "hardware_version": {"en": "Hardware version", "zh": "硬件版本"},
    "software_number": {"en": "Software number", "zh": "软件号"},
    "software_version": {"en": "Software version", "zh": "软件版本"},
    "supplier_software_number": {"en": "Software number of the supplier", "zh": "供应商软件号"},
    "supplier_software_version": {"en": "Software version of the supplier", "zh": "供应商软件版本"},
    "software_list": {"en": "Software identification", "zh": "软件标识"},
    "rxswin": {"en": "RXSWIN", "zh": "RXSWIN"},
    "battery": {"en": "Battery identification", "zh": "电池标识"},
    "network_identity": {"en": "Identity on the network (NAME, EID)", "zh": "网络标识（NAME、EID）"},
}
"""Words for the items, with what a report calls them."""


@dataclass(frozen=True, slots=True)
class Identified:
    """One reading."""

    item: str
    """One of ``ITEMS``."""
    path: str
    """How it was read, as standards are called: ``J1939``, ``UDS``, ``DoIP``."""
    value: str | None
    """As printable text; ``None``: it could not be read, and ``note`` says why."""
    unit: str = ""
    """Which control unit told it, by its address on the path; empty: the whole item."""
    data: bytes = b""
    """The bytes that were told."""
    note: str = ""
    step: int | None = None
    frames: tuple[int, ...] = ()
    t_ns: int | None = None

    def to_json(self) -> IdentifiedDoc:
        """As it stands in a record."""
        return {
            "step": self.step,
            "item": self.item,
            "path": self.path,
            "unit": self.unit,
            "value": self.value,
            "sha256": sha256(self.data).hexdigest() if self.data else None,
            "note": self.note,
            "frames": list(self.frames),
            "t_s": None if self.t_ns is None else f"{ns_in(self.t_ns, 's'):f}",
        }
