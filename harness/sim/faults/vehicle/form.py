"""Faults of the vehicle against the rules that hold in every case: identifiers, lengths, values, periods, order, transport."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.gbt27930.behaviour import Change, Period, Premature, Rewrite, TransportEffect
from harness.protocols.j1939.faults import only, shift_sequence, skip_packet, wrong_packet_count, wrong_padding, wrong_total_length
from harness.sim.faults.effects import as_standard_frame, bytes_at, linger, longer, pgn_of, scaled, swapped, with_priority
from harness.sim.faults.fault import Fault

__all__ = ["FORM_FAULTS"]

FORM_FAULTS = (
    Fault("bsm_wrong_priority", "BSM has priority 4 in its identifier", (Rewrite("BSM", with_priority(4)),)),
    Fault("bhm_standard_frame", "BHM is an 11-bit frame", (Rewrite("BHM", as_standard_frame(0x756)),)),
    Fault("bst_length_8", "BST is filled up to 8 bytes", (longer("BST", 8),)),
    Fault("bem_length_8", "BEM is filled up to 8 bytes", (longer("BEM", 8),)),
    Fault("bcl_mode_undefined", "BCL demands the undefined mode 3", (Change("BCL", {"mode": 3}),)),
    Fault("bcs_soc_above_100", "BCS tells a state of charge of 120 %", (Change("BCS", {"soc_pct": 120}),)),
    Fault("bsm_state_undefined", "BSM carries the undefined insulation state 11", (Change("BSM", {"insulation": 3}),)),
    Fault("bsm_reserved_zero", "the reserved bits of BSM are 0", (Change("BSM", {"reserved": 0}),)),
    Fault("bst_reserved_zero", "the reserved bits of BST are 0", (Change("BST", {"reserved": 0}),)),
    Fault("bsd_period_500ms", "BSD comes every 500 ms", (Period("BSD", ms(500)),)),
    Fault("bem_period_1s", "BEM comes every second", (Period("BEM", s(1)),)),
    Fault("bem_two_bits", "BEM names the missing CSD beside its real reason", (Change("BEM", {"timeout_csd": 1}),)),
    Fault(
        "bem_after_regular_end",
        "BEM reports a missing CCS after BST and CST were exchanged",
        (Premature("BEM", "STATISTICS"), Change("BEM", {"timeout_ccs": 1}, lambda moment: moment.phase == "STATISTICS")),
    ),
    Fault("bcl_before_cro", "BCL begins before CRO(AA)", (Premature("BCL", "READY"),)),
    Fault("bsm_before_cro", "BSM begins before CRO(AA)", (Premature("BSM", "READY"),)),
    Fault("bcs_continues_after_stop", "BCS goes on after BST and CST", (linger("BCS", "STOPPING", "STATISTICS", "ENDED"),)),
    Fault("bsm_continues_after_stop", "BSM goes on after BST and CST", (linger("BSM", "STOPPING", "STATISTICS", "ENDED"),)),
    Fault("bcp_voltage_differs_from_bhm", "BCP tells another highest voltage than BHM", (scaled("BCP", "max_voltage_v", 0.95),)),
    Fault(
        "brm_rated_voltage_above_max",
        "the rated voltage of BRM is above the highest permitted one",
        (scaled("BRM", "rated_voltage_v", 1.3),),
    ),
    Fault("bcs_soc_jump", "BCS tells half of the state of charge", (scaled("BCS", "soc_pct", 0.5),)),
    Fault(
        "bsm_temps_swapped", "highest and lowest temperature of BSM are exchanged", (swapped("BSM", ("max_temp_degc", "min_temp_degc")),)
    ),
    Fault("bcs_current_raw_zero", "BCS tells -400 A all the time", (bytes_at("BCS", 2, 0x00, 0x00),)),
    Fault("bsd_soc_zero", "BSD tells an empty battery", (Change("BSD", {"soc_pct": 0}),)),
    Fault(
        "tp_packet_count_wrong", "the RTS of BCS announces a packet too many", (TransportEffect(only(pgn_of("BCS"), wrong_packet_count())),)
    ),
    Fault(
        "tp_length_wrong", "the RTS of BCS announces eight bytes too many", (TransportEffect(only(pgn_of("BCS"), wrong_total_length(8))),)
    ),
    Fault("tp_sequence_from_zero", "the packets of BCS count from 0", (TransportEffect(only(pgn_of("BCS"), shift_sequence(-1))),)),
    Fault("tp_packet_skipped", "the second packet of BCS is missing", (TransportEffect(only(pgn_of("BCS"), skip_packet(2))),)),
    Fault("tp_padding_zero", "the last packet of BCS is filled up with 0", (TransportEffect(only(pgn_of("BCS"), wrong_padding(0))),)),
)
"""Faults against the rules F1 to F8."""
