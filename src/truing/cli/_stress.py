"""`truing stress`: planted misbehaviour, its honest twins, and the monitors that detect it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._complete import complete_names, complete_run
from truing.cli._console import counted, output_console, print_text
from truing.cli._options import (
    engine_options,
    folder_options,
    json_option,
    model_options,
    models_of,
    seeds_option,
)
from truing.cli._sections import ENGINE, FOLDER, SectionedCommand
from truing.cli._stress_estimate import announce_requests, print_stress_estimate
from truing.errors import UserError
from truing.progress import ProgressBar

if TYPE_CHECKING:
    from truing.lab import StressResult
    from truing.stress import StressTest

MODELS = ("judges", "debater", "roles")
SECTIONS = {
    "Plants and monitors": ("plants", "strengths", "monitors", "combine"),
    "Honest system of plants of studies and methods": ("task", "weak", "strong", "trusted"),
    "Honest system of plants of protocols": ("protocol", "questions", *MODELS),
    "Systems and alarms": ("seeds", "references", "fprs"),
    "Costs": ("dry_run", "prices"),
    **FOLDER,
    **ENGINE,
}


@click.command("stress", cls=SectionedCommand, sections=SECTIONS)
@click.option(
    "--plant",
    "plants",
    shell_complete=complete_names("plants"),
    multiple=True,
    metavar="NAME",
    help="Planted misbehaviour: backdoor,trigger=pixel, liar, path/to/file.py:name. Repeat to "
    "compare.",
)
@click.option(
    "--monitor",
    "monitors",
    shell_complete=complete_names("monitors"),
    multiple=True,
    metavar="NAME",
    help="Monitor: probe, spot-check,audits=50, path/to/file.py:name. Repeat to compare.",
)
@click.option(
    "--strength",
    "strengths",
    type=float,
    multiple=True,
    metavar="SHARE",
    help="Strength of the plants, above 0 and at most 1. Repeat for a curve.  [default: 0.01, "
    "0.05, 0.2]",
)
@click.option(
    "--combine",
    is_flag=True,
    help="Also combine all monitors by a model that is fitted on the other plants.",
)
@click.option(
    "--trusted",
    multiple=True,
    metavar="FILE|ID",
    help="Trusted items: a file of their ids, one per line, or an id; repeat for several ids. "
    "[default: random items of the supervise split]",
)
@click.option(
    "--task",
    shell_complete=complete_names("tasks"),
    metavar="NAME|FILE",
    help="Task name or file (JSONL, JSON, CSV, TSV, Parquet; .gz).  [default: digits]",
)
@click.option(
    "--weak",
    "--supervisor",
    "weak",
    shell_complete=complete_names("supervisors", "students"),
    metavar="NAME",
    help="Supervisor of the honest system.  [default: pca-8]",
)
@click.option(
    "--strong",
    shell_complete=complete_names("students"),
    metavar="NAME",
    help="Student of the honest system.  [default: nystroem-64]",
)
@click.option(
    "--protocol",
    shell_complete=complete_names("protocols"),
    metavar="NAME",
    help="Protocol that plants of protocols corrupt.  [default: debate]",
)
@click.option(
    "--questions",
    shell_complete=complete_names("questions"),
    metavar="NAME|FILE",
    help="Question set of the protocol.  [default: cases]",
)
@model_options
@seeds_option(default=20)
@click.option(
    "--references",
    type=int,
    default=99,
    show_default=True,
    metavar="N",
    help="Number of honest reference systems, with which an alarm compares a system.",
)
@click.option(
    "--fpr",
    "fprs",
    type=float,
    multiple=True,
    metavar="RATE",
    help="Declared false-positive rate of alarms. Repeat for several.  [default: 0.01, 0.05]",
)
@click.option(
    "--estimate",
    "dry_run",
    is_flag=True,
    help="Print the number of steps, and an upper bound of requests and tokens of language models, "
    "without running.",
)
@click.option(
    "--price",
    "prices",
    multiple=True,
    metavar="ROLE=IN/OUT",
    help="Dollars per million input and output tokens, for --estimate: --price judge=0.15/0.60.",
)
@folder_options
@engine_options
@click.option(
    "--card",
    type=click.Path(path_type=Path),
    shell_complete=complete_run,
    metavar="RUN",
    help="Print the power card of a run folder, without running anything.",
)
@json_option
def command(
    plants,
    monitors,
    strengths,
    combine,
    trusted,
    task,
    weak,
    strong,
    protocol,
    questions,
    judges,
    debater,
    roles,
    seeds,
    references,
    fprs,
    dry_run,
    prices,
    out,
    name,
    overwrite,
    workers,
    engine,
    address,
    store,
    card,
    as_json,
) -> None:
    """Plant misbehaviour next to an honest twin, and measure which monitor detects it.

    Planted systems are model organisms: they measure monitors, not the intent of a model. The
    power card states for each plant and monitor the smallest strength that is detected with 80%
    power at 5% false alarms.

    \b
    truing stress --plant backdoor --plant liar \\
      --monitor probe \\
      --monitor spot-check,audits=50 \\
      --strength 0.05 --strength 0.2 --seeds 20

    \b
    truing stress --card runs/first
    """
    if card is not None:
        _print_card(card, as_json)
        return
    from truing.stress import StressTest

    given = {
        "task": task,
        "weak": weak,
        "strong": strong,
        "strengths": strengths,
        "trusted": trusted[0] if len(trusted) == 1 else trusted,
        "protocol": protocol,
        "questions": questions,
        "fprs": fprs,
    }
    for option, value in given.items():
        if value == "":
            raise UserError(f"--{option} must not be empty; leave it out for the default")
    if prices and not dry_run:
        raise UserError("--price is for an estimate; add --estimate, or leave out --price")
    test = StressTest(
        plants=plants,
        monitors=monitors,
        seeds=seeds,
        references=references,
        combine=combine,
        models=models_of(judges, debater, roles),
        **{name: one for name, one in given.items() if one},
    )
    perform_stress(
        test, out, name, overwrite, workers, engine, address, store, as_json, dry_run, prices
    )


def perform_stress(
    test: StressTest,
    out: Path | None,
    name: str,
    overwrite: bool,
    workers: int | None,
    engine: str,
    address: str | None,
    store: str | None,
    as_json: bool,
    dry_run: bool,
    prices: Sequence[str] = (),
) -> None:
    """Run a stress test, or estimate its work, and print the result.

    Args:
        prices: prices of roles, for an estimate; see `truing.cli._costs.read_prices`.
    """
    from truing.lab import run_stress
    from truing.studies import Store
    from truing.studies.engines import open_engine

    if dry_run:
        print_stress_estimate(test, Store(store), prices, as_json)
        return
    announce_requests(test, Store(store))
    with open_engine(engine, workers, address) as opened, ProgressBar() as progress:

        def watch(kind: str, done: int, total: int, reused: int) -> None:
            progress("steps", done, total, f"{reused} reused; {kind}")

        result = run_stress(
            test,
            out=out,
            name=name,
            overwrite=overwrite,
            engine=opened,
            store=Store(store),
            watch=watch,
        )
    if as_json:
        print(json.dumps(_as_json(result)))
        return
    _print_result(result)


def _as_json(result: StressResult) -> dict[str, object]:
    return {
        "rows": [row.to_json() for row in result.rows],
        "card": [row.to_json() for row in result.card],
        "work": asdict(result.work),
        "folder": str(result.folder),
    }


def _print_result(result: StressResult) -> None:
    from truing.report import power_card, stress_summary

    console = output_console()
    console.print(stress_summary(result.rows))
    console.print("", power_card(result.card, result.rows), sep="\n")
    work = result.work
    print_text(
        "",
        f"{counted(work.trainings, 'training')} in {work.seconds:.1f} s; "
        f"{counted(work.reused, 'step')} reused",
        f"{result.folder}: report.html, charts/, detections.jsonl, power.jsonl",
    )


def _print_card(folder: Path, as_json: bool) -> None:
    """Print the power card of a run folder.

    Raises:
        UserError: the folder contains no finished stress test.
    """
    from truing.lab import StressResult, load
    from truing.report import power_card

    result = load(folder)
    if not isinstance(result, StressResult):
        raise UserError(f"--card must be the folder of a stress test, got {folder}")
    if as_json:
        print(json.dumps({"card": [row.to_json() for row in result.card]}))
        return
    output_console().print(power_card(result.card, result.rows))
