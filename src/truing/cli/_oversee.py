"""`truing oversee`: compare oversight protocols on the same questions, with any models."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._complete import complete_names
from truing.cli._console import output_console, print_text
from truing.cli._costs import Prices, print_estimate, print_usage, read_prices, usage_json
from truing.cli._options import (
    folder_options,
    full_option,
    json_option,
    limit_option,
    model_options,
    models_of,
    on_mute_option,
    questions_option,
)
from truing.cli._sections import FOLDER, SectionedCommand
from truing.progress import ProgressBar

if TYPE_CHECKING:
    from truing.oversight import Overseen
    from truing.runs import OnMute


SECTIONS = {
    "Protocols and questions": ("protocols", "task", "limit", "swap"),
    "Models": ("judges", "debater", "roles"),
    "Costs": ("only_estimate", "prices"),
    "Requests": ("max_connections", "max_retries", "timeout", "max_tokens", "on_mute"),
    **FOLDER,
}


@click.command("oversee", cls=SectionedCommand, sections=SECTIONS)
@click.option(
    "--protocol",
    "protocols",
    shell_complete=complete_names("protocols"),
    multiple=True,
    required=True,
    metavar="NAME",
    help="Protocol: blind, debate, consultancy,assignment=open, path/to/file.py:name. Repeat to "
    "compare.",
)
@questions_option
@model_options
@limit_option
@click.option(
    "--swap",
    is_flag=True,
    help="Play each question a second time with the answers in reverse order.",
)
@click.option(
    "--estimate", "only_estimate", is_flag=True, help="Print the cost estimate without running."
)
@click.option(
    "--price",
    "prices",
    multiple=True,
    metavar="ROLE=IN/OUT",
    help="Dollars per million input and output tokens: --price judge=0.15/0.60.",
)
@click.option(
    "--max-connections",
    type=click.IntRange(min=1),
    metavar="N",
    help="Maximum number of concurrent requests (default: Inspect's).",
)
@click.option(
    "--max-retries",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    metavar="N",
    help="Maximum number of retries of a request after a temporary error.",
)
@click.option(
    "--timeout",
    type=click.IntRange(min=1),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="Timeout of one attempt at a request.",
)
@click.option(
    "--max-tokens",
    type=click.IntRange(min=1),
    default=2048,
    show_default=True,
    metavar="N",
    help="Maximum number of tokens in a reply, including native reasoning if the provider counts "
    "it.",
)
@on_mute_option
@folder_options
@full_option
@json_option
def command(
    protocols,
    task,
    judges,
    debater,
    roles,
    limit,
    swap,
    only_estimate,
    prices,
    max_connections,
    max_retries,
    timeout,
    max_tokens,
    on_mute,
    out,
    name,
    overwrite,
    full,
    as_json,
) -> None:
    """Compare a judge's accuracy under several oversight protocols on the same questions.

    Every reply is cached: after an interruption or an error, run the same command again; no reply
    is paid for twice. The run folder contains judgements.jsonl (read by `truing measure
    oversight`), transcripts.jsonl and logs/ (read by `inspect view`).

    \b
    truing oversee --task cases,count=200 \\
      --protocol blind --protocol consultancy \\
      --protocol debate --judge truing/judge \\
      --debater truing/debater
    """
    from truing.lab import Oversight

    models = models_of(judges, debater, roles)
    run = Oversight(protocols=protocols, questions=task, limit=limit, swap=swap, **models)
    paid = read_prices(prices, models)
    if only_estimate:
        print_estimate(run, paid, max_tokens, as_json)
        return
    from truing.lab import run_oversight
    from truing.oversight import Requests

    in_all = timeout * (max_retries + 1)
    requests = Requests(max_connections, max_retries, in_all, timeout, max_tokens)
    with ProgressBar() as progress:
        result = run_oversight(
            run,
            out=out,
            name=name,
            overwrite=overwrite,
            requests=requests,
            watch=lambda protocol, done, total: progress("plays", done, total),
            on_mute=on_mute,
        )
    found = result.overseen
    free = all(one.startswith("truing/") for names in models.values() for one in names)
    _print_found(found, result.folder, paid, free, on_mute, full, as_json)
    sys.exit(max(_failed(found), _lost(found)))


def _print_found(
    found: Overseen,
    folder: Path,
    prices: Prices,
    free: bool,
    on_mute: OnMute,
    full: bool,
    as_json: bool,
) -> None:
    from truing.cli._measure_oversight import oversight_json, print_oversight
    from truing.report import OVERSIGHT_SIMULATED, oversight_summary
    from truing.runs import OVERSIGHT, count_speeches, measure_judgements

    path = folder / OVERSIGHT.results
    measures = measure_judgements(path, on_mute=on_mute) if found.records else None
    speeches = count_speeches(found.records)
    simulated = any(row.simulated for row in found.records)
    if as_json:
        measured = oversight_json(measures, speeches) if measures else {"protocols": []}
        failures = [
            {"protocol": label, "play": play, "why": why} for label, play, why in found.failures
        ]
        plain = {
            **measured,
            "simulated": simulated,
            "failures": failures,
            "usage": usage_json(found.usage, prices),
            "total_usage": usage_json(found.total_usage, prices),
            "folder": str(folder),
        }
        print(json.dumps(plain))
        return
    if measures and full:
        print_oversight(measures, speeches)
        print()
    elif measures:
        output_console().print(oversight_summary(measures))
    if simulated:
        print_text(OVERSIGHT_SIMULATED)
    print_usage(found, prices, free)
    print_text(f"{folder}: report.html, charts/, judgements.jsonl, logs/")
    if measures and not full:
        print_text("--full prints calibration, ASD, JSE and all comparisons.")


def _failed(found: Overseen) -> int:
    """Return 1 if plays failed, after a line on standard error."""
    if not found.failures:
        return 0
    failed = len(found.failures)
    total = failed + len(found.records)
    protocol, play, why = found.failures[0]
    what = (
        f"{failed} of {total} plays failed and are left out of the results"
        if found.records
        else f"every play failed ({failed} of {total}), so there are no results"
    )
    again = "only these" if found.records else "them"
    print(
        f"truing: {what}; the first: {protocol}, {play}: {why}; "
        f"run the same command again to repeat {again}",
        file=sys.stderr,
    )
    return 1


def _lost(found: Overseen) -> int:
    """Return 1 if paid replies could not be stored, after a line on standard error."""
    if not found.lost:
        return 0
    print(
        f"truing: {found.lost} paid replies could not be saved in the store ({found.why_lost}); "
        "another run would pay for them again; free some space or set TRUING_STORE to another "
        "folder",
        file=sys.stderr,
    )
    return 1
