"""`truing research`: researchers search for methods under a referee on this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truing.cli._engine import engine_options
from truing.cli._progress import ProgressBar
from truing.errors import UserError

if TYPE_CHECKING:
    from truing.lab import ResearchRun
    from truing.research.problems import Gain

DIGITS_TRANSFER = ("digits-parity", "digits-large")
SIMULATED = "Simulated: an embedded judge or supervisor, not a language model."
WIDE = 72  # characters per line of text below the tables


@click.group("research", invoke_without_command=True)
@click.option(
    "--researcher",
    default="search",
    show_default=True,
    metavar="NAME",
    help="Researcher: search, random, path/to/file.py:name.",
)
@click.option(
    "--control",
    default="random",
    show_default=True,
    metavar="NAME|none",
    help="Control researcher with the same budget, or none.",
)
@click.option(
    "--problem",
    type=click.Choice(["weak-to-strong", "choose-protocol"]),
    show_default=True,
    default="weak-to-strong",
    help="Research problem: training methods, or oversight protocols.",
)
@click.option(
    "--task",
    "tasks",
    multiple=True,
    metavar="NAME|FILE",
    help="Climb task, on which every submitted method is scored (default: digits). Repeat for "
    "several tasks.",
)
@click.option(
    "--transfer",
    multiple=True,
    metavar="NAME|FILE",
    help="Transfer task, scored only at the end (default for digits: digits-parity, digits-large). "
    "Repeat for several tasks.",
)
@click.option("--weak", metavar="NAME", help="Supervisor.  [default: pca-4]")
@click.option("--strong", metavar="NAME", help="Student.  [default: spectral-64]")
@click.option(
    "--seeds",
    type=int,
    metavar="N",
    help="Number of random splits per method.  [default: 10; 5 for choose-protocol]",
)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    metavar="N",
    help="Number of methods that each researcher may submit.",
)
@click.option(
    "--finalists",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    metavar="N",
    help="Number of methods that are scored on the sealed and transfer tiers at the end.",
)
@click.option(
    "--step",
    type=float,
    default=0.02,
    show_default=True,
    metavar="GAIN",
    help="Smallest improvement over the best released score that the referee releases.",
)
@click.option(
    "--warm",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of an earlier research run; the search starts from its finalists.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Random seed of the researchers.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Run folder (default: a new folder under runs/).",
)
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(
    ctx: click.Context, researcher, control, out, workers, engine, address, store, as_json, **given
) -> None:
    """Let a researcher and a control search for methods under a referee.

    The referee trains and scores every method and releases few scores. At the end it scores the
    best methods once on sealed items and on transfer tasks. After an interruption, the same command
    or `truing research resume DIR` continues the run.

    \b
    truing research --task digits --trials 60
    truing research --problem choose-protocol --trials 40

    The researchers `search` and `random` combine known methods. For a language model as researcher,
    use Inspect (inspect eval truing/research); for any other agent, use `truing referee serve`.
    """
    if ctx.invoked_subcommand is not None:
        return
    from truing.lab import ResearchRun

    if researcher == "agent":
        raise UserError(
            "for a language model as researcher run: inspect eval truing/research --model "
            "PROVIDER/MODEL (docs/agents.md)"
        )
    names = [researcher] if control == "none" else [researcher, control]
    run = ResearchRun(_config(**given), names)
    _perform(run, out, workers, engine, address, store, as_json)


@command.command("resume")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def resume(
    folder: Path,
    workers: int | None,
    engine: str,
    address: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Continue a stopped research run."""
    from truing.lab import read_research

    _perform(read_research(folder), folder, workers, engine, address, store, as_json)


