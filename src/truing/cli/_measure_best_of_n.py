"""`truing measure best-of-n`: truth of the best of n candidates from recorded rewards."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truing.cli._console import output_console, print_text
from truing.cli._once import Command
from truing.cli._options import json_option
from truing.errors import DataError
from truing.wording import counted

if TYPE_CHECKING:
    from truing.measures import BestOfN
    from truing.tasks import FileRow

SEED = 0  # random seed of the bootstrap, so that a file always gives the same interval
NUMBERS = ("reward", "truth")


@click.command(
    "best-of-n", short_help="Compute the truth of the best of n candidates.", cls=Command
)
@click.argument("path", metavar="FILE.jsonl", type=click.Path(path_type=Path))
@click.option(
    "--largest",
    type=int,
    help="Largest n.  [default: half or more of the questions have so many candidates]",
)
@json_option
def best_of_n(path: Path, largest: int | None, as_json: bool) -> None:
    """Compute the truth of the candidate with the highest reward among n, for growing n.

    Each line is a candidate: {"question", "reward", "truth"}. The truth is 1 (true) for a right and
    0 (false) for a wrong candidate, or a number between. Optional fields: "reward_model", for a
    curve of each; "seed" of the reward model; and "cluster", a value shared by dependent questions.

    The estimate is the mean over all samples of n candidates without replacement, so nothing is
    drawn. Equal rewards share the choice. n = 1 is a random choice, and the oracle chooses by the
    truth. KL is the divergence of best-of-n from a random choice in nats. Intervals cover the seeds
    and the questions. A step below 0 at a higher reward is over-optimization.
    """
    import numpy as np

    from truing.measures import best_of_n_from_rewards
    from truing.tasks import read_rows

    rows = [_candidate(where, row) for where, row in read_rows(path, NUMBERS)]
    rng = np.random.default_rng(SEED)
    try:
        curves = best_of_n_from_rewards(rows, largest=largest, rng=rng)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None
    if as_json:
        plain = [{"reward_model": name, **asdict(curve)} for name, curve in curves.items()]
        print(json.dumps({"reward_models": plain}))
        return
    for name, curve in curves.items():
        _print(name, curve)


def _candidate(where: str, row: FileRow) -> dict[str, Any]:
    from truing.tasks import name_of, need, number_of

    need(where, row, "question", *NUMBERS)
    truth = row["truth"]
    value = float(truth) if isinstance(truth, bool) else number_of(where, row, "truth")
    assert value is not None  # `need` has checked the fields
    if not 0 <= value <= 1:
        raise DataError(
            f"{where}: truth must be true, false or a number from 0 to 1, got {value:g}"
        )
    names = {name: name_of(where, row, name) for name in ("reward_model", "seed", "cluster")}
    known = {name: one for name, one in names.items() if one is not None}
    question, reward = name_of(where, row, "question"), number_of(where, row, "reward")
    return {"question": question, "reward": reward, "truth": value, **known}


def _print(name: str, curve: BestOfN) -> None:
    from truing.report import Column, FittingTable, interval_text, signed_text

    numbers = ["truth [95%]", "step [95%]", "oracle"]
    columns = [Column("n"), Column("KL"), *map(Column, numbers), Column("reward", optional=True)]
    shown = FittingTable(columns)
    for point in curve.points:
        shown.rows.append(
            (
                str(point.n),
                f"{point.kl:.2f}",
                interval_text(point.truth, 3),
                signed_text(point.step) if point.n > 1 else "",
                f"{point.oracle.value:.3f}",
                f"{point.reward_gain:+.3g}" if point.n > 1 else "",
            )
        )
    left_out = f", {curve.left_out:,} with fewer candidates left out" if curve.left_out else ""
    about = f"{counted(curve.questions, 'question')}{left_out}, {counted(curve.seeds, 'seed')}"
    about += " (intervals cover questions only)" if curve.seeds == 1 else ""
    print_text(f"{name}: {about}" if name else about)
    output_console().print(shown)
    print_text("")
