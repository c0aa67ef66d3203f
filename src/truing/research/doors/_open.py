"""Open the door that the user or the environment names."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truing.errors import UserError
from truing.oversight import Requests
from truing.research._config import ResearchConfig
from truing.research._referee import Referee
from truing.research.doors._contract import Door, LocalDoor
from truing.research.doors._http import HttpDoor
from truing.research.doors._keep import KeepingDoor
from truing.research.ledger._no_run import no_run
from truing.research.problems import PlayWatcher
from truing.run_files import LEDGER

_opened: dict[Path, Referee] = {}
_opening = threading.Lock()


def open_door(
    url: str | None = None,
    token: str | None = None,
    referee: Path | None = None,
    researcher: str = "local",
) -> Door:
    """The door to a referee on this machine or at an address.

    The door stores every receipt in a file of the user, see `truing.research.doors._keep`.

    Args:
        url: address of the referee; by default `TRUING_URL`.
        token: token of the researcher at an address; by default `TRUING_TOKEN`.
        referee: folder of a referee on this machine, instead of an address.
        researcher: name of the researcher on this machine; at an address the token determines it.

    Raises:
        UserError: neither or both of referee and address are named, or the token is missing.
    """
    if referee is not None:
        if url or token:
            raise UserError(
                "both a folder and an address of a referee are given; give --referee or --url"
            )
        return KeepingDoor(LocalDoor(referee_in(referee), researcher))
    url, token = url or os.environ.get("TRUING_URL"), token or os.environ.get("TRUING_TOKEN")
    if not url:
        raise UserError("no referee is named; give --url or --referee, or set TRUING_URL")
    if not token:
        raise UserError(
            "the token is missing; set TRUING_TOKEN to the output of `truing referee token NAME`"
        )
    return KeepingDoor(HttpDoor(url, token))


def referee_in(
    folder: Path,
    config: ResearchConfig | None = None,
    *,
    cluster: bool = False,
    requests: Requests | None = None,
    watch: PlayWatcher | None = None,
) -> Referee:
    """The referee in a folder; a process has one referee for each folder.

    Args:
        folder: folder of the referee.
        config: configuration of a new run.
        cluster: whether submitted folders run on the connected Ray cluster.
        requests: caps and prices of the fixed models of an oversight contest.
        watch: called with the progress of the plays of an oversight contest.

    Raises:
        UserError: the folder contains no run and there is no configuration, or the folder contains
            a run with another configuration.
    """
    place = folder.absolute()
    with _opening:
        referee = _opened.get(place)
        if referee is None or config not in (None, referee.config):
            if config is None and not (place / LEDGER).is_file():
                raise no_run(folder)
            referee = _opened[place] = Referee(
                place, config, cluster=cluster, requests=requests, watch=watch
            )
    return referee


@contextmanager
def sharing(referee: Referee) -> Iterator[None]:
    """Let `referee_in` return a referee of this process for its folder."""
    place = referee.folder.absolute()
    with _opening:
        _opened[place] = referee
    try:
        yield
    finally:
        with _opening:
            _opened.pop(place, None)
