"""Published streams of other implementations: what they say, and that they are written again bit by bit.

Sources: EVerest/libiso15118 ``test/exi/cb/iso20`` (byte arrays with the values that they stand for);
OpenChargingCloud/ISO15118ConformanceTests ``docs/interop-runs/2026-08-05-everest-mcs/mcs-dynamic.trace.json`` (V2GTP frames of an MCS
session between two other implementations); tux-evse/iso15118-simulator-rs (a vehicle's CurrentDemand).
"""

import pytest

from harness.protocols.iso15118.exi import codec
from harness.protocols.iso15118.v2gtp import Frame, PayloadType, decode_datagram

SESSION = {"SessionID": bytes.fromhex("3d4cbf93374ed89b"), "TimeStamp": 1725456333}
ANSWER = SESSION | {"TimeStamp": 1725456334}


def rational(value, exponent=0):
    return {"Exponent": exponent, "Value": value}


LIBISO15118 = [
    (
        "iso20_dc",
        "8034041ea65fc99ba76c4d8cdbfe1b6062810012006464000a02002400ca",
        {
            "DC_ChargeLoopReq": {
                "Header": SESSION,
                "MeterInfoRequested": False,
                "EVPresentVoltage": rational(400),
                "Scheduled_DC_CLReqControlMode": {"EVTargetCurrent": rational(20), "EVTargetVoltage": rational(400)},
            }
        },
    ),
    (
        "iso20_dc",
        "8034043275769ec71064ac8f0cfdab706200518402002400c69021e05c08303c0400008204261d41000000800ac020400420382002580400",
        {
            "DC_ChargeLoopReq": {
                "Header": {"SessionID": bytes.fromhex("64eaed3d8e20c959"), "TimeStamp": 1727440880},
                "DisplayParameters": {"PresentSOC": 10, "ChargingComplete": False},
                "MeterInfoRequested": False,
                "EVPresentVoltage": rational(400),
                "Dynamic_DC_CLReqControlMode": {
                    "EVTargetEnergyRequest": rational(6000, 1),
                    "EVMaximumEnergyRequest": rational(60, 3),
                    "EVMinimumEnergyRequest": rational(1),
                    "EVMaximumChargePower": rational(15000, 1),
                    "EVMinimumChargePower": rational(0),
                    "EVMaximumChargeCurrent": rational(300),
                    "EVMaximumVoltage": rational(900),
                    "EVMinimumVoltage": rational(150),
                },
            }
        },
    ),
    (
        "iso20_dc",
        "8038041ea65fc99ba76c4d8cebfe1b60620063e8740381fc2807c22290",
        {
            "DC_ChargeLoopRes": {
                "Header": ANSWER,
                "ResponseCode": "OK",
                "EVSEPresentCurrent": rational(1000, -3),
                "EVSEPresentVoltage": rational(4000, -1),
                "EVSEPowerLimitAchieved": True,
                "EVSECurrentLimitAchieved": True,
                "EVSEVoltageLimitAchieved": True,
                "Scheduled_DC_CLResControlMode": {},
            }
        },
    ),
    (
        "iso20_common",
        "806c041c90580237257c848d6b0c4b70627e80a03803c14020c0a0106078083113020c0140800000",
        {
            "ScheduleExchangeReq": {
                "Header": {"SessionID": bytes.fromhex("3920b0046e4af909"), "TimeStamp": 1727076438},
                "MaximumSupportingPoints": 1024,
                "Dynamic_SEReqControlMode": {
                    "DepartureTime": 7200,
                    "MinimumSOC": 30,
                    "TargetSOC": 80,
                    "EVTargetEnergyRequest": rational(40, 3),
                    "EVMaximumEnergyRequest": rational(60, 3),
                    "EVMinimumEnergyRequest": rational(-20, 3),
                    "EVMaximumV2XEnergyRequest": rational(5, 3),
                    "EVMinimumV2XEnergyRequest": rational(0),
                },
            }
        },
    ),
    (
        "iso20_common",
        "80700423fe9da78992abe50cfe2c4b7062000400419fc5896e0c84051828408500892567f1625b8300120000b8081140",
        {
            "ScheduleExchangeRes": {
                "Header": {"SessionID": bytes.fromhex("47fd3b4f132557ca"), "TimeStamp": 1727082831},
                "ResponseCode": "OK",
                "EVSEProcessing": "Finished",
                "Scheduled_SEResControlMode": {
                    "ScheduleTuple": [
                        {
                            "ScheduleTupleID": 1,
                            "ChargingSchedule": {
                                "PowerSchedule": {
                                    "TimeAnchor": 1727082831,
                                    "PowerScheduleEntries": {"PowerScheduleEntry": [{"Duration": 86400, "Power": rational(2208, 1)}]},
                                },
                                "PriceLevelSchedule": {
                                    "TimeAnchor": 1727082831,
                                    "PriceScheduleID": 1,
                                    "NumberOfPriceLevels": 0,
                                    "PriceLevelScheduleEntries": {"PriceLevelScheduleEntry": [{"Duration": 23, "PriceLevel": 8}]},
                                },
                            },
                        }
                    ]
                },
            }
        },
    ),
    (
        "iso20_ac",
        "80 08 04 1e a6 5f c9 9b a7 6c 4d 8c db fe 1b 60 62 88 04 00 5c b0 00 40 07 02 e8 04 00 00"
        "80 7e 08 01 90 10 00 00 02 00 00 00 3f 06 80 78 10 00 00 04 00 00 02 00 38 17 40 40 00 00"
        "08 00 00 01 00 00 00 40 00 00 10 00 00 00",
        {
            "AC_ChargeLoopReq": {
                "Header": SESSION,
                "MeterInfoRequested": False,
                "Scheduled_AC_CLReqControlMode": {
                    "EVTargetEnergyRequest": rational(12345),
                    "EVMaximumEnergyRequest": rational(12000),
                    "EVMinimumEnergyRequest": rational(1),
                    "EVMaximumChargePower": rational(3200, -2),
                    "EVMaximumChargePower_L2": rational(0),
                    "EVMaximumChargePower_L3": rational(0),
                    "EVMinimumChargePower": rational(2000, -2),
                    "EVMinimumChargePower_L2": rational(0),
                    "EVMinimumChargePower_L3": rational(0),
                    "EVPresentActivePower": rational(12000),
                    "EVPresentActivePower_L2": rational(0),
                    "EVPresentActivePower_L3": rational(0),
                    "EVPresentReactivePower": rational(0),
                    "EVPresentReactivePower_L2": rational(0),
                    "EVPresentReactivePower_L3": rational(0),
                },
            }
        },
    ),
]


