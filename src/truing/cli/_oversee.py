"""`truing oversee`: compare oversight protocols on the same questions, with any models."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._console import output_console, print_text
from truing.cli._costs import Prices, print_estimate, print_usage, read_prices, usage_json
from truing.cli._oversee_options import SECTIONS, oversee_options, oversight_of, requests_of
from truing.cli._sections import SectionedCommand
from truing.progress import ProgressBar

if TYPE_CHECKING:
    from truing.oversight import Overseen
    from truing.runs import OnMute


@click.command("oversee", cls=SectionedCommand, sections=SECTIONS)
@oversee_options
def command(only_estimate, prices, on_mute, out, name, overwrite, full, as_json, **given) -> None:
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
    run = oversight_of(given)
    paid = read_prices(prices, run.models)
    if only_estimate:
        print_estimate(run, paid, given["max_tokens"], as_json)
        return
    from truing.lab import run_oversight

    with ProgressBar() as progress:
        result = run_oversight(
            run,
            out=out,
            name=name,
            overwrite=overwrite,
            requests=requests_of(given),
            watch=lambda protocol, done, total: progress("plays", done, total),
            on_mute=on_mute,
        )
    found = result.overseen
    free = all(one.startswith("truing/") for names in run.models.values() for one in names)
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
