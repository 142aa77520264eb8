"""Faults of the vehicle as originator of multi-packet messages, most of them seen only if the charger grants otherwise than all at once."""

from __future__ import annotations

from harness.core import Frame, ms, s
from harness.protocols.gbt27930.behaviour import (
    Broadcast,
    Moment,
    OptionEffect,
    Payload,
    Period,
    Refrain,
    Suppress,
    TransportEffect,
    TransportHabit,
    TransportStall,
    TransportTime,
)
from harness.protocols.j1939 import OutgoingTp
from harness.protocols.j1939.faults import only
from harness.sim.faults.effects import linger, pgn_of
from harness.sim.faults.fault import Fault

__all__ = ["TRANSPORT_FAULTS"]

_PAYLOAD = 7


def _restart_sequence(tp: OutgoingTp) -> Frame:
    if tp.packet is None or tp.first == 1 or tp.repeats:
        return tp.frame
    return tp.patched(0, tp.packet - tp.first + 1)


def _refuse_repetition(tp: OutgoingTp) -> Frame | None:
    return None if tp.packet is not None and tp.repeats else tp.frame


def _number_repetition_from_one(tp: OutgoingTp) -> Frame:
    return tp.frame if tp.packet is None or not tp.repeats else tp.patched(0, tp.packet - tp.first + 1)


def _repeat_one_packet(tp: OutgoingTp) -> Frame | None:
    return None if tp.packet is not None and tp.repeats and tp.packet > tp.first else tp.frame


def _repeat_without_data(tp: OutgoingTp) -> Frame:
    return tp.patched(1, *[0xFF] * _PAYLOAD) if tp.packet is not None and tp.repeats else tp.frame


def _lose_after_hold(tp: OutgoingTp) -> Frame | None:
    return None if tp.packet == 2 and tp.holds else tp.frame


def _lose_once(pgn: int, packet: int) -> TransportEffect:
    def hook(tp: OutgoingTp) -> Frame | None:
        return None if tp.packet == packet and not tp.repeats else tp.frame

    return TransportEffect(only(pgn, hook))


def _count_on_beside(tp: OutgoingTp) -> Frame:
    return tp.patched(0, tp.packet + 1) if tp.packet is not None and tp.others else tp.frame


def _empty_beside(tp: OutgoingTp) -> Frame:
    return tp.patched(1, *[0] * _PAYLOAD) if tp.packet is not None and tp.others else tp.frame


def _abandoned(moment: Moment, tries: int = 3) -> bool:
    """So many announcements of BRM were not answered to the end."""
    if moment.sent.get("BRM", 0) >= tries and "BRM" in moment.unanswered:
        moment.marks.add("BRM abandoned")
    return "BRM abandoned" in moment.marks


def _refused(moment: Moment) -> bool:
    """The charger left a BCS unanswered, and answered a later one; asked for as the next one is due."""
    if moment.phase == "CHARGING":
        if "BCS" in moment.unanswered:
            moment.marks.add("BCS refused")
        elif "BCS refused" in moment.marks:
            moment.marks.add("BCS answered again")
    return "BCS answered again" in moment.marks


def _swap_pairs(data: bytes) -> bytes:
    return bytes(data[index ^ 1] for index in range(len(data)))


