"""Options of the commands that score submissions, and `truing referee work`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._once import Command
from truing.cli._options import Decorator, cluster_options, together
from truing.cli._referee_folder import folder_option

if TYPE_CHECKING:
    from truing.oversight import Requests
    from truing.research import Referee, ResearchConfig
    from truing.research.problems import PlayWatcher


def _worker_options(work: str, default: str) -> Decorator:
    """The options, with the work of a worker and the default number of workers in words."""
    return together(
        click.option(
            "--workers",
            type=click.IntRange(min=1),
            metavar="N",
            help=f"Number of submissions that are {work} at a time (default: {default}).",
        ),
        cluster_options("submitted folders run"),
    )


worker_options = _worker_options("scored", "1; on Ray, as many as the cores of the cluster allow")
every_core_options = _worker_options(
    "scored or audited", "as many as the cores of this machine, or of Ray, allow"
)


@contextmanager
def open_referee(
    folder: Path,
    config: ResearchConfig | None = None,
    *,
    workers: int | None,
    engine: str,
    address: str | None,
    requests: Requests | None = None,
    every_core: bool = False,
    watch: PlayWatcher | None = None,
) -> Iterator[tuple[Referee, int]]:
    """Context with the referee in a folder, and the number of workers.

    Args:
        folder: folder of the referee.
        config: configuration of a new run.
        workers, engine, address: options of the command.
        requests: caps and prices of the fixed models of an oversight contest.
        every_core: whether the default on this machine is as many workers as the cores allow.
        watch: called with the progress of the plays of an oversight contest.

    Raises:
        UserError: the referee cannot be opened, or the cluster cannot be used.
    """
    from truing.errors import UserError
    from truing.research.doors import referee_in
    from truing.studies import RayEngine

    if engine == "local":
        if address is not None:
            raise UserError(f"the address {address} requires --engine ray")
        referee = referee_in(folder, config, requests=requests, watch=watch)
        yield referee, workers or (_room(referee, os.cpu_count() or 1) if every_core else 1)
        return
    _check_folders(config or stored_config(folder))
    with RayEngine(address) as cluster:
        referee = referee_in(folder, config, cluster=True)
        yield referee, workers or _room(referee, cluster.slots)


def _check_folders(config: ResearchConfig | None) -> None:
    """Raise UserError before a cluster is started for a run that accepts no folders of code."""
    from truing.errors import UserError

    if config is not None and config.folders is None:
        raise UserError(
            "--engine ray runs submitted folders of training code, and this run accepts none; "
            "remove --engine ray"
        )


def _room(referee: Referee, cores: int) -> int:
    """Number of folders that some cores can run at a time; 1 without folders."""
    folders = referee.config.folders
    return 1 if folders is None else max(1, cores // folders.limits.threads)


def stored_config(folder: Path) -> ResearchConfig | None:
    """The configuration of the run in a referee's folder; None without a run."""
    from truing.research.ledger import Ledger, read_opened
    from truing.run_files import LEDGER
    from truing.runs import has_ledger

    if not has_ledger(folder):
        return None
    with Ledger(folder / LEDGER, create=False) as ledger:
        opened = read_opened(ledger)
    return opened.config if opened else None


@click.command("work", short_help="Score submissions in a further process.", cls=Command)
@folder_option
@worker_options
@click.option(
    "--until-empty", is_flag=True, help="Stop when no submission is waiting, instead of waiting."
)
def work(folder, until_empty, **options) -> None:
    """Score submissions of a served research run in a further process on the same machine.

    Start the command as often as you like; no submission is scored twice. You can stop it at any
    time: another worker scores the interrupted submission again, and it is charged once.
    """
    from truing.research.doors import work as score

    with open_referee(folder, **options) as (referee, count):
        workers_score = "1 worker scores" if count == 1 else f"{count} workers score"
        print(f"{workers_score} the submissions of {folder}", flush=True)
        score(referee, count, until_empty)
