"""Faults of data identifiers and routines."""

from __future__ import annotations

from harness.sim.faults.network.fault import Fault
from harness.sim.faults.network.uds.changes import deviation, diagnosis, refusal, reply

__all__ = ["DATA_FAULTS"]

DATA_FAULTS = (
    Fault("vin_with_letter_o", "the VIN has the letter O", (diagnosis(rows={0xF190: b"0PRECERT6TKO00001"}),)),
    Fault("vin_of_16", "the VIN has 16 characters", (diagnosis(rows={0xF190: b"0PRECERT6TK00000"}),)),
    Fault("vin_differs_from_j1939", "diagnostics tell another VIN than J1939", (diagnosis(rows={0xF190: b"0PRECERT6TK000002"}),)),
    Fault("made_on_no_date", "the manufacturing date is none", (diagnosis(rows={0xF18B: bytes.fromhex("20251342")}),)),
    Fault("serial_not_printable", "the serial number has a control character", (diagnosis(rows={0xF18C: b"VCU\x0001"}),)),
    Fault(
        "absent_data_refused_otherwise", "data that it has not do not fit the conditions", (refusal("22", lambda answer: b"\x7f\x22\x22"),)
    ),
    Fault("first_of_many_only", "tells only the first of several data", (reply("22F190F1", lambda answer: answer[:20]),)),
    Fault("unknown_data_empty", "tells data that it has not, without content", (refusal("22FFFF", lambda answer: b"\x62\xff\xff"),)),
    Fault(
        "half_identifier_out_of_range", "takes half an identifier for one that is unknown", (refusal("22F1", lambda a: b"\x7f\x22\x31"),)
    ),
    Fault(
        "declared_data_absent", "refuses a data identifier that it was declared to have", (reply("22F1A2", lambda answer: b"\x7f\x22\x31"),)
    ),
    Fault("serial_number_absent", "refuses to tell its serial number alone", (reply("22F18C", lambda answer: b"\x7f\x22\x31"),)),
    Fault("serial_wanders", "has another serial number after every loss of power", (diagnosis(serial_wanders=True),)),
    Fault("protected_data_open", "reads and writes protected data in every session", (deviation(open_rows=True, open_sessions=True),)),
    Fault("resets_on_a_read", "reading F1A5 makes it start anew", (deviation(resets_on=lambda data: data == bytes.fromhex("22F1A5")),)),
    Fault("unknown_routine_started", "starts a routine that it has not", (refusal("3101FFFF", lambda answer: b"\x71\x01\xff\xff"),)),
    Fault("routine_in_default_session", "starts routines in the default session", (deviation(open_sessions=True),)),
    Fault("software_version_other", "tells another software version in diagnostics", (diagnosis(rows={0xF189: b"SW-01.02.02"}),)),
    Fault("rxswin_other", "tells another RXSWIN", (diagnosis(rows={0xF1A2: b"TESTRX 0002"}),)),
)
