"""The run folder of people who judge: an oversight run whose judge is a person."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from truing.oversight.people import Panel
from truing.report._claim import ClaimedFolder, describe_machine
from truing.report._live import hold_alone
from truing.report._oversight import FILES, OversightRun, as_lines, describe_questions
from truing.report.page import write_report

PERSON = "person"  # how the configuration names the judge's model


class JudgedFolder(ClaimedFolder):
    """Where people leave their judgements, in the form of `truing oversee`.

    Truth is written beside their judgements when the experiment is closed, and not before: who
    judges may sit at this very machine. One process at a time works in the folder: two would ask
    the models twice, and each would miss what is said to the other.

    Args:
        protocol: specification.
        questions: name or file of the question set.
        models: by role, the model that plays it.
        limit: how many questions; None for all.
        swap: some plays show the answers in the contrary order.
        out: the folder; by default `runs/` and a readable name here.

    Attributes:
        run: what is judged.
        panel: the people.

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
        path = Path(out) if out else Path("runs") / self.run.readable_name
        super().__init__(path, "oversight.json", self.run.text, FILES)
        self.panel = Panel(path, protocol, self.run.loaded, models, limit, swap)
        self._lock = -1

    def __enter__(self) -> Self:
        super().__enter__()
        self._lock = hold_alone(self.path)
        return self

    def __exit__(self, kind: type | None, *rest: object) -> None:
        if self._lock >= 0:
            os.close(self._lock)
        super().__exit__(kind, *rest)

    def close(self) -> int:
        """Write what was judged, with its truth; returns how many judgements there are.

        Raises:
            StorageError: the folder cannot be written to.
        """
        asyncio.run(self.panel.recall())
        rows = self.panel.records()
        described = describe_machine() | describe_questions(self.run)
        self.write("transcripts.jsonl", as_lines(self.panel.transcripts()))
        self.write("environment.json", json.dumps(described, indent=2) + "\n")
        self.write("judgements.jsonl", as_lines(rows))
        write_report(self.path)
        return len(rows)
