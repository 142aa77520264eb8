"""What the server answers, in which order it checks, and what it remembers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.core import ms, s
from harness.protocols.uds.server import Deviations

from .conftest import Bench

Make = Callable[..., Bench]


@pytest.mark.parametrize(
    ("request_hex", "answer"),
    [
        ("BA", "7fba11"),
        ("10", "7f1013"),
        ("107F", "7f1012"),
        ("100101", "7f1013"),
        ("1002", "7f107e"),
        ("1001", "5001003201f4"),
        ("22F1", "7f2213"),
        ("22FFFF", "7f2231"),
        ("220210", "7f2231"),
        ("22F18CF190", "62f18c5643553030303031f1904c5a5a5445535430314131323334353637"),
        ("22FFFFF18C", "62f18c5643553030303031"),
        ("3E00", "7e00"),
        ("3E01", "7f3e12"),
        ("1101", "7f117f"),
        ("2701", "7f277f"),
        ("3101FFFF", "7f317f"),
        ("340000", "7f347f"),
        ("1901FF", "59010d010001"),
        ("1902FF", "59020d0a10000d"),
        ("190A", "590a0d0a10000d0a110000"),
        ("19040A100001", "59040a10000d0101f40d00"),
        ("19060A1000FF", "59060a10000d0103"),
        ("19060A110001", "59060a110000"),
        ("190412345601", "7f1931"),
        ("194233FFFF", "5942330dff04800a10000d"),
        ("194211FFFF", "7f1931"),
        ("19FF", "7f1912"),
        ("14FFFFFF", "54"),
        ("14123456", "7f1431"),
    ],
)
def test_answers_in_the_default_session(bench: Make, request_hex: str, answer: str) -> None:
    assert bench().ask(request_hex) == [answer]


@pytest.mark.parametrize(
    ("request_hex", "answer"),
    [
        ("3101FFFF", "7f3131"),
        ("31040203", "7f3112"),
        ("31010301", "7f3133"),
        ("2E021001020304", "7f2e33"),
        ("2EF19000", "7f2e31"),
        ("280301", "6803"),
        ("28030F", "7f2831"),
        ("280901", "7f2812"),
        ("8502", "c502"),
        ("8507", "7f8512"),
        ("270200000000", "7f2724"),
        ("2703", "7f2712"),
        ("1104", "7f1112"),
        ("1002", "5002003201f4"),
    ],
)
def test_answers_in_the_extended_session(bench: Make, request_hex: str, answer: str) -> None:
    made = bench()
    assert made.ask("1003") == ["5003003201f4"]
    assert made.ask(request_hex) == [answer]


def test_session_ends_5_s_after_the_last_request_and_takes_everything_with_it(bench: Make) -> None:
    made = bench()
    made.ask("1003")
    made.ask("280301")
    made.ask("8502")
    made.run(s(4.9))
    made.ask("3E80")
    made.run(s(4.9))
    assert (made.server.state.session, made.server.state.is_talking, made.server.state.is_recording) == (3, False, False)
    made.run(s(0.2))
    assert (made.server.state.session, made.server.state.is_talking, made.server.state.is_recording) == (1, True, True)


def test_slow_service_announces_its_answer_in_time(bench: Make) -> None:
    made = bench()
    made.ask("1003")
    begin_ns = made.now_ns
    assert made.server.receive(begin_ns, bytes.fromhex("31810203")) == []
    times = []
    while made.server.is_working:
        made.now_ns = made.server.next_deadline_ns() or 0
        times.append((made.now_ns - begin_ns, made.server.handle_timers(made.now_ns)[0].hex()))
    assert times[0] == (ms(30), "7f3178")
    assert {answer for _, answer in times[1:-1]} == {"7f3178"}
    assert times[-1] == (ms(4500), "7101020300"), "after the word the answer comes although it was not wanted"


def test_further_request_is_refused_as_busy_without_harm_to_the_first(bench: Make) -> None:
    made = bench()
    made.ask("1003")
    made.server.receive(made.now_ns, bytes.fromhex("31010203"))
    assert made.ask("3E80") == ["7f3178"] * 3 + ["7101020300"]
    made.server.receive(made.now_ns, bytes.fromhex("31010203"))
    assert made.ask("22F190")[0] == "7f2221"


def test_requests_to_everybody_bring_no_refusals_of_what_is_not_supported(bench: Make) -> None:
    made = bench()
    for request_hex in ("BA", "107F", "22FFFF", "1101", "3E80"):
        assert made.ask(request_hex, functional=True) == []
    assert made.ask("10", functional=True) == ["7f1013"]
    assert made.ask("3E00", functional=True) == ["7e00"]


def test_access_needs_the_key_of_a_seed_and_ends_with_the_session(bench: Make) -> None:
    made = bench()
    made.ask("1003")
    seed = bytes.fromhex(made.ask("2701")[0])[2:]
    key = (int.from_bytes(seed, "big") ^ 0x5AA51234).to_bytes(4, "big").hex()
    assert made.ask(f"2702{key}") == ["6702"]
    assert made.ask("2701") == ["670100000000"]
    assert made.ask("2E021001020304") == ["6e0210"]
    assert made.ask("2E0210010203") == ["7f2e13"]
    assert made.unit.written == [bytes((1, 2, 3, 4))]
    made.ask("1003")
    assert made.ask("2E021001020304") == ["7f2e33"]


def test_wrong_keys_lead_to_a_delay_that_a_loss_of_power_begins_anew(bench: Make) -> None:
    made = bench()
    made.ask("1003")
    codes = []
    for _ in range(3):
        made.ask("2701")
        codes += made.ask("270200000000")
    assert codes == ["7f2735", "7f2735", "7f2736"]
    assert made.ask("2701") == ["7f2737"]
    made.run(s(4))
    made.server.start(made.now_ns)
    made.ask("1003")
    made.now_ns += s(9)
    made.ask("1003")
    assert made.ask("2701") == ["7f2737"]
    made.now_ns += s(1)
    assert made.ask("2701")[0].startswith("6701")


def test_reset_is_answered_and_carried_out(bench: Make) -> None:
    made = bench()
    made.ask("1003")
    assert made.ask("1101") == ["5101"]
    assert made.unit.resets == [made.now_ns]


def test_troubles_are_not_cleared_while_the_truck_drives(bench: Make) -> None:
    made = bench()
    made.unit.drives = True
    assert made.ask("14FFFFFF") == ["7f1422"]
    made.unit.drives = False
    assert made.ask("14FFFF33") == ["54"]
    assert len(made.unit.cleared) == 1


@pytest.mark.parametrize(
    ("deviations", "requests", "answers"),
    [
        (Deviations(ignores_suppress=True), ["3E80"], ["7e00"]),
        (Deviations(suppresses_refusals=True), ["10FF"], []),
        (Deviations(suppresses_late=True), ["1003", "31810203"], ["5003003201f4", *["7f3178"] * 3]),
        (Deviations(silent_after_pending=True), ["1003", "31010203"], ["5003003201f4", "7f3178"]),
        (Deviations(never_pending=True), ["1003", "31010203"], ["5003003201f4", "7101020300"]),
        (Deviations(constant_seed=b"\1\2\3\4"), ["1003", "2701", "2701"], ["5003003201f4", *["670101020304"] * 2]),
        (Deviations(accepts_any_key=True), ["1003", "2701", "270200000000"], ["5003003201f4", None, "6702"]),
        (Deviations(programming_from_default=True), ["1002"], ["5002003201f4"]),
        (Deviations(open_rows=True), ["220210"], ["62021001020304"]),
        (Deviations(edits=(lambda request, answer: b"\x50\x01",)), ["3E00"], ["5001"]),
    ],
)
def test_each_deviation_shows(bench: Make, deviations: Deviations, requests: list[str], answers: list[str | None]) -> None:
    made = bench(deviations=deviations)
    found = [answer for data in requests for answer in made.ask(data)]
    assert len(found) == len(answers)
    assert all(wanted is None or wanted == seen for seen, wanted in zip(found, answers, strict=True))
