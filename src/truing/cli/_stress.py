"""`truing stress`: planted misbehaviour, its honest twins, and the monitors that detect it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truing.cli._console import output_console, print_text
from truing.cli._options import models_of
from truing.cli._sections import SectionedCommand
from truing.cli._stress_estimate import announce_requests, print_stress_estimate
from truing.cli._stress_options import DEFAULTED, PERFORMED, SECTIONS, stress_options
from truing.errors import UserError
from truing.progress import ProgressBar
from truing.wording import counted

if TYPE_CHECKING:
    from truing.lab import StressResult
    from truing.stress import StressTest


@click.command("stress", cls=SectionedCommand, sections=SECTIONS)
@stress_options
def command(card, **given) -> None:
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
        _print_card(card, given["as_json"])
        return
    if given["prices"] and not given["dry_run"]:
        raise UserError("--price is for an estimate; add --estimate, or leave out --price")
    options = {name: given.pop(name) for name in PERFORMED}
    perform_stress(_stress_test(**given), **options)


def _stress_test(trusted, judges, panel, debater, roles, **given: Any) -> StressTest:
    """The stress test that the options describe."""
    from truing.stress import StressTest

    given["trusted"] = trusted[0] if len(trusted) == 1 else trusted
    for name in (*DEFAULTED, "trusted"):
        if given[name] == "":
            raise UserError(f"--{name} must not be empty; leave it out for the default")
        if not given[name]:
            del given[name]
    return StressTest(models=models_of(judges, panel, debater, roles), **given)


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
