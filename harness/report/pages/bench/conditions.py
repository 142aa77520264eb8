"""Where, when and on what the cases ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.case.documents import RangeDoc, ResultsDoc, SuiteDoc, Text
from harness.report.campaign import Campaign
from harness.report.lab.serving import runs_of
from harness.report.pages.bench.people import people_fields
from harness.report.pages.fields import compact, stated
from harness.report.strings import text
from harness.report.units import quantity
from harness.report.view import Field, Table

__all__ = ["condition_fields", "condition_tables", "runs_of"]


def condition_fields(results: ResultsDoc) -> list[Field]:
    """Site, rig, clock, times and software of every run, and the sealed plan."""
    fields = [stated(text("condition.site"), _place(results)), *people_fields(results), *_surroundings(results)]
    for run in runs_of(results):
        state, time = text(f"state.{run['state']}"), text(f"condition.time_{run['rig']['time']}")
        if "name" in run:
            fields.append(Field(text("condition.runs"), run["name"]))
        fields += [
            Field(text("condition.rig"), ", ".join(filter(None, (run["rig"]["name"], run["rig"]["file"])))),
            Field(text("condition.time"), time["zh"], value_en=time["en"]),
            *([] if run["operator"] is None and "people" in results else [stated(text("condition.operator"), run["operator"] or "")]),
            Field(text("condition.started"), run["started_at"]),
            Field(text("condition.ended"), run["ended_at"]),
            Field(text("condition.state"), state["zh"], value_en=state["en"]),
            Field(text("condition.clock"), compact(run["rig"]["clock"])),
            Field(text("condition.seed"), str(run["seed"])),
            Field(text("condition.software"), compact({"precert": run["precert_version"], **run["tools"]})),
            *([Field(text("condition.plan"), run["plan_sha256"], mono=True)] if "plan_sha256" in run else []),
        ]
    if "merged_runs" in results:
        fields.append(Field(text("condition.runs"), ", ".join(run.get("name", "") for run in results["merged_runs"])))
    fields += [
        Field(text("condition.sealed"), results["plan"]["sealed_at"]),
        Field(text("condition.plan"), results["plan"]["sha256"], mono=True),
    ]
    return fields


def _place(results: ResultsDoc) -> str:
    """The full address, with coordinates where they are what it has."""
    if (site := results.get("site")) is None:
        return ""
    coordinates = f"{site['latitude']}°, {site['longitude']}°" if "latitude" in site and "longitude" in site else ""
    return ", ".join(filter(None, (site["name"], site["address"], coordinates)))


def _surroundings(results: ResultsDoc) -> list[Field]:
    """Temperature, humidity, pressure and supply, each with the instrument that showed it."""
    fields = []
    for each in results.get("conditions", []):
        if "run" in each:
            fields.append(Field(text("condition.runs"), each["run"]))
        fields += [
            Field(text("condition.temperature"), _range(each["temperature"])),
            Field(text("condition.humidity"), _range(each["humidity"])),
        ]
        if (pressure := each.get("pressure")) is not None:
            fields.append(Field(text("condition.pressure"), _range(pressure)))
        fields.append(Field(text("condition.supply"), each["supply"]))
    return fields


def _range(shown: RangeDoc) -> str:
    return f"{shown['lower']} – {quantity(shown['upper'], shown['unit'])} ({shown['equipment']})"


def condition_tables(campaign: Campaign, results: ResultsDoc) -> list[Table]:
    """Links with their parameters; suites and profiles with their digests."""
    links = list(_links(results))
    suites = [
        (f"{suite['name']}@{suite['version']}", suite["sha256"][:16], name, digest[:16])
        for suite in campaign.plan["suites"]
        for name, digest in _profiles(suite)
    ]
    suites += _corrections(campaign)
    sha = text("attachment.sha")
    if results.get("methods"):
        return [*_tables(links, suites, sha), _method_table(results)]
    return _tables(links, suites, sha)


def _links(results: ResultsDoc) -> Iterator[tuple[str, str]]:
    """Each link with its parameters; one whose name is that of another link on another rig says which rig it is on."""
    found: dict[tuple[str, str], str] = {}
    for run in runs_of(results):
        for name, link in run["rig"]["links"].items():
            found.setdefault((name, compact(link)), run["rig"]["name"])
    names = Counter(name for name, _ in found)
    for (name, parameters), rig in found.items():
        yield (f"{name} ({rig})" if names[name] > 1 else name), parameters


def _corrections(campaign: Campaign) -> list[tuple[str, str, str, str]]:
    """Each file with limits of the laboratory, and the suites of the runs that it was given to."""
    suites: dict[tuple[str, str, str], list[str]] = {}
    for run in campaign.runs:
        if (corrections := run.plan.get("corrections")) is not None:
            key = " ".join(corrections["limits"]), corrections["file"], corrections["sha256"][:16]
            suites.setdefault(key, []).extend(suite["name"] for suite in run.plan["suites"])
    label = text("condition.corrections")
    return [(f"{label['zh']} {label['en']} ({', '.join(dict.fromkeys(names))})", *key) for key, names in suites.items()]


def _method_table(results: ResultsDoc) -> Table:
    """The record of each method: of its verification, or of its validation if it is one of our own."""
    rows = []
    for each in results.get("methods", []):
        kind = text("method.validated" if each["id"].startswith("PRECERT-") else "method.verified")
        rows.append((each["id"], f"{kind['zh']} {kind['en']}", each["record"], each["date"]))
    return Table([text(f"method.{key}") for key in ("method", "kind", "record", "date")], rows, text("method.title"))


def _tables(links: list[tuple[str, str]], suites: list[tuple[str, str, str, str]], sha: Text) -> list[Table]:
    tables = [Table([text("condition.suite"), sha, text("condition.profile"), sha], suites)]
    if links:
        tables.insert(0, Table([text("condition.link"), text("condition.parameters")], links, text("condition.links")))
    return tables


def _profiles(suite: SuiteDoc) -> list[tuple[str, str]]:
    """File and digest of the limits: those of every edition, or the only ones."""
    files = [(edition["profile"], edition["profile_sha256"]) for edition in suite.get("editions", [])]
    return files or [(suite["profile"] or "—", suite["profile_sha256"] or "—")]
