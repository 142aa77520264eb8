"""What units tell of themselves, and whether all paths tell the same (reference catalogue J19-ID)."""

from harness.case import case
from harness.core.vin import check_digit, objection_to_vin
from harness.protocols.j1939 import GLOBAL

from .paths import DOIP, GBT27930, J1939, UDS

VIN_DID, NUMBER_DID, VERSION_DID = 0xF190, 0xF188, 0xF189
CHECK_PLACE = 8
COMPONENT_FIELDS, ECU_FIELDS = 3, 5


def text_of(message):
    """The content of an identification as text, dots for what cannot be printed."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in message.data) if message else "no answer"


def fields_of(message):
    """The fields of an identification, each of which a star ends; what stands behind the last star is one too, unless it is nothing."""
    parts = message.data.split(b"*") if message else [b""]
    return [part.decode("ascii", "replace") for part in (parts if parts[-1] else parts[:-1])]


def printable(message):
    """Whether every byte of an identification can be printed."""
    return "yes" if message and all(0x20 <= byte < 0x7F for byte in message.data) else "no"


def vin_of(message):
    """The VIN in a message of that group, with whatever else stands before its end."""
    return text_of(message).removesuffix("*")


@case(
    "J19-ID-037",
    title="VIN, the same everywhere",
    purpose="The VIN has 17 characters and a star, is as declared, and the same from all units and over every path of the truck.",
    refs=["J1939-71:?/vin"],
    basis="quoted",
    confidence="medium",
    pics="N.J1939 AND N.VIN",
    faults=[
        "j1939_vin_of_16",
        "j1939_vin_without_end",
        "j1939_vin_check_digit",
        "j1939_vin_other",
        "vin_differs_from_j1939",
        "vin_over_ip_differs",
        "vin_over_brm_other",
    ],
    pixit=["unit_address", "vin", "vin_check_digit"],
    duration_s=25,
)
def test_vin_is_the_same_everywhere(bench, truck, step, check, unit, paths):
    with step(1, "Ask the unit for the VIN", expect="17 allowed characters and a star, as declared, check digit right where it is used"):
        unit.running()
        told = unit.content("VehicleId")
        vin = vin_of(told)
        bench.identify("vin", J1939, vin if told else None, unit=f"{unit.address:02X}", message=told, note="" if told else "no answer")
        check("end of the VIN", text_of(told)[-1:], equals="*", message=told)
        check("form of the VIN", objection_to_vin(vin) or "right", equals="right", message=told)
        if str(truck.pixit("vin_check_digit")) == "used" and objection_to_vin(vin) is None:
            check("check digit", vin[CHECK_PLACE], equals=check_digit(vin), message=told)
        check("VIN", vin, equals=str(truck.pixit("vin")), message=told)
    with step(2, "Ask everybody for the VIN, then over the other paths", expect="The same everywhere; a path that the rig lacks is told"):
        request = unit.asked(0xFEEC, GLOBAL)
        bench.run_for(truck.limit("request.transfer").nominal_ns)
        answers = [one for one in bench.messages("VehicleId", since=request) if not bench.is_ours(one)]
        own = [one for one in answers if unit.is_own(one)]
        check("answer of the unit", "seen" if own else "none", equals="seen", message=request)
        for one in answers:
            if not unit.is_own(one):
                bench.identify("vin", J1939, vin_of(one), unit=f"{one['source']:02X}", message=one)
            check(f"VIN of {one['source']:02X}", vin_of(one), equals=vin, message=one)
        readings = {UDS: paths.over_uds(VIN_DID), DOIP: paths.over_doip(VIN_DID), GBT27930: paths.over_charging("vin")}
        for path, reading in readings.items():
            value = None if reading.data is None else reading.text
            bench.identify("vin", path, value, unit=reading.unit, data=reading.data or b"", message=reading.message, note=reading.note)
            if value is not None:
                check(f"VIN over {path}", value, equals=vin, message=reading.message)
            elif reading.line:
                bench.unobserved(f"VIN over {path}", line=reading.line, expected=vin)


@case(
    "J19-ID-038",
    title="Component identification",
    purpose="The component identification names make, model and serial number, all printable.",
    refs=["J1939-71:?/component"],
    basis="quoted",
    confidence="medium",
    pics="N.J1939",
    faults=["component_without_serial", "component_not_printable", "component_serial_empty"],
    pixit=["unit_address"],
    duration_s=8,
)
def test_component_identification(bench, step, check, unit):
    with step(1, "Ask the unit for its component identification", expect="make*model*serial* at least, printable"):
        unit.running()
        told = unit.content("ComponentId")
        note = "" if told else "no answer"
        bench.identify("component", J1939, text_of(told) if told else None, unit=f"{unit.address:02X}", message=told, note=note)
        fields = fields_of(told)
        check("characters printable", printable(told), equals="yes", message=told, note=text_of(told))
        check("fields with their end", told.data.count(b"*") if told else 0, at_least=COMPONENT_FIELDS, message=told)
        empty = [name for name, field in zip(("make", "model", "serial number"), fields, strict=False) if not field]
        check("empty among make, model and serial number", ", ".join(empty) or "none", equals="none", message=told)


@case(
    "J19-ID-039",
    title="Software identification",
    purpose="The software identification has as many fields as it counts, each with its end, and names what diagnostics name.",
    refs=["J1939-71:?/software"],
    basis="project",
    confidence="medium",
    pics="N.J1939",
    faults=["software_count_one_more", "software_without_end", "software_version_other"],
    pixit=["unit_address"],
    duration_s=12,
)
def test_software_identification(bench, step, check, unit, paths):
    with step(
        1, "Ask for the software identification, read F188 and F189", expect="Fields as counted, each with a star; one is F188 or F189"
    ):
        unit.running()
        told = unit.content("SoftwareId")
        address, data = f"{unit.address:02X}", told.data if told else b""
        fields = [part.decode("ascii", "replace") for part in data[1:].split(b"*")[:-1]]
        note = "" if told else "no answer"
        bench.identify("software_list", J1939, " ".join(fields) if told else None, unit=address, message=told, note=note)
        check("fields", len(fields), equals=data[0] if data else "an answer", message=told)
        check("end of the last field", data[-1:], equals=b"*", message=told)
        readings = {"software_number": paths.over_uds(NUMBER_DID), "software_version": paths.over_uds(VERSION_DID)}
        for item, reading in readings.items():
            value = reading.text if reading.data else None
            why = reading.note or ("" if value else "no answer")
            bench.identify(item, UDS, value, unit=reading.unit, data=reading.data or b"", message=reading.message, note=why)
        if known := [reading.text for reading in readings.values() if reading.data]:
            named = [text for text in known if text in fields]
            seen = named[0] if named else " ".join(fields) or "none"
            check("software of diagnostics among the fields", seen, equals=named[0] if named else " or ".join(known), message=told)


@case(
    "J19-ID-040",
    title="ECU identification",
    purpose="The ECU identification has five fields: part number, serial number, location, type, manufacturer.",
    refs=["J1939-71:?/ecu"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["ecu_of_4_fields", "ecu_not_printable"],
    pixit=["unit_address"],
    duration_s=8,
)
def test_ecu_identification(bench, step, check, unit):
    with step(1, "Ask the unit for its ECU identification", expect="Five fields, printable"):
        unit.running()
        told = unit.content("EcuId")
        address, fields = f"{unit.address:02X}", fields_of(told)
        bench.identify("ecu", J1939, text_of(told) if told else None, unit=address, message=told, note="" if told else "no answer")
        for item, field in zip(("part_number", "serial_number"), fields, strict=False):
            bench.identify(item, J1939, field, unit=address, data=field.encode(), message=told)
        check("characters printable", printable(told), equals="yes", message=told, note=text_of(told))
        check("fields", len(fields), equals=ECU_FIELDS, message=told)
