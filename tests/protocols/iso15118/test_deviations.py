"""Streams that are wrong on purpose say what they should, and are found out."""

import pytest

from harness.core.errors import LocalProtocolError
from harness.protocols.iso15118.exi import (
    Append,
    Code,
    Cut,
    Escape,
    ExiDecodeError,
    ExiEncodeError,
    FlipBits,
    InsertBits,
    Reason,
    SetBits,
    SetBytes,
    SetValueBits,
    Truncate,
    codec,
    deviate,
)

PATH = "V2G_Message/Body/PreChargeReq"
VOLTAGE = {"Multiplier": -1, "Unit": "V", "Value": 3612}
CURRENT = {"Multiplier": -1, "Unit": "A", "Value": 20}


def document(status=None, **changed):
    content = {
        "DC_EVStatus": {"EVReady": True, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 55} | (status or {}),
        "EVTargetVoltage": VOLTAGE,
        "EVTargetCurrent": CURRENT,
    }
    return {"V2G_Message": {"Header": {"SessionID": bytes(8)}, "Body": {"PreChargeReq": content | changed}}}


def invalid(made):
    """The only finding about *made*, which is written, read and comes back as it was."""
    one = codec("iso2")
    with pytest.raises(ExiEncodeError):
        one.encode(made)
    payload = one.encode(made, allow_invalid=True)
    decoded = one.decode(payload)
    assert decoded.document == made
    assert one.encode(decoded.document, allow_invalid=True) == payload
    [finding] = decoded.findings
    return finding


@pytest.mark.parametrize(
    ("made", "reason", "path", "text"),
    [
        (document({"EVRESSSOC": 127}), Reason.RANGE, "DC_EVStatus/EVRESSSOC", "127 is outside 0..100 of 'percentValueType'"),
        (document({"EVErrorCode": Code(15)}), Reason.CODE, "DC_EVStatus/EVErrorCode", "code 15 names no word"),
        (document(EVTargetVoltage=VOLTAGE | {"Value": 70_000}), Reason.RANGE, "EVTargetVoltage/Value", "70000 is outside -32768..32767"),
        (document(EVTargetVoltage=VOLTAGE | {"Value": -70_000}), Reason.RANGE, "EVTargetVoltage/Value", "-70000 is outside"),
        (document(EVTargetVoltage=VOLTAGE | {"Multiplier": 4}), Reason.RANGE, "EVTargetVoltage/Multiplier", "4 is outside -3..3"),
    ],
)
def test_invalid_values_are_written_on_request_and_reported(made, reason, path, text):
    finding = invalid(made)
    assert (finding.reason, finding.path) == (reason, f"{PATH}/{path}")
    assert text in str(finding)


@pytest.mark.parametrize("length", [9, 127])
def test_a_session_id_of_a_wrong_length_is_written_on_request(length):
    made = document()
    made["V2G_Message"]["Header"] = {"SessionID": b"\x11" * length}
    finding = invalid(made)
    assert (finding.reason, finding.path) == (Reason.LENGTH, "V2G_Message/Header/SessionID")
    assert finding.text == f"{length} bytes, 'sessionIDType' has 0..8"


def test_a_text_of_a_wrong_length_is_written_on_request():
    made = {"ServiceDiscoveryReq": {"ServiceScope": "x" * 65}}
    assert invalid(made).text == "65 characters, 'serviceScopeType' has 0..64"


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (document({"EVRESSSOC": 128}), "128 does not fit the 7 bits of 'percentValueType'"),
        (document({"EVRESSSOC": Code(128)}), "does not fit 'percentValueType' (7 bits)"),
        (document({"EVErrorCode": "NOTHING"}), "'NOTHING' is no word"),
        (document(EVTargetVoltage=VOLTAGE | {"Value": Code(1)}), "does not fit 'xs:short' (no fixed width)"),
        (document(Nothing=1), "'Nothing' cannot stand here"),
        ({"ServiceDetailReq": {"ServiceID": -1}}, "-1 cannot be written: 'serviceIDType' has no sign"),
    ],
)
def test_what_has_no_bits_is_refused_even_on_request(made, text):
    with pytest.raises(ExiEncodeError) as caught:
        codec("iso2").encode(made, allow_invalid=True)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("made", "path"),
    [
        ({"V2G_Message": {"Header": {"SessionID": bytes(8)}, "Body": {"BodyElement": {}}}}, "V2G_Message/Body/BodyElement"),
        ({"EVStatus": {}}, "EVStatus"),
        ({"PowerDeliveryReq": {"ChargeProgress": "Start", "SAScheduleTupleID": 1, "EVPowerDeliveryParameter": {}}}, None),
    ],
)
def test_an_abstract_element_is_written_on_request_and_reported(made, path):
    finding = invalid(made)
    assert finding.reason is Reason.ABSTRACT
    assert finding.path == (path or "PowerDeliveryReq/EVPowerDeliveryParameter")


