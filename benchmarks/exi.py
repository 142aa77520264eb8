"""EXI codec: decode and encode one message, pairs per second, against the Java codec of the package ``iso15118`` in the same run.

The Java codec runs in an environment of its own (PRECERT_ISO15118_PEER, else ``build/iso15118-peer``) and loops there itself, so the
pipe to it is not measured; it is warmed up with the message first. Before anything is timed both sides must give the same document
and the same bytes. Without Java or the package the comparison is skipped, and that is said; load times are measured in any case.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter_ns

from measure import Comparison, compare, durations_ns, report

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harness.protocols.iso15118.exi import SCHEMAS, Codec, codec  # noqa: E402
from harness.protocols.iso15118.exi.schema import schema_set  # noqa: E402
from tests.protocols.iso15118.documents import json_form  # noqa: E402
from tests.protocols.iso15118.peer import JavaCodec, missing  # noqa: E402

PAIRS, PEER_PAIRS, WARM_UP = 2_000, 5, 40
GOAL, AMBITION = 300.0, 1000.0

HEADER = {"SessionID": bytes.fromhex("984fb66fbf7ffff5")}
HEADER_20 = HEADER | {"TimeStamp": 1_700_000_000}
STATUS = {"EVReady": True, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 55}
EVSE_STATUS = {"NotificationMaxDelay": 0, "EVSENotification": "None", "EVSEIsolationStatus": "Valid", "EVSEStatusCode": "EVSE_Ready"}


def physical(unit: str, value: int, multiplier: int = -1) -> dict[str, object]:
    """A physical value of ISO 15118-2."""
    return {"Multiplier": multiplier, "Unit": unit, "Value": value}


def rational(value: int, exponent: int = 0) -> dict[str, object]:
    """A rational number of ISO 15118-20."""
    return {"Exponent": exponent, "Value": value}


def body(name: str, **content: object) -> dict[str, object]:
    """A message of ISO 15118-2."""
    return {"V2G_Message": {"Header": HEADER, "Body": {name: content}}}


def schedule_exchange() -> dict[str, object]:
    """A schedule of 24 hours."""
    entries = [{"Duration": 3600, "Power": rational(100 + hour, 3)} for hour in range(24)]
    charging = {"PowerSchedule": {"TimeAnchor": 1_700_000_000, "PowerScheduleEntries": {"PowerScheduleEntry": entries}}}
    return {
        "ScheduleExchangeRes": {
            "Header": HEADER_20,
            "ResponseCode": "OK",
            "EVSEProcessing": "Finished",
            "Scheduled_SEResControlMode": {"ScheduleTuple": [{"ScheduleTupleID": 1, "ChargingSchedule": charging}]},
        }
    }


MESSAGES: dict[str, tuple[str, dict[str, object]]] = {
    "CurrentDemandReq": (
        "iso2",
        body(
            "CurrentDemandReq",
            DC_EVStatus=STATUS,
            EVTargetCurrent=physical("A", 1250),
            EVMaximumVoltageLimit=physical("V", 4080),
            EVMaximumCurrentLimit=physical("A", 5000),
            ChargingComplete=False,
            RemainingTimeToFullSoC=physical("s", 1800, 0),
            EVTargetVoltage=physical("V", 4080),
        ),
    ),
    "CurrentDemandRes": (
        "iso2",
        body(
            "CurrentDemandRes",
            ResponseCode="OK",
            DC_EVSEStatus=EVSE_STATUS,
            EVSEPresentVoltage=physical("V", 3723),
            EVSEPresentCurrent=physical("A", 1245),
            EVSECurrentLimitAchieved=False,
            EVSEVoltageLimitAchieved=False,
            EVSEPowerLimitAchieved=False,
            EVSEMaximumVoltageLimit=physical("V", 5200),
            EVSEMaximumCurrentLimit=physical("A", 2582),
            EVSEMaximumPowerLimit=physical("W", 11000, 1),
            EVSEID="DE*PNX*E12345*1",
            SAScheduleTupleID=1,
            MeterInfo={"MeterID": "YETI_POWERMETER", "MeterReading": 1234},
        ),
    ),
    "SessionSetupReq": ("iso2", body("SessionSetupReq", EVCCID=bytes.fromhex("007dfa075e4a"))),
    "ChargeParameterDiscoveryReq": (
        "iso2",
        body(
            "ChargeParameterDiscoveryReq",
            MaxEntriesSAScheduleTuple=192,
            RequestedEnergyTransferMode="DC_extended",
            DC_EVChargeParameter={
                "DC_EVStatus": STATUS,
                "EVMaximumCurrentLimit": physical("A", 5000),
                "EVMaximumVoltageLimit": physical("V", 4080),
                "EVEnergyRequest": physical("Wh", 5300, 0),
            },
        ),
    ),
    "DC_ChargeLoopReq": (
        "iso20_dc",
        {
            "DC_ChargeLoopReq": {
                "Header": HEADER_20,
                "MeterInfoRequested": False,
                "EVPresentVoltage": rational(7450, -1),
                "Scheduled_DC_CLReqControlMode": {"EVTargetCurrent": rational(1250), "EVTargetVoltage": rational(8000, -1)},
            }
        },
    ),
    "ScheduleExchangeRes": ("iso20_common", schedule_exchange()),
}


def comparisons() -> Iterator[Comparison]:
    """One comparison a message, the same document and the same bytes on both sides first."""
    reason = missing()
    if reason is not None:
        print(f"SKIPPED the comparison with the Java codec: {reason}")
        for name, (schema, document) in MESSAGES.items():
            seconds = min(durations_ns(partial(project, schema, document), 5)) / 1e9
            print(f"{name}: {PAIRS / seconds:,.0f} pairs/s, compared with nothing")
        return
    with JavaCodec() as java:
        for schema, document in MESSAGES.values():
            same_answer(java, schema, document)
        for name, (schema, document) in MESSAGES.items():
            payload = codec(schema).encode(document).hex()
            java.ask(schema, pairs=WARM_UP, payload=payload)
            peer = partial(java.ask, schema, pairs=PEER_PAIRS, payload=payload)
            own = partial(project, schema, document)
            found = compare(name, "pairs", PAIRS, ("Java codec, warm", peer), own, goal=GOAL, ambition=AMBITION)
            yield for_its_own_pairs(found)


def for_its_own_pairs(found: Comparison) -> Comparison:
    """The comparison with the peer's rates for the pairs that it did: PEER_PAIRS in a turn, not PAIRS."""
    share = PEER_PAIRS / PAIRS
    low, high = found.peer_range
    return replace(found, peer_rate=found.peer_rate * share, peer_range=(low * share, high * share))


