"""Recordings of a truck's own network, made line by line: who speaks, what long messages carry, faults, diagnostics, time."""

from __future__ import annotations

import json

import can
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.analyse.analysis import analyse_captures
from harness.analyse.bus import bitrate_from
from harness.analyse.export import document_of
from harness.analyse.shapes import ANALYSIS
from harness.analyse.timeline import render_timelines
from harness.core import ConfigError, Direction, Frame, Record, Severity, Verdict
from harness.protocols.vehicle import STANDARD
from harness.rig.registry import standards

VIN = "LZZTEST01A1234567"


def log(*rows: tuple[float, str]) -> str:
    return "".join(f"({1_700_000_000 + at:.6f}) can0 {frame}\n" for at, frame in sorted(rows))


def broadcast(at: float, source: int, pgn: int, data: bytes, gap: float = 0.06, leave_out: int = 0) -> list[tuple[float, str]]:
    packets = -(-len(data) // 7)
    rows = [(at, f"18ECFF{source:02X}#20{len(data):02X}00{packets:02X}FF{pgn.to_bytes(3, 'little').hex()}")]
    for number in range(1, packets + 1):
        if number != leave_out:
            piece = data[7 * number - 7 : 7 * number].ljust(7, b"\xff")
            rows.append((at + gap * number, f"18EBFF{source:02X}#{number:02X}{piece.hex()}"))
    return rows


def cyclic(ident: str, every: float, until: float = 10.0, start: float = 0.3) -> list[tuple[float, str]]:
    return [(start + every * index, f"{ident}#FFFFFF{index % 256:02X}FFFFFFFF") for index in range(int((until - start) / every))]


SPEED = [*cyclic("18FEF100", 0.1, start=0.2504), (9.999_999, "18FEF100#FFFFFFFFFFFFFFFF")]
"""The last one shows that the stamps count microseconds."""


@pytest.fixture
def analyse(write):
    def run(*rows: tuple[float, str], bitrate: int | None = None):
        path = write(log(*SPEED, *rows), "truck.log")
        (analysis,) = analyse_captures([path], standards(), bitrate=bitrate_from(bitrate))
        return analysis.links[0]

    return run


def table(link, name):
    found = next(one for one in link.sessions[0].tables if one.name == name)
    keys = [column.key for column in found.columns]
    return [dict(zip(keys, row, strict=True)) for row in found.rows]


def test_names_of_claims_are_taken_apart_and_a_second_one_for_an_address_is_found(analyse):
    link = analyse((0.001, "18EEFF03#6400400000030310"), (5.0, "18EEFF03#0100400000030310"))
    rows = [row for row in table(link, "controllers") if row["address"] == "03"]
    assert [(row["name"], row["manufacturer"], row["function"]) for row in rows] == [("1003030000400064", 2, 3), ("1003030000400001", 2, 3)]
    (finding,) = [one for one in link.findings if one.rule == "addresses"]
    assert (finding.severity, finding.text) == (Severity.WARNING, "address 03 is claimed by a second NAME, 1003030000400001")
    assert [phase.name for phase in link.sessions[0].phases] == ["address claims", "running", "address claims", "running"]


def test_whole_and_broken_broadcasts_are_told_apart_with_their_distances(analyse):
    whole = broadcast(1.0, 0x31, 0xFEEB, b"MAKE*MODEL*SERIAL*UNIT*")
    link = analyse(*whole, *broadcast(3.0, 0x31, 0xFEDA, b"\x01SOFTWARE 1*", leave_out=2))
    first, second = table(link, "transfers")
    assert (first["group"], first["fate"], first["bytes"], first["seen"], first["fastest"]) == ("ComponentId", "complete", 23, 4, 60.0)
    assert (second["group"], second["fate"], second["seen"]) == ("SoftwareId", "broken", 1)
    assert [row["text"] for row in table(link, "identification")] == ["make MAKE; model MODEL; serial number SERIAL; unit number UNIT"]
    assert [one.rule for one in link.findings if one.severity is Severity.WARNING] == ["transfers"]


def test_rest_of_a_transfer_that_began_before_the_recording_is_no_fault(analyse):
    rest = [(0.251, "18EBFF31#0201020304050607"), (0.311, "18EBFF31#0301020304050607")]
    (check,) = [check for check in analyse(*rest, *broadcast(2.0, 0x31, 0xFEDA, b"\x01SOFTWARE*")).checks if check.name == "N2 transfers"]
    assert check.verdict is Verdict.PASS
    later = [(at + 5, frame) for at, frame in rest]
    (check,) = [check for check in analyse(*later).checks if check.name == "N2 transfers"]
    assert check.verdict is Verdict.FAIL


def test_connection_that_is_refused_and_one_that_is_aborted_are_told(analyse):
    rts = "10091302FFCAFE00".replace("1302", "0002")
    link = analyse((1.0, f"18EC0031#{rts}"), (4.0, f"18EC0531#{rts}"), (4.01, "18EC3105#FF01FFFFFFCAFE00"))
    assert [(row["destination"], row["fate"]) for row in table(link, "transfers")] == [("00", "refused"), ("05", "aborted")]
    assert table(link, "transfers")[1]["note"] == "by 05, reason 1"


def test_faults_come_and_go_with_their_lamps(analyse):
    healthy, one = "18FECA00#00FF00000000FFFF", "18FECA00#04FFB804030AFFFF"
    two = broadcast(3.0, 0, 0xFECA, bytes.fromhex("14FF") + bytes.fromhex("B804030B") + bytes.fromhex("5B000301"))
    link = analyse((1.0, healthy), (2.0, one), *two, (4.0, one), (5.0, healthy))
    first, second = table(link, "troubles")
    assert (first["spn"], first["fmi"], first["count"], first["told"]) == (1208, 3, 10, 3)
    assert (first["from"], first["gone"]) == (1_749_600_000, 4_749_600_000)
    assert (second["spn"], second["fmi"], second["count"], second["told"], second["gone"]) == (91, 3, 1, 1, 3_749_600_000)
    states = [(row["red_stop"], row["amber_warning"]) for row in table(link, "lamps")]
    assert states == [("off", "off"), ("off", "on"), ("on", "on"), ("off", "on"), ("off", "off")]
    assert link.sessions[0].facts["active trouble codes"] == "none"
    story = link.sessions[0].story
    assert any("SPN 1208 FMI 3, occurrence count 10" in line for line in story["en"])
    assert any("SPN 1208 FMI 3，发生10次" in line for line in story["zh"])


def ask(at: float, request: str, answer: str, after: float, unit: str = "27") -> list[tuple[float, str]]:
    return [(at, f"18DA{unit}F1#{request}"), (at + after, f"18DAF1{unit}#{answer}")]


def test_diagnostics_are_a_conversation_with_times_and_the_vin_of_both_ways(analyse):
    vin = bytes.fromhex("62F190") + VIN.encode()
    rows = [
        *ask(1.0, "0322F190CCCCCCCC", "1014" + vin[:6].hex(), 0.02),
        (1.021, "18DA27F1#300000CCCCCCCCCC"),
        (1.03, "18DAF127#21" + vin[6:13].hex()),
        (1.04, "18DAF127#22" + vin[13:].hex()),
        *ask(2.0, "0322FFFFCCCCCCCC", "037F2231CCCCCCCC", 0.01),
        *ask(3.0, "0322F18CCCCCCCCC", "037F2278CCCCCCCC", 0.08),
        (3.5, "18DAF127#0462F18C41CCCCCC"),
        (4.0, "18DA27F1#023E80CCCCCCCCCC"),
        (5.0, "18DA27F1#021001CCCCCCCCCC"),
        *broadcast(6.0, 0, 0xFEEC, b"LZZTEST02A1234567*"),
    ]
    link = analyse(*rows)
    found = table(link, "exchanges")
    assert [row["outcome"] for row in found] == ["answered", "refused", "answered", "unasked", "silent"]
    assert [row["did"] for row in found] == ["F190", "FFFF", "F18C", None, None]
    assert (found[0]["first"], found[1]["answered"], found[2]["pending"], found[2]["first"]) == (20.0, "refused, 31 out of range", 1, 80.0)
    check = next(check for check in link.checks if check.name == "R3 unit 27")
    assert (check.verdict, str(check.value.normalize()), check.occurrences) == (Verdict.FAIL, "8E+1", 1)
    (finding,) = [one for one in link.findings if one.rule == "VIN"]
    assert finding.text == f"different VINs: {VIN}, LZZTEST02A1234567"


def test_request_to_one_address_is_judged_by_its_answer(analyse):
    link = analyse((1.0, "18EA00F9#ECFE00"), (1.3, "18ECF900#1012000303ECFE00"), (3.0, "18EA00F9#00EE00"), (6.0, "18EA55F9#00EE00"))
    checks = {check.name: check for check in link.checks}
    assert (checks["R2 unit 00"].verdict, str(checks["R2 unit 00"].value.normalize())) == (Verdict.FAIL, "3E+2")
    assert checks["R2 unit 00 silence"].observed.startswith("request for AddressClaimed without an answer (1 in all")
    assert "R2 unit 55" not in {name[:10] for name in checks}, "nobody with that address is on the bus"


def test_broadcast_too_fast_fails_with_frame_and_time_and_in_time_passes(analyse):
    fast = analyse(*broadcast(1.0, 3, 0xFEEB, b"MAKE*MODEL*SERIAL*", gap=0.0425))
    check = next(check for check in fast.checks if check.name == "R1 broadcasts of 03")
    assert (check.verdict, check.occurrences, str(check.value)) == (Verdict.FAIL, 3, "42.5")
    assert check.findings[0].frame == check.frames[0]
    slow = analyse(*broadcast(1.0, 3, 0xFEEB, b"MAKE*MODEL*SERIAL*", gap=0.055))
    assert {check.verdict for check in slow.checks} == {Verdict.PASS}


def test_cyclic_message_that_pauses_is_a_remark_with_its_frame(analyse):
    rows = [row for row in cyclic("0CF00400", 0.02) if not 5.0 < row[0] < 5.5]
    (finding,) = [one for one in analyse(*rows).findings if one.rule == "cycles"]
    assert finding.text.startswith("EEC1 from 00 after 5")
    assert (finding.severity, finding.frame is not None) == (Severity.WARNING, True)


def test_bit_rate_is_declared_shown_or_assumed(analyse):
    assumed, declared = analyse(), analyse(bitrate=500_000)
    assert (assumed.bus.basis, declared.bus.basis, declared.bus.rate.bps) == ("assumed", "declared", 500_000)
    assert assumed.bus.load.mean_pct == pytest.approx(2 * declared.bus.load.mean_pct, rel=1e-3)
    for wrong in (0, -1, 100_000_000):
        with pytest.raises(ConfigError, match="--bitrate takes"):
            bitrate_from(wrong)


def test_charging_on_the_bus_of_a_truck_is_told_for_both(write, simulated_session):
    begin = float(simulated_session[1 : simulated_session.index(")")]) - 1_700_000_000
    truck = log(*((at + begin, frame) for at, frame in [*SPEED, *cyclic("18FECA00", 1.0), *broadcast(2.0, 0, 0xFEEC, VIN.encode() + b"*")]))
    both = sorted(
        [*simulated_session.splitlines(keepends=True), *truck.splitlines(keepends=True)], key=lambda line: float(line[1 : line.index(")")])
    )
    (analysis,) = analyse_captures([write("".join(both), "both.log")], standards())
    (alone,) = analyse_captures([write(simulated_session, "alone.log")], standards())
    charging, own = analysis.links
    assert [link.standard.name for link in analysis.links] == ["gbt27930", "vehicle"]
    assert len(alone.links) == 1
    assert charging.recognition.matched == alone.links[0].recognition.matched
    assert [check.verdict for check in charging.checks] == [check.verdict for check in alone.links[0].checks]
    assert own.recognition.matched + charging.recognition.matched == len(both)
    assert own.sessions[0].facts["VIN"] == VIN
    numbers = {record.number for record in analysis.capture.records if record.pdu.can_id == 0x18ECFF00}
    assert {row["frame"] for row in table(own, "transfers")} == numbers, "frames keep their numbers in the file"


def test_json_keeps_its_shape_and_the_page_has_the_plots(write):
    path = write(log(*SPEED, *cyclic("18FECA00", 1.0), *broadcast(1.0, 3, 0xFEEB, b"A<b>*MODEL*SERIAL*")), "truck.log")
    analyses = analyse_captures([path], standards())
    document = json.loads(json.dumps(document_of(analyses)))
    ANALYSIS.check(document)
    bus = document["captures"][0]["links"][0]["bus"]
    assert {row["identifier"]: row["count"] for row in bus["identifiers"]}["18FEF100"] == len(SPEED)
    assert sum(window["frames"] for window in bus["windows"]) == len(analyses[0].capture.records)
    assert sum(row["load_pct"] for row in bus["identifiers"]) == pytest.approx(bus["mean_pct"], abs=0.01)
    page = render_timelines(analyses)
    for lane in ("总线 Bus.负载 load", "CCVS1 from 00.抖动 jitter"):
        assert f'"n":"{lane}"' in page
    assert "<b>*MODEL" not in page


IDENTIFIERS = [
    *(0x18ECFF00, 0x18EC0300, 0x18EBFF00, 0x18EB0300, 0x18FECA00, 0x18FEEC00, 0x18EEFF00, 0x18EA00F9),
    *(0x18DA27F1, 0x18DAF127, 0x18DB33F1, 0x7E0, 0x7E8, 0x0CF00400),
]
CONTENT = ["20090002FFCAFE00", "1009000202ECFE00", "01FFFFFFFFFFFFFF", "0322F190", "1014621111111111", "211111111111", "FF"]
ROW = st.tuples(
    st.integers(0, 4_000_000_000), st.sampled_from(IDENTIFIERS), st.binary(max_size=8) | st.sampled_from([*map(bytes.fromhex, CONTENT)])
)


@pytest.mark.parametrize("ending", ["log", "asc", "blf", "trc"])
def test_the_same_is_told_of_every_form(tmp_path, ending):
    rows = [*SPEED, (0.9, "18EEFF00#6400400000030310"), *broadcast(1.0, 0, 0xFEEC, VIN.encode() + b"*"), (5.0, "18FECA00#04FFB804030AFFFF")]
    path = tmp_path / f"truck.{ending}"
    with can.Logger(path) as writer:
        for at, text in sorted(rows):
            ident, data = text.split("#")
            stamp = 1_700_000_000 + at
            writer.on_message_received(can.Message(stamp, int(ident, 16), data=bytes.fromhex(data), channel=0, is_rx=True))
    (analysis,) = analyse_captures([path], standards())
    (link,) = analysis.links
    assert [row["name"] for row in table(link, "controllers")] == ["1003030000400064"]
    assert [(row["group"], row["fate"]) for row in table(link, "transfers")] == [("VehicleId", "complete")]
    assert [(row["spn"], row["fmi"], row["count"]) for row in table(link, "troubles")] == [(1208, 3, 10)]
    assert link.sessions[0].facts["VIN"] == VIN
    assert [row.count for row in link.bus.cycles if row.can_id == 0x18FEF100] == [len(SPEED)]


@given(st.lists(ROW, max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_on_the_wire_makes_the_reading_fail(rows):
    ordered = sorted(rows, key=lambda row: row[0])
    records = [
        Record(number, t_ns, t_ns, "can0", Direction.RX, "", Frame(can_id, data, extended=can_id > 0x7FF))
        for number, (t_ns, can_id, data) in enumerate(ordered, 1)
    ]
    recognition = STANDARD.recognise(records)
    if recognition is None:
        return
    (session,) = STANDARD.sessions(recognition.messages, records)
    assert set(session.story) == {"zh", "en"}
    assert len(session.story["zh"]) == len(session.story["en"])
    for one in session.tables:
        assert all(len(row) == len(one.columns) for row in one.rows)
    assert all(STANDARD.word(message) is not None for message in recognition.messages)
