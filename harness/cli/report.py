"""``precert report``: the report about one or more runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from harness.core import ConfigError, Problem, did_you_mean

__all__ = ["report"]

_SHEETS = ("all", "not-passed")


def report(
    runs: Sequence[Path],
    lab: Path | None,
    out: Path | None,
    *,
    init: bool = False,
    demo: bool = False,
    markets: Sequence[str] = (),
    amends: Path | None = None,
    reason: str | None = None,
    sheets: str = "all",
) -> int:
    """Compile the report of *runs* into *out* (default: ``report`` in the first run folder); returns the exit code.

    Exit code 0 if every applicable case passed, 1 otherwise. With *init* a laboratory file to fill in is written instead;
    *runs* is then its name. *demo* lets placeholders pass in *lab*. *markets* are profiles whose readiness the report shows;
    *amends* is the report that this one replaces, for *reason*. *sheets*: ``all``, or ``not-passed`` for a PDF without the detail
    sheets of rows that passed.

    Raises:
        ConfigError: wrong input; nothing was written.
    """
    if init:
        others = (lab, out, amends, reason)
        return _init(runs, others=any(each is not None for each in others) or demo or bool(markets))
    if not runs:
        raise ConfigError(Problem("name at least one run folder (or --init to write a laboratory file)"))
    if demo and lab is None:
        raise ConfigError(Problem("--demo goes with --lab FILE: it lets placeholders pass in that file"))
    if sheets not in _SHEETS:
        raise ConfigError(Problem(f"--sheets '{sheets}' is unknown{did_you_mean(sheets, _SHEETS)}"))
    if (amends is None) != (reason is None):
        raise ConfigError(Problem("--amends OLD and --reason TEXT go together: an amendment says what it replaces, and why"))
    from harness.report.campaign.amendment import Amends
    from harness.report.campaign.market_file import load_markets
    from harness.report.compiler import check_target, compile_report, write_report
    from harness.report.lab import load_lab
    from harness.report.package.replaced import read_replaced
    from harness.report.selfcheck import selfcheck
    from harness.report.signals import installed_standards

    if out is not None:
        check_target(out)
    data = load_lab(lab, demo=demo) if lab is not None else None
    asked = load_markets(markets)
    replaced = Amends(read_replaced(amends), reason) if amends is not None and reason is not None else None
    checked = selfcheck(installed_standards())
    compiled = compile_report(runs, data, selfcheck=checked, markets=asked, amends=replaced, all_sheets=sheets == "all")
    if not checked["holds"]:
        typer.echo("note: this installation is NOT as known, see 'precert selfcheck'; the report says so")
    for note in compiled.notes:
        typer.echo(f"note: {note['zh']} / {note['en']}")
    counts = compiled.results["counts"]
    typer.echo(
        f"{counts['planned']} planned: {counts['pass']} pass, {counts['fail']} fail, {counts['inconc']} inconclusive, "
        f"{counts['error']} error, {counts['none']} not tested, {counts['na']} not applicable"
    )
    if missing := [
        row["id"] for row in compiled.results["results"] if not row["attempts"] and row["applicability"]["value"] == "applicable"
    ]:
        typer.echo(f"not tested: {', '.join(missing)}")
    for market in compiled.results.get("markets", []):
        told = ", ".join(f"{market['counts'][word]} {word.replace('_', ' ')}" for word in ("covered", "failed", "open", "not_needed"))
        typer.echo(f"market {market['id']}: {told}")
    document = compiled.results["report"]
    if "supersedes" in document:
        typer.echo(f"{document['number']} replaces {document['supersedes']['number']}")
    name = f"report-A{document['revision']}" if "supersedes" in document else "report"
    for path in write_report(compiled, out if out is not None else runs[0] / name):
        typer.echo(path)
    return 0 if compiled.passed else 1


def _init(names: Sequence[Path], *, others: bool) -> int:
    """Write the laboratory file to fill in."""
    from harness.report.lab import write_template

    if len(names) > 1 or others:
        raise ConfigError(Problem("--init takes the name of one file and no other option"))
    target = names[0] if names else Path("lab.yaml")
    write_template(target)
    typer.echo(target)
    typer.echo("请逐项填写，然后运行 / fill it in, then: precert report RUN --lab " + str(target))
    return 0
