"""The results as they go out: with what the laboratory adds, and lowered where its instruments or the item do not carry a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from harness.case.documents import ClockDoc, EquipmentDoc, ResultsDoc, RowDoc, RunDoc
from harness.case.run.laboratory import foreign_vins, same_name
from harness.case.run.results import count, suite_counts
from harness.core import ConfigError, Problem, Reason, Verdict, did_you_mean
from harness.report.lab.calibration import lacks_of
from harness.report.lab.deviations import deviation_problems, deviations_of
from harness.report.lab.identity import Identity
from harness.report.lab.serving import is_measured, matching, runs_of, serving_problems, serving_rows
from harness.report.lab.values import Lab

__all__ = ["issue"]


def issue(results: ResultsDoc, lab: Lab, read: Identity | None = None) -> ResultsDoc:
    """*results* with the data of *lab*, and with what was *read* from the item on the links. Verdicts only get worse.

    Raises:
        ConfigError: the laboratory file contradicts the runs, or leaves out what they need.
    """
    problems = [*_contradictions(results, lab), *serving_problems(results, lab), *deviation_problems(results, lab), *_gaps(results, lab)]
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: problem.line or 0))
    issued = cast("ResultsDoc", dict(results))
    issued["report"] = {
        **results["report"],
        "number": lab.number or results["report"]["number"],
        "revision": lab.revision,
        "category": lab.category,
        "precedence": lab.precedence,
    }
    if lab.demo:
        issued["report"]["demo"] = True
    issued["issuer"], issued["client"], issued["site"], issued["people"] = lab.issuer, lab.client, lab.site, lab.people
    issued["complaints"] = lab.complaints
    if lab.photos:
        issued["photos"] = list(lab.photos)
    if lab.methods:
        issued["methods"] = list(lab.methods)
    if lab.deviations:
        issued["method_deviations"] = deviations_of(results, lab)
    if lab.required_content:
        issued["required_content"] = list(lab.required_content)
    # What the run says of the item stands.
    declared = _item_of(results, lab)
    issued["item"] = {**declared, **{key: value for key, value in results["item"].items() if value is not None or key not in declared}}
    issued["equipment"] = [*lab.equipment, *(each for each in results["equipment"] if each["id"] not in _ids(lab.equipment))]
    issued["conditions"], issued["opinions"], issued["providers"] = list(lab.conditions), list(lab.opinions), list(lab.providers)
    if read is not None and read.start:
        for key, found in (("identity_start", read.start), ("identity_end", read.end)):
            stated = issued["item"].get(key)
            issued["item"][key] = {**(stated if isinstance(stated, dict) else {}), **found}
    served = serving_rows(results, lab.equipment)
    changed = _changes(issued)
    listed = {each["id"]: each for each in issued["equipment"]}
    issued["results"] = [_lowered(_row(row, lab, served.get(row["id"], [])), listed, changed) for row in results["results"]]
    return _counted(issued, results)


def _item_of(results: ResultsDoc, lab: Lab) -> dict[str, Any]:
    """The item as the laboratory states it. In a demo its VIN is a placeholder, and nobody read that from the item of the run."""
    placeholder, vin = lab.item.get("vin"), results["item"].get("vin")
    if not lab.demo or vin in (None, placeholder):
        return dict(lab.item)
    item: dict[str, Any] = dict(lab.item)
    for side in ("identity_start", "identity_end"):
        if isinstance(read := item.get(side), dict):
            item[side] = {key: value for key, value in read.items() if value != placeholder}
    return item


def _ids(equipment: Sequence[EquipmentDoc]) -> set[str]:
    return {each["id"] for each in equipment}


def _counted(issued: ResultsDoc, results: ResultsDoc) -> ResultsDoc:
    rows = issued["results"]
    issued["counts"] = count(rows)
    issued["counts_project"] = count(row for row in rows if row["basis"] == "project")
    issued["suites"] = suite_counts(results["suites"], rows)
    return issued


def _row(row: RowDoc, lab: Lab, served: Sequence[str]) -> RowDoc:
    """*row* with who carried it out, who checked it, where, and with what."""
    added = cast("RowDoc", dict(row))
    if not row["attempts"]:
        return added
    execution = {**row["execution"], "checker": lab.people["checker"]["name"]}
    if execution["operator"] is None:
        execution["operator"] = ", ".join(person["name"] for person in lab.people["operators"])
    if execution["site"] is None:
        execution["site"] = ", ".join(filter(None, (lab.site["name"], lab.site["address"])))
    added["execution"] = execution  # type: ignore[typeddict-item]
    added["equipment"] = list(dict.fromkeys([*row["equipment"], *served]))
    for provider in lab.providers:
        if matching(row, provider["cases"]):
            added["performed_by"] = provider["name"]
    return added


def _lowered(row: RowDoc, listed: Mapping[str, EquipmentDoc], changed: str) -> RowDoc:
    """*row* no better than its instruments and the identity of the item allow."""
    if changed and row["attempts"]:
        return _with(row, Verdict.ERROR, changed, Reason.ITEM_CHANGED)
    lacks = list(lacks_of(row, listed))
    if lacks and row["verdict"] == Verdict.PASS.word:
        code = next((lack.code for lack in lacks if lack.code is Reason.CAL_EXPIRED), lacks[0].code)
        return _with(row, Verdict.INCONC, "; ".join(lack.detail for lack in lacks), code)
    return row


def _with(row: RowDoc, verdict: Verdict, reason: str, code: Reason) -> RowDoc:
    lowered = {**row, "verdict": verdict.word, "reason": reason, "reason_code": str(code)}
    return cast("RowDoc", lowered)


def _changes(results: ResultsDoc) -> str:
    """How the identity of the item at the end differs from that at the start, or from the one that is declared; empty if it does not."""
    start, end = results["item"].get("identity_start"), results["item"].get("identity_end")
    if not isinstance(start, dict) or not isinstance(end, dict):
        return ""
    found = [
        f"{key} was {start.get(key, 'not read')} at the start, {end.get(key, 'not read')} at the end"
        for key in sorted(start.keys() | end.keys())
        if start.get(key) != end.get(key)
    ]
    item = results["item"]
    if not found and not item.get("other_vin") and not results["report"].get("demo"):
        found = [f"{name} was {vin}, declared is {item.get('vin')}" for name, vin in foreign_vins(item).items()]
    return f"identity of the item: {'; '.join(found)}" if found else ""


def _contradictions(results: ResultsDoc, lab: Lab) -> Iterator[Problem]:
    planned = results["plan"]["decision_rule"]
    if lab.decision_rule != planned:
        text = f"'{lab.decision_rule}' is not the rule that was sealed with the plan ('{planned}'); a changed rule needs a new plan"
        yield lab.problem(text, "decision_rule")
    if not lab.demo:
        yield from _other_item(results, lab)
    first = min((run["started_at"][:10] for run in runs_of(results)), default="")
    if lab.received > first and not lab.demo:
        yield lab.problem(f"received on {lab.received}, first tested on {first}", "item", "received")
    operators = {same_name(person["name"]): person["name"] for person in lab.people["operators"]}
    for name in dict.fromkeys(run["operator"] for run in runs_of(results)):
        if name is not None and same_name(name) not in operators:
            text = f"a run was operated by '{name}'{did_you_mean(name, operators.values())}"
            yield lab.problem(text, "people", "operators")
    for index, provider in enumerate(lab.providers):
        for position, pattern in enumerate(provider["cases"]):
            if not any(matching(row, [pattern]) for row in results["results"]):
                yield lab.problem(f"no planned case '{pattern}'", "external", index, "cases", position)
    known = {row["id"] for row in results["results"]} | {ref for row in results["results"] for ref in row["refs"]}
    for index, opinion in enumerate(lab.opinions):
        for position, ref in enumerate(opinion["refs"]):
            if ref not in known:
                text = f"'{ref}' is no case and no requirement of this report{did_you_mean(ref, known)}"
                yield lab.problem(text, "opinions", index, "refs", position)
    used = {row["method"]["id"] for row in results["results"]}
    for index, method in enumerate(lab.methods):
        if method["id"] not in used:
            yield lab.problem(f"no row uses method '{method['id']}'{did_you_mean(method['id'], used)}", "methods", index, "method")
    yield from _clocks(results, lab)


def _other_item(results: ResultsDoc, lab: Lab) -> Iterator[Problem]:
    item, start = results["item"], results["item"].get("identity_start")
    for source in (item, start if isinstance(start, dict) else {}):
        vin = source.get("vin")
        if vin and lab.item.get("vin") not in (None, vin):
            yield lab.problem(f"'{lab.item['vin']}' is not the item that was tested, whose VIN is '{vin}'", "item", "vin")
            return
    read = lab.item.get("identity_start")
    if isinstance(read, dict):
        for key, value in read.items():
            stated = item.get("vin") if key.lower() == "vin" else None
            if stated and value != stated:
                yield lab.problem(f"'{value}' was read, the tests were run on '{stated}'", "item", "identity", "at_start", key)


def _clocks(results: ResultsDoc, lab: Lab) -> Iterator[Problem]:
    """Time bases worse than the one that the rows were judged with."""
    for index, each in enumerate(lab.equipment):
        stated = each.get("clock")
        if stated is None:
            continue
        for run in runs_of(results):
            if not _on(each, run) or (clock := run["rig"]["clock"]) is None:
                continue
            for path, unit, found, judged in _compared(stated, clock):
                if found > judged:
                    values = f"{found.normalize():f} {unit} is worse than the {judged.normalize():f} {unit}"
                    text = f"{values} of the rig '{run['rig']['name']}', with which U was computed"
                    yield lab.problem(text, "equipment", index, "clock", path)


def _on(each: EquipmentDoc, run: RunDoc) -> bool:
    return run["rig"]["bench_mode"] != "simulation" and any(link in run["rig"]["links"] for link in each.get("links", []))


def _compared(stated: ClockDoc, clock: Mapping[str, object]) -> Iterator[tuple[str, str, Decimal, Decimal]]:
    nano = Decimal("1e-9")
    pairs = (
        ("resolution_us", "s", stated["resolution_s"], "resolution_ns", nano),
        ("accuracy_us", "s", stated["accuracy_s"], "accuracy_ns", nano),
        ("drift_ppm", "ppm", stated["ppm"], "drift_ppm", Decimal(1)),
    )
    for path, unit, value, judged, factor in pairs:
        if clock.get(judged) is not None:
            yield path, unit, Decimal(value), Decimal(str(clock[judged])) * factor


def _gaps(results: ResultsDoc, lab: Lab) -> Iterator[Problem]:
    """Runs on hardware whose conditions nobody stated, and conditions of runs that are none."""
    names = [run["name"] for run in runs_of(results) if "name" in run]
    for index, each in enumerate(lab.conditions):
        run = each.get("run")
        if run is not None and run not in names:
            have = did_you_mean(run, names) or "; there is one run only, leave the key out"
            yield lab.problem(f"no run '{run}'{have}", "conditions", index, "run")
    stated = {each.get("run") for each in lab.conditions}
    if None in stated or not any(is_measured(row) for row in results["results"]):
        return
    for run_doc in runs_of(results):
        if run_doc["rig"]["bench_mode"] != "simulation" and run_doc.get("name") not in stated:
            what = f"of run '{run_doc['name']}' " if "name" in run_doc else ""
            yield lab.problem(f"temperature, humidity and supply {what}are missing", "conditions")
