"""The rounds of an oversight run in progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from truing.lab._oversight import Oversight
from truing.oversight import JudgementRow, Overseen, Requests
from truing.oversight.protocols import PROTOCOLS
from truing.oversight.spending import Budget, SharedBudget
from truing.oversight.stopping import Stopping
from truing.oversight.tournaments import Game, games_of
from truing.runs import LOGS, PRESSURE_LOGS, SPENDING, Live, OnMute, PartialResults
from truing.studies import Store

Watch = Callable[[str, int, int], None]
"""Callback for progress: (protocol, plays done, total plays)."""


@dataclass
class Playing:
    """The rounds of a run in progress; the verdicts so far are in the run folder meanwhile."""

    run: Oversight
    path: Path
    requests: Requests
    on_mute: OnMute
    rows: list[JudgementRow] = field(default_factory=list)
    stopping: Stopping | None = None

    def play(self, watch: Watch | None) -> Overseen:
        """Play all rounds, or the rounds until the run stops.

        A run stops when its difference is known well enough, when its cap is reached, or, in a
        Swiss tournament, when plays failed, because later pairs depend on them.
        """
        from truing.oversight.evals import charged_to

        found = Overseen((), ())
        rules = rules_of(self.run)
        with (
            self._budget() as budget,
            charged_to(budget),
            Live(self.path, watch) as live,
            PartialResults(
                self.path, lambda: [one.to_json() for one in self.rows], live
            ) as partial,
        ):
            for number in range(len(self.run.schedule.planned)):
                found += self._round(number, games_of(found.records, rules), partial)
                if found.unplayed or (found.failures and not self.run.stop):
                    break
                self.stopping = self._stop(number, found)
                if self.stopping and self.stopping.why:
                    break
            missing = self.run.plays - len(found.records) - len(found.failures)
            found = replace(found, unplayed=missing if budget and budget.stopped else 0)
            if self.run.pressed and not found.unplayed:
                found += self._press(partial)
        return replace(found, stopped=budget.stopped if budget else "")

    def _stop(self, number: int, found: Overseen) -> Stopping | None:
        """The confidence sequence after a round; None in a run that plays all questions."""
        if self.run.stop is None:
            return None
        asked = self.run.schedule.questions
        before = self.stopping or Stopping(self.run.stop, len(asked))
        rounds = self.run.schedule.planned[: number + 1]
        played = [asked[place] for one in rounds for place in one.asked]
        largest = max(Counter(one.cluster or one.id for one in asked).values())
        return before.after(played, found.records, largest, self.on_mute == "count")

    def _budget(self) -> AbstractContextManager[Budget | None]:
        """The budget of the run, with its ledger in the run folder."""
        asked = self.requests
        budget = SharedBudget(
            self.path / SPENDING,
            self.run.models,
            spend=asked.spend,
            tokens=asked.tokens,
            prices=asked.prices,
        )
        return budget.open()

    def _press(self, partial: PartialResults) -> Overseen:
        """Play all candidates of the matches under pressure."""
        from truing.oversight.evals import Watching, oversee

        run = self.run
        return oversee(
            run.pressed,
            run.loaded,
            candidates=max(run.pressure),
            asked=range(len(run.loaded.questions[: run.limit])),
            folder=self.path / PRESSURE_LOGS,
            calls=Store().folder / "calls",
            swap=run.swap,
            options=run.options,
            requests=self.requests,
            watching=Watching(partial),
        )

    def _round(self, number: int, games: list[Game], partial: PartialResults) -> Overseen:
        from truing.oversight.evals import Watching, oversee

        run, before, total = self.run, len(self.rows), self.run.plays
        part = run.schedule.round(number, games)

        def scored(row: JudgementRow) -> None:
            self.rows.append(row)
            partial.update()

        return oversee(
            part.matches,
            run.loaded,
            asked=part.asked,
            folder=self.path / LOGS,
            calls=Store().folder / "calls",
            swap=run.swap,
            options=run.options,
            requests=self.requests,
            watching=Watching(
                lambda protocol, done, _: partial(protocol, before + done, total), scored
            ),
        )


def rules_of(run: Oversight) -> dict[str, Any]:
    """The protocols by label."""
    return {label: PROTOCOLS.build(label).value for label in run.protocols}
