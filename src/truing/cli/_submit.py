"""`truing submit`: submit a method to a referee."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truing.cli._console import print_text
from truing.cli._door import receipt_line, referee_options
from truing.cli._only_method import only_method
from truing.cli._options import json_option, named_paths
from truing.cli._sections import SectionedCommand
from truing.errors import ContractError, UserError

if TYPE_CHECKING:
    from truing.research import Receipt, Submission
    from truing.research.doors import Door

CARD = ("claim", "mechanism", "expected_effect", "probability")
REQUIRED = {"claim": "--claim TEXT", "mechanism": "--mechanism TEXT"}
REQUIRED |= {"expected_effect": "--expected GAIN"}
SECTIONS = {
    "Method": ("composition", "path", "folder", "predictions", "name"),
    "Trial": ("trial", "models"),
    "Method card": CARD,
    "Referee": ("url", "token", "referee", "researcher"),
}


@click.command("submit", cls=SectionedCommand, sections=SECTIONS)
@click.option(
    "--composition",
    metavar="SPEC",
    help="Composition to submit, see `truing list methods composition`.",
)
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Python file with the method to submit.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of training code with a run.py to submit. Its card.json is the method card.",
)
@click.option(
    "--predictions",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="JSON file of predictions to submit: {TASK: answers}.",
)
@click.option(
    "--name",
    default="",
    metavar="NAME",
    help="Name of the method in --file, with arguments: smooth,by=0.5 (default: the only method "
    "in the file).",
)
@click.option("--claim", metavar="TEXT", help="Method card: what the method improves.")
@click.option("--mechanism", metavar="TEXT", help="Method card: why it should work.")
@click.option(
    "--expected",
    "expected_effect",
    type=float,
    metavar="GAIN",
    help="Method card: expected gain over the baseline, -1 to 1.",
)
@click.option(
    "--probability",
    type=float,
    metavar="P",
    help="Method card: your probability that the gain is above 0, 0 to 1 (default: not stated).",
)
@click.option(
    "--try",
    "trial",
    is_flag=False,
    flag_value="digits",
    metavar="[TASK]",
    help="Try the --folder on this machine and check its contract, without a referee and without "
    "submitting it (default task: digits).",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME=DIR",
    help="Model that the folder may read in the trial, by the name in `given.models`. Repeat for "
    "several models.",
)
@click.option("--wait", is_flag=True, help="Wait until the submission is scored.")
@json_option
@referee_options
def command(
    composition, path, folder, predictions, name, trial, models, wait, as_json, **others
) -> None:
    """Submit a method with its method card.

    Each submission uses one unit of the budget. Submitting the same method again costs nothing and
    returns the same receipt. The signed receipt is stored in a file; with it you can check the
    ledger later: truing ledger verify --receipt FILE.

    \b
    truing submit --folder examples/folder --try
    truing submit --folder examples/folder --wait
    truing submit --wait \\
      --composition composition,targets=confidence \\
      --claim "it gains more" \\
      --mechanism "own beliefs correct errors" \\
      --expected 0.02
    """
    from truing.research import read_submission
    from truing.research.doors import open_door, receipt_path

    if trial is not None:
        _try(folder, trial, named_paths("--model", models), as_json)
        return
    if models:
        raise UserError("--model is an option of --try; a referee names the models of its runs")
    kind, content = _read(composition, path, folder, predictions)
    if path is not None and not name:
        name = only_method(path, content)
    card = _card(folder, {name: others.pop(name) for name in CARD})
    submission = read_submission({"kind": kind, "content": content, "name": name, "card": card})
    receipt = _submit(open_door(**others), submission, wait)
    if as_json:
        print(json.dumps(receipt.to_json()))
        return
    print(receipt_line(receipt))
    print(f"receipt: {receipt_path(receipt)}")
    if receipt.status == "accepted":
        print(f"waiting for its score; later: truing result {receipt.number}")


def _try(folder: Path | None, task: str, models: Mapping[str, Path], as_json: bool) -> None:
    """Try a folder on a task, and print the conditions that it satisfies."""
    from truing.progress import working
    from truing.research import Folders
    from truing.testing import check_folder

    if folder is None:
        raise UserError("--try needs a folder; give --folder DIR")
    _check_not_referee(folder)
    try:
        with working("running the folder up to five times"):
            given = Folders(models={name: str(path) for name, path in models.items()})
            trial = check_folder(folder, task, folders=given)
    except ContractError as error:
        print(*getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
        raise
    if as_json:
        print(json.dumps(trial.to_json()))
    else:
        print_text(*str(trial).splitlines())


def _submit(door: Door, submission: Submission, wait: bool) -> Receipt:
    """The receipt of a submission. Shows progress, because a referee in a folder scores at once."""
    from truing.progress import working
    from truing.research.doors import wait_for

    with working("scoring"):
        receipt = door.submit_method(submission)
        return wait_for(door, receipt.number) if wait else receipt


def _card(folder: Path | None, options: Mapping[str, str | float | None]) -> dict[str, Any]:
    """The method card: `card.json` of a folder, with the options in place of its fields."""
    from truing.research.folders import read_card

    card = read_card(folder) if folder is not None else {}
    card |= {name: value for name, value in options.items() if value is not None}
    for name, option in REQUIRED.items():
        if name not in card:
            place = "" if folder is None else f" or write it into {folder / 'card.json'}"
            raise UserError(f"the method card has no {name}; give {option}{place}")
    return card


def _read(
    composition: str | None, path: Path | None, folder: Path | None, predictions: Path | None
) -> tuple[str, str]:
    """Kind and content of a submission."""
    if sum(one is not None for one in (composition, path, folder, predictions)) != 1:
        raise UserError("give exactly one of --composition, --file, --folder and --predictions")
    if folder is not None:
        return "folder", _read_folder(folder)
    if predictions is not None:
        return "predictions", _read_text(predictions)
    if composition is not None:
        return "composition", composition
    assert path is not None  # exactly one of the four is given
    return "file", _read_text(path)


def _read_folder(folder: Path) -> str:
    from truing.research.folders import read_folder

    _check_not_referee(folder)
    return read_folder(folder).to_json()


def _check_not_referee(folder: Path) -> None:
    """Raise UserError if --folder names the folder of a referee."""
    from truing.runs import has_ledger

    if has_ledger(folder):
        raise UserError(
            f"{folder} is the folder of a referee, not of a method; name it with --referee "
            f"{folder}, and a folder with a run.py with --folder"
        )


def _read_text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise UserError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8 text") from None
