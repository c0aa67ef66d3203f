"""Judge session: an oversight run in which people are the judges."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from truing.calls import checked
from truing.lab._objects import write_objects
from truing.lab._oversight import Oversight, Questions
from truing.lab._roles import give_roles
from truing.lab._run_oversight import environment_of
from truing.oversight.people import People
from truing.report import write_report
from truing.runs import (
    ENVIRONMENT,
    OVERSIGHT,
    PEOPLE,
    PERSON,
    TRANSCRIPTS,
    as_json_lines,
    claim_folder,
    lock_alone,
)


class JudgeSession:
    """Context manager in which people judge. Judgements have the format of `truing oversee`.

    The ground truth is written to the run folder only when the session is closed, because the
    judge may work at the same machine. Only one process at a time may use the folder: a second
    process would call the models again, and neither would see the other's messages.

    Args:
        protocol: specification of the protocol.
        questions: as in `Oversight`.
        models: model of each role.
        limit: number of questions; None for all.
        swap: show the answers in reverse order in some plays.
        out: the run folder; by default a folder under `runs/` in the working directory.
        name: readable name of the run.
        overwrite: replace another run in the run folder.

    Attributes:
        run: the configuration of the oversight run.
        path: the run folder.
        people: the people, with the sitting of each person.

    Raises:
        UserError: a person cannot be the judge of the protocol, or a name is unknown; on entering:
            the folder contains another run, or another session is open in it.

    Examples:
        >>> import asyncio
        >>> import truing
        >>> session = truing.JudgeSession(protocol="blind", questions="cases,count=2", models={})
        >>> with session:
        ...     request = asyncio.run(session.people.sitting("ada").moment())
        >>> request.what, request.plays
        ('verdict', 2)
    """

    @checked
    def __init__(
        self,
        *,
        protocol: str,
        questions: Questions,
        models: Mapping[str, str],
        limit: int | None = None,
        swap: bool = False,
        out: Path | str | None = None,
        name: str = "",
        overwrite: bool = False,
    ):
        models = {role: name for role, (name, *_) in give_roles(models).items()}
        everyone: dict[str, Any] = {**models, "judge": PERSON}
        self.run = Oversight(
            protocols=protocol, questions=questions, limit=limit, swap=swap, **everyone
        )
        self._folder = claim_folder(
            OVERSIGHT, self.run.text, self.run.parts, out=out, name=name, overwrite=overwrite
        )
        self.path = self._folder.path
        folder = self.path / PEOPLE
        self.people = People(folder, protocol, self.run.loaded, models, limit, swap)
        self._lock = -1

    def __enter__(self) -> Self:
        self._folder.__enter__()
        self._lock = lock_alone(self.path)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._lock >= 0:
            os.close(self._lock)
        self._folder.__exit__(kind, error, trace)

    def close(self) -> int:
        """Write the judgements and their ground truth; returns the number of judgements.

        Raises:
            StorageError: the folder is not writable.
        """
        asyncio.run(self.people.recall())
        rows = self.people.records()
        self._folder.write(
            TRANSCRIPTS, as_json_lines(one.to_json() for one in self.people.transcripts())
        )
        write_objects(self._folder, self.run.objects)  # they contain the ground truth
        self._folder.write_json(ENVIRONMENT, environment_of(self.run).to_json())
        self._folder.write(OVERSIGHT.results, as_json_lines(row.to_json() for row in rows))
        write_report(self.path)
        return len(rows)
