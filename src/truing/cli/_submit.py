"""`truing submit`: submit a method to a referee."""

from __future__ import annotations

import json
from pathlib import Path

import click

from truing.cli._door import door_options, receipt_line
from truing.cli._only_method import only_method
from truing.cli._options import json_option
from truing.cli._sections import SectionedCommand
from truing.errors import UserError

SECTIONS = {
    "Method": ("composition", "path", "predictions", "name"),
    "Method card": ("claim", "mechanism", "expected", "probability"),
    "Referee": ("url", "token", "folder", "researcher"),
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
@click.option(
    "--claim", required=True, metavar="TEXT", help="Method card: what the method improves."
)
@click.option("--mechanism", required=True, metavar="TEXT", help="Method card: why it should work.")
@click.option(
    "--expected",
    type=float,
    required=True,
    metavar="GAIN",
    help="Method card: expected gain over the baseline, -1 to 1.",
)
@click.option(
    "--probability",
    type=float,
    metavar="P",
    help="Method card: your probability that the gain is above 0, 0 to 1 (default: not stated).",
)
@click.option("--wait", is_flag=True, help="Wait until the submission is scored.")
@json_option
@door_options
def command(
    composition,
    path,
    predictions,
    name,
    claim,
    mechanism,
    expected,
    probability,
    wait,
    as_json,
    **where,
) -> None:
    """Submit a method with its method card.

    Each submission uses one unit of the budget. Submitting the same method again costs nothing and
    returns the same receipt. The signed receipt is stored in a file; with it you can check the
    ledger later: truing ledger verify --receipt FILE.

    \b
    truing submit --wait \\
      --composition composition,targets=confidence \\
      --claim "it gains more" \\
      --mechanism "own beliefs correct errors" \\
      --expected 0.02
    """
    from truing.research import read_submission
    from truing.research.doors import open_door, receipt_path, wait_for

    kind, content = _read(composition, path, predictions)
    if path is not None and not name:
        name = only_method(path, content)
    card = {"claim": claim, "mechanism": mechanism, "expected_effect": expected}
    card |= {} if probability is None else {"probability": probability}
    door = open_door(**where)
    given = {"kind": kind, "content": content, "name": name, "card": card}
    receipt = door.submit_method(read_submission(given))
    if wait:
        receipt = wait_for(door, receipt.number)
    if as_json:
        print(json.dumps(receipt.to_json()))
        return
    print(receipt_line(receipt))
    print(f"receipt: {receipt_path(receipt)}")


def _read(composition: str | None, path: Path | None, predictions: Path | None) -> tuple[str, str]:
    """Kind and content of a submission."""
    if sum(one is not None for one in (composition, path, predictions)) != 1:
        raise UserError("give exactly one of --composition, --file and --predictions")
    if predictions is not None:
        return "predictions", _read_text(predictions)
    if composition is not None:
        return "composition", composition
    assert path is not None  # exactly one of the three is given
    return "file", _read_text(path)


def _read_text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise UserError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8 text") from None
