"""Closing: score the finalists once, decide the verdicts, and audit submissions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from truing.research._contest_budget import bind_paid
from truing.research._evaluation import FinalVerdict, Tier
from truing.research._scorer import Scorer
from truing.research._submission import Submission
from truing.research._verdicts import choose_finalists, finalists, verdicts
from truing.research.audit import Audit, audit_case, gather, read_history
from truing.research.ledger._records import (
    Audited,
    Closed,
    Decided,
    FinallyScored,
    Gated,
    Submitted,
    audit_key,
)
from truing.research.problems._in_order import run_in_order

T = TypeVar("T")
FINAL_TIERS: tuple[Tier, ...] = ("sealed", "other_tasks")  # scored once, when the run is closed


@dataclass(frozen=True)
class Closing:
    """Closes a research run, and audits its submissions.

    Each finished part of the work is an entry of the ledger. So work that was interrupted continues
    where it stopped, also in another process, and nothing is scored or audited twice.

    Attributes:
        scorer: scores the submissions of the run.
    """

    scorer: Scorer

    def close(self, workers: int = 1) -> tuple[FinalVerdict, ...]:
        """Close the run, and return the verdicts, see `Referee.close`."""
        config, records = self.scorer.config, self.scorer.records
        records.write(Closed())
        _together([self.scorer.finish] * workers, workers)
        chosen = self._examine_candidates(workers)
        self._each(chosen, self._score_finally, workers)
        if records.state.read().decided is None:
            found = verdicts(records.ledger, chosen, config.problem.shared_seeds)
            records.write(Decided(found))
        if config.audit:
            self.audit((n for n, one in chosen.items() if _is_folder(one)), workers=workers)
        decided = records.state.read().decided
        assert decided is not None, "the verdicts are written above"
        return records.read(decided, Decided)[1].verdicts

    def audit(
        self, numbers: Iterable[int] | None = None, model: str = "", workers: int = 1
    ) -> tuple[Audit, ...]:
        """The audits of submissions, see `Referee.audit`."""
        if numbers is None:
            numbers = finalists(self.scorer.records.ledger, self.scorer.config.finalists)
        chosen = list(numbers)
        kept = bind_paid({"reviewer": [model]}) if model else []  # a local model is loaded once
        found = _together([partial(self._audited, one, model) for one in chosen], workers)
        del kept
        return tuple(found)

    def _examine_candidates(self, workers: int) -> dict[int, Submitted]:
        """The finalists of a closed run, after the gate has examined the candidates for them."""
        ledger, count = self.scorer.records.ledger, self.scorer.config.finalists
        while True:
            found = choose_finalists(ledger, count, examined=self.scorer.gate is not None)
            if not found.waiting:
                return found.finalists
            self._each(found.waiting, self._examine, workers)

    def _examine(self, number: int, submission: Submission) -> None:
        """Examine a candidate for a finalist, unless it was examined."""
        records = self.scorer.records
        if number in records.state.read().gates:
            return
        result = self.scorer.examine(submission)
        with records.ledger.transaction():
            if number not in records.state.read().gates:  # another process may be first
                records.write(Gated(number, result))

    def _each(
        self, chosen: Mapping[int, Submitted], work: Callable[[int, Submission], None], workers: int
    ) -> None:
        """Do a piece of work on each of several submissions.

        Folders run beside each other. Other methods follow one after the other, because their
        training uses all cores.
        """

        def in_turn(*numbers: int) -> None:
            for number in numbers:
                work(number, chosen[number].submission)

        alone = [number for number, one in chosen.items() if not _is_folder(one)]
        lanes = [alone, *([number] for number in chosen if number not in alone)]
        _together([partial(in_turn, *one) for one in lanes], workers)

    def _score_finally(self, number: int, submission: Submission) -> None:
        """Score a finalist on the tiers that are scored once, unless it was scored there."""
        records = self.scorer.records
        if number in records.state.read().finals:
            return
        sealed, others = (self.scorer.evaluate(submission, tier) for tier in FINAL_TIERS)
        with records.ledger.transaction():
            if number not in records.state.read().finals:  # another process may be first
                records.write(FinallyScored(number, sealed, others))

    def _audited(self, number: int, model: str) -> Audit:
        """The audit of a submission, which is made unless it is stored."""
        records, config = self.scorer.records, self.scorer.config
        history = read_history(records.ledger, number)
        key = audit_key(number, len(history.others), model)
        stored = records.state.read().audits.get(key)
        if stored is None:
            seeds = config.problem.seeds
            case = gather(self.scorer.problem, history, records.secret, seeds, model)
            found = Audited(audit_case(*case), len(history.others))
            with records.ledger.transaction():  # another process may be first
                stored = records.state.read().audits.get(key) or records.write(found)
        return records.read(stored, Audited)[1].audit


def _is_folder(submitted: Submitted) -> bool:
    return submitted.submission.kind == "folder"


def _together(jobs: Sequence[Callable[[], T]], workers: int) -> list[T]:
    """The results of jobs, of which at most `workers` run at once."""
    slots = threading.Semaphore(workers)
    return run_in_order(lambda place: jobs[place](), len(jobs), slots, workers)
