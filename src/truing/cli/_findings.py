"""`truing findings`: print or share findings of a research run."""

from __future__ import annotations

import json

import click

from truing.cli._door import door_options, plain


@click.command("findings")
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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@door_options
def command(share, since, as_json, **where) -> None:
    """Print the findings that researchers shared, oldest first, or share a finding."""
    from truing.research.doors import open_door

    door = open_door(**where)
    if share is not None:
        number = door.share_finding(share)["number"]
        print(json.dumps({"number": number}) if as_json else f"finding {number}")
        return
    found = _read_all(door, since)
    if as_json:
        print(json.dumps({"findings": found}))
        return
    for one in found:
        print(f"{one['number']}  {one['researcher']}: {plain(one['text'])}")


def _read_all(door, since: int) -> list[dict]:
    """Read all findings after a number, page by page."""
    found, more = [], True
    while more:
        page = door.read_findings(since)
        found += page["findings"]
        since, more = found[-1]["number"] if found else since, page["more"]
    return found
