"""Recordings of real trucks. Skipped where the recordings are absent."""

from __future__ import annotations

from functools import cache

import pytest

from harness.analyse.analysis import analyse_captures
from harness.core import Severity, Verdict
from harness.protocols.canbus import count_bits
from harness.rig.registry import standards

TRUCK = "j1939/kenworth-truck.candump.txt"


@pytest.fixture
def truck(shared):
    return judged(shared(TRUCK))


@cache
def judged(path):
    (analysis,) = analyse_captures([path], standards())
    (link,) = analysis.links
    return analysis.capture, link


def rows(link, name):
    found = next(one for one in link.sessions[0].tables if one.name == name)
    keys = [column.key for column in found.columns]
    return [dict(zip(keys, row, strict=True)) for row in found.rows]


def test_heavy_truck_is_told_from_the_claims_to_the_end(truck):
    _, link = truck
    assert (link.recognition.standard, link.recognition.matched, link.recognition.foreign) == ("vehicle", 34980, 0)
    assert [phase.name for phase in link.sessions[0].phases] == ["before the claims", "address claims", "running"]
    named = {row["address"]: (row["name"], row["manufacturer"]) for row in rows(link, "controllers") if row["name"]}
    assert named == {"00": ("00000000014EB8F4", 10), "03": ("1003030000400064", 2), "29": ("00000C00014EB8F4", 10)}
    assert sum(row["frames"] for row in rows(link, "controllers")) == 34980


def test_all_broadcasts_come_whole_and_name_components_software_and_vin(truck):
    _, link = truck
    transfers = rows(link, "transfers")
    assert {(row["kind"], row["fate"]) for row in transfers} == {("BAM", "complete")}
    assert len(transfers) == 42
    told = rows(link, "identification")
    assert {(row["source"], row["what"]) for row in told} >= {("31", "component"), ("03", "component"), ("0B", "component"), ("00", "vin")}
    (vin,) = [row["text"] for row in told if row["what"] == "vin"]
    assert len(vin) == 17
    assert vin.isalnum()


def test_lists_of_troubles_of_four_addresses_are_read(truck):
    _, link = truck
    lit = [(row["source"], row["amber_warning"]) for row in rows(link, "lamps")]
    assert {source for source, _ in lit} == {"00", "03", "0B", "31"}
    assert [amber for source, amber in lit if source == "0B"] == ["on", "off"]
    assert link.sessions[0].facts["active trouble codes"] == "none"


def test_packets_below_50_ms_fail_with_their_frames(truck):
    _, link = truck
    failed = {check.name: check for check in link.checks if check.verdict is not Verdict.PASS}
    assert set(failed) == {"R1 broadcasts of 03", "R1 broadcasts of 29", "R1 broadcasts of 31"}
    worst = failed["R1 broadcasts of 03"]
    assert (str(worst.value.normalize()), worst.frames, worst.occurrences, worst.t_ns) == ("42.52", (6874,), 12, 21_694_121_000)


def test_message_soon_after_a_claim_of_a_preferred_address_is_a_remark(truck):
    _, link = truck
    early = [one for one in link.findings if one.rule == "N1 silence after the claim"]
    assert [(one.frame, one.severity) for one in early] == [(28, Severity.WARNING), (35, Severity.WARNING), (49, Severity.WARNING)]


def test_load_is_that_of_the_bits_of_all_frames(truck):
    capture, link = truck
    assert (link.bus.rate.bps, link.bus.basis) == (250_000, "shown")
    bits = sum(count_bits(record.pdu).nominal + 3 for record in capture.records)
    assert link.bus.load.busy_ns == pytest.approx(bits * 4_000, abs=2)
    assert 28 < link.bus.load.mean_pct < 32
    assert (len(link.bus.cycles), sum(row.count for row in link.bus.cycles)) == (107, 34980)


def test_cycles_are_those_of_the_groups(truck):
    _, link = truck
    periods = {link.recognition.name_of(row.can_id, True): round(row.median_ns / 1e6) for row in link.bus.cycles if row.is_cyclic}
    assert (periods["EEC1 from 00"], periods["CCVS1 from 00"], periods["PG_0F002 from 03"]) == (20, 100, 10)


def test_small_samples_of_others_are_read(shared):
    _, dm1 = judged(shared("j1939/pretty-j1939-test_dm1.log"))
    assert [(row["spn"], row["fmi"], row["count"]) for row in rows(dm1, "troubles")] == [(91, 3, 1)]
    _, tp = judged(shared("j1939/pretty-j1939-test_tp_frames.txt"))
    assert [(row["kind"], row["bytes"], row["fate"]) for row in rows(tp, "transfers")] == [("RTS", 9, "complete")]
    _, plain = judged(shared("j1939/pretty-j1939-candump.log"))
    assert plain.bus.basis == "assumed"


@pytest.mark.parametrize(
    "name",
    ["gbt27930/passenger-car-full-session.candump.log", "iso15118/audi-dc-iso2.pcap", "chademo/leaf-start-stop.csv"],
)
def test_recordings_of_charging_stay_with_their_standards(shared, name):
    _, link = judged(shared(name))
    assert (link.recognition.standard if link.recognition else None) == {"gbt": "gbt27930", "iso": "iso15118"}.get(name[:3])
