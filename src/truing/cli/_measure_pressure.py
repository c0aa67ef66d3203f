"""`truing measure pressure`: belief and truth under selection, from recorded candidates."""

from __future__ import annotations

import json
from pathlib import Path

import click

from truing.cli._console import output_console
from truing.cli._once import Command
from truing.cli._options import json_option
from truing.cli._pressure_counts import COUNTS


@click.command(
    "pressure", short_help="Compute belief and truth of the most believed of n plays.", cls=Command
)
@click.argument("path", metavar="FILE.jsonl", type=click.Path(path_type=Path))
@click.option(
    "--pressure",
    "counts",
    type=COUNTS,
    help="Values of n.  [default: 1, 2, 4, ... and the size of the smallest pool]",
)
@json_option
def pressure(path: Path, counts: tuple[int, ...] | None, as_json: bool) -> None:
    """Compute a judge's belief, the truth and their gap, if the most believed of n plays is kept.

    Each line is a candidate play with the fields "question", "argued" (index of the answer for
    which it argues), "truth" (index of the correct answer) and "belief" (the judge's probabilities,
    or null if the verdict could not be read). Optional fields: "protocol", "judge" and "agent", for
    a curve of each; "read", the belief of a role "reader" that selects instead of the judge;
    "cluster", a value shared by dependent questions; "swapped"; "mute", the number of missing
    speeches. `truing oversee` with the option `--pressure` writes such files.

    The estimate is the mean over all samples of n candidates without replacement, so nothing is
    drawn. Equal beliefs share the selection. Intervals are clustered by question.
    """
    from truing.report import pressure_summary
    from truing.runs import measure_candidates

    found = measure_candidates(path, counts)
    if as_json:
        print(json.dumps(found.to_json()))
        return
    output_console().print(pressure_summary(found))
