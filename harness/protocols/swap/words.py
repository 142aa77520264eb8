"""The vocabulary of a swap profile: every word that machines, cases and judges may use, whatever numbers a bus has for it.

A profile binds these names: messages and signals to those of its database, words to raw numbers. A word set lists the words that every
profile must know, and behind them those that a product may lack.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ADDRESSES", "COMMANDS", "MESSAGES", "REASONS", "STREAMED", "TIMERS", "WORDS", "Kind", "WordSet"]


class Kind(enum.StrEnum):
    """What a signal that is no word decodes to."""

    QUANTITY = "quantity"
    """A number with a unit; all ones is ``None``, the number below it the word ``error``."""
    CODE = "code"
    """A raw number of which every value means something."""
    LETTER = "letter"
    """One ASCII letter."""
    TEXT = "text"
    """ASCII characters; a shorter text is filled up with ones."""


@dataclass(frozen=True, slots=True)
class WordSet:
    """The words of one enumeration."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ("sna",)

    @property
    def all(self) -> tuple[str, ...]:
        """Every word that a profile may use."""
        return self.needed + self.optional


_FAULTY = ("error", "sna")
REASONS = [
    "none",
    "speed",
    "parking_brake",
    "key",
    "gear",
    "hv_present",
    "charge_coupler",
    "lock_fault",
    "communication",
    "authentication",
    "insulation",
    "operator_abort",
    "pack_fault",
]
COMMANDS = [
    "none",
    "session_open",
    "prepare_swap",
    "unlock",
    "pack_removing",
    "pack_installing",
    "pack_placed",
    "lock",
    "post_check",
    "success",
    "failed",
    "abort",
]

WORDS: Mapping[str, WordSet] = {
    "mode": WordSet(("normal", "swap_requested", "swap_ready", "swap_active", "post_swap_check", "restored", "error")),
    "brake": WordSet(("released", "applied"), _FAULTY),
    "key": WordSet(("off", "on", "ready")),
    "gear": WordSet(("neutral", "drive", "reverse", "park")),
    "permit": WordSet(("not_permitted", "permitted"), _FAULTY),
    "energy": WordSet(("de_energised", "energised"), _FAULTY),
    "reason": WordSet(tuple(REASONS)),
    "lock": WordSet(("intermediate", "unlocked", "locked", "unlocking", "locking", "jammed", "error")),
    "lock_echo": WordSet(("none", "unlock", "lock")),
    "path": WordSet(("unsafe", "safe"), _FAULTY),
    "point": WordSet(("intermediate", "unlocked", "locked"), ("not_fitted",)),
    "yes_no": WordSet(("no", "yes"), _FAULTY),
    "mated": WordSet(("open", "mated"), _FAULTY),
    "plugged": WordSet(("free", "plugged"), _FAULTY),
    "closed": WordSet(("open", "closed"), _FAULTY),
    "inhibit": WordSet(("none",), ("hv_present", "speed", "no_permit", "not_authenticated", "manual", "sna")),
    "command": WordSet(tuple(COMMANDS)),
    "station_reason": WordSet(("none",), ("robot", "position", "pack", "timeout", "vehicle_refused", "operator", "sna")),
    "station_mode": WordSet(("auto",), ("manual", "maintenance", "fire", "sna")),
    "result": WordSet(("in_progress", "done", "rejected", "timeout", "fault")),
    "pack_state": WordSet(("standby", "precharge", "hv_active", "fault"), ("init", "charging", "shutting_down", "sna")),
    "insulation": WordSet(("ok", "warning", "fault", "measuring"), ()),
    "on_off": WordSet(("off", "on"), _FAULTY),
    "weld": WordSet(("none", "welded"), ("not_tested", "sna")),
    "fault_level": WordSet(("none", "derate", "stop_soon", "open_now"), ()),
    "thermal": WordSet(("off", "cool"), ("heat", "circulate", "sna")),
}
"""Word sets by name; a profile numbers a set as a whole, or for one signal."""

_Q, _C = Kind.QUANTITY, Kind.CODE
_GUARD: Mapping[str, str] = {"Counter": _C, "Check": _C}

