"""Faults of lamps, trouble codes and what clears them on J1939 (DM1 and its kin)."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.j1939.groups import BY_NAME
from harness.sim.faults.network.changes import habit, memory, own, told
from harness.sim.faults.network.fault import Fault

__all__ = ["TROUBLE_FAULTS"]

_NOTHING = bytes.fromhex("00FF00000000FFFF")
_NO_CODE = bytes(4)


def _empty(data: bytes) -> bool:
    return data[2:6] == _NO_CODE


def _lit(data: bytes) -> bytes:
    return bytes((data[0] | 0x40,)) + data[1:] if _empty(data) else data


def _code(spn: int, fmi: int) -> bytes:
    return bytes((spn & 0xFF, spn >> 8 & 0xFF, spn >> 16 << 5 | fmi))


def _invented(data: bytes) -> bytes:
    return data[:2] + _code(1000, 4) + b"\x01" + data[6:] if _empty(data) else data


def _other_spn(data: bytes) -> bytes:
    return data if _empty(data) else data[:2] + _code(1000, data[4] & 0x1F) + data[5:]


def _other_fmi(data: bytes) -> bytes:
    return data if _empty(data) else data[:4] + bytes((data[4] & 0xE0 | 31,)) + data[5:]


TROUBLE_FAULTS = (
    Fault("dm1_every_200ms", "sends DM1 every 200 ms", (own(dm1_ns=ms(200)),)),
    Fault("dm1_every_1_3s", "sends DM1 every 1.3 s", (own(dm1_ns=s(1.3)),)),
    Fault("dm1_tells_every_change", "sends DM1 with every change, however often", (own(least_change_ns=0),)),
    Fault("dm1_filled_with_zeros", "fills DM1 up with zeros", (told("DM1", lambda: lambda data: data[:6] + bytes(len(data) - 6)),)),
    Fault("dm1_lamp_without_trouble", "the malfunction lamp is on without a trouble", (told("DM1", lambda: _lit),)),
    Fault("dm1_names_nothing", "DM1 names no trouble", (told("DM1", lambda: lambda data: _NOTHING),)),
    Fault("dm1_trouble_without_one", "DM1 names a trouble when there is none", (told("DM1", lambda: _invented),)),
    Fault("dm1_request_ignored", "a request for DM1 brings nothing", (habit(deaf=frozenset((BY_NAME["DM1"].pgn,))),)),
    Fault("dm1_without_lamp", "no lamp is on with a trouble", (told("DM1", lambda: lambda data: bytes(1) + data[1:]),)),
    Fault("dm1_other_spn", "DM1 names another SPN", (told("DM1", lambda: _other_spn),)),
    Fault("dm1_other_fmi", "DM1 names another FMI", (told("DM1", lambda: _other_fmi),)),
    Fault("occurrence_count_stuck", "a new occurrence is not counted", (memory(counts_up=False),)),
    Fault("healed_trouble_stays_active", "a trouble that is over stays active", (memory(heals=False),)),
    Fault("dm2_empty", "DM2 names no trouble", (told("DM2", lambda: lambda data: _NOTHING),)),
    Fault("dm3_clears_nothing", "acknowledges DM3 and clears nothing", (memory(forgets_stored=False),)),
    Fault("dm11_ends_active_trouble", "DM11 clears an active trouble for good", (memory(comes_back=False),)),
    Fault("clearing_untold", "does not acknowledge DM3 and DM11", (own(clears_untold=True),)),
    Fault("dm3_obeyed_while_driving", "clears troubles by DM3 while the truck drives", (own(clears_always=True),)),
    Fault("dm5_counts_nothing", "DM5 counts no troubles", (told("DM5", lambda: lambda data: bytes(2) + data[2:]),)),
    Fault("dm5_of_7_bytes", "DM5 has 7 bytes", (told("DM5", lambda: lambda data: data[:7]),)),
    Fault("dm24_unknown_spn", "DM24 names an SPN that it tells nowhere", (told("DM24", lambda: lambda d: _code(520192, 0x1D) + d[3:]),)),
    Fault("dm24_length_of_one", "DM24 says that every SPN has one byte", (told("DM24", lambda: lambda d: d[:3] + b"\x01" + d[4:]),)),
    Fault("dm13_ignored", "goes on when DM13 stops the broadcast", (own(stop_ns=0),)),
    Fault("dm13_stops_for_a_minute", "is silent for a minute after DM13", (own(stop_ns=s(60)),)),
    Fault("dm13_stops_safety_messages", "DM13 stops its messages for safety too", (own(stops_safety=True),)),
)
