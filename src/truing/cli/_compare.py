"""`truing compare`: configuration differences and result differences between runs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from truing.cli._complete import complete_run
from truing.cli._console import output_console, print_text
from truing.cli._options import json_option


@click.command("compare")
@click.argument(
    "folders",
    metavar="RUN RUN ...",
    nargs=-1,
    type=click.Path(path_type=Path),
    shell_complete=complete_run,
)
@json_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder for comparison.html, comparison.json and charts/.",
)
def command(folders, as_json, out) -> None:
    """Compare run folders with the first run folder.

    Prints all configuration differences and result differences. Rows are matched by task,
    supervisor, student and method; a row without a match is compared with a row that differs in one
    of these names. Oversight runs are matched by protocol, stress tests by plant, strength and
    monitor. Differences are paired on the same seeds
    and items if the store still contains the runs' beliefs.

    \b
    truing compare runs/FIRST runs/SECOND --out comparison
    """
    from truing.report import compare_runs, compare_table, write_comparison

    found = compare_runs(folders)
    if out:
        write_comparison(found, out)
    if as_json:
        print(json.dumps(found.to_json()))
        return
    output_console().print(compare_table(found))
    if out:
        charts = ", charts/" if found.compared else ""
        print_text("", f"{out}: comparison.html, comparison.json{charts}")
