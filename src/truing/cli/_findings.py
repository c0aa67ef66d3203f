"""`truing findings`: print or share findings of a research run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from truing.cli._console import print_text
from truing.cli._door import door_options, plain
from truing.cli._once import Command
from truing.cli._options import json_option

if TYPE_CHECKING:
    from truing.research import Finding
    from truing.research.doors import Door


@click.command("findings", cls=Command)
@click.option(
    "--share", metavar="TEXT", help="Text of a finding to share, instead of printing findings."
)
@click.option(
    "--since",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Print only findings after this number.",
)
@json_option
@door_options
def command(share, since, as_json, **where) -> None:
    """Print the findings that researchers shared, oldest first, or share a finding."""
    from truing.research.doors import open_door

    door = open_door(**where)
    if share is not None:
        shared = door.share_finding(share)
        print(json.dumps(shared.to_json()) if as_json else f"shared as finding {shared.number}")
        return
    found = _read_all(door, since)
    if as_json:
        print(json.dumps({"findings": [one.to_json() for one in found]}))
        return
    if not found:
        print_text("no findings yet; share one: truing findings --share TEXT")
        return
    print_text(*(f"{one.number}  {one.researcher}: {plain(one.text)}" for one in found))


def _read_all(door: Door, since: int) -> list[Finding]:
    """Read all findings after a number, page by page."""
    page = door.read_findings(since)
    found = [*page.findings]
    while page.more:
        page = door.read_findings(found[-1].number)
        found += page.findings
    return found
