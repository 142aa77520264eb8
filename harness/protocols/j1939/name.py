"""NAME: the 64 bits by which a controller is known on the network; the lower one wins an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

__all__ = ["FIELDS", "NAME_BYTES", "Name"]

NAME_BYTES = 8
FIELDS: Mapping[str, tuple[int, int]] = {
    "identity": (0, 21),
    "manufacturer": (21, 11),
    "ecu_instance": (32, 3),
    "function_instance": (35, 5),
    "function": (40, 8),
    "reserved": (48, 1),
    "vehicle_system": (49, 7),
    "vehicle_system_instance": (56, 4),
    "industry_group": (60, 3),
    "arbitrary_address_capable": (63, 1),
}
"""First bit and number of bits of each field (section 2.1 of the reference, high)."""


@dataclass(frozen=True, slots=True)
class Name:
    """A NAME taken apart."""

    identity: int
    manufacturer: int
    function: int = 0
    ecu_instance: int = 0
    function_instance: int = 0
    vehicle_system: int = 0
    vehicle_system_instance: int = 0
    industry_group: int = 0
    arbitrary_address_capable: bool = False
    reserved: int = 0

    def __post_init__(self) -> None:
        for name, (_, bits) in FIELDS.items():
            value = int(getattr(self, name))
            if not 0 <= value < 1 << bits:
                raise ValueError(f"{name} {value} of a NAME does not fit {bits} bits")

    def __int__(self) -> int:
        return sum(int(getattr(self, name)) << first for name, (first, _) in FIELDS.items())

    @property
    def data(self) -> bytes:
        """As it stands in an address claim."""
        return int(self).to_bytes(NAME_BYTES, "little")

    @classmethod
    def of(cls, data: bytes) -> Name:
        """The NAME in the eight bytes of a claim.

        Raises:
            ValueError: *data* has another length.
        """
        if len(data) != NAME_BYTES:
            raise ValueError(f"a NAME has {NAME_BYTES} bytes, not {len(data)}")
        whole = int.from_bytes(data, "little")
        values = {name: whole >> first & (1 << bits) - 1 for name, (first, bits) in FIELDS.items()}
        capable = bool(values.pop("arbitrary_address_capable"))
        return cls(**values, arbitrary_address_capable=capable)

    def __lt__(self, other: Name) -> bool:
        return int(self) < int(other)

    def __str__(self) -> str:
        told = ", ".join(f"{field.name} {int(getattr(self, field.name))}" for field in fields(self) if getattr(self, field.name))
        return f"{int(self):016X} ({told})"
