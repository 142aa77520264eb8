"""The report: plot stage, PDF stage, checks, verification, and the results table against WeasyPrint.

    python benchmarks/report.py [--rounds N] [--rows 6000] [--weasyprint PYTHON] [--only PART ...] [--json FILE]

A run of the suite is multiplied to 600 rows; that every PDF prints all of them is checked before anything is measured.
WeasyPrint is not installed with precert: name the interpreter of an environment that has it. Medians of wall and processor
time, for on a machine with other work the latter says more; each PDF is set in a process of its own. The table that is
compared with WeasyPrint's stands in all pages of our report, as it does in every one; what only ours does besides
(attaching results.json, the sheets) is left out of that figure.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import html
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter, process_time

from measure import durations_ns

from harness.case.documents import ResultsDoc
from harness.case.run.results import count, suite_counts
from harness.case.run.runfolder import canonical_json
from harness.report.campaign import Campaign, load_campaign
from harness.report.compiler import compile_report, write_report
from harness.report.figures import Artwork, draw_figures
from harness.report.package.collect import collect
from harness.report.package.outcome import Status
from harness.report.package.seal import seal
from harness.report.package.signing.trial_keys import TrialAuthority, signers_of, trial_keys
from harness.report.package.verify import verify
from harness.report.pages import build_view
from harness.report.pdf import render_pdf
from harness.report.pdf_text import bare, page_texts
from harness.report.signals import installed_standards
from harness.report.view import ReportView

RIG = "virtual-truck-full.yaml"
SELECT = "GBT-VP.2*", "GBT-VN.2*"
PLOTS = 20
ROWS = 600
GOAL = 8
"""P15b: our stage takes at most an eighth of WeasyPrint's time."""
PACKAGE_BYTES = 100 * 2**20
_MUST_HOLD = ("V1", "V2", "V3", "V7", "V9")
"""Steps that depend on the content alone; the trial's roots are not those that were made for the check."""
_WEASYPRINT = "import sys, weasyprint; weasyprint.HTML(filename=sys.argv[1]).write_pdf(sys.argv[2])"
_TIMED = (
    "import time, weasyprint; t, c = time.perf_counter(), time.process_time(); "
    f"{_WEASYPRINT}; print(time.perf_counter() - t, time.process_time() - c)"
)
_SAME = "PDF the same bytes every time"
PARTS = ("plots", "pdf", "table", "large", "package")


@dataclass(frozen=True)
class Inputs:
    """What the stages work on."""

    run: Path
    campaign: Campaign
    artwork: Artwork


def make_inputs(folder: Path) -> Inputs:
    """One run of some cases, its recordings drawn."""
    run = folder / "run"
    command = [sys.executable, "-c", "from harness.cli import main; main()", "run", *SELECT, "--rig", RIG, "--out", str(run)]
    subprocess.run(command, capture_output=True, text=True, check=False)
    campaign = load_campaign([run])
    return Inputs(run, campaign, draw_figures(campaign, campaign.results, installed_standards()))


def multiplied(inputs: Inputs, rows: int) -> tuple[ReportView, dict[str, bytes], bytes]:
    """View, pictures and results.json of a report with *rows* rows and ``PLOTS`` plots of signals."""
    own = [row for row in inputs.campaign.results["results"] if row["attempts"]]
    cases = {case["id"]: case for case in inputs.campaign.plan["cases"]}
    records = {record["id"]: record for record in inputs.campaign.records}
    results: ResultsDoc = copy.deepcopy(inputs.campaign.results)
    plan = {**inputs.campaign.plan, "cases": []}
    figures, pictures, made, wanted = {}, {}, [], []
    for number in range(rows):
        row = own[number % len(own)]
        name = row["id"] if number < len(own) else f"{row['id']}{number // len(own):03d}"
        results_row = {**row, "id": name}
        made.append({**records[row["id"]], "id": name})
        plan["cases"].append({**cases[row["id"]], "id": name})
        wanted.append(results_row)
        if len(figures) < PLOTS and (drawn := inputs.artwork.figures.get(row["id"])):
            figures[name] = drawn[:1]
            pictures.update({figure.file: inputs.artwork.pictures[figure.file] for figure in drawn[:1]})
    results["results"] = wanted  # type: ignore[typeddict-item]
    results["counts"] = count(wanted)
    results["counts_project"] = count(row for row in wanted if row["basis"] == "project")
    results["suites"] = suite_counts(results["suites"], wanted)
    content = canonical_json(results)
    campaign = replace(inputs.campaign, plan=plan, records=made, results=results)  # type: ignore[arg-type]
    return build_view(campaign, results, figures, hashlib.sha256(content).hexdigest()), pictures, content


