"""Options of `truing stress`."""

from __future__ import annotations

from pathlib import Path

import click

from truing.cli._complete import complete_names, complete_run
from truing.cli._options import (
    engine_options,
    folder_options,
    json_option,
    model_options,
    seeds_option,
    together,
)
from truing.cli._sections import ENGINE, FOLDER

MODELS = ("judges", "panel", "debater", "roles")
SECTIONS = {
    "Plants and monitors": ("plants", "strengths", "monitors", "combine"),
    "Honest system of plants of studies and methods": ("task", "weak", "strong", "trusted"),
    "Honest system of plants of protocols": ("protocol", "questions", *MODELS),
    "Systems and alarms": ("seeds", "references", "fprs"),
    "Costs": ("dry_run", "prices"),
    **FOLDER,
    **ENGINE,
}
PERFORMED = (*FOLDER["Run folder"], *ENGINE["Computation"], "dry_run", "prices", "as_json")
"""Parameters of `perform_stress`. All others but `card` describe the stress test."""

DEFAULTED = ("task", "weak", "strong", "strengths", "protocol", "questions", "fprs")
"""Parameters whose default the stress test states."""


stress_options = together(
    click.option(
        "--plant",
        "plants",
        shell_complete=complete_names("plants"),
        multiple=True,
        metavar="NAME",
        help="Planted misbehaviour: backdoor,trigger=pixel, liar, path/to/file.py:name. Repeat to "
        "compare.",
    ),
    click.option(
        "--monitor",
        "monitors",
        shell_complete=complete_names("monitors"),
        multiple=True,
        metavar="NAME",
        help="Monitor: probe, spot-check,audits=50, path/to/file.py:name. Repeat to compare.",
    ),
    click.option(
        "--strength",
        "strengths",
        type=float,
        multiple=True,
        metavar="SHARE",
        help="Strength of the plants, above 0 and at most 1. Repeat for a curve.  [default: 0.01, "
        "0.05, 0.2]",
    ),
    click.option(
        "--combine",
        is_flag=True,
        help="Also combine all monitors by a model that is fitted on the other plants.",
    ),
    click.option(
        "--trusted",
        multiple=True,
        metavar="FILE|ID",
        help="Trusted items: a file of their ids, one per line, or an id; repeat for several ids. "
        "[default: random items of the supervise split]",
    ),
    click.option(
        "--task",
        shell_complete=complete_names("tasks"),
        metavar="NAME|FILE",
        help="Task name or file (JSONL, JSON, CSV, TSV, Parquet; .gz).  [default: digits]",
    ),
    click.option(
        "--weak",
        "--supervisor",
        "weak",
        shell_complete=complete_names("supervisors", "students"),
        metavar="NAME",
        help="Supervisor of the honest system.  [default: pca-8]",
    ),
    click.option(
        "--strong",
        shell_complete=complete_names("students"),
        metavar="NAME",
        help="Student of the honest system.  [default: nystroem-64]",
    ),
    click.option(
        "--protocol",
        shell_complete=complete_names("protocols"),
        metavar="NAME",
        help="Protocol that plants of protocols corrupt.  [default: debate]",
    ),
    click.option(
        "--questions",
        shell_complete=complete_names("questions"),
        metavar="NAME|FILE",
        help="Question set of the protocol.  [default: cases]",
    ),
    model_options,
    seeds_option(default=20),
    click.option(
        "--references",
        type=int,
        default=99,
        show_default=True,
        metavar="N",
        help="Number of honest reference systems, with which an alarm compares a system.",
    ),
    click.option(
        "--fpr",
        "fprs",
        type=float,
        multiple=True,
        metavar="RATE",
        help="Declared false-positive rate of alarms. Repeat for several.  [default: 0.01, 0.05]",
    ),
    click.option(
        "--estimate",
        "dry_run",
        is_flag=True,
        help="Print the number of steps, and an upper bound of requests and tokens of language "
        "models, without running.",
    ),
    click.option(
        "--price",
        "prices",
        multiple=True,
        metavar="ROLE=IN/OUT",
        help="Dollars per million input and output tokens, for --estimate: "
        "--price judge=0.15/0.60.",
    ),
    folder_options,
    engine_options,
    click.option(
        "--card",
        type=click.Path(path_type=Path),
        shell_complete=complete_run,
        metavar="RUN",
        help="Print the power card of a run folder, without running anything.",
    ),
    json_option,
)
"""Options of the command, in the order of its help."""
