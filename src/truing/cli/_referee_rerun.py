"""`truing referee rerun`: score a submission of a bundle again."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._console import print_text
from truing.cli._once import Command
from truing.cli._options import json_option, named_paths

if TYPE_CHECKING:
    from truing.research.bundle import Rerun
    from truing.research.problems import Evaluation

TIERS = ("climb", "sealed", "other_tasks")


@click.command("rerun", short_help="Score a submission of a bundle again.", cls=Command)
@click.argument("bundle", type=click.Path(path_type=Path, file_okay=False), metavar="BUNDLE")
@click.option(
    "--submission",
    type=int,
    required=True,
    metavar="N",
    help="Number of the submission, as on the page.",
)
@click.option(
    "--tier",
    type=click.Choice(TIERS),
    default="climb",
    show_default=True,
    help="Tier on which it is scored; only finalists have scores on sealed and other_tasks.",
)
@click.option(
    "--data",
    "given",
    multiple=True,
    metavar="NAME=PATH",
    help="Path of a file or a model that the bundle names and does not contain; may be repeated.",
)
@click.option(
    "--isolation",
    metavar="LEVEL",
    help="Isolation level of submitted code: sealed, or a weaker level (filtered, limited). The "
    "level that the bundle names is never used. [default: sealed]",
)
@json_option
def rerun(bundle, submission, tier, given, isolation, as_json) -> None:
    """Score a submission again and compare the result with the ledger of the bundle.

    The exit code is 0 if the result is reproduced, and 1 if it is not. With the secret of the run,
    seeds and items are the same, and the results must be identical on the same versions; on other
    versions, accuracies may differ by 0.01. Without the secret, seeds and items are drawn again,
    and a two-sample test compares the gains.

    Submitted files and folders run in the sandbox of this machine.
    """
    from truing.progress import working
    from truing.research.bundle import rerun as score_again

    data = named_paths("--data", given)
    with working("scoring again"):
        found = score_again(bundle, submission, tier=tier, data=data, isolation=isolation)
    if as_json:
        print(json.dumps(asdict(found)))
    else:
        _print(found)
    sys.exit(0 if found.comparison.reproduced else 1)


def _print(found: Rerun) -> None:
    draws = "the same seeds and items" if found.same_draws else "other seeds and items"
    print_text(
        f"submission {found.submission} ({found.kind}) on the tier {found.tier}, {draws}",
        f"recorded: {_text(found.recorded)}",
        f"now:      {_text(found.found)}",
    )
    level = found.found.isolation
    if level:
        print_text(f"isolation: {level} (recorded: {found.recorded.isolation})")
    verdict = "reproduced" if found.comparison.reproduced else "NOT reproduced"
    print_text(f"{verdict}: {found.comparison.why}")


def _text(evaluation: Evaluation) -> str:
    if evaluation.failure:
        return f"failed: {evaluation.failure}"
    return "; ".join(
        f"{one.task}: accuracy {one.accuracy:.4f}, gain {one.value:+.4f} "
        f"[{one.low:+.4f}, {one.high:+.4f}]"
        for one in (gain.in_range for gain in evaluation.gains)
    )
