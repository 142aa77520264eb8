"""A synthetic run folder with 30 cases of every verdict, its recordings made from encoded GB/T 27930 messages."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import can
import pytest
from PIL import Image, ImageDraw

from harness.case.run.runfolder import RunFolder, file_sha256
from harness.core import Decoder, Message, Recognition, Record
from harness.protocols.gbt27930.codec import codec_2015
from harness.protocols.gbt27930.decoder import GbtDecoder
from harness.protocols.gbt27930.messages import MESSAGES

ENDED = "2026-07-01T09:45:00.000+08:00"
SEALED = "2026-07-01T09:00:00.000+08:00"
VIN = "LPRECERT000000001"
REAL_VIN = "LPRECERT900000001"
"""With the check digit that belongs to it."""

TITLES = {
    "GBT-VP.101": ("BHM answer", "BHM 应答"),
    "GBT-VP.102": ("BRM by transport protocol", "通过传输协议发送 BRM"),
    "GBT-VP.103": ("BRM repeats until recognised", "BRM 重复发送直至辨识成功"),
    "GBT-VP.104": ("Recognised", "辨识成功"),
    "GBT-VP.105": ("Long insulation test", "长时间绝缘检测"),
    "GBT-VP.106": ("2011-type charger", "2011 版充电机"),
    "GBT-VP.107": ("Optional CRM field", "CRM 可选字段"),
    "GBT-VN.101": ("No CHM", "未收到 CHM"),
    "GBT-VN.102": ("CHM but no CRM", "有 CHM 而无 CRM"),
    "GBT-VN.103": ("No CRM(AA)", "未收到 CRM(AA)"),
    "GBT-VN.104": ("BRM never granted", "BRM 始终未获准发送"),
    "GBT-VP.201": ("BCP", "BCP 报文"),
    "GBT-VP.202": ("CTS and CML accepted", "接受 CTS 与 CML"),
    "GBT-VP.203": ("CML without CTS", "有 CML 而无 CTS"),
    "GBT-VP.204": ("CTS all FF", "CTS 全为 FF"),
    "GBT-VP.205": ("Becomes ready", "准备就绪"),
    "GBT-VP.206": ("Charger not ready yet", "充电机尚未就绪"),
    "GBT-VP.207": ("Start of charging", "开始充电"),
    "GBT-VN.201": ("No CTS, no CML", "无 CTS 且无 CML"),
    "GBT-VN.202": ("CTS but no CML", "有 CTS 而无 CML"),
    "GBT-VN.203": ("BCP never granted", "BCP 始终未获准发送"),
    "GBT-VN.204": ("No CRO at all", "始终未收到 CRO"),
    "GBT-VN.205": ("Charger never ready", "充电机始终未就绪"),
    "GBT-VP.301": ("Charging messages", "充电阶段报文"),
    "GBT-VP.302": ("Demand follows the battery", "需求随电池变化"),
    "GBT-VP.303": ("Optional cell messages", "可选单体报文"),
    "GBT-VN.302": ("CCS lost", "CCS 丢失"),
    "GBT-VP.308": ("Vehicle ends charging", "车辆主动结束充电"),
    "GBT-VP.309": ("Charger ends charging", "充电机主动结束充电"),
    "GBT-VP.402": ("Statistics and end", "统计与结束"),
}
OUTCOMES = {
    "GBT-VP.104": "fail",
    "GBT-VN.203": "fail",
    "GBT-VP.105": "inconc",
    "GBT-VN.101": "error",
    "GBT-VP.402": "none",
    "GBT-VP.303": "na",
}
PROJECT = ("GBT-VP.106", "GBT-VN.203")
CRITERION = {"kind": "qualitative", "lower": None, "upper": None, "unit": None, "text": "", "rounding": "full-value"}


class DemoStandard:
    """Decoder of GB/T 27930 with the little that the report asks of a standard."""

    name = "gbt27930"
    title = "GB/T 27930"

    def decoder(self) -> Decoder:
        return GbtDecoder()

    def recognise(self, records: Sequence[Record]) -> Recognition | None:
        return Recognition("gbt27930", "2015", len(records), 0, "demo") if records else None

    def sessions(self, messages: Sequence[Message], records: Sequence[Record]) -> Sequence[Any]:
        return ()

    def judge(self, messages: Sequence[Message], records: Sequence[Record], context: Any) -> Sequence[Any]:
        return ()


@pytest.fixture(scope="session")
def standards() -> Mapping[str, Any]:
    return {"gbt27930": DemoStandard()}


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Path]:
    """``make_run(path, ids=..., outcomes=..., finish=True, plan={}, first_minute=0)`` writes a run folder and gives its path."""
    return _make_run


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of all 30 cases."""
    return _make_run(tmp_path_factory.mktemp("runs") / "demo")