MESSAGES: Mapping[str, Mapping[str, str]] = {
    "VEH_STS": {
        "VehSwapMode": "mode",
        "ParkBrake": "brake",
        "KeyState": "key",
        "VehSpeed": _Q,
        "Gear": "gear",
        "SwapPermit": "permit",
        "HvBusState": "energy",
        "LinkVoltage": _Q,
        "DenyReason": "reason",
        **_GUARD,
    },
    "LOCK_STS": {
        "LockState": "lock",
        "LockCmdEcho": "lock_echo",
        "UnlockPathSafe": "path",
        **{f"LockPoint{number}": "point" for number in range(1, 9)},
        "PackPresent": "yes_no",
        "PackSeated": "yes_no",
        "ElecConn": "mated",
        "CoolConn": "mated",
        "ChargeCoupler": "plugged",
        "HvilLoop": "closed",
        "UnlockInhibit": "inhibit",
        "LockCycles": _C,
        **_GUARD,
    },
    "STA_CMD": {
        "SwapCmd": "command",
        "CmdSeq": _C,
        "SessionId": _C,
        "StationReady": "yes_no",
        "EmergencyStop": "yes_no",
        "RobotClear": "yes_no",
        "StationInterlock": "closed",
        "ExpectedPackCrc": _C,
        "StaFailReason": "station_reason",
        **_GUARD,
    },
    "STA_STS": {"StationId": _C, "QueueLength": _Q, "BayTemp": _Q, "StationMode": "station_mode", **_GUARD},
    "PACK_STS1": {
        "PackVoltage": _Q,
        "PackCurrent": _Q,
        "SOC": _Q,
        "SOH": _Q,
        "PackState": "pack_state",
        "DischargePermit": "yes_no",
        "ChargePermit": "yes_no",
        **_GUARD,
    },
    "PACK_STS2": {
        "InsulationRes": _Q,
        "InsulationStatus": "insulation",
        "ImdActive": "on_off",
        "PackHvil": "closed",
        "MainPos": "closed",
        "MainNeg": "closed",
        "Precharge": "closed",
        "Weld": "weld",
        "FaultLevel": "fault_level",
        "LinkSideVoltage": _Q,
        "DtcCount": _C,
        **_GUARD,
    },
    "PACK_LIM": {"MaxChargeCurrent": _Q, "MaxDischargeCurrent": _Q, "MaxVoltage": _Q, "CellType": Kind.LETTER, **_GUARD},
    "PACK_THM": {
        "CellTmax": _Q,
        "CellTmin": _Q,
        "CoolantIn": _Q,
        "CoolantOut": _Q,
        "ThermalRequest": "thermal",
        "CoolantFlow": "yes_no",
        "Leak": "yes_no",
        "CouplerTmax": _Q,
        "ThermalRunaway": "yes_no",
        **_GUARD,
    },
    "PACK_ID": {"Code": Kind.TEXT, "SlotIndex": _C, "PackCount": _C},
    "ACK": {"AckCmd": "command", "AckSeq": _C, "AckResult": "result", "AckSource": _C, "AckReason": "reason", "ElapsedMs": _Q, **_GUARD},
    "AUTH_CHAL": {"Nonce": _C, "AlgorithmId": _C, "SessionId": _C, **_GUARD},
    "AUTH_RSP": {"Response": _C, "AlgorithmId": _C, "Result": _C, **_GUARD},
    "PACK_VER": {"RatedEnergy": _Q, "RatedCapacity": _Q, "RatedVoltage": _Q, "ProtoMajor": _C, "ProtoMinor": _C, **_GUARD},
}
"""Signals of every message: the name of a word set, or a ``Kind``."""

STREAMED = frozenset(("VEH_STS", "LOCK_STS", "STA_CMD", "STA_STS", "ACK", "AUTH_CHAL", "AUTH_RSP"))
"""Messages that may travel over a stream instead of CAN."""

ADDRESSES = ("vcu", "bsc", "bms", "sta", "tester")
"""Roles with a source address."""

TIMERS = [
    "T_ACK",
    "T_AUTH",
    "T_PREP",
    "T_HV_DOWN",
    "T_UNLOCK",
    "T_REMOVE",
    "T_INSTALL",
    "T_MATE",
    "T_LOCK",
    "T_BMS_FIRST",
    "T_ID",
    "T_LIM",
    "T_INS",
    "T_PRECHARGE",
    "T_READY",
    "T_LINK_LOST",
    "T_ABANDON",
    "T_WAKE_DROP",
]
"""Timers of the process, by the names of the phases that they end."""