@pytest.mark.parametrize(("schema", "stream", "document"), LIBISO15118)
def test_published_streams_of_a_station_implementation(schema, stream, document):
    payload = bytes.fromhex(stream)
    decoded = codec(schema).decode(payload)
    assert decoded.document == document
    assert not decoded.findings
    assert not decoded.trailing
    assert codec(schema).encode(document) == payload


MCS_SESSION = """
8001 SupportedAppProtocolReq 8000f3ab9371d34b9b79d39ba321d34b9b79d189a98989c1d1699181d22218010000040040
8001 SupportedAppProtocolRes 80400040
8002 SessionSetupReq 808c0400000000000000000b0fecbd30620422ab21a1981880
8002 SessionSetupRes 8090040d740ccbf1cf80488b0fecbd3062040451114a9413960a914c4c8ccd0d4a8c40
8002 AuthorizationSetupReq 8008040d740ccbf1cf80488b0fecbd3062
8002 AuthorizationSetupRes 800c040d740ccbf1cf80488b0fecbd3062000400
8002 AuthorizationReq 8000040d740ccbf1cf80488b0fecbd306200
8002 AuthorizationRes 8004040d740ccbf1cf80488b0fecbd30620000
8002 ServiceDiscoveryReq 807c040d740ccbf1cf80488b0fecbd306280
8002 ServiceDiscoveryRes 8080040d740ccbf1cf80488b0fecbd306200000800024050
8002 ServiceDetailReq 8074040d740ccbf1cf80488b1fecbd30620400
8002 ServiceSelectionReq 8084040d740ccbf1cf80488b1fecbd306202000080
8002 ServiceSelectionRes 8088040d740ccbf1cf80488b1fecbd30620000
8004 DC_ChargeParameterDiscoveryReq 803c040d740ccbf1cf80488b1fecbd3062881088270400000200320041000000800f40304001902800
8004 DC_ChargeParameterDiscoveryRes 8040040d740ccbf1cf80488b1fecbd30620044106e0581fc3403c0fe1a01e07d0e80703f8542301fc3403c40
8002 ScheduleExchangeReq 806c040d740ccbf1cf80488b1fecbd30620000901c03c14020c07810607808300a20
8002 ScheduleExchangeRes 8070040d740ccbf1cf80488b1fecbd3062000340
8004 DC_CableCheckReq 802c040d740ccbf1cf80488b1fecbd3062
8004 DC_CableCheckRes 8030040d740ccbf1cf80488b1fecbd30620010
"""
SCHEMAS = {PayloadType.EXI: "sap", PayloadType.EXI_COMMON: "iso20_common", PayloadType.EXI_DC: "iso20_dc"}


@pytest.mark.parametrize("line", MCS_SESSION.strip().splitlines())
def test_published_session_of_a_megawatt_charger(line):
    kind, name, stream = line.split()
    payload = bytes.fromhex(stream)
    frame = decode_datagram(bytes.fromhex(f"01fe{kind}{len(payload):08x}{stream}"))
    assert frame == Frame(int(kind, 16), payload)
    one = codec(SCHEMAS[frame.payload_type])
    decoded = one.decode(payload)
    assert decoded.name.lower() == name.lower()
    assert not decoded.findings
    assert one.encode(decoded.document) == payload


def test_the_megawatt_charger_offers_both_its_services():
    offered = codec("iso20_common").decode(bytes.fromhex("8080040d740ccbf1cf80488b0fecbd306200000800024050")).document
    services = [{"ServiceID": number, "FreeService": False} for number in (8, 9)]
    assert offered["ServiceDiscoveryRes"]["EnergyTransferServiceList"] == {"Service": services}


def test_a_charging_vehicle_of_the_field():
    payload = bytes.fromhex("8098022613ed9befdffffd50d1001b810600001081e03e01061104e4020400022103c07c00")
    decoded = codec("iso2").decode(payload)
    request = decoded.document["V2G_Message"]["Body"]["CurrentDemandReq"]
    assert decoded.document["V2G_Message"]["Header"] == {"SessionID": bytes.fromhex("984fb66fbf7ffff5")}
    assert request["DC_EVStatus"] == {"EVReady": True, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 55}
    assert request["EVTargetVoltage"] == {"Multiplier": -1, "Unit": "V", "Value": 4080}
    assert codec("iso2").encode(decoded.document) == payload