@pytest.fixture
def small_run(tmp_path: Path) -> Path:
    """A finished run of three cases: pass, fail, not applicable."""
    return _make_run(tmp_path / "small", ids=("GBT-VP.101", "GBT-VP.104", "GBT-VP.303"))


@pytest.fixture(scope="session")
def vehicle_run(make_run: Callable[..., Path]) -> Callable[..., Path]:
    """``vehicle_run(path, ids=..., outcomes=..., rig={}, item={}, **plan)``: as ``make_run``, on a vehicle at a bench with a clock."""

    def write(path: Path, ids: Sequence[str] = ("GBT-VP.101", "GBT-VP.104", "GBT-VP.303"), **changes: Any) -> Path:
        clock = {"source": "interface", "resolution_ns": 1000, "accuracy_ns": 10000, "drift_ppm": 50}
        rig = {
            "name": "dc-bench-02", "file": "dc-bench-02.yaml", "bench_mode": "vehicle", "time": "real", "clock": clock,
            "links": {"charge": {"kind": "can", "driver": "socketcan", "bitrate_bps": 250000}},
        }  # fmt: skip
        item = {"role": "truck", "model": None, "pics_file": "h7.toml", "vin": REAL_VIN}
        run = {key: changes.pop(key) for key in ("outcomes", "finish", "first_minute") if key in changes}
        plan = {
            "pixit": {"vin": REAL_VIN, "wakeup_s": 2.0},
            "rig": {**rig, **changes.pop("rig", {})},
            "item": {**item, **changes.pop("item", {})},
            **changes,
        }
        return make_run(path, ids=ids, plan=plan, **run)

    return write


@pytest.fixture(scope="session")
def lab_file() -> Callable[..., Path]:
    """``lab_file(folder, (old, new), ...)`` writes the laboratory file of the vehicle's run, with texts replaced."""

    def write(folder: Path, *changes: tuple[str, str]) -> Path:
        content = (Path(__file__).parent / "lab" / "vehicle.yaml").read_text(encoding="utf-8")
        for old, new in changes:
            assert content.count(old) >= 1, f"the laboratory file of the tests holds no '{old}'"
            content = content.replace(old, new, 1)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lab.yaml").write_text(content, encoding="utf-8")
        (folder / "EQ-001.txt").write_text("calibration of the logger", encoding="utf-8")
        (folder / "left.jpg").write_bytes(photo())
        return folder / "lab.yaml"

    return write


def photo(width: int = 320, height: int = 240, kind: str = "JPEG", mode: str = "RGB") -> bytes:
    """A picture of a vehicle, or nearly."""
    picture = Image.new(mode, (width, height), "#9fb4c7" if mode == "RGB" else None)
    if mode == "RGB":
        drawing = ImageDraw.Draw(picture)
        drawing.rectangle((width * 0.1, height * 0.35, width * 0.75, height * 0.7), fill="#d8d2c4")
        drawing.rectangle((width * 0.76, height * 0.25, width * 0.93, height * 0.7), fill="#2d5f8b")
    content = BytesIO()
    picture.save(content, kind)
    return content.getvalue()


def _make_run(
    path: Path,
    ids: Sequence[str] = tuple(TITLES),
    outcomes: Mapping[str, str] = OUTCOMES,
    finish: bool = True,
    plan: Mapping[str, Any] | None = None,
    first_minute: int = 0,
) -> Path:
    folder = RunFolder.create(path, {**_plan(ids, outcomes), **(plan or {})})  # type: ignore[typeddict-item]
    for number, case_id in enumerate(ids, first_minute):
        outcome = outcomes.get(case_id, "pass")
        if outcome in ("na", "none"):
            continue
        record: Any = _record(folder, case_id, outcome, number)
        folder.append_record(record)
        evidence = {file["path"]: file["sha256"] for file in record["evidence"]}
        finished = {"id": case_id, "attempt": 1, "verdict": record["verdict"], "evidence": evidence}
        folder.append_journal("case_finished", finished, ts=record["execution"]["ended_at"])
    if finish:
        folder.finish(ENDED)
    return path


