"""What the parties of a session told each other, printable. Charging current and energy into the pack are positive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from harness.core.check import Finding, Severity
from harness.core.durations import format_s
from harness.core.message import Message, Value
from harness.protocols.gbt27930.editions import EDITIONS
from harness.protocols.gbt27930.sessions.dialect import dialect_of
from harness.protocols.gbt27930.sessions.split import Talk
from harness.protocols.gbt27930.sessions.words import version_text

__all__ = ["facts_of", "vin_findings"]

_BATTERY_TYPES = {
    1: "lead acid", 2: "NiMH", 3: "LFP", 4: "LMO", 5: "LCO", 6: "ternary (NMC/NCA)", 7: "polymer Li-ion", 8: "LTO", 255: "other type",
}  # fmt: skip
_MODES = {1: "constant voltage", 2: "constant current"}
_LONGEST_STEP_NS = 5_000_000_000
"""Energy is not integrated over holes in the recording."""


def facts_of(talk: Talk) -> dict[str, str]:
    """Facts by label, in the order of a session; only what the messages show."""
    messages = [event.message for event in talk.events]
    dialect, _ = dialect_of(messages)
    facts = {"edition": EDITIONS[dialect].title} if dialect else {}
    return facts | {label: text for label, text in _facts(_Told(messages)) if text}


class _Told:
    """Messages of a session by name."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._by_name: dict[str, list[Message]] = {}
        for message in messages:
            self._by_name.setdefault(message.name, []).append(message)

    def all(self, name: str) -> Sequence[Message]:
        return self._by_name.get(name, ())

    def value(self, name: str, signal: str, which: int = 0) -> Value:
        messages = self._by_name.get(name)
        return messages[which].values.get(signal) if messages else None

    def text(self, name: str, signal: str, unit: str, which: int = 0, sign: int = 1) -> str:
        value = self.value(name, signal, which)
        return f"{_plain(sign * value)} {unit}" if isinstance(value, int | float) else ""

    def numbers(self, name: str, signal: str, sign: int = 1) -> list[float]:
        values = (message.values.get(signal) for message in self.all(name))
        return [sign * value for value in values if isinstance(value, int | float)]


def _facts(told: _Told) -> Iterator[tuple[str, str]]:
    if told.all("CHM"):
        yield "charger version", version_text(told.value("CHM", "protocol_version"))
    if told.all("BRM"):
        yield "vehicle version", version_text(told.value("BRM", "protocol_version"))
        yield "VIN", _ascii(told.value("BRM", "vin"))
        yield "battery", _battery(told)
    if told.all("CRM"):
        region = _ascii(told.value("CRM", "region_code"))
        yield "charger number", ", region ".join(part for part in (told.text("CRM", "charger_number", "").strip(), region) if part)
    yield "highest voltage", _listed((told.text("BHM", "max_voltage_v", "V"), "BHM"), (told.text("BCP", "max_voltage_v", "V"), "BCP"))
    yield "highest current", _listed((told.text("BCP", "max_current_a", "A", sign=-1), "BCP"))
    yield "battery energy", _listed((told.text("BCP", "energy_kwh", "kWh"), "BCP"))
    yield "battery voltage", _listed((told.text("BCP", "voltage_v", "V"), "BCP"))
    yield "charger range", _charger_range(told)
    yield "demand", _span(told, "BCL", "voltage_v", "current_a", _modes(told))
    yield "output", _span(told, "CCS", "voltage_v", "current_a")
    yield "state of charge", _soc(told)
    yield "energy", _energy(told)
    yield "vehicle statistics", _vehicle_statistics(told)
    yield "charger statistics", _listed((told.text("CSD", "elapsed_min", "min"), ""), (told.text("CSD", "energy_kwh", "kWh"), "CSD"))


def _battery(told: _Told) -> str:
    kind = told.value("BRM", "battery_type")
    parts = [
        _BATTERY_TYPES.get(kind, f"type {kind}") if isinstance(kind, int) else "",
        told.text("BRM", "rated_capacity_ah", "Ah"),
        told.text("BRM", "rated_voltage_v", "V"),
        f"maker {maker}" if (maker := _ascii(told.value("BRM", "maker"))) else "",
    ]
    return ", ".join(part for part in parts if part)


