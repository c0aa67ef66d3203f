"""`truing submit`: hand a method in to a referee."""

from __future__ import annotations

import json
from pathlib import Path

import click

from truing.cli._door import door_options, receipt_line
from truing.errors import UserError


@click.command("submit")
@click.option("--composition", metavar="SPEC", help="composition,targets=confidence,alpha=0.75")
@click.option(
    "--file", "path", type=click.Path(path_type=Path), metavar="FILE", help="Python with a method."
)
@click.option(
    "--predictions", type=click.Path(path_type=Path), metavar="FILE", help="JSON: {TASK: answers}."
)
@click.option("--name", default="", metavar="NAME", help="Of the method in the file: smooth,by=0.5")
@click.option("--claim", required=True, metavar="TEXT", help="What it does better, and where.")
@click.option("--mechanism", required=True, metavar="TEXT", help="Why it should.")
@click.option(
    "--expected", type=float, required=True, metavar="GAIN", help="Over the baseline, -1 to 1."
)
@click.option("--wait", is_flag=True, help="Until it is scored.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipt as JSON.")
@door_options
def command(
    composition, path, predictions, name, claim, mechanism, expected, wait, as_json, **where
) -> None:
    """Hand a method in with its card, which is frozen with it; it costs one of the budget.

    The same method again costs nothing and gives the same receipt. The signed receipt is kept in a
    file, so that you can prove what the referee stated: truing ledger verify --receipt FILE.

    \b
    truing submit --composition composition,targets=confidence --wait \\
      --claim "it gains more" --mechanism "own beliefs correct errors" --expected 0.02
    """
    from truing.research import read_submission
    from truing.research.doors import open_door, receipt_path, wait_for

    kind, content = _read(composition, path, predictions, name)
    card = {"claim": claim, "mechanism": mechanism, "expected_effect": expected}
    door = open_door(**where)
    given = {"kind": kind, "content": content, "name": name, "card": card}
    receipt = door.submit_method(read_submission(given))
    if wait:
        receipt = wait_for(door, receipt["number"])
    if as_json:
        print(json.dumps(receipt))
        return
    print(receipt_line(receipt))
    print(f"receipt: {receipt_path(receipt)}")


def _read(
    composition: str | None, path: Path | None, predictions: Path | None, name: str
) -> tuple[str, str]:
    """Kind and content of a submission."""
    if sum(one is not None for one in (composition, path, predictions)) != 1:
        raise UserError("name one of --composition, --file and --predictions")
    if predictions is not None:
        return "predictions", _read_text(predictions)
    if composition is not None:
        return "composition", composition
    if not name:
        raise UserError("name the method in the file: --name NAME")
    return "file", _read_text(path)


def _read_text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise UserError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: it is no text in UTF-8") from None
