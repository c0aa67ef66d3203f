"""A session in which people judge: a run of oversight whose judge is a person."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from truing.lab._oversight import OversightRun, environment_of
from truing.oversight.people import JudgingSession
from truing.report import write_report
from truing.runs import (
    ENVIRONMENT,
    OVERSIGHT,
    PEOPLE,
    PERSON,
    TRANSCRIPTS,
    ClaimedFolder,
    as_json_lines,
    lock_alone,
)


class JudgeSession:
    """A context in which people judge; their judgements have the form of `truing oversee`.

    The ground truth is written beside their judgements when the session is closed, and not before:
    the judge may sit at this very machine. One process at a time works in the folder: two would
    ask the models twice, and each would miss what is said to the other.

    Args:
        protocol: specification.
        questions: name or file of the question set.
        models: by role, the model that plays it.
        limit: how many questions; None for all.
        swap: some plays show the answers in reverse order.
        out: the folder; by default `runs/` and a readable name here.

    Attributes:
        run: what is judged.
        path: the run folder.
        judging: the people and their plays.

    Raises:
        UserError: rules that a person cannot judge by, an unknown name; on entering, a folder of
            another run, or one in which people are judging now.
    """

    def __init__(
        self,
        protocol: str,
        questions: str,
        models: Mapping[str, str],
        *,
        limit: int | None = None,
        swap: bool = False,
        out: Path | str | None = None,
    ):
        bound = {role: (name,) for role, name in models.items()}
        self.run = OversightRun((protocol,), questions, {**bound, "judge": (PERSON,)}, limit, swap)
        self.path = Path(out) if out else Path("runs") / self.run.readable_name
        self._folder = ClaimedFolder(self.path, OVERSIGHT, self.run.text)
        people = self.path / PEOPLE
        self.judging = JudgingSession(people, protocol, self.run.loaded, models, limit, swap)
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
        """Write what was judged, with its truth; returns how many judgements there are.

        Raises:
            UserError: the folder cannot be written to.
        """
        asyncio.run(self.judging.recall())
        rows = self.judging.records()
        self._folder.write(
            TRANSCRIPTS, as_json_lines(one.to_json() for one in self.judging.transcripts())
        )
        self._folder.write_json(ENVIRONMENT, environment_of(self.run).to_json())
        self._folder.write(OVERSIGHT.results, as_json_lines(row.to_json() for row in rows))
        write_report(self.path)
        return len(rows)
