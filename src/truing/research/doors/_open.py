"""Open the door that a user named, or that the environment names."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from truing.errors import UserError
from truing.research._config import ResearchConfig
from truing.research._referee import Referee
from truing.research.doors._contract import Door, LocalDoor
from truing.research.doors._http import HttpDoor
from truing.research.doors._keep import KeepingDoor

_opened: dict[Path, Referee] = {}
_opening = threading.Lock()


def open_door(
    url: str | None = None,
    token: str | None = None,
    folder: Path | None = None,
    researcher: str = "local",
) -> Door:
    """The door to the referee in a folder, or else at an address, by `TRUING_URL` if none is given.

    It keeps every receipt in a file of the user's, see `truing.research.doors._keep`.

    Args:
        token: by default `TRUING_TOKEN`.
        researcher: who comes in, through a folder; a token says it by itself.

    Raises:
        UserError: neither is named, both are, or the token is missing.
    """
    if folder is not None:
        if url or token:
            raise UserError("name a folder or an address, not both")
        return KeepingDoor(LocalDoor(referee_in(folder), researcher))
    url, token = url or os.environ.get("TRUING_URL"), token or os.environ.get("TRUING_TOKEN")
    if not url:
        raise UserError("no referee is named; give --url or --folder, or set TRUING_URL")
    if not token:
        raise UserError("no token; set TRUING_TOKEN to what `truing referee token NAME` printed")
    return KeepingDoor(HttpDoor(url, token))


def referee_in(folder: Path, config: ResearchConfig | None = None) -> Referee:
    """The referee in a folder, one for each folder in a process.

    Args:
        config: of a new research.

    Raises:
        UserError: there is none and no configuration, or it has another one.
    """
    place = folder.absolute()
    with _opening:
        held = _opened.get(place)
        if held is None or config not in (None, held.config):
            if config is None and not (place / "ledger.sqlite").is_file():
                raise UserError(f"{folder} holds no research; begin one with a configuration")
            held = _opened[place] = Referee(place, config)
    return held
