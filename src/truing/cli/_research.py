"""`truing research`: a researcher looks for methods here, under a referee."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from truing.cli._progress import ProgressBar
from truing.errors import UserError

DIGITS_TRANSFER = ("digits-parity", "digits-large")
SIMULATED = "Simulated: an embedded judge or supervisor; no figure is of a real model."
WIDE = 72  # characters of a line of text below the tables


@click.group("research", invoke_without_command=True)
@click.option(
    "--researcher",
    default="search",
    show_default=True,
    metavar="NAME",
    help="Who proposes: search, random, path/to/file.py:name.",
)
@click.option(
    "--control",
    default="random",
    show_default=True,
    metavar="NAME|none",
    help="Who is run beside it with the same budget.",
)
@click.option(
    "--problem",
    type=click.Choice(["weak-to-strong", "choose-protocol"]),
    show_default=True,
    default="weak-to-strong",
    help="What is to be found out.",
)
@click.option(
    "--task",
    "tasks",
    multiple=True,
    metavar="NAME|FILE",
    help="Weak-to-strong: what methods are scored on as they come; by default digits.",
)
@click.option(
    "--transfer",
    multiple=True,
    metavar="NAME|FILE",
    help="Tasks for the end alone; for digits by default its parity and its size.",
)
@click.option("--weak", metavar="NAME", help="The supervisor.  [default: pca-4]")
@click.option("--strong", metavar="NAME", help="The student.  [default: spectral-64]")
@click.option("--seeds", type=int, metavar="N", help="For each method.")
@click.option(
    "--evaluations",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    metavar="N",
    help="Methods that each may try.",
)
@click.option(
    "--finalists",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    metavar="N",
    help="Methods that are scored on the sealed and transfer tiers.",
)
@click.option(
    "--step",
    type=float,
    default=0.02,
    show_default=True,
    metavar="GAIN",
    help="Smallest gain over the best released score that is released.",
)
@click.option(
    "--warm",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="An earlier research: a search begins with what it found.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Of the researchers.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The run folder; by default runs/ and a readable name here.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, researcher, control, out, as_json, **given) -> None:
    """Let a researcher look for methods under a referee, and a control beside it.

    Every method is trained and scored by the referee, which tells little. At the end the best are
    scored once more: on items sealed until then, and on tasks never named before. The same command
    again, or `truing research resume DIR`, goes on where a stopped one ended.

    \b
    truing research --task digits --evaluations 60
    truing research --problem choose-protocol --evaluations 40

    A search composes what is known and invents nothing. A language model comes by Inspect
    (inspect eval truing/research), any other agent by `truing referee serve`.
    """
    if ctx.invoked_subcommand is not None:
        return
    from truing.lab import ResearchRun

    if researcher == "agent":
        raise UserError(
            "a language model does research by Inspect: inspect eval truing/research --model "
            "PROVIDER/MODEL (docs/agents.md)"
        )
    names = [researcher] if control == "none" else [researcher, control]
    _perform(ResearchRun(_config(**given), names), out, as_json)


@command.command("resume")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def resume(folder: Path, as_json: bool) -> None:
    """Go on with a research that was stopped, at whatever moment."""
    from truing.lab import read_research

    _perform(read_research(folder), folder, as_json)


def _config(problem, evaluations, finalists, step, warm, seed, **given) -> Any:
    from truing.research import read_config

    return read_config(
        {
            "problem": _problem(problem, given),
            "budget": {"each": evaluations, "all": evaluations},
            "step": step,
            "errors": 0,  # compositions alone come in here, and nobody chooses their predictions
            "files": False,
            "finalists": finalists,
            "seed": seed,
            "warm": _found_before(warm) if warm else [],
        }
    )


def _problem(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    seeds = {} if given["seeds"] is None else {"seeds": given["seeds"]}
    if kind != "weak-to-strong":
        for name in ("tasks", "transfer", "weak", "strong"):
            if given[name]:
                typed = "--task" if name == "tasks" else f"--{name}"
                raise UserError(f"{typed} belongs to weak-to-strong, and not to {kind}")
        return {"kind": kind, **seeds}
    tasks = given["tasks"] or ("digits",)
    transfer = given["transfer"] or (DIGITS_TRANSFER if tasks == ("digits",) else ())
    named = {name: given[name] for name in ("weak", "strong") if given[name]}
    return {"kind": kind, "climb": tasks, "transfer": transfer, **named, **seeds}


def _found_before(folder: Path) -> list[str]:
    """Compositions that an earlier research scored at its end, each once."""
    from truing.research import Ledger, make_report
    from truing.runs import ledgers_in

    found: dict[str, None] = {}
    for path in ledgers_in(folder):
        with Ledger(path, create=False) as ledger:
            finalists = make_report(ledger).finalists
        found |= dict.fromkeys(one["content"] for one in finalists if one["content"])
    if not found:
        raise UserError(f"{folder} holds no finished research, and so no finalists to begin with")
    return list(found)


def _perform(run: Any, out: Path | None, as_json: bool) -> None:
    from truing.lab import run_research

    with ProgressBar() as progress:
        reports, folder = run_research(
            run, out=out, watch=lambda name, done, total: progress(name, done, total)
        )
    if as_json:
        told = {name: one.to_json() for name, one in reports.items()}
        found = {"researchers": told, "simulated": run.simulated, "folder": str(folder)}
        print(json.dumps(found))
        return
    _print_reports(reports)
    if run.simulated:
        print(SIMULATED)
    if not getattr(run.config.problem, "transfer", True):
        print("No task is named for transfer: whether a method carries over was not seen.")
    print(f"{folder}: report.html, charts/, report.json, and the ledgers")


def _print_reports(reports: Mapping[str, Any]) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 80, highlight=False)
    for name, report in reports.items():
        _print_report(console, name, report)
    if len(reports) > 1:
        _print_compared(console, reports)
    console.print(
        "Gains in accuracy over the baseline, on the same seeds and items; intervals are\n"
        "95% and not corrected. Verdicts: the sealed gain, Holm-corrected over every\n"
        "method that was tried. told: the score that its researcher was told, if any."
    )


def _print_report(console: Any, name: str, report: Any) -> None:
    from rich.text import Text

    failed = f", {report.failed} of them failed" if report.failed else ""
    families = "family" if len(report.families) == 1 else "families"
    console.print(Text(name, "bold"))
    console.print(
        f"{report.spent} of {report.budget['each']} methods tried{failed}; {len(report.families)} "
        f"{families}, entropy {report.entropy:.1f} bits"
    )
    levels = ", ".join(report.isolation)
    console.print(f"isolation: {levels or 'not needed, compositions only'}")
    if not report.finalists:
        console.print("nothing could be scored\n")
        return
    console.print(_table(report.finalists))
    for number, one in enumerate(report.finalists, 1):
        console.print(Text(_indented(number, one["content"] or f"a file: {one['claim']}")))
    console.print()


def _table(finalists: Any) -> Any:
    from truing.report import Column, FittingTable

    columns = [Column("")]
    columns += [
        Column(name, left=name != "told") for name in ("tier", "gain [95%]", "told", "verdict")
    ]
    shown = FittingTable(columns)
    for number, one in enumerate(finalists, 1):
        told = "" if one["released"] is None else f"{one['released']:+.2f}"
        sealed = f"{one['verdict']}, p {one['p_holm']:.2g}"
        alone = "climbs without transfer" if one["climbs_without_transfer"] else ""
        rows = [(tier, gain) for tier, gains in one["gains"].items() for gain in gains]
        noted = {"climb": (told, ""), "sealed": ("", sealed), "transfer": ("", alone)}
        before = ""
        for place, (tier, gain) in enumerate(rows):
            notes = noted[tier] if tier != before else ("", "")
            label = f"{tier} {Path(gain['task']).name}"[:28]
            shown.rows.append((str(number) if not place else "", label, _interval(gain), *notes))
            before = tier
        for tier in ("sealed", "transfer"):
            if one["failures"][tier]:
                noted_here = alone if tier == "transfer" else sealed
                shown.rows.append(("", tier, "failed", "", noted_here))
    return shown


def _print_compared(console: Any, reports: Mapping[str, Any]) -> None:
    """What each ranked first, side by side; one research of each says nothing about the next."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for column in ("first of", "climb", "sealed", "transfer", "told", "found after"):
        shown.add_column(column, justify="left" if column == "first of" else "right")
    for name, report in reports.items():
        if report.finalists:
            first = report.finalists[0]
            scores = [_signed(first["scores"][tier]) for tier in ("climb", "sealed", "transfer")]
            best = report.progress[-1].best
            after = next(at.evaluations for at in report.progress if at.best == best)
            shown.add_row(name, *scores, _signed(report.progress[-1].released), str(after))
    console.print(shown)
    console.print(
        "Means over tasks. One research of each: how far another would lie is in no\n"
        "interval here; benchmarks/research.py repeats them.\n"
    )


def _indented(number: int, text: str) -> str:
    """A method's specification in lines, broken after commas."""
    lines = [""]
    for part in text.replace(",", ",\0").split("\0"):
        if lines[-1] and len(lines[-1]) + len(part) > WIDE:
            lines.append("")
        lines[-1] += part
    return "\n".join(f"{str(number) if not at else '':>2} {one}" for at, one in enumerate(lines))


def _interval(gain: Mapping[str, float]) -> str:
    return f"{gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]"


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.3f}"