def median_s(run: Callable[[], object], rounds: int) -> float:
    """Median wall time of *rounds* calls."""
    return statistics.median(durations_ns(run, rounds)) / 1e9


def table_html(view: ReportView) -> str:
    """The results table as a page for WeasyPrint: the same cells, the same repeated header."""
    head = ("No.", "Req. id", "Test item", "Clause", "Requirement", "Result", "U", "Verdict", "Evidence")
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{html.escape(cell)}</td>"
            for cell in (
                str(row.no), row.id, f"{row.title['zh']} {row.title['en']}", " ".join(row.clauses), row.requirement, row.result,
                row.uncertainty, f"{row.verdict.zh} {row.verdict.en}", row.evidence,
            )
        )
        + "</tr>"
        for row in view.results
    )  # fmt: skip
    style = "@page{size:A4 landscape}body{font:7pt 'Noto Sans CJK SC'}thead{display:table-header-group}tr{break-inside:avoid}"
    header = "".join(f"<th>{cell}</th>" for cell in head)
    table = f"<table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<html lang=zh><meta charset=utf-8><style>{style}</style>{table}</html>"


def rows_missing(pdf: bytes, view: ReportView) -> list[str]:
    """Rows of *view* of which *pdf* does not print id, title and verdict: who leaves out work is not compared."""
    printed = bare("".join(page_texts(pdf)))
    wanted = {row.id: (row.id, row.title["zh"], row.verdict.zh, row.verdict.en) for row in view.results}
    return [name for name, words in wanted.items() if any(bare(each) not in printed for each in words)]


def must_print_all(whose: str, pdf: bytes, view: ReportView) -> None:
    """Stop if *pdf* lacks a row."""
    if missing := rows_missing(pdf, view):
        raise SystemExit(f"{whose} does not print {len(missing)} rows of {len(view.results)}, {missing[0]} for one; nothing was measured")


def weasyprint_s(python: str, view: ReportView, rounds: int) -> tuple[float, float] | None:
    """Median wall and processor time of WeasyPrint on the table without its start; ``None`` if it is not installed there."""
    page = table_html(view)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "table.html", Path(folder) / "table.pdf"
        source.write_text(page, encoding="utf-8")
        found = []
        for _ in range(rounds):
            done = subprocess.run([python, "-c", _TIMED, str(source), str(target)], capture_output=True, text=True, check=False)
            if done.returncode:
                return None
            if not found:
                must_print_all("WeasyPrint", target.read_bytes(), view)
            found.append(tuple(map(float, done.stdout.split())))
    wall, cpu = zip(*found, strict=True)
    return statistics.median(wall), statistics.median(cpu)


@dataclass(frozen=True)
class Stage:
    """One stage, each round in a process of its own: the typesetter remembers what it set before."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    digests: Sequence[str]


def alone(run: Callable[[], bytes], rounds: int) -> Stage:
    """Medians of *rounds* calls, the SHA-256 of what each gave, and the peak memory with the inputs."""
    found = []
    for _ in range(rounds):
        receiver, sender = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.get_context("fork").Process(target=_send, args=(run, sender))
        child.start()
        found.append(receiver.recv())
        child.join()
    wall, cpu, peak, digests = zip(*found, strict=True)
    return Stage(statistics.median(wall), statistics.median(cpu), max(peak), digests)


def in_a_process(run: Callable[[], bytes]) -> bytes:
    """What *run* gives, made in a process of its own, so that the ones that are measured after it remember nothing."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=lambda: sender.send_bytes(run()))
    child.start()
    made = receiver.recv_bytes()
    child.join()
    return made


def _send(run: Callable[[], bytes], sender: Connection) -> None:
    begin, cpu = perf_counter(), process_time()
    made = run()
    spent = perf_counter() - begin, process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sender.send((*spent, peak, hashlib.sha256(made).hexdigest()))


def verify_100_mb(inputs: Inputs, folder: Path, rounds: int) -> dict[str, float]:
    """Seal the run's report with enclosed files that bring it to 100 MB, and verify it."""
    report = folder / "report"
    write_report(compile_report([inputs.run]), report)
    collected = collect(report, [inputs.run])
    generator = hashlib.shake_256(b"precert")
    size = PACKAGE_BYTES // 20
    for number in range(20):
        generator.update(bytes([number]))
        collected.payload[f"data/equipment/enclosed-{number:02d}.pdf"] = generator.digest(size)
    authority = TrialAuthority.create(datetime.now(UTC))
    sealed = seal(collected, trial_keys(authority, signers_of(collected.results)), folder / "sealed", check=False)
    roots = trial_keys(authority, signers_of(collected.results)).certificates()

    def once() -> None:
        outcome = verify(sealed.paths[0], roots)
        if broken := [step.id for step in outcome.steps if step.id in _MUST_HOLD and step.status is Status.FAIL]:
            raise SystemExit(f"the package does not verify: {broken}")

    begin = process_time()
    wall = median_s(once, rounds)
    return {"wall_s": wall, "cpu_s": (process_time() - begin) / (rounds + 1)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; gives 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=6000, help="of the large report")
    parser.add_argument("--weasyprint", metavar="PYTHON", help="interpreter of an environment that has WeasyPrint")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=f"some parts of it: {', '.join(PARTS)}")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="precert-bench-") as name:
        return _measure(Path(name), options)


