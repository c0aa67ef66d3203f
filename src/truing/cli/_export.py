"""`truing export`: a trained model or the weak labels of a study as a folder."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._complete import complete_run
from truing.cli._console import output_console, print_text
from truing.cli._once import Command
from truing.cli._options import json_option
from truing.progress import ProgressBar

if TYPE_CHECKING:
    from truing.exports import Exported

MODELS = ("student", "ceiling", "supervisor")


@click.command("export", cls=Command)
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path), shell_complete=complete_run)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--row",
    type=int,
    metavar="N",
    help="Number of the row, from 1 (default: the only row). Without DIR, the rows are listed.",
)
@click.option("--seed", type=int, metavar="N", help="Seed of the study (default: its first seed).")
@click.option(
    "--role",
    type=click.Choice(MODELS),
    default="student",
    show_default=True,
    help="Model of the row.",
)
@click.option(
    "--labels",
    is_flag=True,
    help="Export the supervisor's labels of the items that the student learned, as a data set.",
)
@click.option(
    "--adapter", is_flag=True, help="Export the LoRA adapter instead of the merged model."
)
@click.option(
    "--push",
    metavar="OWNER/NAME",
    help="Repository of the Hugging Face Hub to which DIR is uploaded; a new one is private.",
)
@click.option("--store", metavar="DIR|URL", help="Cache of computed results of the study.")
@json_option
def command(run: Path, folder: Path | None, store: str | None, as_json: bool, **options) -> None:
    """Export a trained model of a study as a folder for transformers or PEFT, with a model card.

    RUN is the run folder of a finished study, and DIR a new folder. The weights of a study are not
    stored, so the model is trained again, and its beliefs are compared with those of the study.
    Then the folder is loaded without truing and compared again. Without DIR, the rows of the study
    are listed with their numbers.

    \b
    truing export runs/first
    truing export runs/first model --row 2
    truing export runs/first labels --row 2 --labels
    """
    if folder is None:
        _list_rows(run, as_json)
        return
    from truing.exports import export_row
    from truing.studies import Store

    with ProgressBar() as watch:
        done = export_row(run, folder, **options, store=Store(store), watch=watch, say=_say)
    if as_json:
        print(json.dumps({**asdict(done), "folder": str(done.folder)}))
        return
    print_text(*_lines(done))


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def _list_rows(run: Path, as_json: bool) -> None:
    """Print the rows of a study with their numbers."""
    from truing.exports import find_study
    from truing.report import Column, FittingTable

    names = ("task", "weak", "strong", "method")
    rows = [
        {"row": number, **{name: getattr(row, name) for name in names}}
        for number, row in enumerate(find_study(run).rows, 1)
    ]
    if as_json:
        print(json.dumps({"rows": rows}))
        return
    columns = [Column("row"), *(Column(name, left=True, fold=True) for name in names)]
    table = [tuple(str(value) for value in row.values()) for row in rows]
    output_console().print(FittingTable(columns, table))


def _lines(done: Exported) -> list[str]:
    """What was written, and what the comparisons found."""
    what = f"row {done.row}, {done.role}, seed {done.seed}"
    found = [f"{done.folder}: {done.form} ({what}), README.md"]
    if done.trained_difference is not None:
        same = f"differ by up to {done.trained_difference:.2g}"
        found.append(
            f"trained again: beliefs {'are bit-identical' if done.same_bits else same}; loaded "
            f"again: they differ by up to {done.loaded_difference:.1g}"
        )
    if done.pushed:
        found.append(f"pushed to {done.pushed} (private if it is new)")
    return found