def _plan(ids: Sequence[str], outcomes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "schema": "precert-plan/1",
        "precert_version": "0.1.0",
        "sealed_at": SEALED,
        "rig": {
            "name": "virtual-truck",
            "file": "virtual-truck.yaml",
            "bench_mode": "simulation",
            "time": "virtual",
            "links": {"charge": {"kind": "can", "driver": "simulated", "bitrate_bps": 250000}, "pilot": {"kind": "line"}},
            "clock": {"source": "virtual", "resolution_ns": 1, "accuracy_ns": 0, "drift_ppm": 0},
        },
        "item": {"role": "truck", "model": "heavy_truck", "pics_file": "sim-truck.toml", "vin": VIN},
        "pics": {
            "V.DC": {"value": True, "why": "直流充电接口 DC inlet"},
            "V.ED2015": {"value": True, "why": "speaks the 2015 edition"},
            "V.BMV": {"value": False, "why": "cell voltages are not sent"},
        },
        "pixit": {"vin": VIN, "wakeup_s": 2.0},
        "decision_rule": "SIMPLE",
        "seed": 1,
        "suites": [
            {
                "name": "gbt27930",
                "version": "0.1.0",
                "title": {"en": "GB/T 27930 DC charging communication, vehicle side", "zh": "GB/T 27930 直流充电通信(车辆侧)"},
                "sha256": "ab" * 32,
                "profile": "profile-2015.toml",
                "profile_sha256": "cd" * 32,
            }
        ],
        "operator": None,
        "cases": [_case(case_id, outcomes.get(case_id) != "na") for case_id in ids],
        "tools": {"python": "3.11", "python-can": "4.6", "cantools": "41"},
    }


def _case(case_id: str, applicable: bool) -> dict[str, Any]:
    en, zh = TITLES[case_id]
    tail = case_id.split("-")[1]
    return {
        "id": case_id,
        "suite": "gbt27930",
        "title": {"en": en, "zh": zh},
        "purpose": {
            "en": f"{en}: the vehicle answers the charger within the time of the profile and keeps the period of its message.",
            "zh": f"{zh}:车辆在限值文件规定的时间内应答充电机,并保持其报文的周期。",
        },
        "refs": [f"GBT27930-2015:8/{tail}", f"GBT27930-2015:?/{tail}-period"],
        "basis": "project" if case_id in PROJECT else "derived",
        "confidence": "high" if tail.startswith("VP") else "medium",
        "pics": "V.DC AND V.ED2015" if applicable else "V.DC AND V.BMV",
        "applicability": {
            "value": "applicable" if applicable else "not_applicable",
            "pics": "V.DC AND V.ED2015" if applicable else "V.DC AND V.BMV",
            "reason": "" if applicable else "V.DC AND V.BMV does not hold: V.BMV = false, V.DC = true",
        },
        "steps": [
            {
                "n": 1,
                "text": {"en": "Start the charger handshake", "zh": "充电机开始握手"},
                "expect": {"en": "CHM on the bus every 250 ms", "zh": "总线上每 250 ms 出现 CHM"},
            },
            {
                "n": 2,
                "text": {"en": "Wait for the vehicle", "zh": "等待车辆应答"},
                "expect": {"en": "BHM within the limit of the profile", "zh": "BHM 在限值内出现"},
            },
        ],
    }


def _record(folder: RunFolder, case_id: str, outcome: str, number: int) -> dict[str, Any]:  # type: ignore[return]
    file = folder.evidence_file(case_id, 1, "charge.blf")
    frames, length_s = _write_blf(file, charging=case_id.startswith(("GBT-VP.2", "GBT-VP.3", "GBT-VN.3")))
    started = f"2026-07-01T09:{number:02d}:00.000+08:00"
    fail = outcome == "fail"
    checks = _checks(fail, outcome == "inconc")
    return {
        "schema": "precert-record/1",
        "id": case_id,
        "suite": "gbt27930",
        "attempt": 1,
        "execution": {
            "state": "infrastructure_error" if outcome == "error" else "completed",
            "attempt": 1,
            "started_at": started,
            "ended_at": started.replace(":00.000", ":04.500"),
            "bus_time_s": "12.345678901",
            "operator": None,
            "site": None,
        },
        "steps": [
            {"n": 1, "state": "done", "verdict": "pass", "t_s": "0.000000", "checks": [0]},
            {"n": 2, "state": "failed" if fail else "done", "verdict": outcome if fail else "pass", "t_s": "0.251234", "checks": [1, 2]},
        ],
        "checks": checks,
        "verdict": outcome,
        "reason": {"fail": "BHM delay: 5.4 s, expected <= 5 s", "inconc": "the insulation test was not reached",
                   "error": "node 'charger': division by zero"}.get(outcome, ""),
        "reason_code": {"fail": "EXPECTATION", "inconc": "PRECONDITION", "error": "EXCEPTION"}.get(outcome, ""),
        "findings": [],
        "deviations": [{"id": case_id, "reason": "known slow wake-up", "ticket": "T-12", "expires": "2026-12-31"}] if fail else [],
        "performed_by": "self",
        "scope_status": "not-accredited",
        "bench_mode": folder.read_plan()["rig"]["bench_mode"],
        "evidence": [
            {
                "link": "charge",
                "path": folder.relative(file),
                "format": "blf",
                "sha256": file_sha256(file),
                "t0_s": "0.000540000",
                "t1_s": f"{length_s:.9f}",
                "frames": frames,
            }
        ],
        "equipment": [],
        "tester": {"jitter_s": "0.000000000"},
        "failure": {
            "step": 2,
            "expected": "BHM within 5 s after the first CHM",
            "observed": "BHM 5.4 s after the first CHM",
            "frames": ["t=1.250540 s  1826F456#010100  CHM protocol_version=010100", "t=5.400000 s  182756F4#4C1D  BHM max_voltage_v=750"],
        }
        if fail
        else None,
        "session": {"messages": _session_rows()},
    }  # fmt: skip


