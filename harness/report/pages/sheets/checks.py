"""One check: criterion, what was seen, uncertainty, decision."""

from __future__ import annotations

from harness.case.documents import CheckDoc
from harness.report.pages.sheets.arithmetic import arithmetic_of
from harness.report.pages.sheets.words import verdict_view
from harness.report.strings import text
from harness.report.units import quantity, readable, shown_uncertainty
from harness.report.view import CheckView

__all__ = ["check_view", "criterion_of", "observed_of", "uncertainty_of"]

_FRAMES_SHOWN = 4


def check_view(check: CheckDoc, *, deciding: bool = False) -> CheckView:
    """A check as a sheet prints it; the *deciding* one is never brief."""
    decision, value = check["decision"], check["value"]
    shown = ", ".join(str(frame) for frame in check["frames"][:_FRAMES_SHOWN])
    statistics = ""
    if value is not None and value["n"] is not None:
        parts = [("min", value["min"]), ("mean", value["mean"]), ("max", value["max"])]
        shown_parts = [f"{name} {quantity(part, '1', value['U'])}" for name, part in parts if part is not None]
        statistics = ", ".join([f"n = {value['n']}", *shown_parts])
    note = "; ".join(part for part in (check["reason"] or "", check["note"]) if part)
    measured = value is not None and value["U"] is not None
    return CheckView(
        name=check["name"],
        criterion=criterion_of(check),
        observed=observed_of(check),
        uncertainty=uncertainty_of(check),
        rule=decision["rule"] if decision else "",
        p_conform=decision["p_conform"][:6] if decision and decision["p_conform"] is not None else "",
        statistics=statistics,
        frames=shown + (" …" if len(check["frames"]) > _FRAMES_SHOWN else ""),
        verdict=verdict_view(check["verdict"]),
        note=readable(note),
        measured=measured,
        brief=not deciding and check["verdict"] == "pass" and not check["findings"] and (check["step"] is None or not measured),
        arithmetic=arithmetic_of(check),
    )


def criterion_of(check: CheckDoc) -> str:
    """What was demanded."""
    criterion = check["criterion"]
    lower, upper, unit = criterion["lower"], criterion["upper"], criterion["unit"] or "1"
    if lower is not None and upper is not None:
        return f"= {quantity(lower, unit)}" if lower == upper else f"{quantity(lower, '1')} – {quantity(upper, unit)}"
    if upper is not None:
        return f"≤ {quantity(upper, unit)}"
    return f"≥ {quantity(lower, unit)}" if lower is not None else readable(criterion["text"] or check["expected"])


def observed_of(check: CheckDoc) -> str:
    """What was seen, to the digits that its uncertainty allows."""
    value = check["value"]
    return readable(check["observed"]) if value is None else quantity(value["v"], value["unit"], value["U"])


def uncertainty_of(check: CheckDoc) -> str:
    """U as printed; says so where it was not evaluated, is empty where there is nothing to evaluate."""
    value = check["value"]
    if value is None:
        return ""
    return text("sheet.not_evaluated")["en"] if value["U"] is None else shown_uncertainty(value["U"], value["unit"])
