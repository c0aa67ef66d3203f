"""`truing referee`: serve a research, let researchers in, and close it."""

from __future__ import annotations

import json
from pathlib import Path

import click

FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs/referee"),
    show_default=True,
    metavar="DIR",
    help="Where the research lives.",
)


@click.group("referee")
def command() -> None:
    """Serve a research, let researchers in, and close it."""


@command.command("serve")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="JSON of a new research; one that was begun has its own.",
)
@FOLDER
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="0.0.0.0 lets other machines in."
)
@click.option("--port", type=click.IntRange(0, 65535), default=8321, show_default=True)
def serve(config, folder, host, port) -> None:
    """Score what researchers hand in over HTTP, until interrupted; the page /docs says how."""
    from truing.research._config import read_config
    from truing.research.doors import referee_in
    from truing.research.doors._server import serve as serve_app

    given = None if config is None else read_config(config)
    serve_app(referee_in(folder, given), host, port)


@command.command("token")
@click.argument("name")
@FOLDER
def token(name, folder) -> None:
    """A token for a researcher, printed once; one that the name had is no longer valid."""
    from truing.research.doors import Tokens

    print(Tokens(folder).issue(name))


@command.command("close")
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def close(folder, as_json) -> None:
    """Take no more submissions, and score the finalists on the sealed and transfer tiers, once."""
    from truing.research.doors import referee_in

    verdicts = referee_in(folder).close()
    page = _write_report(folder) if verdicts else None
    if as_json:
        print(json.dumps({"verdicts": verdicts, "report": page}))
        return
    for one in verdicts:
        alone = ", climbs without transfer" if one["climbs_without_transfer"] else ""
        what = f"{one['submission']}  {one['researcher']}  {one['family']}"
        print(f"{what}: {one['verdict']} (p {one['p_holm']:.3g}, Holm){alone}")
    print(page or "nothing could be scored")


@command.command("report")
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def report(folder, as_json) -> None:
    """Write report.html into the folder, from the ledger: what was tried, spent and found so far.

    True scores stand in it once the research is closed.
    """
    page = _write_report(folder)
    print(json.dumps({"report": page}) if as_json else page)


def _write_report(folder: Path) -> str:
    from truing.lab import report_referee

    return str(report_referee(folder))
