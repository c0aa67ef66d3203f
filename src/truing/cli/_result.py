"""`truing result`: the receipt of a submission."""

from __future__ import annotations

import json

import click

from truing.cli._door import door_options, receipt_line
from truing.cli._once import Command
from truing.cli._options import json_option


@click.command("result", cls=Command)
@click.argument("number", type=int)
@json_option
@door_options
def command(number, as_json, **where) -> None:
    """Print the receipt of your submission NUMBER: its status and, if released, its score."""
    from truing.research.doors import open_door

    receipt = open_door(**where).get_result(number)
    print(json.dumps(receipt.to_json()) if as_json else receipt_line(receipt))