def _checks(fail: bool, inconc: bool) -> list[dict[str, Any]]:
    delay = "5.400000000" if fail else "0.420540000"
    numeric = _numeric("BHM delay", delay, None, "5", "s", "fail" if fail else "pass", step=2)
    period = _numeric("F5 BHM period", "250.000000", "225", "275", "ms", "inconc" if inconc else "pass", step=None)
    period["value"].update(n=12, min="249.999000", mean="250.000000", max="250.000000")
    if inconc:
        period.update(reason="TESTER_JITTER", note="tester jitter 12 ms exceeds a third of the tolerance")
    finding = {"text": "reserved bits of BSM are not 1", "t_s": "3.400540", "frame": 412, "severity": "warning", "rule": "F2 BSM reserved"}
    return [
        _quality("CHM on the bus", "CHM seen at t=0.000540 s", "CHM every 250 ms", step=1),
        numeric,
        _quality("BHM.max_voltage", "750.0 V", "the declared maximum 750.0 V", step=2),
        period,
        _quality("F1 length", "all 214 messages have their length", "length of the edition", step=None),
        {**_quality("F2 BSM reserved", "3 of 40 with reserved bits 0", "reserved bits 1", step=None), "severity": "warning",
         "findings": [finding], "occurrences": 3},
    ]  # fmt: skip


def _numeric(name: str, value: str, lower: str | None, upper: str | None, unit: str, verdict: str, *, step: int | None) -> dict[str, Any]:
    kind = "between" if lower and upper else "upper"
    return {
        "step": step,
        "name": name,
        "kind": "numeric",
        "criterion": {"kind": kind, "lower": lower, "upper": upper, "unit": unit, "text": f"<= {upper} {unit}", "rounding": "full-value"},
        "value": {"v": value, "unit": unit, "U": "0.0000012", "k": "2", "p": "0.95", "n": None, "min": None, "mean": None, "max": None},
        "observed": f"{value} {unit}",
        "expected": f"<= {upper} {unit}",
        "decision": {
            "rule": "SIMPLE",
            "w": "0",
            "acceptance_lower": lower,
            "acceptance_upper": upper,
            "conformity": "pass" if verdict != "fail" else "fail",
            "p_conform": "1.000000" if verdict != "fail" else "0.000000",
        },
        "verdict": verdict,
        "reason": None,
        "severity": "failure",
        "note": "",
        "frames": [3, 9],
        "t_s": "0.420540",
        "findings": [],
        "occurrences": 0,
    }


def _quality(name: str, observed: str, expected: str, *, step: int | None) -> dict[str, Any]:
    return {
        "step": step,
        "name": name,
        "kind": "qualitative",
        "criterion": {**CRITERION, "text": expected},
        "value": None,
        "observed": observed,
        "expected": expected,
        "decision": None,
        "verdict": "pass",
        "reason": None,
        "severity": "failure",
        "note": "",
        "frames": [1],
        "t_s": "0.000540",
        "findings": [],
        "occurrences": 0,
    }


