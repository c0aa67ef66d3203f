"""Options that several commands share, as decorators: one declaration and one text for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from truing.cli._complete import ROLES, complete_names, complete_role
from truing.errors import UserError

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def together(*options: Decorator) -> Decorator:
    """A decorator that adds options to a command, in this order."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")

comparison_option = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder for comparison.html, comparison.json and charts/.",
)


class FolderName(click.Path):
    """A folder's path, which must not be empty: that would be the working directory."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, file_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            raise UserError("--out must be the name of a folder, got ''")
        return super().convert(value, param, ctx)


full_option = click.option("--full", is_flag=True, help="Print all tables instead of a summary.")

folder_options = together(
    click.option(
        "--out",
        type=FolderName(),
        metavar="DIR",
        help="Run folder. The default is a folder in runs/, named by date, task and methods; the "
        "same command has the same folder.",
    ),
    click.option(
        "--name",
        default="",
        metavar="NAME",
        help="Readable name of the run, for lists, the report and a new run folder.",
    ),
    click.option("--overwrite", is_flag=True, help="Replace another run in the run folder."),
)
"""Options of the run folder, the arguments `out`, `name` and `overwrite` of `truing.run`."""


def cluster_options(runs: str) -> Decorator:
    """Where something runs: `--engine` and `--address`; the argument is the subject of the help."""
    return together(
        click.option(
            "--engine",
            type=click.Choice(["local", "ray"]),
            default="local",
            show_default=True,
            help=f"Where {runs}: on this machine or on a Ray cluster.",
        ),
        click.option(
            "--address",
            metavar="HOST:PORT",
            help="Ray cluster: host:port, ray://host:port or auto (default: start Ray here).",
        ),
    )


engine_options = together(
    click.option(
        "--workers",
        type=int,
        metavar="N",
        help="Number of worker processes (default: one per core; one for small studies).",
    ),
    cluster_options("the work runs"),
    click.option(
        "--store",
        metavar="DIR|URL",
        help="Cache of computed results: a folder, or a URL such as s3://bucket/truing.",
    ),
)

baseline_option = click.option(
    "--baseline",
    default="pinned",
    show_default=True,
    metavar="pinned|paired",
    help="Weak and ceiling accuracy in PGR: mean over seeds (pinned) or of the same seed (paired).",
)

metric_option = click.option(
    "--metric",
    type=click.Choice(["accuracy", "auroc", "balanced_accuracy"]),
    default="accuracy",
    show_default=True,
    help="Metric of PGR and of comparisons. For auroc a task must have two classes, for "
    "balanced_accuracy two or more.",
)

_questions = partial(
    click.option,
    "--task",
    shell_complete=complete_names("questions"),
    metavar="NAME|FILE",
    help="File of questions (JSONL, JSON, CSV, TSV, Parquet; .gz) with question, choices, truth "
    "and hidden text, or a question set by name, such as `cases` or `quality:FILE`.",
)
questions_option = _questions(required=True)
optional_questions_option = _questions()

limit_option = click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Maximum number of questions (the first N).",
)

on_mute_option = click.option(
    "--on-mute",
    type=click.Choice(["exclude", "count"]),
    default="exclude",
    show_default=True,
    help="Treatment of plays in which a speech was refused, empty or cut off: left out (exclude) "
    "or included (count).",
)


def named_paths(option: str, given: Sequence[str]) -> dict[str, Path]:
    """Paths by name; raises UserError if a value is not NAME=PATH or repeats a name."""
    found: dict[str, Path] = {}
    for one in given:
        name, _, path = one.partition("=")
        if not (name and path):
            raise UserError(f"{option} must be NAME=PATH, got {one!r}")
        if name in found:
            raise UserError(f"{option} gives {name!r} twice; give each name once")
        found[name] = Path(path)
    return found


def _read_roles(
    ctx: click.Context, option: click.Parameter, given: Sequence[str]
) -> list[tuple[str, str]]:
    """Role and model of each value; raises UserError if one of them is missing."""
    pairs = []
    for one in given:
        role, _, model = one.partition("=")
        if not (role and model):
            raise UserError(f"--role must be ROLE=MODEL, got {one!r}")
        pairs.append((role, model))
    return pairs


role_option = click.option(
    "--role",
    "roles",
    multiple=True,
    callback=_read_roles,
    shell_complete=complete_role,
    metavar="ROLE=MODEL",
    help=f"Model for one role: {', '.join(ROLES)}.",
)


model_options = together(
    click.option(
        "--judge",
        "judges",
        shell_complete=complete_names("models"),
        multiple=True,
        metavar="MODEL",
        help="Model of the judge, as Inspect names it: openai/gpt-4o-mini, truing/judge.",
    ),
    click.option(
        "--panel",
        shell_complete=complete_names("models"),
        metavar="MODEL+MODEL",
        help="Panel of judges in place of --judge; the verdict is the mean of their verdicts.",
    ),
    click.option(
        "--debater",
        shell_complete=complete_names("models"),
        metavar="MODEL",
        help="Model of all speakers that --role does not name.",
    ),
    role_option,
)
"""Options that name the models of a protocol, the arguments of `models_of`."""


def models_of(
    judges: Sequence[str], panel: str | None, debater: str | None, roles: Sequence[tuple[str, str]]
) -> dict[str, tuple[str, ...]]:
    """Models by role; several models of the judge are a panel.

    Raises:
        UserError: there are several judges.
    """
    models: dict[str, tuple[str, ...]] = {}
    if len(judges) + bool(panel) > 1:
        given = " and ".join([*judges, *([panel] if panel else [])])
        raise UserError(f"there must be one judge, got {given}; for a panel, use --panel A+B")
    if judges or panel:
        models["judge"] = tuple(judges) or tuple((panel or "").split("+"))
    if debater:
        models["debater"] = (debater,)
    for role, model in roles:
        models[role] = (*models.get(role, ()), model)
    return models


def seeds_option(default: int | None) -> Decorator:
    """The option `--seeds`; without a default its command decides."""
    return click.option(
        "--seeds",
        type=int,
        default=default,
        show_default=default is not None,
        metavar="N",
        help="Number of random splits (one per seed).",
    )


def port_option(default: int) -> Decorator:
    """The option `--port`."""
    return click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=default,
        show_default=True,
        metavar="N",
        help="Port; 0 for any free port.",
    )


cap_options = together(
    click.option(
        "--price",
        "prices",
        multiple=True,
        metavar="ROLE|MODEL=IN/OUT",
        help="Dollars per million input and output tokens of a role or a model: --price "
        "judge=0.15/0.60.",
    ),
    click.option(
        "--spend",
        type=click.FloatRange(min=0.0, min_open=True),
        metavar="DOLLARS",
        help="Hard cap on the dollars of the run, with earlier executions in its folder. It needs "
        "--price for every model, and it remains until another cap replaces it.",
    ),
    click.option(
        "--tokens",
        type=click.IntRange(min=1),
        metavar="N",
        help="Hard cap on the input and output tokens of the run, as --spend.",
    ),
)
"""Options of costs: prices, and the caps of a run."""

cost_options = together(
    click.option(
        "--estimate", "only_estimate", is_flag=True, help="Print the cost estimate without running."
    ),
    cap_options,
)
"""Options of costs: an estimate, prices, and the caps of a run."""
