"""The management system of a swap pack: it tells what the pack is and measures, as long as it has supply. Sans-IO.

A test may have it say something else (``change``), fall silent, start late, or spoil the transfer of its identity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.core import Frame, s
from harness.protocols.j1939 import GLOBAL, J1939_21, Transport, TransportFaults, split_id
from harness.protocols.j1939.faults import skip_packet
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.swap.messages import SwapProfile
from harness.protocols.swap.pack.facts import PackFacts, PackView

__all__ = ["PackBms"]

_CYCLIC = ("PACK_STS1", "PACK_STS2", "PACK_LIM", "PACK_THM", "PACK_VER")
_ANSWERED = ("PACK_ID", "PACK_VER", "PACK_LIM")
_VERSION_TOLD = s(10)
"""So long after waking up the version is told without being asked for."""
_REQUEST = BY_NAME["Request"].pgn
_COUNTERS = 16


class PackBms:
    """Every call gives the frames to send."""

    def __init__(self, profile: SwapProfile, facts: PackFacts, view: PackView) -> None:
        self._profile, self._facts, self._view = profile, facts, view
        self._address = profile.address("bms")
        self._awake_ns: int | None = None
        self._due: dict[str, int] = {}
        self._counters: dict[str, int] = {}
        self._transport: Transport | None = None
        self._answers: list[str] = []
        self._has_new_identity = False
        self._said: dict[str, dict[str, object]] = {}
        self._is_silent = False
        self._wake_ns = facts.wake_ns
        self._code: str | None = facts.code
        self._drop: int | None = None
        self._gap_ns: int | None = None
        self._imd: bool | None = None

    # Orders

    def change(self, message: str, **values: object) -> None:
        """Say these values in *message* from now on, whatever is true."""
        self._said.setdefault(message, {}).update(values)

    def silent(self, silent: bool) -> None:
        """Send nothing any more, or speak again."""
        self._is_silent = silent

    def start_after(self, delay_ns: int) -> None:
        """Send the first frame so long after the supply came."""
        self._wake_ns = delay_ns

    def identity(self, code: str | None, *, drop_packet: int | None = None, gap_ns: int | None = None) -> None:
        """Tell *code* as identity, at once if the pack is awake; ``None``: none is told, asked or not. *drop_packet* never leaves;
        *gap_ns* is the spacing of the packets."""
        self._code, self._drop, self._gap_ns = code, drop_packet, gap_ns
        self._has_new_identity = code is not None and self._awake_ns is not None
        self._transport = None

    def limits(self, *, charge: float | None = None, discharge: float | None = None, voltage: float | None = None) -> None:
        """Tell these limits."""
        given = {"MaxChargeCurrent": charge, "MaxDischargeCurrent": discharge, "MaxVoltage": voltage}
        self.change("PACK_LIM", **{name: value for name, value in given.items() if value is not None})

    def thermal(self, **values: object) -> None:
        """Tell these values of the coolant and the temperatures."""
        self.change("PACK_THM", **values)

    def imd(self, on: bool) -> None:
        """Have the insulation monitor of the pack on, or off, whatever the contactors do."""
        self._imd = on

    def revert(self) -> None:
        """Be as the pack is."""
        self._said.clear()
        self._is_silent = False
        self._wake_ns = self._facts.wake_ns
        self._code, self._drop, self._gap_ns, self._imd = self._facts.code, None, None, None
        self._transport = None

    # The node that carries it

    def supply(self, now_ns: int, on: bool) -> None:
        """24 V come or go; nothing is remembered."""
        self._due.clear()
        self._answers.clear()
        self._transport = None
        self._awake_ns = None
        if not on:
            return
        self._supplied_ns = now_ns
        self._awake_ns = begin_ns = now_ns + self._wake_ns
        self._due = dict.fromkeys((*_CYCLIC, "PACK_ID"), begin_ns)

    def receive(self, now_ns: int, frame: Frame) -> list[Frame]:
        """A frame of the bus: requests are answered."""
        if self._awake_ns is None or now_ns < self._awake_ns or self._is_silent or not frame.extended:
            return []
        ident = split_id(frame.can_id)
        if ident.pgn != _REQUEST or ident.destination not in (self._address, GLOBAL) or len(frame.data) < 3:
            return []
        wanted = int.from_bytes(frame.data[:3], "little")
        for name in _ANSWERED:
            if self._profile.has(name) and self._profile.pgn(name) == wanted:
                return self._send(now_ns, name)
        return []

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if self._awake_ns is None:
            return None
        transport = None if self._transport is None else self._transport.next_deadline_ns()
        changed = self._awake_ns if self._has_new_identity else None
        return min((each for each in (transport, changed, *self._due.values()) if each is not None), default=None)

    def handle_timers(self, now_ns: int) -> list[Frame]:
        """Do what is due."""
        if self._awake_ns is None:
            return []
        out: list[Frame] = []
        for name, due_ns in list(self._due.items()):
            if due_ns <= now_ns:
                out += self._cycle(now_ns, name)
        if self._has_new_identity and now_ns >= self._awake_ns:
            self._has_new_identity = False
            out += self._send(now_ns, "PACK_ID")
        if self._transport is not None:
            frames = self._transport.handle_timers(now_ns)
            self._transport.take_events()
            out += [] if self._is_silent else frames
        return out

    def _cycle(self, now_ns: int, name: str) -> list[Frame]:
        assert self._awake_ns is not None
        if name == "PACK_ID" or (name == "PACK_VER" and now_ns - self._awake_ns >= _VERSION_TOLD) or not self._profile.has(name):
            del self._due[name]
            return self._send(now_ns, name) if name == "PACK_ID" else []
        cycle_ns = self._profile.cycle_ns(name)
        if cycle_ns is None:
            del self._due[name]
        else:
            self._due[name] += cycle_ns
        return self._send(now_ns, name)

    def _send(self, now_ns: int, name: str) -> list[Frame]:
        if self._is_silent or not self._profile.has(name):
            return []
        if name == "PACK_ID":
            return self._tell_identity(now_ns)
        self._counters[name] = counter = (self._counters.get(name, -1) + 1) % _COUNTERS
        values = {**self._values(now_ns, name), **self._said.get(name, {})}
        return [self._profile.frame(name, self._known(name, values), counter=counter)]

    def _known(self, name: str, values: Mapping[str, object]) -> dict[str, object]:
        """Without what the profile has no signal for."""
        return {signal: value for signal, value in values.items() if self._profile.has(name, signal)}

    def _tell_identity(self, now_ns: int) -> list[Frame]:
        if self._code is None:
            return []
        pgn = self._profile.pgn("PACK_ID")
        if self._transport is None:
            timing = J1939_21 if self._gap_ns is None else replace(J1939_21, bam_gap_ns=self._gap_ns)
            faults = TransportFaults() if self._drop is None else TransportFaults(outgoing=[skip_packet(self._drop)])
            self._transport = Transport(self._address, timing=timing, faults=faults)
        if self._transport.is_sending(pgn):
            return []
        return self._transport.send(now_ns, pgn, GLOBAL, self._profile.payload("PACK_ID", self._known("PACK_ID", self._identity())))

    def _identity(self) -> Mapping[str, object]:
        return {"Code": self._code, "SlotIndex": self._facts.slot, "PackCount": self._facts.packs}

    def _values(self, now_ns: int, name: str) -> Mapping[str, object]:
        facts, view = self._facts, self._view
        match name:
            case "PACK_STS1":
                state = "hv_active" if view.main_pos and view.main_neg else "precharge" if view.precharge else "standby"
                permits = {"DischargePermit": "yes", "ChargePermit": "yes"}
                return {
                    "PackVoltage": view.voltage_v,
                    "PackCurrent": view.current_a,
                    "SOC": facts.soc_pct,
                    "SOH": 98.0,
                    "PackState": state,
                    **permits,
                }
            case "PACK_STS2":
                return self._safety(now_ns)
            case "PACK_LIM":
                return {
                    "MaxChargeCurrent": facts.max_charge_a,
                    "MaxDischargeCurrent": facts.max_discharge_a,
                    "MaxVoltage": facts.max_voltage_v,
                    "CellType": facts.cell_type,
                }
            case "PACK_THM":
                temperatures = {"CellTmax": 29, "CellTmin": 27, "CoolantIn": 25, "CoolantOut": 26, "CouplerTmax": 28}
                flow = _yes(view.flow)
                return {**temperatures, "ThermalRequest": "off", "CoolantFlow": flow, "Leak": "no", "ThermalRunaway": "no"}
            case _:
                major, minor = facts.protocol
                rated = {"RatedEnergy": facts.rated_energy_kwh, "RatedCapacity": facts.rated_capacity_ah, "RatedVoltage": facts.voltage_v}
                return {**rated, "ProtoMajor": major, "ProtoMinor": minor}

    def _safety(self, now_ns: int) -> Mapping[str, object]:
        facts, view = self._facts, self._view
        measured = now_ns - self._supplied_ns >= facts.insulation_ns
        energised = view.main_pos and view.main_neg
        imd = not energised if self._imd is None else self._imd
        return {
            "InsulationRes": facts.insulation_kohm if measured else None,
            "InsulationStatus": "ok" if measured else "measuring",
            "ImdActive": "on" if imd else "off",
            "PackHvil": _closed(view.hvil),
            "MainPos": _closed(view.main_pos),
            "MainNeg": _closed(view.main_neg),
            "Precharge": _closed(view.precharge),
            "Weld": "welded" if view.welded else "none",
            "FaultLevel": "none",
            "LinkSideVoltage": view.link_v,
            "DtcCount": 0,
        }

    _supplied_ns = 0


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _closed(value: bool) -> str:
    return "closed" if value else "open"