def _session_rows() -> list[tuple[str, str, str, str]]:
    rows = [
        ("0.000540", "charger", "CHM", "01 01 00"),
        ("0.420540", "vehicle", "BHM", "4C 1D"),
        ("1.500000", "charger", "CRM", "00 01 00 00 00 FF FF FF"),
    ]
    rows += [("1.620000", "vehicle", "BRM", "01 01 00 06 58 1B 9C 17"), ("1.750000", "charger", "CRM", "AA 01 00 00 00 FF FF FF")]
    rows += [("2.000000", "vehicle", "BCP", "6E 01 98 08 04 0B"), ("2.300000", "charger", "CTS", "FF FF FF FF FF FF FF")]
    return [
        *rows,
        ("2.310000", "charger", "CML", "4C 1D F4 01"),
        ("2.500000", "vehicle", "BRO", "AA"),
        ("2.800000", "charger", "CRO", "AA"),
    ]


def _write_blf(file: Path, *, charging: bool) -> tuple[int, float]:
    frames = sorted(_handshake(), key=lambda frame: frame[0])
    if charging:
        frames = sorted([*frames, *_configuration(), *_charging()], key=lambda frame: frame[0])
    with can.BLFWriter(file) as writer:
        for t_s, can_id, data in frames:
            writer.on_message_received(can.Message(timestamp=t_s, arbitration_id=can_id, data=data, is_extended_id=True, channel=0))
    return len(frames), frames[-1][0]


def _cyclic(
    name: str, values: Callable[[float], dict[str, Any]], start: float, end: float, period: float
) -> Iterator[tuple[float, int, bytes]]:
    message = MESSAGES[name]
    for index in itertools.count():
        t_s = float(Decimal(str(start)) + index * Decimal(str(period)))
        if t_s > end:
            return
        yield t_s, message.can_id, codec_2015().encode(name, values(t_s))


def _handshake() -> Iterator[tuple[float, int, bytes]]:
    yield from _cyclic("CHM", lambda _: {"protocol_version": b"\x01\x01\x00"}, 0.00054, 1.4, 0.25)
    yield from _cyclic("BHM", lambda _: {"max_voltage_v": 750.0}, 0.42054, 1.6, 0.25)
    yield from _cyclic("CRM", lambda _: {"recognition": 0, "charger_number": 1, "region_code": b"\xff" * 3}, 1.5, 2.2, 0.25)


def _configuration() -> Iterator[tuple[float, int, bytes]]:
    limits = {"max_voltage_v": 950.0, "min_voltage_v": 200.0, "max_current_a": -250.0, "min_current_a": 0.0}
    yield from _cyclic("CML", lambda _: limits, 2.31, 2.8, 0.25)
    yield from _cyclic("BRO", lambda _: {"ready": 0xAA}, 2.5, 3.0, 0.25)
    yield from _cyclic("CRO", lambda _: {"ready": 0xAA}, 2.8, 3.3, 0.25)


def _charging() -> Iterator[tuple[float, int, bytes]]:
    def ramp(t_s: float) -> float:
        return min(1.0, max(0.0, (t_s - 3.2) / 3))

    def demand(t_s: float) -> dict[str, Any]:
        return {"voltage_v": 720.0, "current_a": -200.0 if t_s < 9 else -120.0, "mode": 2}

    def output(t_s: float) -> dict[str, Any]:
        voltage, current = round(650 + 30 * ramp(t_s), 1), round(-200.0 * ramp(t_s), 1)
        return {"voltage_v": voltage, "current_a": current, "elapsed_min": 0, "permitted": 1}

    yield from _cyclic("BCL", demand, 3.05, 12.0, 0.05)
    yield from _cyclic("CCS", output, 3.2, 12.0, 0.05)
    for index in range(30):
        yield from _bcs(3.1 + 0.3 * index, ramp(3.1 + 0.3 * index))


def _bcs(t_s: float, share: float) -> Iterator[tuple[float, int, bytes]]:
    """BCS by the transport protocol: announcement, grant, packets, acknowledgement."""
    values = {
        "voltage_v": round(649.8 + 30 * share, 1), "current_a": round(-199.0 * share, 1), "max_cell_voltage_v": 3.4, "max_cell_group": 1,
        "soc_pct": 54, "remaining_min": 60,
    }  # fmt: skip
    data = codec_2015().encode("BCS", values)
    pgn = MESSAGES["BCS"].pgn.to_bytes(3, "little")
    packets = -(-len(data) // 7)
    yield t_s, 0x1CEC56F4, bytes((16, len(data), 0, packets, packets)) + pgn
    yield t_s + 0.002, 0x1CECF456, bytes((17, packets, 1, 0xFF, 0xFF)) + pgn
    for index in range(packets):
        yield t_s + 0.004 + 0.002 * index, 0x1CEB56F4, bytes((index + 1,)) + data[7 * index : 7 * index + 7].ljust(7, b"\xff")
    yield t_s + 0.02, 0x1CECF456, bytes((19, len(data), 0, packets, 0xFF)) + pgn
