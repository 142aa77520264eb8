"""Faults of the transport of long groups, as sender and as receiver."""

from __future__ import annotations

from dataclasses import replace

from harness.core import Frame, ms, s
from harness.protocols.j1939.faults import IncomingHook, OutgoingTp, drop_control, shift_sequence, wrong_padding
from harness.protocols.j1939.frames import TP_CM, TP_DT, Control
from harness.protocols.j1939.ids import split_id
from harness.sim.ecus.endurance import EnduranceSetup, Harm
from harness.sim.faults.network.changes import around, heard, sent, transport, transport_time
from harness.sim.faults.network.fault import Fault

__all__ = ["TRANSFER_FAULTS"]

_LEAST, _MOST = 9, 1785
"""Bytes of a transfer."""
_TABLE = 20
"""Sessions that the leaking table has room for."""


def _only_first_grant(tp: OutgoingTp) -> Frame | None:
    """Neither asks for what is missing nor gives up."""
    if tp.control == Control.ABORT or (tp.control == Control.CTS and tp.frame.data[2] > 1):
        return None
    return tp.frame


def _refuse_repetition(tp: OutgoingTp) -> Frame | None:
    return None if tp.packet is not None and tp.repeats else tp.frame


def _control(frame: Frame, kind: Control) -> bool:
    return split_id(frame.can_id).pgn == TP_CM and frame.data[:1] == bytes((kind,))


def _deaf_to_aborts() -> IncomingHook:
    return lambda frame: None if _control(frame, Control.ABORT) else frame


def _deaf_to_a_second_sender() -> IncomingHook:
    """Hears nothing of a second sender while a transfer of the first is under way."""
    busy: dict[str, int] = {}

    def hook(frame: Frame) -> Frame | None:
        source = split_id(frame.can_id).source
        if _control(frame, Control.RTS) and busy.setdefault("with", source) != source:
            return None
        return frame

    return hook


