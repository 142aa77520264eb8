"""Stop reasons and error bits in words, with their SPN."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.message import Message
from harness.protocols.gbt27930.sessions.tokens import base_name, set_bits

__all__ = ["ERROR_BITS", "reason_words", "version_text"]

_REASONS = {
    "BST": {
        "soc_reached": "target SOC reached",
        "voltage_reached": "total voltage set-point reached",
        "cell_voltage_reached": "cell voltage set-point reached",
        "charger_stopped": "charger stopped (CST received)",
        "insulation_fault": "insulation fault",
        "connector_over_temp": "output connector over-temperature",
        "component_over_temp": "BMS component or output connector over-temperature",
        "connector_fault": "charging connector fault",
        "battery_over_temp": "battery over-temperature",
        "relay_fault": "high-voltage relay fault",
        "cp2_fault": "check point 2 voltage fault",
        "other_fault": "other fault",
        "over_current_error": "current above demand",
        "voltage_error": "voltage abnormal",
    },
    "CST": {
        "condition_reached": "charger's set condition reached",
        "manual": "manual stop",
        "fault": "fault stop",
        "bms_stopped": "BMS stopped (BST received)",
        "over_temp_fault": "charger over-temperature",
        "connector_fault": "charging connector fault",
        "internal_over_temp": "charger internal over-temperature",
        "energy_fault": "required energy cannot be delivered",
        "emergency_stop": "emergency stop",
        "other_fault": "other fault",
        "current_error": "current mismatch",
        "voltage_error": "voltage abnormal",
    },
}

ERROR_BITS = {
    "timeout_crm00": ("CRM(00)", 3901),
    "timeout_crmaa": ("CRM(AA)", 3902),
    "timeout_cml": ("CTS/CML", 3903),
    "timeout_cro": ("CRO", 3904),
    "timeout_ccs": ("CCS", 3905),
    "timeout_cst": ("CST", 3906),
    "timeout_csd": ("CSD", 3907),
    "timeout_brm": ("BRM", 3921),
    "timeout_bcp": ("BCP", 3922),
    "timeout_bro": ("BRO", 3923),
    "timeout_bcs": ("BCS", 3924),
    "timeout_bcl": ("BCL", 3925),
    "timeout_bst": ("BST", 3926),
    "timeout_bsd": ("BSD", 3927),
}
"""What a bit of BEM or CEM says was not received, and its SPN."""


def reason_words(message: Message) -> str:
    """Why a BST, CST, BEM or CEM was sent, for example ``manual stop`` or ``timeout of CCS (SPN 3905)``."""
    bits = set_bits(message)
    if base_name(message.name) in ("BEM", "CEM"):
        words = [f"timeout of {ERROR_BITS[bit][0]} (SPN {ERROR_BITS[bit][1]})" for bit in bits if bit in ERROR_BITS]
        return _joined(words) or "no bit set"
    words = [_REASONS[message.name].get(bit, bit) for bit in bits]
    untrusted = [signal for signal, value in message.values.items() if value == 2 and signal in _REASONS[message.name]]
    return _joined(words) or ("only untrusted reasons" if untrusted else "no reason given")


def version_text(data: object) -> str:
    """Protocol version of three bytes, for example ``V1.1 (01 01 00)``."""
    if not isinstance(data, bytes) or len(data) != 3:
        return "not supplied"
    return f"V{int.from_bytes(data[1:], 'little')}.{data[0]} ({data.hex(' ').upper()})"


def _joined(words: Sequence[str]) -> str:
    return " and ".join(words)
