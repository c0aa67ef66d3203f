"""`truing measure`: measures with intervals from recorded results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._console import output_console
from truing.cli._measure_best_of_n import best_of_n
from truing.cli._measure_evals import evals
from truing.cli._measure_monitor import monitor
from truing.cli._measure_oversight import oversight
from truing.cli._measure_pressure import pressure
from truing.cli._measure_ratings import ratings
from truing.cli._once import Group
from truing.cli._options import baseline_option, json_option, metric_option
from truing.errors import DataError

if TYPE_CHECKING:
    from truing.measures import Metric, RecordedPGR
    from truing.tasks import FileRow

ROLES = ("weak", "transfer", "ceiling")
SEED = 0  # random seed of the bootstrap, so that a file always gives the same interval


@click.group("measure", cls=Group)
def command() -> None:
    """Compute measures with intervals from recorded results."""


command.add_command(best_of_n)
command.add_command(evals)
command.add_command(monitor)
command.add_command(oversight)
command.add_command(pressure)
command.add_command(ratings)


@command.command("pgr", short_help="Compute PGR from recorded accuracies.")
@click.argument("path", metavar="FILE.jsonl", type=click.Path(path_type=Path))
@metric_option
@baseline_option
@json_option
def pgr(path: Path, metric: Metric, baseline: str, as_json: bool) -> None:
    """Compute the performance gap recovered (PGR) from recorded accuracies.

    Each line is {"group", "role": "weak"|"transfer"|"ceiling", "seed", "accuracy", "n_test"}. The
    interval covers the seeds, the variation of the baselines and the sampling of the test set.

    With --metric auroc or balanced_accuracy, the field of that name takes the place of "accuracy",
    and "n_positive" is the number of test items of one of the two classes.
    """
    import numpy as np

    from truing.measures import pgr_from_accuracies

    rows = _read(path, metric)
    if baseline not in ("paired", "pinned"):
        raise DataError(f"unknown baseline {baseline!r}; allowed: pinned, paired")
    try:
        rng = np.random.default_rng(SEED)
        found = pgr_from_accuracies(rows, metric=metric, baseline=baseline, rng=rng)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None
    if as_json:
        print(json.dumps({"groups": [_plain(group) for group in found]}))
        return
    _print(found)


def _plain(group: RecordedPGR) -> dict[str, object]:
    return {
        "group": group.group,
        "metric": group.metric,
        "pgr": group.pgr.value,
        "sd": group.sd,
        "low": group.pgr.low,
        "high": group.pgr.high,
        f"weak_{group.metric}": group.weak_accuracy,
        f"transfer_{group.metric}": group.transfer_accuracy,
        f"ceiling_{group.metric}": group.ceiling_accuracy,
        "seeds": group.seeds,
        "n_test": group.n_test,
        "baseline": group.baseline,
        "note": group.note,
    }


def _read(path: Path, metric: Metric) -> list[FileRow]:
    from truing.measures import recorded_fields
    from truing.tasks import name_of, read_rows

    rows, fields = [], recorded_fields(metric)
    for where, row in read_rows(path, fields[3:]):
        for name in fields:
            if row.get(name) is None:
                raise DataError(f"{where}: no field {name!r}; required: {', '.join(fields)}")
        if row["role"] not in ROLES:
            raise DataError(f"{where}: unknown role {row['role']!r}; allowed: {', '.join(ROLES)}")
        for name in ("group", "seed"):
            name_of(where, row, name)  # refuses NaN
        accuracy, n_test = row[metric], row["n_test"]
        if not _number(accuracy) or not 0 <= accuracy <= 1:
            raise DataError(f"{where}: {metric} must be a number from 0 to 1, got {accuracy!r}")
        if not _number(n_test) or not 1 <= n_test < 1e15 or n_test != int(n_test):
            raise DataError(f"{where}: n_test must be a positive integer, got {n_test!r}")
        rows.append(row)
    return rows


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _print(found: list[RecordedPGR]) -> None:
    from truing.report import Column, FittingTable, FoldedText, interval_text

    names = ("PGR [95%]", "sd", "weak", "transfer", "ceiling", "seeds")
    numbers = [Column(name, optional=name == "ceiling") for name in names]
    shown = FittingTable([Column("group", left=True, fold=True), *numbers])
    for group in found:
        accuracies = (group.weak_accuracy, group.transfer_accuracy, group.ceiling_accuracy)
        shown.rows.append(
            (
                str(group.group),
                interval_text(group.pgr),
                "" if group.sd is None else f"{group.sd:.3f}",
                *(f"{a:.4f}" for a in accuracies),
                str(group.seeds),
            )
        )
    console = output_console()
    console.print(shown)
    for note in dict.fromkeys(group.note for group in found if group.note):
        noted = [str(group.group) for group in found if group.note == note]
        about = "" if len(noted) == len(found) else f"{', '.join(noted)}: "
        console.print("", FoldedText(f"{about}{note}"), sep="\n")