def _any_length() -> IncomingHook:
    """Takes the length of an impossible announcement for the nearest possible one."""

    def hook(frame: Frame) -> Frame:
        if not _control(frame, Control.RTS):
            return frame
        length = max(_LEAST, min(_MOST, int.from_bytes(frame.data[1:3], "little")))
        return replace(frame, data=frame.data[:1] + length.to_bytes(2, "little") + bytes((-(-length // 7),)) + frame.data[4:])

    return hook


def _leaking_table() -> IncomingHook:
    """Every announcement takes a place in the table of sessions, and none is given back."""
    taken: list[int] = []

    def hook(frame: Frame) -> Frame | None:
        if _control(frame, Control.RTS):
            taken.append(frame.can_id)
        return None if len(taken) > _TABLE and split_id(frame.can_id).pgn in (TP_CM, TP_DT) else frame

    return hook


def _grant_for_abort(frame: Frame) -> Frame:
    """A grant of three packets in the place of an abort."""
    grant = bytes((Control.CTS, 3, 1, 0xFF, 0xFF))
    return replace(frame, data=grant + frame.data[5:]) if _control(frame, Control.ABORT) else frame


def _deaf_to_grants_after_an_abort() -> IncomingHook:
    aborted: list[int] = []

    def hook(frame: Frame) -> Frame | None:
        if _control(frame, Control.ABORT):
            aborted.append(frame.can_id)
        return None if aborted and _control(frame, Control.CTS) else frame

    return hook


def _deaf_after_impossible_lengths() -> IncomingHook:
    refused: list[int] = []

    def hook(frame: Frame) -> Frame | None:
        if not _control(frame, Control.RTS):
            return frame
        if not _LEAST <= int.from_bytes(frame.data[1:3], "little") <= _MOST:
            refused.append(frame.can_id)
        return None if refused else frame

    return hook


def _other_reason(tp: OutgoingTp) -> Frame:
    """An abort for a reason that nobody knows."""
    frame = tp.frame
    return replace(frame, data=frame.data[:1] + b"\xfa" + frame.data[2:]) if tp.control == Control.ABORT else frame


def _one_broadcast() -> IncomingHook:
    """A broadcast of somebody else ends the one under way."""
    present: dict[str, int] = {}

    def hook(frame: Frame) -> Frame | None:
        ident = split_id(frame.can_id)
        if _control(frame, Control.BAM):
            present["of"] = ident.source
        return None if ident.pgn == TP_DT and ident.destination == 0xFF and present.get("of") != ident.source else frame

    return hook


def _first_broadcast() -> IncomingHook:
    """A new announcement of the same sender is passed over while its first broadcast is unfinished."""
    begun: set[int] = set()

    def hook(frame: Frame) -> Frame | None:
        source = split_id(frame.can_id).source
        if _control(frame, Control.BAM):
            if source in begun:
                return None
            begun.add(source)
        return frame

    return hook


TRANSFER_FAULTS = (
    Fault("broadcast_packets_every_20ms", "packets of a broadcast are 20 ms apart", (transport_time(bam_gap_ns=ms(20)),)),
    Fault("last_packet_padded_with_zeros", "the last packet is filled up with 00", (sent(wrong_padding()),)),
    Fault("sequence_starts_at_0", "packets are numbered from 0", (sent(shift_sequence(-1)),)),
    Fault("sends_without_grant", "sends its packets right after the request to send", (transport(unasked_data=True),)),
    Fault("sends_more_than_granted", "sends everything on the first grant", (transport(ignore_grant=True),)),
    Fault("hold_ignored", "takes a hold for a grant of everything", (transport(ignore_hold=True),)),
    Fault("hold_taken_for_refusal", "aborts when it is held", (transport(abort_on_hold=True),)),
    Fault("waits_3s_after_hold", "waits 3 s after a hold before it aborts", (transport_time(t4_ns=s(3)),)),
    Fault("waits_2s_for_grant", "waits 2 s for a grant before it aborts", (transport_time(t3_ns=s(2)),)),
    Fault("never_aborts", "never sends an abort", (sent(drop_control(Control.ABORT)),)),
    Fault("repetition_refused", "does not send a packet again", (sent(_refuse_repetition),)),
    Fault("abort_ignored", "goes on after an abort of the receiver", (heard(_deaf_to_aborts),)),
    Fault("abort_taken_for_a_grant", "takes an abort of the receiver for a grant", (heard(lambda: _grant_for_abort),)),
    Fault("abort_spoils_the_next_transfer", "hears no grant any more after an abort", (heard(_deaf_to_grants_after_an_abort),)),
    Fault("aborts_for_unknown_reason", "aborts for a reason that nobody knows", (sent(_other_reason),)),
    Fault(
        "deaf_after_impossible_lengths",
        "grants nothing any more after an announcement of an impossible length",
        (heard(_deaf_after_impossible_lengths),),
    ),
    Fault(
        "silent_after_announcements",
        "sends nothing of its own for 100 ms after every announcement to it",
        (around(endurance=EnduranceSetup(hates=lambda frame: _control(frame, Control.RTS), harm=Harm.DROPS)),),
    ),
    Fault("waits_1_2s_for_packets", "waits 1.2 s for the next packet", (transport_time(t1_ns=ms(1200)),)),
    Fault("silent_on_a_gap", "neither asks for a missing packet nor aborts", (sent(_only_first_grant),)),
    Fault("second_sender_unanswered", "a second request to send is not answered", (heard(_deaf_to_a_second_sender),)),
    Fault("impossible_lengths_granted", "grants transfers of 8 and of 1786 bytes", (heard(_any_length),)),
    Fault("session_table_leaks", "sessions without data are never given back", (heard(_leaking_table),)),
    Fault("second_broadcast_ends_the_first", "keeps one broadcast only, of whomever", (heard(_one_broadcast),)),
    Fault("old_broadcast_kept", "a new broadcast of the same sender does not take the place of the old one", (heard(_first_broadcast),)),
)
