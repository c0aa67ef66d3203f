"""`truing export-env`: a protocol as an environment for reinforcement learning elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import click

from truing.cli._complete import complete_names
from truing.cli._console import print_text
from truing.cli._once import Command
from truing.cli._options import (
    json_option,
    limit_option,
    model_options,
    models_of,
    questions_option,
)


@click.command("export-env", cls=Command)
@click.argument("protocol", metavar="PROTOCOL", shell_complete=complete_names("protocols"))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@questions_option
@click.option(
    "--train",
    required=True,
    metavar="ROLE",
    help="Role of the policy: judge, or a role of a speaker, such as debater or consultant.",
)
@model_options
@limit_option
@click.option(
    "--prompts",
    type=click.Path(),
    default="",
    metavar="DIR",
    help="Folder with prompt templates and few-shot examples, as in truing oversee.",
)
@json_option
def command(
    protocol, folder, task, train, judges, panel, debater, roles, limit, prompts, as_json
) -> None:
    """Export a protocol as a training environment: prompts and a reward function.

    A policy is trained elsewhere (GRPOTrainer of TRL, or any trainer that can call a Python
    function). A speaker is rewarded by the judge's belief in its answer, a judge by the logarithm
    of its belief in the correct answer. DIR is a new folder; its README.md describes the files.
    Models that speak before the policy are called during the export.

    \b
    truing export-env debate,rounds=1 my-env \\
      --task cases,count=100 --train debater \\
      --judge truing/judge --debater truing/debater
    """
    from truing.exports.environments import export_environment

    made = export_environment(
        protocol,
        folder,
        questions=task,
        train=train,
        models=models_of(judges, panel, debater, roles),
        limit=limit,
        prompts=prompts,
    )
    count = len(made.prompts)
    if as_json:
        print(json.dumps({"folder": str(folder), "prompts": count, **made.settings}))
        return
    print_text(f"{folder}: {count} prompts for the {train}, environment.py, README.md")
