"""`truing judge`: a page on which people judge, helped by models."""

from __future__ import annotations

import contextlib
import signal

import click

from truing.cli._complete import complete_names
from truing.cli._options import (
    folder_options,
    limit_option,
    port_option,
    questions_option,
    role_option,
)
from truing.cli._sections import FOLDER, SectionedCommand
from truing.errors import UserError
from truing.wording import counted

SECTIONS = {
    "Protocol and questions": ("protocol", "task", "limit", "swap"),
    "Models": ("agents", "roles"),
    "People": ("people", "reveal", "score"),
    **FOLDER,
}


@click.command("judge", cls=SectionedCommand, sections=SECTIONS)
@click.option(
    "--protocol",
    shell_complete=complete_names("protocols"),
    required=True,
    metavar="NAME",
    help="Protocol: blind, debate,rounds=2,asks=true, consultancy, path/to/file.py:name.",
)
@questions_option
@click.option(
    "--agents",
    "--debater",
    "agents",
    shell_complete=complete_names("models"),
    metavar="MODEL",
    help="Model of all speakers: openai/gpt-4o, truing/debater.",
)
@role_option
@click.option(
    "--person",
    "people",
    multiple=True,
    default=["judge"],
    show_default=True,
    metavar="NAME",
    help="Name of a judge. Repeat for several people; each gets a separate link and session.",
)
@limit_option
@click.option(
    "--swap", is_flag=True, help="Show the answers in reverse order for half of the questions."
)
@click.option(
    "--reveal", is_flag=True, help="Show the correct answers to a person who has judged everything."
)
@click.option(
    "--score", is_flag=True, help="Promise a score, and show it after a person's last question."
)
@port_option(default=0)
@folder_options
def command(
    protocol, task, agents, roles, people, limit, swap, reveal, score, port, **folder
) -> None:
    """Open a page on which people judge, helped by models.

    The judges read the speeches, may ask questions if the protocol allows it, and assign a
    probability to each answer. No judge sees the ground truth while judging. Every answer is stored
    immediately: you can stop the server with Ctrl-C at any time, and the same command continues.

    When the server stops, it writes the verdicts to judgements.jsonl in the run folder. Measure
    them with `truing measure oversight FILE`, or train a student on them: `truing w2s --supervisor
    judgements:FILE`.

    \b
    truing judge --protocol debate,rounds=2 \\
      --task cases,count=10 --agents truing/debater
    """
    from truing.lab import JudgeSession
    from truing.server import serve
    from truing.server.judge import judge_pages

    models = {**({"debater": agents} if agents else {}), **dict(roles)}
    _need_speakers(protocol, models)
    with JudgeSession(
        protocol=protocol, questions=task, models=models, limit=limit, swap=swap, **folder
    ) as session:
        names = list(dict.fromkeys(people))
        for name in names:  # raises UserError for an invalid name before the server starts
            session.people.sitting(name)
        what = f"The judge's page of {session.people.label}"
        _stop_once()
        with contextlib.suppress(KeyboardInterrupt):  # also before the server runs
            serve([judge_pages(session.people, reveal, score)], port, what, visitors=names)
        count = session.close()
    print(f"\n{counted(count, 'judgement')}")
    print(f"{session.path}: report.html, judgements.jsonl, transcripts.jsonl, people/")


def _stop_once() -> None:
    """End the server at the first Ctrl-C or SIGTERM; later ones must not interrupt the report."""

    def stop(number: int, frame: object) -> None:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, stop)


def _need_speakers(protocol: str, models: dict[str, str]) -> None:
    """Raise UserError if a protocol has speakers and no model was named."""
    from truing.oversight.protocols import PROTOCOLS

    if not models and PROTOCOLS.build(protocol).value.speakers:
        raise UserError(
            f"{protocol} needs a model for its speakers; add --agents PROVIDER/MODEL or "
            "--agents truing/debater"
        )
