"""The command ``precert``. Modules of the commands are imported when they run, so that ``--help`` is quick."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from harness import __version__

__all__ = ["app", "main"]

app = typer.Typer(
    name="precert",
    help="Conformance harness for the international compatibility pre-certification of new-energy heavy trucks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Select = Annotated[list[str] | None, typer.Argument(metavar="[SELECT ...]", help="Suites, folders, case ids or ids with *; default: all.")]
RigFile = Annotated[str, typer.Option("--rig", metavar="FILE", help="Rig file, or the name of one that ships with precert.")]
Faults = Annotated[
    list[str] | None, typer.Option("--fault", metavar="NAME", help="Inject a fault into the simulated SUT; may be repeated.")
]


@app.command()
def run(
    rig: RigFile,
    select: Select = None,
    pics: Annotated[Path | None, typer.Option(metavar="FILE", help="PICS file instead of the one that the rig names.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Run folder to create; default: a new one below runs/.")] = None,
    workers: Annotated[int, typer.Option("-n", min=0, help="Worker processes for virtual rigs; 0: none.")] = 0,
    real: Annotated[bool, typer.Option("--real", help="Run a virtual rig on the clock.")] = False,
    fault: Faults = None,
    deviations: Annotated[Path | None, typer.Option(metavar="FILE", help="Expected deviations (TOML).")] = None,
    numbers: Annotated[Path | None, typer.Option(metavar="FILE", help="Confirmed official numbers of the cases (TOML).")] = None,
    limits: Annotated[Path | None, typer.Option(metavar="FILE", help="Limits in the place of those of the profiles (TOML).")] = None,
    marker: Annotated[str | None, typer.Option("-m", metavar="EXPR", help="Only cases that match, for example 'not nightly'.")] = None,
) -> None:
    """Run certification cases on a rig. Exit 0: all applicable cases passed."""
    files = {"deviations": deviations, "numbers": numbers, "limits": limits}
    _call("run", "run", rig, select or [], pics, out, workers, real=real, faults=fault or [], files=files, marker=marker)


@app.command("list")
def list_cases(
    select: Select = None,
    json: Annotated[bool, typer.Option("--json", help="A JSON array instead of a table.")] = False,
) -> None:
    """List cases with their title, basis, PICS condition and faults."""
    _call("catalogue", "list_cases", select or [], as_json=json)


@app.command()
def prove(
    select: Select = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the matrix as JSON.")] = None,
    workers: Annotated[int, typer.Option("-n", min=0, help="Worker processes; 0: none.")] = 0,
    cross: Annotated[bool, typer.Option("--cross", help="Also run every case with the faults that other cases name.")] = False,
) -> None:
    """Run the fault-twin matrix: every case healthy and with each of its faults. Exit 0: matrix complete."""
    _call("prove", "prove", select or [], json, workers, cross)


@app.command()
def analyse(
    captures: Annotated[
        list[Path],
        typer.Argument(
            metavar="CAPTURE ...",
            help="Recordings, or folders of them: candump, ASC, BLF, TRC, SavvyCAN CSV, ZLG CSV and text, pcap, pcapng, MF4.",
        ),
    ],
    interface: Annotated[str | None, typer.Option(metavar="NAME", help="Only this channel, or this standard.")] = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the result as JSON.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write a page with a zoomable timeline.")] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare two recordings, the good one first: where does the second deviate?")
    ] = False,
    replay: Annotated[Path | None, typer.Option("--replay", metavar="FILE", help="Write a file for the model 'replay' of a rig.")] = None,
    session: Annotated[int | None, typer.Option("--session", metavar="N", min=1, help="Which session --replay takes.")] = None,
    bitrate: Annotated[
        int | None, typer.Option("--bitrate", metavar="BPS", help="Bit rate of the CAN bus, for its load; default: what the stamps show.")
    ] = None,
    names: Annotated[
        Path | None,
        typer.Option("--names", metavar="FILE", help="Names of data identifiers and trouble codes: a file of 'precert odx', or a PDX."),
    ] = None,
    profile: Annotated[
        Path | None,
        typer.Option("--profile", metavar="FOLDER", help="Message profile in the place of HTSWAP 0.1, for recordings of a battery swap."),
    ] = None,
    columns: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Do not judge: write every signal of one large recording as a column (numpy archive, .npz)."),
    ] = None,
    dbc: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Database for --columns; default: the shipped ones.")] = None,
) -> None:
    """Judge recordings: interface, dialect, phases, who ended the session and why. Folders give one summary table."""
    if columns is not None:
        _call("columns", "write_columns", captures, columns, dbc or [], others=any((interface, json, html, compare, replay, profile)))
    if dbc:
        raise typer.BadParameter("--dbc goes with --columns")
    asked = {
        "html": html,
        "comparing": compare,
        "replay": replay,
        "session": session,
        "bitrate": bitrate,
        "names": names,
        "profile": profile,
    }
    _call("analyse", "analyse", captures, interface, json, **asked)


@app.command()
def odx(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Diagnostic data of a maker: PDX or ODX-D.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="File of names to write (TOML).")] = Path("names.toml"),
    pixit: Annotated[bool, typer.Option("--pixit", help="Also print the PIXIT value 'declared_dids' for a PICS file.")] = False,
) -> None:
    """Names of data identifiers and trouble codes out of ODX, for 'analyse --names' and for the cases of diagnostics."""
    _call("odx", "odx", file, out, pixit=pixit)


@app.command()
def report(
    runs: Annotated[list[Path] | None, typer.Argument(metavar="RUN ...", help="Run folders; with --init the file to write.")] = None,
    lab: Annotated[Path | None, typer.Option(metavar="FILE", help="Data of laboratory, item, people and equipment (YAML).")] = None,
    init: Annotated[bool, typer.Option("--init", help="Write a laboratory file to fill in (default: lab.yaml), and nothing else.")] = False,
    demo: Annotated[bool, typer.Option("--demo", help="Let placeholders pass in the laboratory file; the cover says so.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to write; default: report/ in the first run folder.")] = None,
    market: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE", help="Show readiness for a market: eu, rcep-japan, gcc, cis, domestic, or a profile of your own."
        ),
    ] = None,
    amends: Annotated[
        Path | None, typer.Option(metavar="OLD", help="Package (or report folder) of the report that this one replaces.")
    ] = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why it is replaced; goes with --amends.")] = None,
    sheets: Annotated[
        str, typer.Option(metavar="WHICH", help="Detail sheets in the PDF: all, or not-passed for long campaigns; the HTML has all.")
    ] = "all",
) -> None:
    """Compile report.pdf, report.html, junit.xml and plots from one or more runs."""
    asked = {"markets": market or [], "amends": amends, "reason": reason, "sheets": sheets}
    _call("report", "report", runs or [], lab, out, init=init, demo=demo, **asked)


@app.command()
def replay(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    limits: Annotated[Path | None, typer.Option(metavar="FILE", help="The laboratory's limits (TOML), if the run had some.")] = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the outcome as JSON.")] = None,
) -> None:
    """Judge a run again on its stored recordings, no bench needed. Exit 0: results.json is reproduced."""
    _call("replay", "replay", run_folder, limits, json)


@app.command()
def selfcheck(
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the result as JSON.")] = None,
) -> None:
    """Check this installation against traces and numbers with known results. Exit 0: everything is as known."""
    _call("selfcheck", "selfcheck", json)


@app.command()
def seal(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Report folder, or a run folder with a report in it.")],
    run: Annotated[list[Path] | None, typer.Option(metavar="RUN", help="Run folder behind the report; default: found beside it.")] = None,
    keys: Annotated[Path | None, typer.Option(metavar="FILE", help="Who signs with what (TOML); default: keys for a trial.")] = None,
    trial: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the root of the keys for a trial there, and use it again (TEST ONLY).")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to write; default: beside the report folder.")] = None,
    supersedes: Annotated[Path | None, typer.Option(metavar="PACKAGE", help="Package of the report that this one replaces.")] = None,
    as_zip: Annotated[bool, typer.Option("--zip", help="Also as one ZIP file.")] = False,
    as_asice: Annotated[bool, typer.Option("--asice", help="Also as one ASiC-E container.")] = False,
) -> None:
    """Seal a report with its evidence into a signed package. A number is sealed once."""
    containers = [name for name, wanted in (("zip", as_zip), ("asice", as_asice)) if wanted]
    _call("seal", "seal", folder, run or [], keys, out, supersedes, trial=trial, containers=containers)


@app.command()
def verify(
    package: Annotated[Path, typer.Argument(metavar="PACKAGE", help="Folder, ZIP or ASiC-E container.")],
    trust: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Root certificates that you trust (PEM).")] = None,
    roles: Annotated[
        str | None, typer.Option(metavar="LIST", help="Signatures that the report must carry: prepared,reviewed,approved.")
    ] = None,
    recompute: Annotated[bool, typer.Option("--recompute", help="Judge every row again from value, limit, U and rule.")] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
) -> None:
    """Check an evidence package, offline. Exit 0: it holds, signed by somebody you trust."""
    _call("verify", "verify", package, trust or [], roles, recompute=recompute, as_json=json)


@app.command()
def truck(rig: RigFile, fault: Faults = None) -> None:
    """Play the simulated truck (or what else the rig tests) alone, in real time, for a tester in another process."""
    _call("truck", "truck", rig, fault or [])


@app.command()
def doctor(
    select: Select = None,
    rig: Annotated[
        str | None,
        typer.Option("--rig", metavar="FILE", help="Also this rig: its links, and which cases it can run; a file, or a shipped name."),
    ] = None,
    pics: Annotated[Path | None, typer.Option(metavar="FILE", help="PICS file instead of the one that the rig names.")] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
) -> None:
    """Tell what this machine and a rig can do, and what is missing. Exit 0: all that is needed is there."""
    _call("doctor", "doctor", rig, pics, select or [], as_json=json)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"precert {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")] = False,
) -> None:
    """Options of precert itself."""


def _call(module: str, function: str, *args: Any, **kwargs: Any) -> None:
    """Run a command; wrong input ends with its messages and exit code 2, never with a traceback."""
    from harness.core.errors import ConfigError

    try:
        code = getattr(import_module(f"harness.cli.{module}"), function)(*args, **kwargs)
    except ConfigError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(code)


def main() -> None:
    """Entry point of the command line."""
    app()
