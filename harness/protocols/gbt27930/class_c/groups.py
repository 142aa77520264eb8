"""The parameter groups of class C as data: who sends them, by which service, and where their fields lie (S11, confidence medium).

Bytes count from 0, which holds the number of the group (PGI). Values of several bytes are little endian, like everywhere
in GB/T 27930; current and voltage have no offset. Groups that the public database does not have are not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from harness.core import LocalProtocolError, Value, did_you_mean
from harness.protocols.gbt27930.class_c.frames import Service
from harness.protocols.gbt27930.messages import Party

__all__ = ["GROUPS", "Field", "Group"]

_FILLER = 0xFF


@dataclass(frozen=True, slots=True)
class Field:
    """One unsigned number: physical = raw / divisor + offset."""

    name: str
    byte: int
    size: int = 1
    """Bytes."""
    divisor: int = 1
    offset: int = 0
    unit: str = ""
    words: Mapping[int, str] = field(default_factory=dict)
    """What raw values mean."""

    def value(self, data: bytes) -> Value:
        """The physical value in *data*, ``None`` if it is too short."""
        if len(data) < self.byte + self.size:
            return None
        raw = int.from_bytes(data[self.byte : self.byte + self.size], "little")
        return raw + self.offset if self.divisor == 1 else raw / self.divisor + self.offset

    def raw(self, value: float) -> int:
        """The raw value nearest to *value*.

        Raises:
            LocalProtocolError: it does not fit.
        """
        raw = round((value - self.offset) * self.divisor)
        if not 0 <= raw < 1 << 8 * self.size:
            raise LocalProtocolError(f"{self.name}: {value:g} {self.unit}".rstrip() + f" does not fit {self.size} bytes")
        return raw


@dataclass(frozen=True, slots=True)
class Group:
    """One parameter group."""

    pgi: int
    sender: Party
    service: Service
    phase: str
    """Function module that it belongs to."""
    title: str
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        """For example ``PGI73``."""
        return f"PGI{self.pgi:02X}"

    @property
    def length(self) -> int:
        """Bytes up to the last field, the number of the group included."""
        return max((item.byte + item.size for item in self.fields), default=1)

    def decode(self, data: bytes) -> dict[str, Value]:
        """Values of a payload that begins with the number of the group; fields that are cut off are ``None``."""
        return {item.name: item.value(data) for item in self.fields}

    def encode(self, values: Mapping[str, float], length: int | None = None) -> bytes:
        """Payload from physical values; what is left out is FF, like the bytes up to *length*.

        Raises:
            LocalProtocolError: a field is unknown, or a value does not fit.
        """
        known = {item.name: item for item in self.fields}
        out = bytearray([self.pgi, *[_FILLER] * ((length or self.length) - 1)])
        for name, value in values.items():
            if name not in known:
                raise LocalProtocolError(f"{self.name} has no field '{name}'{did_you_mean(name, known)}")
            item = known[name]
            out[item.byte : item.byte + item.size] = item.raw(value).to_bytes(item.size, "little")
        return bytes(out)

    def words(self, data: bytes) -> Iterator[str]:
        """The fields that have words for their values, in words."""
        for item in self.fields:
            raw = int.from_bytes(data[item.byte : item.byte + item.size], "little")
            if item.words:
                yield f"{item.name} {item.words.get(raw, f'0x{raw:02X}')}"


_READY = {0x00: "not ready", 0xAA: "ready", 0xFF: "invalid"}
_CLOSED = {0x00: "open", 0xAA: "closed", 0xFF: "untrusted"}
_DONE = {0x00: "waiting", 0xAA: "done", 0xFF: "invalid"}
_RESULT = {0x00: "failed", 0xAA: "succeeded", 0xFF: "invalid"}
_TEST = {0: "waiting", 1: "running", 2: "passed", 3: "failed"}
_PAUSE = {0x00: "resume", 0xAA: "paused", 0xFF: "invalid"}
_STOP = {1: "charging ended", 2: "function timed out", 3: "function failed", 4: "check failed"}
_RECONNECT = {0x00: "not asked", 0xAA: "reconnect", 0xFF: "no reconnect"}
_WAKE = {0x00: "waiting", 0xAA: "wake up", 0xFF: "invalid"}
_MODE = {1: "constant voltage", 2: "constant current"}
_STICKING = {0: "waiting", 1: "running", 2: "stopped by an error", 3: "passed", 4: "failed", 0xFF: "not tested"}
_CHANGE = {0: "no change", 1: "charger", 2: "network", 0xFF: "other"}
_ALLOW = {0x00: "not allowed", 0xAA: "allowed", 0xFF: "invalid"}
_CONFIRM = {0x00: "open", 0xAA: "succeeded", 0xFF: "failed"}
_BATTERY = {
    1: "lead acid", 2: "NiMH", 3: "LFP", 4: "LMO", 5: "LCO", 6: "ternary (NMC/NCA)", 7: "polymer Li-ion", 8: "LTO", 0xFF: "other type",
}  # fmt: skip

_NEGOTIATION, _CONFIGURATION, _AUTHENTICATION = "function negotiation", "parameter configuration", "authentication"
_CHECK, _TRANSFER, _END, _ANY = "output circuit check", "pre-charge and energy transfer", "end", "any"


def _supported() -> tuple[Field, ...]:
    names = ("configuration", "authentication", "reservation", "circuit_check", "supply_mode", "energy_transfer", "end")
    return tuple(Field(name, byte) for byte, name in enumerate(names, 1))


def _stop() -> tuple[Field, ...]:
    return (Field("kind", 1, words=_STOP), Field("reason_0", 2), Field("reason_1", 3), Field("reconnect", 4, words=_RECONNECT))


def _authenticated() -> tuple[Field, ...]:
    return (Field("result", 1, words=_RESULT), Field("descriptor", 2))


def _rows() -> Iterator[Group]:
    charger, vehicle = ("charger", "vehicle")
    rm, urm, lm = Service.RM, Service.URM, Service.LM
    for sender, pgi, service, phase, title, fields in (
        (charger, 0x01, rm, _NEGOTIATION, "next function", (Field("function", 1), Field("descriptor", 2))),
        (vehicle, 0x02, rm, _NEGOTIATION, "next function confirmed", (Field("result", 1, words=_CONFIRM),)),
        (charger, 0x03, rm, _ANY, "stop", _stop()),
        (vehicle, 0x04, rm, _ANY, "stop", _stop()),
        (charger, 0x05, urm, _ANY, "contactors", (Field("k1", 1, words=_CLOSED), Field("k2", 2, words=_CLOSED))),
        (vehicle, 0x06, urm, _ANY, "contactors", (Field("k5", 1, words=_CLOSED), Field("k6", 2, words=_CLOSED))),
        (charger, 0x07, urm, _ANY, "electronic lock", (Field("lock", 1, words={0x00: "open", 0xAA: "locked", 0xFF: "untrusted"}),)),
        (charger, 0x08, rm, _ANY, "wake-up", (Field("wake_up", 1, words=_WAKE),)),
        (vehicle, 0x09, rm, _ANY, "wake-up", (Field("wake_up", 1, words=_WAKE),)),
        (charger, 0x11, lm, _NEGOTIATION, "functions that the charger supports", _supported()),
        (vehicle, 0x12, rm, _NEGOTIATION, "functions that the vehicle chooses", _supported()),
        (charger, 0x21, lm, _CONFIGURATION, "output of the charger", _output()),
        (vehicle, 0x22, lm, _CONFIGURATION, "limits of the battery", _battery()),
        (charger, 0x31, urm, _AUTHENTICATION, "card or code", (Field("state", 1, words=_DONE), Field("wait_min", 2, unit="min"))),
        (vehicle, 0x32, urm, _AUTHENTICATION, "card or code", (Field("state", 1, words={0x00: "does not wait", 0xAA: "waits on"}),)),
        (charger, 0x33, rm, _AUTHENTICATION, "result of card or code", _authenticated()),
        (charger, 0x35, rm, _AUTHENTICATION, "result of EVIN", _authenticated()),
        (vehicle, 0x36, rm, _AUTHENTICATION, "other descriptor", (Field("descriptor", 1),)),
        (charger, 0x39, rm, _AUTHENTICATION, "result of the cloud", _authenticated()),
        (vehicle, 0x3A, rm, _AUTHENTICATION, "other descriptor", (Field("descriptor", 1),)),
        (charger, 0x51, urm, _CHECK, "circuit check", _circuit()),
        (vehicle, 0x52, rm, _CHECK, "circuit check confirmed", (Field("state", 1, words=_DONE),)),
        (charger, 0x71, urm, _TRANSFER, "charger ready", (Field("ready", 1, words=_READY),)),
        (vehicle, 0x72, urm, _TRANSFER, "vehicle ready", (Field("ready", 1, words=_READY), Field("voltage_v", 2, 2, 10, unit="V"))),
        (vehicle, 0x73, urm, _TRANSFER, "demand", (*_power("voltage_v", "current_a"), Field("mode", 5, words=_MODE))),
        (
            vehicle,
            0x74,
            urm,
            _TRANSFER,
            "state of charge",
            (Field("soc_pct", 1, 2, 10, unit="%"), Field("remaining_min", 3, 2, unit="min")),
        ),
        (
            charger,
            0x75,
            urm,
            _TRANSFER,
            "present capability",
            (Field("max_current_a", 1, 2, 10, unit="A"), Field("reason", 3, words=_CHANGE)),
        ),
        (charger, 0x76, urm, _TRANSFER, "output", _power("voltage_v", "current_a")),
        (vehicle, 0x77, urm, _TRANSFER, "cells", _cells()),
        (charger, 0x78, rm, _TRANSFER, "pause", (Field("pause", 1, words=_PAUSE),)),
        (vehicle, 0x79, rm, _TRANSFER, "pause", (Field("pause", 1, words=_PAUSE),)),
        (vehicle, 0x91, urm, _END, "sticking detection", (Field("state", 1, words=_STICKING),)),
        (charger, 0x92, urm, _END, "sticking detection", (Field("permission", 1, words=_ALLOW),)),
        (
            charger,
            0x93,
            rm,
            _END,
            "statistics",
            (Field("charged_kwh", 1, 2, 10, unit="kWh"), Field("discharged_kwh", 3, 2, 10, unit="kWh")),
        ),
        (vehicle, 0x94, rm, _END, "statistics", (Field("soc_pct", 1, 2, 10, unit="%"),)),
    ):
        yield Group(pgi, "charger" if sender == charger else "vehicle", service, phase, title, fields)


def _power(voltage: str, current: str) -> tuple[Field, ...]:
    return (Field(voltage, 1, 2, 10, unit="V"), Field(current, 3, 2, 10, unit="A"))


def _output() -> tuple[Field, ...]:
    return (
        Field("max_voltage_v", 1, 2, 10, unit="V"),
        Field("min_voltage_v", 3, 2, 10, unit="V"),
        Field("max_current_a", 5, 2, 10, unit="A"),
        Field("min_current_a", 7, 2, 10, unit="A"),
        Field("restarts", 9),
    )


def _battery() -> tuple[Field, ...]:
    return (
        Field("max_current_a", 1, 2, 10, unit="A"),
        Field("max_voltage_v", 3, 2, 10, unit="V"),
        Field("energy_kwh", 5, 2, 10, unit="kWh"),
        Field("soc_pct", 7, 2, 10, unit="%"),
        Field("max_cell_voltage_v", 9, 2, 100, unit="V"),
        Field("max_temp_degc", 11, offset=-50, unit="degC"),
        Field("battery_type", 12, words=_BATTERY),
        Field("restarts", 13),
    )


def _circuit() -> tuple[Field, ...]:
    return tuple(Field(name, byte, words=_TEST) for byte, name in enumerate(("sticking", "short_circuit", "insulation", "discharge"), 1))


def _cells() -> tuple[Field, ...]:
    return (
        Field("max_cell_voltage_v", 1, 2, 100, unit="V"),
        Field("min_cell_voltage_v", 3, 2, 100, unit="V"),
        Field("max_temp_degc", 5, offset=-50, unit="degC"),
        Field("min_temp_degc", 6, offset=-50, unit="degC"),
    )


GROUPS: Mapping[int, Group] = MappingProxyType({group.pgi: group for group in _rows()})
"""Every group that the public database has, by its number."""
