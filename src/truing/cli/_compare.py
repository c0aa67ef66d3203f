"""`truing compare`: configuration differences and result differences between runs."""

from __future__ import annotations

import glob
import json
import os
from pathlib import Path

import click

from truing.cli._complete import complete_run
from truing.cli._console import output_console, print_text
from truing.cli._measure_evals import log_options, print_logs
from truing.cli._once import Command
from truing.cli._options import comparison_option, json_option
from truing.errors import UserError


@click.command("compare", cls=Command)
@click.argument("folders", metavar="RUN RUN ...", nargs=-1, shell_complete=complete_run)
@log_options
@json_option
@comparison_option
def command(folders, cluster, scorers, detect, as_json, out) -> None:
    """Compare run folders with the first run folder, or logs of Inspect with each other.

    Prints all configuration differences and result differences. Rows are matched by task,
    supervisor, student and method; a row without a match is compared with a row that differs in one
    of these names. Oversight runs are matched by protocol, stress tests by plant, strength and
    monitor. Differences are paired on the same seeds and items if the store still
    contains the runs' beliefs.

    Logs of Inspect (.eval or .json) of any task are compared in their accuracies, on the same
    samples: this is `truing measure evals`. Instead of logs, name a folder of logs, a pattern, or
    a URL.

    \b
    truing compare runs/FIRST runs/SECOND --out comparison
    truing compare FIRST.eval SECOND.eval --detect 0.02
    """
    others = [one for one in folders if not _names_logs(one)]
    if len(others) < len(folders):
        if others:
            raise UserError(
                f"{others[0]} is not a log of Inspect (.eval, .json) or a folder of logs, but "
                "another argument is; compare runs with runs, or logs with logs"
            )
        print_logs(folders, cluster, scorers, detect, as_json, out)
        return
    if cluster or scorers or detect is not None:
        raise UserError("--cluster, --scorer and --detect apply to logs of Inspect, not to runs")
    from truing.report import compare_runs, compare_table, write_comparison

    found = compare_runs([Path(one) for one in folders])
    if out:
        write_comparison(found, out)
    if as_json:
        print(json.dumps(found.to_json()))
        return
    output_console().print(compare_table(found))
    if out:
        charts = ", charts/" if found.compared else ""
        print_text("", f"{out}: comparison.html, comparison.json{charts}")


def _names_logs(given: str) -> bool:
    """Whether an argument names logs of Inspect: a file, a folder, a pattern or a URL."""
    from truing.oversight.logs import LOG_ENDINGS
    from truing.runs import kind_among

    if given.endswith(LOG_ENDINGS) or "://" in given or glob.has_magic(given):
        return True
    names = os.listdir(given) if os.path.isdir(given) else []
    return kind_among(names) is None and any(one.endswith(".eval") for one in names)