def _charger_range(told: _Told) -> str:
    low, high = told.value("CML", "min_voltage_v"), told.text("CML", "max_voltage_v", "V")
    if not isinstance(low, int | float) or not high:
        return ""
    least, most = told.value("CML", "min_current_a"), told.text("CML", "max_current_a", "A", sign=-1)
    current = f"{_plain(-least)}..{most}" if isinstance(least, int | float) else f"up to {most}"
    return f"{_plain(low)}..{high}, {current} (CML)"


def _span(told: _Told, name: str, voltage: str, current: str, more: str = "") -> str:
    volts, amperes = told.numbers(name, voltage), told.numbers(name, current, -1)
    if not volts or not amperes:
        return ""
    shown = f"{_range(volts)} V, {_range(amperes)} A"
    return f"{shown}{', ' + more if more else ''} ({name})"


def _range(values: Sequence[float]) -> str:
    low, high = _plain(min(values)), _plain(max(values))
    return low if low == high else f"{low}..{high}"


def _modes(told: _Told) -> str:
    modes = dict.fromkeys(message.values.get("mode") for message in told.all("BCL"))
    return " then ".join(_MODES[mode] for mode in modes if isinstance(mode, int) and mode in _MODES)


def _soc(told: _Told) -> str:
    return _listed(
        (told.text("BCP", "soc_pct", "%"), "BCP"),
        (told.text("BCS", "soc_pct", "%"), "first BCS"),
        (told.text("BCS", "soc_pct", "%", -1), "last BCS"),
        (told.text("BSD", "soc_pct", "%"), "BSD"),
    )


def _energy(told: _Told) -> str:
    total = 0.0
    for before, after in pairwise(told.all("CCS")):
        step_ns = after.t_ns - before.t_ns
        volts, amperes = before.values.get("voltage_v"), before.values.get("current_a")
        if 0 < step_ns <= _LONGEST_STEP_NS and isinstance(volts, int | float) and isinstance(amperes, int | float):
            total += -volts * amperes * step_ns / 3.6e15
    duration_ns = told.all("CCS")[-1].t_ns - told.all("CCS")[0].t_ns if told.all("CCS") else 0
    return f"{total:.3f} kWh in {format_s(duration_ns, 1)} s (sum over CCS)" if duration_ns > 0 else ""


def _vehicle_statistics(told: _Told) -> str:
    soc, low, high, cold, warm = (
        told.text("BSD", signal, "", -1).strip()
        for signal in ("soc_pct", "min_cell_voltage_v", "max_cell_voltage_v", "min_temp_degc", "max_temp_degc")
    )
    return f"{soc} %, cells {low}..{high} V, {cold}..{warm} degC (BSD)" if warm else ""


def _listed(*parts: tuple[str, str]) -> str:
    return ", ".join(f"{text} ({where})" if where else text for text, where in parts if text)


def _plain(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value + 0.0:.2f}".rstrip("0").removesuffix(".") or "0"


def _ascii(value: Value) -> str:
    """Printable text of a text field; hexadecimal if it is none, empty if it is filler."""
    if not isinstance(value, bytes) or not value.strip(b"\xff\x00 "):
        return ""
    text = value.rstrip(b"\xff\x00").decode("ascii", "replace")
    return text if text.isprintable() and "\ufffd" not in text else f"0x{value.hex().upper()}"


_VIN_VALUES = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)), "P": 7, "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}  # fmt: skip
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_findings(talk: Talk) -> tuple[Finding, ...]:
    """A remark if the check digit of the VIN is not that of its other characters; not every market uses it."""
    message = next((event.message for event in talk.events if event.word == "BRM"), None)
    vin = _ascii(message.values.get("vin")) if message else ""
    if message is None or len(vin) != len(_VIN_WEIGHTS) or any(character not in _VIN_VALUES for character in vin):
        return ()
    rest = sum(_VIN_VALUES[character] * weight for character, weight in zip(vin, _VIN_WEIGHTS, strict=True)) % 11
    expected = "X" if rest == 10 else str(rest)
    if vin[8] == expected:
        return ()
    text = f"VIN {vin}: check digit is '{vin[8]}', the other characters give '{expected}' (used in some markets only)"
    return (Finding(text, message.t_ns, message.frames[0] if message.frames else None, Severity.INFO, "VIN"),)
