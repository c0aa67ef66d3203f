"""`truing judge`: a page on which people judge, helped by models."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Sequence
from pathlib import Path

import click

from truing.errors import UserError


@click.command("judge")
@click.option(
    "--protocol",
    required=True,
    metavar="NAME",
    help="blind, debate,rounds=2,asks=true, consultancy, path/to/file.py:name.",
)
@click.option(
    "--task",
    required=True,
    metavar="NAME|FILE",
    help="Questions: a file (JSONL, JSON, CSV, TSV, Parquet; .gz) with question, choices, truth "
    "and hidden text, or `cases`.",
)
@click.option(
    "--agents",
    "--debater",
    "agents",
    metavar="MODEL",
    help="Who speaks, whatever a protocol calls it: openai/gpt-4o, truing/debater.",
)
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="ROLE=MODEL",
    help="Another model for one role: consultant, critic, proposer, adversary, market.",
)
@click.option(
    "--person",
    "people",
    multiple=True,
    default=["judge"],
    show_default=True,
    metavar="NAME",
    help="Who judges. Repeat for several, each with a link and a sitting of their own.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N questions.")
@click.option("--swap", is_flag=True, help="Show the answers in reverse order half of the time.")
@click.option("--reveal", is_flag=True, help="Show the right answers to who has judged everything.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="0: any free port."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The run folder; by default runs/ and a readable name here.",
)
def command(protocol, task, agents, roles, people, limit, swap, reveal, port, out) -> None:
    """Let people judge: they read the rounds, may ask, and give a probability to each answer.

    Nobody sees the truth while they judge. Everything is saved at once: stop at any time, and the
    same command goes on from there. When it stops, judgements.jsonl holds what was judged, for
    `truing measure oversight FILE`, or to train a student: `truing w2s --supervisor
    judgements:FILE`.

    \b
    truing judge --protocol debate,rounds=2 --task cases,count=10 --agents truing/debater
    """
    from truing.report import JudgedFolder
    from truing.server import serve
    from truing.server.judge import judge_pages

    models = _models(agents, roles)
    _need_speakers(protocol, models)
    with JudgedFolder(protocol, task, models, limit=limit, swap=swap, out=out) as folder:
        names = list(dict.fromkeys(people))
        for name in names:
            folder.session.sitting(name)  # a wrong name is told now, and not by a page
        what = f"The judge's page of {folder.session.label}"
        _stop_once()
        with contextlib.suppress(KeyboardInterrupt):  # also one that comes before it serves
            serve([judge_pages(folder.session, reveal)], port, what, visitors=names)
        count = folder.close()
    print(f"\n{count} judgements")
    print(f"{folder.path}: report.html, judgements.jsonl, transcripts.jsonl, people/")


def _stop_once() -> None:
    """End the server at the first Ctrl-C or SIGTERM; later ones must not interrupt the report."""

    def stop(number: int, frame: object) -> None:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, stop)


def _need_speakers(protocol: str, models: dict[str, str]) -> None:
    """Raise UserError where a protocol has speakers and nobody was named."""
    from truing.oversight.protocols import PROTOCOLS

    if not models and PROTOCOLS.build(protocol).value.speakers:
        raise UserError(f"{protocol}: name who speaks: --agents PROVIDER/MODEL or truing/debater")


def _models(agents: str | None, roles: Sequence[str]) -> dict[str, str]:
    models = {"debater": agents} if agents else {}
    for one in roles:
        role, equals, model = one.partition("=")
        if not (role and equals and model):
            raise UserError(f"--role {one!r} must read ROLE=MODEL")
        models[role] = model
    return models
