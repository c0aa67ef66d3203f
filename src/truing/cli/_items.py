"""`truing items`: a task's items as students see them."""

from __future__ import annotations

import json

import click

from truing.cli._complete import complete_names
from truing.cli._once import Command


@click.command("items", cls=Command)
@click.argument("task", metavar="TASK|FILE", shell_complete=complete_names("tasks"))
def command(task: str) -> None:
    """Print a task's items as students see them, without ground truth, one JSON object per line.

    Use the output to label items, or to compute activations, with other programs: `recorded:FILE`
    reads labels by id, and `file:PATH.npy` has a row for each item in this order.
    """
    from truing.tasks import load_task

    shown = load_task(task).task
    field = {"texts": "text", "images": "image", "vectors": "vector"}[shown.medium]
    own_choices = shown.kind != "classification"
    for item, (one, cluster) in enumerate(zip(shown.ids, shown.clusters, strict=True)):
        inputs = shown.inputs[item]
        content = inputs.tolist() if hasattr(inputs, "tolist") else inputs
        content = shown.own_texts(item) if own_choices else content
        row = {"id": one, "choices" if own_choices else field: content, "cluster": int(cluster)}
        print(json.dumps(row if own_choices else row | {"choices": list(shown.choices)}))