class Figures(dict[str, float | bool | None]):
    """The figures by what they say, printed as they come."""

    def tell(self, key: str, value: float | bool | None, unit: str = "s") -> None:
        """Keep a figure and print it."""
        self[key] = value
        print(f"{key}: {value:.2f} {unit}" if isinstance(value, float) else f"{key}: {value}", flush=True)

    def tell_stage(self, key: str, stage: Stage) -> None:
        """Time and memory of a stage."""
        self.tell(key, stage.wall_s)
        self.tell(f"{key}, processor time", stage.cpu_s)
        self.tell(f"{key}, peak memory", stage.peak_mib, "MiB")


def _measure(folder: Path, options: argparse.Namespace) -> int:
    inputs, figures = make_inputs(folder), Figures()
    figures.tell("load of the machine, one minute", os.getloadavg()[0], "")
    if "plots" in options.only:
        drawn, begin = len(inputs.artwork.recordings), process_time()
        wall = median_s(lambda: draw_figures(inputs.campaign, inputs.campaign.results, installed_standards()), options.rounds) / drawn
        figures.tell(f"plot stage, {PLOTS} plots", wall * PLOTS)
        figures.tell(f"plot stage, {PLOTS} plots, processor time", (process_time() - begin) / (options.rounds + 1) / drawn * PLOTS)
    if {"pdf", "table"} & set(options.only):
        _measure_pdf(inputs, options, figures)
    if "large" in options.only:
        _measure_large(inputs, options.rows, options.rounds, figures)
    if "package" in options.only:
        for key, value in verify_100_mb(inputs, folder, options.rounds).items():
            figures.tell(f"verify a package of 100 MB, {key}", value)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    ratio = figures.get("ratio, processor time")
    return 0 if figures.get(_SAME, True) and (ratio is None or ratio >= GOAL) else 1


def _measure_pdf(inputs: Inputs, options: argparse.Namespace, figures: Figures) -> None:
    view, pictures, content = multiplied(inputs, ROWS)
    if "pdf" in options.only:
        stage = alone(lambda: render_pdf(view, pictures, "x", content), options.rounds)
        figures.tell_stage(f"PDF stage, {ROWS} rows with sheets, {PLOTS} plots", stage)
        figures.tell(_SAME, len(set(stage.digests)) == 1)
    if "table" not in options.only:
        return
    without = [replace(row, has_sheet=False) for row in view.results]
    table = replace(view, results=without, sheets=[], attachments=[])
    must_print_all("our table", in_a_process(lambda: render_pdf(table, {}, "x", b"{}")), view)
    own = alone(lambda: render_pdf(table, {}, "x", b"{}"), options.rounds)
    figures.tell_stage(f"PDF stage, {ROWS}-row table and the pages around it", own)
    peer = weasyprint_s(options.weasyprint, view, options.rounds) if options.weasyprint else None
    for position, (name, mine) in enumerate((("wall time", own.wall_s), ("processor time", own.cpu_s))):
        figures.tell(f"WeasyPrint, the same {ROWS}-row table, {name}", None if peer is None else peer[position])
        figures.tell(f"ratio, {name}", None if peer is None else peer[position] / mine, "x")


def _measure_large(inputs: Inputs, count_of_rows: int, rounds: int, figures: Figures) -> None:
    large, _, content = multiplied(inputs, count_of_rows)
    rows = [replace(row, has_sheet=number < ROWS // 10) for number, row in enumerate(large.results)]
    sheets = [replace(sheet, row=row, figures=[]) for sheet, row in zip(large.sheets, rows, strict=True)]
    large = replace(large, results=rows, sheets=sheets)
    must_print_all("the large report", in_a_process(lambda: render_pdf(large, {}, "x", content)), large)
    stage = alone(lambda: render_pdf(large, {}, "x", content), rounds)
    figures.tell_stage(f"PDF stage, {count_of_rows} rows, sheets of {ROWS // 10} (--sheets not-passed)", stage)


if __name__ == "__main__":
    sys.exit(main())