TRANSPORT_FAULTS = (
    Fault(
        "grant_taken_for_everything", "whatever number CTS grants, all packets from there on are sent", (TransportHabit("ignore_grant"),)
    ),
    Fault("packet_too_many_per_grant", "a packet more than granted is sent with each CTS", (TransportHabit("one_too_many"),)),
    Fault("sequence_restarts_with_each_grant", "packets of a further grant count from 1 again", (TransportEffect(_restart_sequence),)),
    Fault(
        "announced_again_in_mid_transfer",
        "a message is announced in every period, though its transfer is held or under way",
        (Refrain("spare_transfers"),),
    ),
    Fault("repetition_refused", "packets are never sent again", (TransportEffect(_refuse_repetition),)),
    Fault("repetition_numbered_from_one", "packets that are sent again count from 1", (TransportEffect(_number_repetition_from_one),)),
    Fault(
        "repetition_of_one_packet_only", "of several packets asked for again only the first is sent", (TransportEffect(_repeat_one_packet),)
    ),
    Fault("repetition_with_empty_data", "packets that are sent again are empty", (TransportEffect(_repeat_without_data),)),
    Fault("hold_taken_for_a_grant", "CTS for 0 packets is taken for a grant of all", (TransportHabit("ignore_hold"),)),
    Fault("hold_taken_for_a_refusal", "CTS for 0 packets ends the transfer", (TransportHabit("abort_on_hold"),)),
    Fault("hold_given_up_after_380ms", "a held transfer is given up after 380 ms", (TransportTime("t4_ns", ms(380)),)),
    Fault("packet_lost_after_a_hold", "after a hold the second packet is missing", (TransportEffect(_lose_after_hold),)),
    Fault(
        "not_announced_again_without_acknowledgement",
        "a message that is not acknowledged is never announced again",
        (Refrain("announce_anew"), TransportTime("t3_ns", s(3600))),
    ),
    Fault("gives_up_after_100ms", "a transfer is given up when the charger does not answer for 100 ms", (TransportTime("t3_ns", ms(100)),)),
    Fault("brm_abandoned_after_three_tries", "after three unanswered transfers BRM is announced no more", (Suppress("BRM", _abandoned),)),
    Fault(
        "brm_abandoned_after_six_tries",
        "after six unanswered transfers BRM is announced no more",
        (Suppress("BRM", lambda moment: _abandoned(moment, tries=6)),),
    ),
    Fault(
        "announced_in_haste_without_answer",
        "BRM is announced every 100 ms while nobody answers",
        (Period("BRM", ms(100), lambda moment: "BRM" in moment.unanswered),),
    ),
    Fault("packets_beyond_the_announced_number", "a CTS beyond the end is followed with empty packets", (TransportHabit("ignore_total"),)),
    Fault(
        "own_limit_of_the_rts_ignored",
        "RTS announces two packets per CTS, yet a larger grant is followed",
        (OptionEffect("max_per_cts", 2), TransportHabit("ignore_limit")),
    ),
    Fault("pgn_of_cts_ignored", "CTS for any PGN is followed", (TransportHabit("ignore_cts_pgn"),)),
    Fault("highest_byte_of_cts_pgn_ignored", "two bytes of the PGN of CTS are compared", (TransportHabit("ignore_cts_page"),)),
    Fault("brm_by_broadcast", "BRM is announced to all", (Broadcast("BRM"),)),
    Fault("bcp_by_broadcast", "BCP is announced to all", (Broadcast("BCP"),)),
    Fault(
        "bcs_by_broadcast_when_not_answered",
        "BCS is announced to all when the last one was not answered",
        (Broadcast("BCS", lambda moment: "BCS" in moment.unanswered),),
    ),
    Fault(
        "bcs_by_broadcast_at_the_end",
        "when a BCS was not answered, but later ones were, another one is announced to all after the end of charging",
        (
            linger("BCS", "STOPPING", "STATISTICS", when=_refused),
            Broadcast("BCS", lambda moment: _refused(moment) and moment.phase != "CHARGING"),
        ),
    ),
    Fault("bcs_waits_for_bmv", "BCS is not announced while BMV is open", (Suppress("BCS", lambda moment: "BMV" in moment.under_way),)),
    Fault(
        "bcs_numbered_wrong_beside_bmv",
        "beside an open BMV the packets of BCS count from 2",
        (TransportEffect(only(pgn_of("BCS"), _count_on_beside)),),
    ),
    Fault("bcs_empty_beside_bmv", "beside an open BMV the packets of BCS are 0", (TransportEffect(only(pgn_of("BCS"), _empty_beside)),)),
    Fault("bmv_cells_byte_order_swapped", "cell voltages of BMV have the high byte first", (Payload("BMV", _swap_pairs),)),
    Fault("packets_205ms_apart", "packets are sent every 205 ms", (OptionEffect("dt_gap_s", 0.205),)),
    Fault("packet_of_brm_stalls", "the fourth packet of BRM comes 300 ms late", (TransportStall(pgn_of("BRM"), 4, ms(300)),)),
    Fault("packet_of_bcs_stalls", "the second packet of BCS comes 195 ms late", (TransportStall(pgn_of("BCS"), 2, ms(195)),)),
    Fault("packet_of_brm_lost_once", "the fourth packet of BRM is lost until it is asked for", (_lose_once(pgn_of("BRM"), 4),)),
    Fault(
        "packet_of_bcs_lost_once",
        "the first packet of BCS is lost until it is asked for",
        (_lose_once(pgn_of("BCS"), 1),),
    ),
)
"""Faults of phase 8.5 of the catalogue."""