def test_a_missing_child_is_left_out_with_its_event_code():
    one = codec("iso2")
    made = document()
    del made["V2G_Message"]["Body"]["PreChargeReq"]["EVTargetVoltage"]
    with pytest.raises(ExiEncodeError, match="'EVTargetVoltage' is missing"):
        one.encode(made)
    payload = one.encode(made, allow_invalid=True)
    assert payload == deviate(one.layout(document()), [Cut(f"{PATH}/EVTargetVoltage")])
    with pytest.raises(ExiDecodeError):
        one.decode(payload)


def test_every_element_has_its_place():
    layout = codec("iso2").layout(document())
    soc = layout.spans[f"{PATH}/DC_EVStatus/EVRESSSOC"]
    assert (soc.value - soc.start, soc.value_end - soc.value, soc.end - soc.value_end) == (2, 7, 1)
    status = layout.spans[f"{PATH}/DC_EVStatus"]
    assert status.start < soc.start
    assert status.end == soc.end + 1
    assert layout.spans["V2G_Message"].start == 8
    assert layout.spans["V2G_Message"].end == layout.bits


def test_repeated_children_and_attributes_have_places_of_their_own():
    entry = {"ProtocolNamespace": "urn:x", "VersionNumberMajor": 2, "VersionNumberMinor": 0, "SchemaID": 1, "Priority": 1}
    layout = codec("sap").layout({"supportedAppProtocolReq": {"AppProtocol": [entry, entry]}})
    first, second = (layout.spans[f"supportedAppProtocolReq/AppProtocol[{number}]/SchemaID"] for number in (0, 1))
    assert first.end < second.start
    layout = codec("iso2").layout({"AuthorizationReq": {"Id": "abc"}})
    assert layout.spans["AuthorizationReq/Id"].value_end - layout.spans["AuthorizationReq/Id"].value == 32


def changed(*deviations):
    return deviate(codec("iso2").layout(document()), deviations)


def test_no_deviation_is_the_regular_stream():
    assert changed() == codec("iso2").encode(document())


def test_bits_of_a_value_are_set_by_path():
    decoded = codec("iso2").decode(
        changed(SetValueBits(f"{PATH}/DC_EVStatus/EVErrorCode", 13), SetValueBits(f"{PATH}/DC_EVStatus/EVRESSSOC", 120))
    )
    assert decoded.document["V2G_Message"]["Body"]["PreChargeReq"]["DC_EVStatus"] == {
        "EVReady": True,
        "EVErrorCode": Code(13),
        "EVRESSSOC": 120,
    }
    assert [finding.reason for finding in decoded.findings] == [Reason.CODE, Reason.RANGE]


def test_bits_and_bytes_are_set_by_offset():
    regular = changed()
    assert changed(SetBytes(0, b"\xa0")) == b"\xa0" + regular[1:]
    assert changed(SetBits(0, "0")) == bytes((regular[0] & 127,)) + regular[1:]
    assert changed(FlipBits(8, 8)) == regular[:1] + bytes((regular[1] ^ 255,)) + regular[2:]
    assert changed(InsertBits(8, "1" * 8)) == regular[:1] + b"\xff" + regular[1:]


def test_the_escape_to_the_second_level_is_found_out():
    with pytest.raises(ExiDecodeError) as caught:
        codec("iso2").decode(changed(Escape(f"{PATH}/EVTargetVoltage")))
    assert (caught.value.reason, caught.value.path) == (Reason.DEVIATION, PATH)
    assert caught.value.bit == codec("iso2").layout(document()).spans[f"{PATH}/EVTargetVoltage"].start


def test_bytes_are_appended_and_cut_off():
    regular = changed()
    assert changed(Append(b"\0\1")) == regular + b"\0\1"
    assert changed(Truncate(3)) == regular[:-3]
    assert changed(Truncate(1), Append(b"\xee")) == regular[:-1] + b"\xee"
    assert codec("iso2").decode(changed(Append(b"\0"))).trailing == b"\0"
    with pytest.raises(ExiDecodeError) as caught:
        codec("iso2").decode(changed(Truncate(3)))
    assert caught.value.reason is Reason.SHORT


@pytest.mark.parametrize(
    ("deviations", "text"),
    [
        ([Cut("V2G_Message/Nothing")], "no element 'V2G_Message/Nothing' in the stream (have: V2G_Message, "),
        ([SetValueBits(f"{PATH}/DC_EVStatus/EVRESSSOC", 128)], "128 does not fit the 7 bits"),
        ([SetBits(-1, "1")], "offset -1 is before the stream"),
        ([SetBits(0, "12")], "'12' is no sequence of zeros and ones"),
        ([SetBits(0, "")], "'' is no sequence"),
        ([SetBits(100_000, "1")], "bit 100000 is beyond the stream"),
        ([SetBits(0, "11"), FlipBits(1)], "two deviations change bit 1"),
        ([Truncate(0)], "0 bytes cannot be cut off"),
        ([Truncate(1000)], "1000 bytes cannot be cut off"),
    ],
)
def test_deviations_that_mean_nothing_are_refused(deviations, text):
    with pytest.raises(LocalProtocolError) as caught:
        changed(*deviations)
    assert text in str(caught.value)
