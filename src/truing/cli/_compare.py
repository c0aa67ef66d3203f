"""`truing compare`: what differs between runs, in what was asked and in what came out."""

from __future__ import annotations

import json
from pathlib import Path

import click

from truing.cli._console import output_console


@click.command("compare")
@click.argument("folders", metavar="RUN RUN ...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write comparison.html, comparison.json and charts/ there.",
)
def command(folders, as_json, out) -> None:
    """Compare run folders with the first of them.

    Names every field of the configuration that differs, and the difference of every figure that
    belongs to the same task, supervisor, student and method, or to names that differ in one of the
    four; for oversight, of every protocol that both have. Differences are paired, on the same seeds
    and items, wherever the store still holds what the runs were made from.

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
        print(f"\n{out}: comparison.html, comparison.json{charts}")
