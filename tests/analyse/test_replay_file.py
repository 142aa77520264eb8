"""A recording becomes a replay truck: the file, and the truck under a charger that is not the recorded one."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from harness.analyse.analysis import analyse_captures
from harness.analyse.replay import replay_file
from harness.bench.kernel import Kernel
from harness.bench.links import CanLink
from harness.cli import app
from harness.core import ConfigError, Direction, ms, resource, s
from harness.protocols.gbt27930.charger import ChargerPhase
from harness.protocols.gbt27930.decoder import GbtDecoder
from harness.protocols.j1939.grants import GrantPolicy
from harness.rig.registry import standards
from harness.sim.charger import dc_charger
from harness.sim.replay import replay

SESSION = "gbt27930/passenger-car-full-session.candump.log"


@pytest.fixture
def replayed(write):
    """The lines of the replay file of a recording."""

    def run(text, session=None):
        (analysis,) = analyse_captures([write(text, "recording.log")], standards())
        return replay_file(analysis, session)

    return run


class Duel:
    """The simulated charger without pilot link and a replay truck on one bus."""

    def __init__(self, file, **options):
        self.kernel = Kernel()
        self.kernel.add_link(CanLink("charge"))
        (self.charger,) = dc_charger({"pilot": False, **options})
        (self.truck,) = replay({"file": str(file)})
        self.kernel.attach(self.charger, "charge", role="charger", direction=Direction.TX)
        self.kernel.attach(self.truck, "charge", role="truck", direction=Direction.RX)
        self.kernel.start()

    def order(self, action, seconds):
        action()
        self.kernel.poke(self.charger)
        self.kernel.run_until(self.kernel.now_ns + s(seconds))

    def messages(self, name=None):
        decoder = GbtDecoder()
        found = [message for record in self.kernel.trace for message in decoder.feed(record)]
        return [message for message in found if name is None or message.name == name]


@pytest.fixture
def duel(write):
    return lambda text, **options: Duel(write(text, "truck.jsonl"), **options)


def test_file_begins_with_its_origin_and_holds_one_section_per_word_of_the_charger(replayed, simulated_session):
    head, gap, *lines = map(json.loads, replayed(simulated_session).splitlines())
    assert (head["schema"], head["standard"], head["edition"], head["session"]) == ("precert-replay/1", "gbt27930", "2015", 1)
    assert 9_000_000 < gap["dt_gap_ns"] < 11_000_000
    sections = [line["section"] for line in lines if "section" in line]
    assert sections == ["CHM", "CRM(00)", "CRM(AA)", "CML", "CRO(00)", "CRO(AA)", "CST", "CSD"]
    bhm = next(line for line in lines if line.get("send") == "BHM")
    assert bhm["data"] == "601B"


def test_messages_that_go_on_carry_their_period_and_tails_do_not(replayed, simulated_session):
    section, repeated = "", {}
    for line in map(json.loads, replayed(simulated_session).splitlines()[2:]):
        section = line.get("section", section)
        if "repeat_ns" in line:
            repeated.setdefault(section, set()).add(line["send"])
    assert repeated["CHM"] == {"BHM"}
    assert repeated["CML"] == {"BRO"}
    assert repeated["CRO(AA)"] == {"BCL", "BCS", "BSM"}
    assert "BHM" not in repeated.get("CRM(00)", set())
    assert "CSD" not in repeated


def test_replay_truck_charges_with_another_charger_and_ends_as_recorded(replayed, duel, simulated_session):
    bus = duel(replayed(simulated_session), insulation_s=9.0, ready_s=4.0, ccs_length=7)
    bus.order(lambda: bus.charger.begin("handshake"), 30)
    assert bus.charger.phase is ChargerPhase.CHARGING
    assert bus.truck.section == "CRO(AA)"
    bus.order(bus.charger.stop, 5)
    assert bus.charger.phase is ChargerPhase.ENDED
    assert [name for name in dict.fromkeys(message.name for message in bus.messages()) if name.startswith("B") and "." not in name] == [
        "BHM", "BRM", "BCP", "BRO", "BCL", "BCS", "BSM", "BST", "BSD",
    ]  # fmt: skip


def test_delays_are_those_of_the_recording_and_periods_go_on_beyond_it(replayed, duel, simulated_session):
    bus = duel(replayed(simulated_session), insulation_s=9.0)
    bus.order(lambda: bus.charger.begin("handshake"), 30)
    (chm, *_), (bhm, *more) = bus.messages("CHM"), bus.messages("BHM")
    recorded = json.loads(next(line for line in replayed(simulated_session).splitlines() if '"BHM"' in line))["after_ns"]
    assert bhm.t_ns - chm.t_ns == pytest.approx(recorded, abs=ms(1)), "the frame itself takes time on the bus"
    assert len(more) > 30
    assert {round((b.t_ns - a.t_ns) / 1e6) for a, b in pairwise([bhm, *more])} <= {249, 250, 251}


def test_transfers_obey_the_grants_of_the_tester(replayed, duel, simulated_session):
    bus = duel(replayed(simulated_session))
    bus.charger.grant("BRM", GrantPolicy.chunks(2))
    bus.order(lambda: bus.charger.begin("handshake"), 12)
    assert bus.charger.phase is ChargerPhase.CHARGING
    grants = [message for message in bus.messages("TP.CTS") if message["message"] == "BRM"]
    assert [(grant["next_packet"], grant["packets"]) for grant in grants] == [(1, 2), (3, 2), (5, 2), (7, 1)]
    assert bus.messages("BRM")[0].data == bus.messages("BRM")[-1].data


def test_charger_that_never_grants_gets_no_packet(replayed, duel, simulated_session):
    bus = duel(replayed(simulated_session))
    bus.charger.never_grant("BRM")
    bus.order(lambda: bus.charger.begin("handshake"), 8)
    assert bus.messages("BRM.RTS")
    assert not bus.messages("BRM")
    assert bus.truck.section == "CRM(00)"


def test_second_session_is_answered_again(replayed, duel, simulated_session):
    bus = duel(replayed(simulated_session))
    bus.order(lambda: bus.charger.begin("handshake"), 10)
    bus.order(bus.charger.stop, 5)
    bus.charger.reset()
    bus.order(lambda: bus.charger.begin("handshake"), 10)
    assert bus.charger.phase is ChargerPhase.CHARGING
    assert bus.truck.section == "CRO(AA)"


def test_session_of_a_real_vehicle_charges_again(shared, write, duel):
    (analysis,) = analyse_captures([shared(SESSION)], standards())
    bus = duel(replay_file(analysis))
    bus.order(lambda: bus.charger.begin("handshake"), 10)
    assert bus.charger.phase is ChargerPhase.CHARGING
    bcp, bhm = bus.messages("BCP")[0], bus.messages("BHM")[0]
    assert (bcp["max_voltage_v"], bhm["max_voltage_v"]) == (426.1, 426.1)
    assert bus.messages("BRM")[0]["vin"] == b"LTESTHDTP00000001"


def test_cut_off_recording_goes_on_charging(replayed, duel, simulated_session):
    lines = simulated_session.splitlines(keepends=True)
    text = "".join(lines[: next(index for index, line in enumerate(lines) if "101AF456" in line) - 20])
    bus = duel(replayed(text))
    bus.order(lambda: bus.charger.begin("handshake"), 40)
    assert bus.charger.phase is ChargerPhase.CHARGING


def test_session_that_begins_midway_cannot_be_replayed_and_says_so(replayed, simulated_session):
    lines = simulated_session.splitlines(keepends=True)
    with pytest.raises(ConfigError, match="does not show its beginning"):
        replayed("".join(lines[next(index for index, line in enumerate(lines) if "1812F456" in line) :]))


def test_session_is_chosen_by_number_and_otherwise_the_first_complete_one(replayed, simulated_session):
    cut = "".join(simulated_session.splitlines(keepends=True)[:60])
    later = re.sub(r"\((\d+)\.", lambda match: f"({int(match[1]) + 600}.", simulated_session)
    assert json.loads(replayed(cut + later).splitlines()[0])["session"] == 2
    assert json.loads(replayed(cut + later, 1).splitlines()[0])["session"] == 1
    with pytest.raises(ConfigError, match=r"no session 3 to replay \(have: 1\.\.2\)"):
        replayed(cut + later, 3)


def test_command_writes_a_file_and_refuses_what_makes_none(write, simulated_session, tmp_path):
    def run(*arguments):
        return CliRunner().invoke(app, ["analyse", *map(str, arguments)])

    target = tmp_path / "truck.jsonl"
    assert run(write(simulated_session, "session.log"), "--replay", target).exit_code in (0, 1)
    assert target.read_text(encoding="utf-8").startswith('{"schema": "precert-replay/1"')
    none = run(write("(1.0) can0 18FEDF00#0102\n", "truck.log"), "--replay", tmp_path / "other.jsonl")
    assert none.exit_code == 2
    assert "no session to replay was found in this recording" in none.stderr
    assert run(target, target, "--replay", tmp_path / "x").exit_code == 2
    assert "name a file with --replay" in run(target, "--session", 1).stderr


@pytest.mark.parametrize(
    ("lines", "line", "text"),
    [
        ("", 1, "its first line must have schema 'precert-replay/1'"),
        ("{}\n", 1, "its first line must have schema"),
        ("HEAD\nnonsense\n", 2, "no line of JSON"),
        ("HEAD\n[]\n", 2, "a line must be an object"),
        ('HEAD\n{"send": "BHM", "after_ns": 1, "data": "A510"}\n', 2, "an answer before the first section"),
        ('HEAD\n{"section": "CHM"}\n{"send": "CHM", "after_ns": 1, "data": "A510"}\n', 3, "'CHM' is no message of the vehicle"),
        ('HEAD\n{"section": "CHM"}\n{"send": "BHM", "after_ns": -1, "data": "A510"}\n', 3, "'after_ns' must be a whole number"),
        ('HEAD\n{"section": "CHM"}\n{"send": "BHM", "after_ns": 1, "data": "A5Z0"}\n', 3, "'A5Z0' are no hexadecimal bytes"),
        ('HEAD\n{"section": "CHM"}\n{"send": "BHM", "after_ns": 1, "data": ""}\n', 3, "an answer without data"),
        ('HEAD\n{"section": "CHM"}\n{"send": "BHM", "after_ns": 1, "data": "A510", "repeat_ns": 5}\n', 3, "must be 1000000 or more"),
        ("HEAD\n", 1, "the replay holds no section"),
    ],
)
def test_wrong_file_is_named_with_its_line(write, lines, line, text):
    path = write(lines.replace("HEAD", '{"schema": "precert-replay/1", "standard": "gbt27930"}'), "truck.jsonl")
    with pytest.raises(ConfigError) as caught:
        replay({"file": str(path)})
    (problem,) = caught.value.problems
    assert (problem.line, str(problem.file)) == (line, str(path))
    assert text in problem.text


def test_missing_option_and_missing_file_say_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="make one with 'precert analyse CAPTURE --replay FILE'"):
        replay({})
    with pytest.raises(ConfigError, match="no replay file: No such file"):
        replay({"file": str(tmp_path / "absent.jsonl")})


@pytest.fixture
def rig(tmp_path):
    """The shipped rig with another replay file beside it."""

    def make(text):
        shipped = resource("rigs", "virtual-replay.yaml")
        (tmp_path / "replay").mkdir(exist_ok=True)
        (tmp_path / "replay" / "simulated-truck.jsonl").write_text(text, encoding="utf-8")
        path = tmp_path / "rig.yaml"
        path.write_text(shipped.read_text(encoding="utf-8").replace("pics/", f"{shipped.parent}/pics/"), encoding="utf-8")
        return path

    return make


def verdicts(rig, out, *cases):
    CliRunner().invoke(app, ["run", *cases, "--rig", str(rig), "--out", str(out)])
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return {row["id"]: (row["verdict"], row["reason_code"]) for row in results["results"]}


@pytest.mark.slow
def test_cases_reach_charging_on_the_shipped_rig_and_on_that_of_a_fresh_recording(tmp_path, rig, replayed, simulated_session):
    expected = {"GBT-VP.301": "pass", "GBT-VP.303": "pass"}
    for path in (resource("rigs", "virtual-replay.yaml"), rig(replayed(simulated_session))):
        found = verdicts(path, tmp_path / f"run-{path.stem}", *expected)
        assert {case: verdict for case, (verdict, _) in found.items()} == expected


@pytest.mark.slow
def test_approach_to_charging_works_with_a_real_vehicle(tmp_path, rig, shared):
    (analysis,) = analyse_captures([shared(SESSION)], standards())
    found = verdicts(rig(replay_file(analysis)), tmp_path / "run", "GBT-VP.301", "GBT-VP.303")
    assert "PRECONDITION" not in {reason for _, reason in found.values()}
    assert found["GBT-VP.303"][0] in ("pass", "fail"), "it was judged"