def project(schema: str, document: dict[str, object]) -> None:
    """Our share of a turn: PAIRS times decode and encode."""
    one = codec(schema)
    payload = one.encode(document)
    for _ in range(PAIRS):
        one.encode(one.decode(payload).document)


def same_answer(java: JavaCodec, schema: str, document: dict[str, object]) -> None:
    """Both codecs give the same bytes for *document* and the same document for those bytes, or the benchmark ends."""
    one = codec(schema)
    payload, wanted = one.encode(document), json_form(one.schema, document)
    written, read = java.ask(schema, encode=wanted), java.ask(schema, decode=payload.hex())
    if written.get("payload") != payload.hex() or read.get("document") != wanted or one.decode(payload).document != document:
        sys.exit(f"the codecs disagree on {next(iter(document))}:\n ours  {payload.hex()} {wanted}\n theirs {written} {read}")


def load_times() -> None:
    """Milliseconds to read the table of each schema set, and to compile what the first decoded and encoded message of it needs."""
    for name in SCHEMAS:
        loads = durations_ns(lambda name=name: Codec(schema_set.__wrapped__(name)), 7)  # type: ignore[misc]
        print(f"load {name}: {median(loads) / 1e6:.1f} ms ({min(loads) / 1e6:.1f}..{max(loads) / 1e6:.1f})")
    for name, (schema, document) in MESSAGES.items():
        firsts = [first_pair(schema, document) for _ in range(7)]
        print(f"first {name}: {median(firsts) / 1e6:.1f} ms ({min(firsts) / 1e6:.1f}..{max(firsts) / 1e6:.1f})")


def first_pair(schema: str, document: dict[str, object]) -> int:
    """Nanoseconds that a codec takes that has compiled nothing yet."""
    one = Codec(schema_set.__wrapped__(schema))
    start = perf_counter_ns()
    one.decode(one.encode(document))
    return perf_counter_ns() - start


if __name__ == "__main__":
    load_times()
    sys.exit(report("EXI codec against the Java codec", comparisons()))
