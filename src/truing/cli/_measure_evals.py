"""`truing measure evals`: accuracies of Inspect logs, and differences on the same samples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._console import output_console, print_text
from truing.cli._once import Command
from truing.cli._options import comparison_option, json_option, together
from truing.errors import UserError
from truing.wording import counted

if TYPE_CHECKING:
    from truing.oversight.logs import LogAccuracy, LogComparison, ScoredLog

log_options = together(
    click.option(
        "--cluster",
        metavar="FIELD",
        help="Metadata field of the samples of Inspect logs; samples with equal values are related "
        "(clustered standard errors).",
    ),
    click.option(
        "--scorer",
        "scorers",
        multiple=True,
        metavar="NAME",
        help="Scorer of Inspect logs; repeatable.  [default: all]",
    ),
    click.option(
        "--detect",
        type=float,
        metavar="DIFFERENCE",
        help="Difference between two Inspect logs, such as 0.02; prints the number of samples that "
        "detect it with 80% power.",
    ),
)
"""Options of both commands that read logs."""


@click.command("evals", short_help="Compare accuracies in logs of Inspect.", cls=Command)
@click.argument("paths", metavar="LOG|DIR|PATTERN ...", nargs=-1)
@log_options
@json_option
@comparison_option
def evals(
    paths: tuple[str, ...],
    cluster: str | None,
    scorers: tuple[str, ...],
    detect: float | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Compute accuracies from logs of any Inspect task, and differences on the same samples.

    LOG is a log of Inspect (.eval or .json), a folder with logs, a pattern such as 'logs/*.eval',
    or a URL. Each scorer whose values are numbers has a row, and each key of a value that is a
    dictionary. C counts as 1, P as 0.5, I and N as 0, as in Inspect. Epochs of a sample are
    averaged.

    Logs of one task are paired by the ids of their samples. Standard errors are clustered by
    sample, or by --cluster (Miller 2024, arXiv:2411.00640), and intervals use Student's quantiles.
    They are exact if fewer than 10 answers are right or wrong. The test of a difference is exact
    if fewer than 25 answers differ. p-values are Holm-corrected over all pairs and scorers.

    Unfinished, failed and cancelled logs are marked, and count with the samples that they contain.

    \b
    truing measure evals logs --cluster subject --detect 0.02
    """
    print_logs(paths, cluster, scorers, detect, as_json, out)


def print_logs(
    paths: Sequence[str],
    cluster: str | None,
    scorers: Sequence[str],
    detect: float | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Compare logs, write their page, and print tables or JSON."""
    if detect is not None and not detect > 0.0:
        raise UserError(f"--detect must be above 0, such as 0.02, got {detect:g}")
    from truing.oversight.logs import compare_logs

    found = compare_logs(paths, cluster=cluster, scorers=scorers, detect=detect)
    if out:
        from truing.report import write_logs

        write_logs(found, out)
    if as_json:
        print(json.dumps(found.to_json()))
        return
    for log in found.logs:
        _print_log(found.number(log), log)
    print_text("")
    output_console().print(_accuracies(found))
    for scorer in dict.fromkeys(pair.scorer for pair in found.pairs):
        print_text("", f"{scorer}: differences on the same samples, first minus second")
        output_console().print(_pairs(found, scorer))
    lines = [*found.unreadable, *found.unpaired, *found.notes()]
    if detect is not None and not found.pairs:
        lines.append("--detect needs two logs of one task, which are paired")
    if out:
        lines.append(f"{out}: comparison.html, comparison.json, charts/")
    for line in lines:
        print_text("", line)


def _print_log(number: int, log: ScoredLog) -> None:
    planned = log.planned or log.samples
    size = f"{log.samples:,} of " if log.samples != planned else ""
    about = [log.task, log.model, size + counted(planned, "sample")]
    about[-1] += f" in {log.epochs} epochs" if log.epochs > 1 else ""
    about += [counted(log.errors, "error")] if log.errors else []
    about += [log.mark.upper()] if log.mark else []
    print(f"{number}  {log.path}")
    print_text(f"   {', '.join(about)}")


def _accuracies(found: LogComparison):
    from truing.report import Column, FittingTable

    columns = [Column("log"), Column("scorer", left=True, fold=True), Column("n")]
    columns += [Column("clusters", optional=True)] if found.cluster else []
    shown = FittingTable([*columns, Column("accuracy [95%]"), Column("error")])
    for one in found.accuracies:
        clusters = [str(one.score.clusters if one.score else 0)] if found.cluster else []
        number, n = str(found.number(one.log)), str(one.score.n if one.score else 0)
        shown.rows.append((number, one.scorer or "no scores", n, *clusters, *_values(one)))
    return shown


def _values(one: LogAccuracy) -> tuple[str, str]:
    """Texts of a mean score with its interval, and of its standard error."""
    from truing.report import estimate_text

    if one.score is None:
        return "", ""
    stderr = one.score.stderr
    return estimate_text(one.score), "" if stderr is None else f"{stderr:.3f}"


def _pairs(found: LogComparison, scorer: str):
    from truing.report import Column, FittingTable, p_text, signed_text

    columns = [Column("logs", left=True), Column("n", optional=True)]
    columns += [Column("difference [95%]"), Column("p (Holm)"), Column("verdict", left=True)]
    wanted = [] if found.detect is None else [Column(f"n for {found.detect:g}")]
    shown = FittingTable([*columns, *wanted])
    for pair in (pair for pair in found.pairs if pair.scorer == scorer):
        shown.rows.append(
            (
                f"{found.number(pair.first)} - {found.number(pair.second)}",
                str(pair.difference.n),
                signed_text(pair.difference),
                p_text(pair.p_holm),
                pair.verdict,
                *(["" if pair.n_to_detect is None else f"{pair.n_to_detect:,}"] if wanted else []),
            )
        )
    return shown
