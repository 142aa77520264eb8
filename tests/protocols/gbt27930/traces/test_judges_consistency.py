"""F7 at its bounds: what one message says against what another said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core import Check, Limit, Severity, Verdict, ms
from tests.protocols.gbt27930.traces.conftest import PAYLOADS, Tape

Judge = Callable[..., dict[str, Check]]
Said = tuple[str, str]
LONG = ("BRM", "BCP", "BCS")


def told(*said: Said) -> Tape:
    """These messages, each with its payload, 100 ms apart."""
    tape = Tape()
    for index, (word, data) in enumerate(said):
        if word in LONG:
            tape.transfer(100 * index, word, data)
        else:
            tape.send(100 * index, word, data)
    return tape


def bcp(*, current: int = 1498, voltage: int = 4261, soc: int = 776, battery: int = 3782) -> Said:
    fields = (370, current, 554, voltage)
    head = b"".join(value.to_bytes(2, "little") for value in fields)
    return "BCP", (head + b"\x73" + soc.to_bytes(2, "little") + battery.to_bytes(2, "little")).hex()


def bcs(*, voltage: int = 3781, soc: int = 77) -> Said:
    return "BCS", f"{voltage.to_bytes(2, 'little').hex()}A00F4C61{soc:02X}0000"


def bcl(voltage: int = 4000, current: int = 3800) -> Said:
    return "BCL", f"{voltage.to_bytes(2, 'little').hex()}{current.to_bytes(2, 'little').hex()}02"


def brm(rated: int) -> Said:
    return "BRM", PAYLOADS["BRM"][:12] + rated.to_bytes(2, "little").hex() + PAYLOADS["BRM"][16:]


def cml(high: int = 9500, low: int = 380, most: int = 1500, least: int = 4000) -> Said:
    return "CML", b"".join(value.to_bytes(2, "little") for value in (high, low, most, least)).hex()


BHM: Said = ("BHM", "A510")
CASES = [
    ("BHM and BCP voltage", (BHM, bcp()), (("BHM", "A410"), bcp()), "0.0 V", "0.1 V", Severity.FAILURE),
    ("BHM and BCP voltage", (BHM, bcp()), (("BHM", "A610"), bcp()), "0.0 V", "0.1 V", Severity.FAILURE),
    ("BRM rated voltage", (brm(4261), bcp()), (brm(4262), bcp()), "426.1 V", "426.2 V", Severity.FAILURE),
    ("BCL voltage", (bcp(), bcl(4261)), (bcp(), bcl(4262)), "426.1 V", "426.2 V", Severity.FAILURE),
    ("BCL current", (bcp(), bcl(current=1498)), (bcp(), bcl(current=1497)), "250.2 A", "250.3 A", Severity.FAILURE),
    ("BCL current and CML", (cml(), bcl(current=1500)), (cml(), bcl(current=1499)), "250.0 A", "250.1 A", Severity.INFO),
    ("BCS state of charge", (bcp(soc=780), bcs()), (bcp(soc=781), bcs()), "1.0 %", "1.1 %", Severity.FAILURE),
    ("BCS state of charge", (bcp(soc=760), bcs()), (bcp(soc=759), bcs()), "1.0 %", "1.1 %", Severity.FAILURE),
    ("BCS voltage", (bcp(), bcs(voltage=3593)), (bcp(), bcs(voltage=3592)), "5.00 %", "5.02 %", Severity.WARNING),
    ("BCS voltage", (bcp(), bcs(voltage=3971)), (bcp(), bcs(voltage=3972)), "5.00 %", "5.02 %", Severity.WARNING),
    ("BSM temperatures", (("BSM", "1E3606360F00D0"),), (("BSM", "1E3606370F00D0"),), "0 Cel", "-1 Cel", Severity.FAILURE),
    ("BSD cell voltages", (("BSD", "4D4D014D013536"),), (("BSD", "4D4E014D013536"),), "0.00 V", "-0.01 V", Severity.FAILURE),
    ("BSD temperatures", (("BSD", "4D4D014E013535"),), (("BSD", "4D4D014E013635"),), "0 Cel", "-1 Cel", Severity.FAILURE),
    ("BSD state of charge", (bcs(), ("BSD", "4E4D014E013536")), (bcs(), ("BSD", "4F4D014E013536")), "1 %", "2 %", Severity.WARNING),
    ("BSD state of charge", (bcs(), ("BSD", "4C4D014E013536")), (bcs(), ("BSD", "4B4D014E013536")), "1 %", "2 %", Severity.WARNING),
    ("CML voltages", (cml(380, 380),), (cml(379, 380),), "0.0 V", "-0.1 V", Severity.FAILURE),
    ("CML currents", (cml(most=3000, least=3000),), (cml(most=3001, least=3000),), "0.0 A", "-0.1 A", Severity.WARNING),
]  # fmt: skip


@pytest.mark.parametrize(("relation", "inside", "outside", "fits", "differs", "severity"), CASES)
def test_relation_holds_up_to_its_bound(
    judge: Judge, relation: str, inside: tuple[Said, ...], outside: tuple[Said, ...], fits: str, differs: str, severity: Severity
) -> None:
    check = judge(told(*inside))[f"F7 {relation}"]
    assert (check.verdict, check.observed, check.occurrences, check.findings) == (Verdict.PASS, fits, 0, ())
    assert check.note.endswith("1 compared, 0 outside")
    tape = told(*outside)
    check = judge(tape)[f"F7 {relation}"]
    failed = severity is Severity.FAILURE
    assert (check.verdict, check.observed, check.occurrences) == (Verdict.FAIL if failed else Verdict.PASS, differs, 1)
    assert [finding.severity for finding in check.findings] == [severity]
    assert check.note.endswith("1 compared, 1 outside")
    assert check.t_ns == max(record.t_ns for record in tape.records if record.t_ns <= check.t_ns)
    assert len(check.frames) == 1


def test_worst_comparison_is_shown_and_all_are_counted(judge: Judge) -> None:
    check = judge(told(bcp(), bcl(4000), bcl(4262), bcl(4270), bcl(4263), bcl(4270)))["F7 BCL voltage"]
    text = "voltage demand against the highest of BCP"
    assert (check.observed, check.expected, check.note) == ("427.0 V", "<= 426.1 V", f"{text}; 5 compared, 4 outside")
    assert (check.t_ns, check.occurrences) == (ms(300), 4)
    assert [(finding.text, finding.at_ns) for finding in check.findings] == [
        (f"{text}: {value} V, expected <= 426.1 V", ms(at_ms))
        for value, at_ms in ((426.2, 200), ("427.0", 300), (426.3, 400), ("427.0", 500))
    ]


def test_closest_comparison_is_shown_where_all_hold(judge: Judge) -> None:
    check = judge(told(bcp(), bcl(4000), bcl(4200), bcl(4100)))["F7 BCL voltage"]
    assert (check.observed, check.t_ns) == ("420.0 V", ms(200))


def test_findings_of_a_relation_are_bounded(judge: Judge) -> None:
    check = judge(told(bcp(), *[bcl(4262)] * 12))["F7 BCL voltage"]
    assert (len(check.findings), check.occurrences) == (10, 12)


def test_only_the_first_bcs_of_a_charge_is_compared_with_the_parameters(judge: Judge) -> None:
    checks = judge(told(bcp(), bcs(), bcs(voltage=2000, soc=20)))
    assert checks["F7 BCS state of charge"].observed == "0.6 %"
    assert checks["F7 BCS voltage"].note.endswith("1 compared, 0 outside")


def test_first_bcs_after_a_reconnect_is_compared_again(judge: Judge) -> None:
    tape = told(bcp(), bcs())
    tape.put(400, 0x081E56F4, "F0F0F1FC")
    tape.send(2000, "CRM(00)")
    tape.transfer(2020, "BRM")
    tape.transfer(2200, *bcp())
    tape.transfer(2400, *bcs(soc=70))
    check = judge(tape)["F7 BCS state of charge"]
    assert (check.observed, check.note.partition("; ")[2]) == ("7.6 %", "2 compared, 1 outside")


@pytest.mark.parametrize(
    "said", [(bcl(),), (bcs(),), (("BHM", "A510"),), (brm(4262),), (("BCL", "A510"),), (bcp(), ("BCL", "A5")), (("BSM", "1E36"),)]
)
def test_what_was_not_told_is_not_compared(judge: Judge, said: tuple[Said, ...]) -> None:
    assert not [name for name in judge(told(*said)) if name.startswith("F7")]


def test_demand_without_its_current_is_compared_by_its_voltage(judge: Judge) -> None:
    names = {name for name in judge(told(bcp(), ("BCL", "A610"))) if name.startswith("F7")}
    assert names == {"F7 BCL voltage"}


def test_relation_is_judged_for_the_party_that_sends_the_message(judge: Judge) -> None:
    tape = told(cml(379, 380), bcp(), bcl(4262))
    assert {name for name in judge(tape, ["charger"]) if name.startswith("F7")} == {"F7 CML voltages", "F7 CML currents"}
    assert {name for name in judge(tape, ["vehicle"]) if name.startswith("F7")} == {
        "F7 BCL voltage",
        "F7 BCL current",
        "F7 BCL current and CML",
    }


@pytest.mark.parametrize(
    ("relation", "key"),
    [
        ("BHM and BCP voltage", "bhm_bcp"),
        ("BCS state of charge", "soc_start"),
        ("BCS voltage", "voltage_start"),
        ("BSD state of charge", "soc_end"),
    ],
)
def test_relation_without_its_limit_is_not_judged(judge: Judge, limits: Mapping[str, Limit], relation: str, key: str) -> None:
    tape = told(BHM, bcp(), bcs(), ("BSD", "4E4D014E013536"))
    assert f"F7 {relation}" in judge(tape)
    assert f"F7 {relation}" not in judge(tape, limits={name: row for name, row in limits.items() if name != f"consistency.{key}"})


def test_battery_of_no_volts_differs_by_all_of_it(judge: Judge) -> None:
    assert judge(told(bcp(battery=0), bcs()))["F7 BCS voltage"].observed == "100 %"


@pytest.mark.parametrize(("soc", "outside"), [(780, 0), (781, 1), (760, 0), (759, 1)])
def test_limit_with_two_ends_is_held_against_the_end_that_is_left(
    judge: Judge, limits: Mapping[str, Limit], soc: int, outside: int
) -> None:
    row = replace(limits["consistency.soc_start"], lower=Decimal(0))
    check = judge(told(bcp(soc=soc), bcs()), limits={**limits, "consistency.soc_start": row})["F7 BCS state of charge"]
    assert check.occurrences == outside
