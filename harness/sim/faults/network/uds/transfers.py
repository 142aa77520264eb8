"""Faults of ISO-TP."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core import Frame, ms, s
from harness.protocols.isotp.faults import Outgoing
from harness.protocols.isotp.frames import Consecutive, First
from harness.protocols.j1939.ids import split_id
from harness.sim.ecus.endurance import EnduranceSetup
from harness.sim.faults.network.changes import around
from harness.sim.faults.network.fault import Fault
from harness.sim.faults.network.uds.changes import diagnosis, flow, flow_time, reply

__all__ = ["TRANSFER_FAULTS"]

_DIAGNOSTIC = 0xDA00


def _from_zero(out: Outgoing) -> Sequence[bytes]:
    return (bytes((0x20 | (out.pdu.sequence - 1) & 0x0F,)) + out.data[1:],) if isinstance(out.pdu, Consecutive) else (out.data,)


def _seven_more(out: Outgoing) -> Sequence[bytes]:
    return (bytes((out.data[0], out.data[1] + 7)) + out.data[2:],) if isinstance(out.pdu, First) else (out.data,)


def _twice(out: Outgoing) -> Sequence[bytes]:
    return (out.data, out.data) if isinstance(out.pdu, First) else (out.data,)


def _is_short_first(frame: Frame) -> bool:
    return frame.extended and split_id(frame.can_id).pgn == _DIAGNOSTIC and frame.data[:2] == b"\x10\x05"


TRANSFER_FAULTS = (
    Fault("short_frames_unheard", "does not hear frames of fewer than 8 bytes", (diagnosis(takes_short_frames=False),)),
    Fault("sequence_begins_at_0", "the sequence numbers of its frames begin at 0", (flow(edit=_from_zero),)),
    Fault("length_seven_more", "announces seven bytes more than it sends", (flow(edit=_seven_more),)),
    Fault("first_frame_twice", "sends its first frame twice", (flow(edit=_twice),)),
    Fault("st_min_ignored", "does not keep the distance of frames that is asked for", (flow(ignores_st_min=True),)),
    Fault("block_size_ignored", "sends on at the end of a block", (flow(ignores_block_size=True),)),
    Fault("sends_without_flow_control", "sends on without leave", (flow(ignores_flow_control=True),)),
    Fault("waits_5s_for_flow", "waits 5 s for leave to send on", (flow_time(n_bs_ns=s(5)),)),
    Fault("waits_300ms_for_flow", "waits only 300 ms for leave to send on", (flow_time(n_bs_ns=ms(300)),)),
    Fault("gives_up_at_first_wait", "gives up when it is asked to wait", (flow_time(max_waits=0),)),
    Fault("waits_without_end", "waits as often as it is asked to", (flow_time(max_waits=1_000_000),)),
    Fault("flow_status_ignored", "takes every flow control for leave to send", (flow(ignores_flow_status=True),)),
    Fault(
        "falls_on_short_first_frame",
        "starts anew for 10 s on a first frame for five bytes",
        (around(endurance=EnduranceSetup(hates=_is_short_first)), diagnosis(reset_ns=s(10))),
    ),
    Fault("long_request_unanswered", "does not answer a request of several frames", (reply("22F190F188F195", lambda answer: None),)),
    Fault("sequence_unchecked", "takes frames in whatever order they come", (flow(ignores_sequence=True),)),
    Fault("waits_5s_for_frames", "waits 5 s for the next frame of a request", (flow_time(n_cr_ns=s(5)),)),
    Fault("waits_300ms_for_frames", "waits only 300 ms for the next frame of a request", (flow_time(n_cr_ns=ms(300)),)),
    Fault("short_first_frame_taken", "takes a first frame for five bytes", (flow(takes_short_first=True),)),
    Fault("room_without_end", "gives leave for a request of any length", (diagnosis(longest=1 << 32),)),
    Fault("functional_first_frame_taken", "takes a long request to everybody", (flow(takes_functional_first=True),)),
    Fault("new_request_unheard_meanwhile", "does not hear a new request while it receives one", (flow(ignores_interruption=True),)),
)