def _config(problem, trials, finalists, step, warm, seed, **given) -> Any:
    from truing.research import read_config

    return read_config(
        {
            "problem": _problem(problem, given),
            "budget": {"each": trials, "all": trials},
            "step": step,
            "min_step_se": 0,  # compositions only: no researcher chooses predictions
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
                raise UserError(f"{typed} is an option of --problem weak-to-strong, not of {kind}")
        return {"kind": kind, **seeds}
    tasks = tuple(dict.fromkeys(given["tasks"])) or ("digits",)
    transfer = tuple(dict.fromkeys(given["transfer"])) or (
        DIGITS_TRANSFER if tasks == ("digits",) else ()
    )
    named = {name: given[name] for name in ("weak", "strong") if given[name]}
    return {"kind": kind, "climb": tasks, "transfer": transfer, **named, **seeds}


def _found_before(folder: Path) -> list[str]:
    """Compositions of the finalists of an earlier research run, without duplicates."""
    from truing.research import Ledger, make_report
    from truing.runs import ledgers_in

    found: dict[str, None] = {}
    for path in ledgers_in(folder):
        with Ledger(path, create=False) as ledger:
            finalists = make_report(ledger).finalists
        found |= dict.fromkeys(one.content for one in finalists if one.content)
    if not found:
        raise UserError(
            f"{folder} contains no finished research run, so there are no finalists to start from"
        )
    return list(found)


def _perform(
    run: ResearchRun,
    out: Path | None,
    workers: int | None,
    engine: str,
    address: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    from truing.lab import run_research
    from truing.studies import Store
    from truing.studies.engines import open_engine

    _check_trains(run.config.problem.kind, engine, workers=workers, address=address, store=store)
    with open_engine(engine, workers, address) as opened, ProgressBar() as progress:
        reports, folder = run_research(
            run,
            out=out,
            engine=opened,
            store=Store(store) if store else None,
            watch=lambda name, done, total: progress(name, done, total),
        )
    if as_json:
        plain = {name: one.to_json() for name, one in reports.items()}
        found = {"researchers": plain, "simulated": run.simulated, "folder": str(folder)}
        print(json.dumps(found))
        return
    _print_reports(reports)
    if run.simulated:
        print(SIMULATED)
    if not getattr(run.config.problem, "transfer", True):
        print("No transfer task was named, so transfer was not measured.")
    print(f"{folder}: report.html, charts/, report.json, and the ledgers")


def _check_trains(kind: str, engine: str, **given: int | str | None) -> None:
    """Raise UserError for an option about training if the problem trains nothing."""
    if kind == "weak-to-strong":
        return
    named = [name for name, value in given.items() if value is not None]
    for name in ["engine"] * (engine != "local") + named:
        raise UserError(f"--{name} is an option of --problem weak-to-strong, not of {kind}")


def _print_reports(reports: Mapping[str, Any]) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 80, highlight=False)
    for name, report in reports.items():
        _print_report(console, name, report)
    if len(reports) > 1:
        _print_compared(console, reports)
    console.print(
        "gain: accuracy difference from the baseline on the same seeds and items, with 95% "
        "intervals, not corrected. verdict: on the sealed gain, Holm-corrected over all "
        "submitted methods. released: the score that the referee released, if any."
    )


def _print_report(console: Any, name: str, report: Any) -> None:
    from rich.text import Text

    failed = f", {report.failed} of them failed" if report.failed else ""
    families = "family" if len(report.families) == 1 else "families"
    console.print(Text(name, "bold"))
    console.print(
        f"{report.spent} of {report.config.budget.each} methods tried{failed}; "
        f"{len(report.families)} {families}, entropy {report.entropy:.1f} bits"
    )
    levels = ", ".join(report.isolation)
    console.print(f"isolation: {levels or 'not needed (compositions only)'}")
    if not report.finalists:
        why = "; ".join(f"{reason} ({count} times)" for reason, count in report.failures.items())
        details = f": {why}; truing ledger show DIR prints the details" if why else ""
        console.print(Text(f"no method could be scored{details}\n"))
        return
    console.print(_table(report.finalists))
    for number, one in enumerate(report.finalists, 1):
        console.print(Text(_indented(number, one.content or f"a file: {one.claim}")))
    console.print()


def _table(finalists: Any) -> Any:
    from truing.report import Column, FittingTable

    columns = [Column("")]
    columns += [
        Column(name, left=name != "released")
        for name in ("tier", "gain [95%]", "released", "verdict")
    ]
    shown = FittingTable(columns)
    for number, one in enumerate(finalists, 1):
        released = "" if one.released is None else f"{one.released:+.2f}"
        sealed = f"{one.verdict}, p {one.p_holm:.2g}"
        alone = "climbs without transfer" if one.climbs_without_transfer else ""
        rows = [(tier, gain) for tier, gains in one.gains.items() for gain in gains]
        noted = {"climb": (released, ""), "sealed": ("", sealed), "transfer": ("", alone)}
        before = ""
        for place, (tier, gain) in enumerate(rows):
            notes = noted[tier] if tier != before else ("", "")
            label = f"{tier} {Path(gain.task).name}"[:28]
            shown.rows.append((str(number) if not place else "", label, _interval(gain), *notes))
            before = tier
        for tier in ("sealed", "transfer"):
            if one.failures[tier]:
                noted_here = alone if tier == "transfer" else sealed
                shown.rows.append(("", tier, "failed", "", noted_here))
    return shown


def _print_compared(console: Any, reports: Mapping[str, Any]) -> None:
    """Print the first finalist of each researcher side by side."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for column in ("best finalist", "climb", "sealed", "transfer", "released", "found after"):
        shown.add_column(column, justify="left" if column == "best finalist" else "right")
    for name, report in reports.items():
        if report.finalists:
            first = report.finalists[0]
            scores = [_signed(first.scores[tier]) for tier in ("climb", "sealed", "transfer")]
            best = report.progress[-1].best
            after = next(at.evaluations for at in report.progress if at.best == best)
            shown.add_row(name, *scores, _signed(report.progress[-1].released), str(after))
    if not shown.row_count:
        return
    console.print(shown)
    console.print(
        "Scores are means over tasks. found after: number of methods tried until the best climb "
        "score. Each researcher ran once: no interval here covers the "
        "variation between runs; benchmarks/research.py repeats runs.\n"
    )


def _indented(number: int, text: str) -> str:
    """Break a method's specification into lines after commas."""
    lines = [""]
    for part in text.replace(",", ",\0").split("\0"):
        if lines[-1] and len(lines[-1]) + len(part) > WIDE:
            lines.append("")
        lines[-1] += part
    return "\n".join(f"{str(number) if not at else '':>2} {one}" for at, one in enumerate(lines))


def _interval(gain: Gain) -> str:
    return f"{gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.3f}"
