"""Scorer: scores submissions, one at a time, and applies the release rule and the gate."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from truing.research._claims import Claims
from truing.research._config import ResearchConfig
from truing.research._evaluation import Evaluation, Tier
from truing.research._release import Released, ReleaseRule
from truing.research._run_records import RunRecords
from truing.research._scoring import evaluate
from truing.research._submission import Submission
from truing.research.gate._gatekeeper import Gatekeeper
from truing.research.gate._result import GateResult
from truing.research.ledger._read_records import read_gate
from truing.research.ledger._records import Scored
from truing.research.problems import Problem

POLL = 0.02  # seconds between checks whether another worker is done


@dataclass(frozen=True)
class Scorer:
    """Scores the submissions of a research run. Several threads and processes may work at once.

    Attributes:
        config: configuration of the run.
        problem: problem of the run.
        records: records of the run.
        rule: release rule.
        gate: the capability gate; None without a gate.
        claims: submissions that are being scored.
    """

    config: ResearchConfig
    problem: Problem
    records: RunRecords
    rule: ReleaseRule
    gate: Gatekeeper | None
    claims: Claims
    _requeued: set[int] = field(default_factory=set, init=False)  # after infrastructure errors

    def work(self) -> bool:
        """Score a waiting submission, see `Referee.work`."""
        state = self.records.state
        if not len(state.read().queue):
            return False
        with self.claims.choosing() as running:
            queue = state.read().queue
            number = queue.choose(running, but=self._requeued)
            if number is None and self._requeued:
                self._requeued.clear()
                number = queue.choose(running)
            if number is None:
                return False
            self.claims.take(number)
        with self.claims.claim(number):
            try:
                self._score(number)
            except BaseException:
                self._requeued.add(number)
                state.queue.postpone(number)
                raise
        return True

    def finish(self) -> None:
        """Score all waiting submissions, and wait for those that other workers score."""
        while len(self.records.state.read().queue):
            if not self.work():
                time.sleep(POLL)

    def score(self, number: int) -> None:
        """Score a submission, unless it was scored before."""
        while number not in self.records.state.read().outcomes:
            with self._claimed(number) as claimed:
                if claimed:
                    self._score(number)
            if not claimed:
                time.sleep(POLL)

    def evaluate(self, submission: Submission, tier: Tier) -> Evaluation:
        """The evaluation of a submission on a tier, see `truing.research._scoring.evaluate`."""
        return evaluate(self.problem, submission, tier, self.records.secret, self.config)

    def examine(self, submission: Submission) -> GateResult:
        """The result of the gate on a method, which is the same for all its submissions."""
        assert self.gate is not None, "only a run with a gate examines methods"
        state = self.records.state.read()
        for number in state.same[submission.digest]:
            if number in state.gates:
                result = read_gate(self.records.ledger, state.gates[number])
                return replace(result, withheld=None)
        return self.gate.examine(submission)

    @contextmanager
    def _claimed(self, number: int) -> Iterator[bool]:
        """Context that claims a submission; yields whether it could be claimed."""
        with self.claims.choosing() as running:
            free = self.records.state.read().queue.may_start(number, running)
            if free:
                self.claims.take(number)
        if not free:
            yield False
            return
        with self.claims.claim(number):
            yield True

    def _score(self, number: int) -> None:
        """Score a claimed submission, and write its outcome."""
        submission = self.records.submission(number)[1].submission
        evaluation = self.records.known(submission)
        if evaluation is None:
            evaluation = self.evaluate(submission, "climb")
        gate = self._gated(number, evaluation)
        with self.records.ledger.transaction():
            if number not in self.records.state.read().outcomes:
                self.records.write(self._released(number, evaluation, gate))

    def _gated(self, number: int, evaluation: Evaluation) -> GateResult | None:
        """The result of the gate on a submission whose score would be released; else None."""
        if self.gate is None:
            return None
        submitted = self.records.submission(number)[1]
        if self._release(submitted.researcher, evaluation) is None:
            return None
        return self.examine(submitted.submission)

    def _release(self, researcher: str, evaluation: Evaluation) -> Released | None:
        """The release of a score that beats the bar by a step; None for another score."""
        if evaluation.failure:
            return None
        bar = self.records.state.read().bar(researcher)
        found = self.rule.release(bar, evaluation.score, self.problem.items)
        return found if found.improved else None

    def _released(self, number: int, evaluation: Evaluation, gate: GateResult | None) -> Scored:
        """The record of an evaluation with the score that the release rule releases."""
        released = self._release(self.records.submission(number)[1].researcher, evaluation)
        best = self.records.state.read().best
        if released is None:  # another submission may have raised the bar while the gate ran
            return Scored(number, evaluation, best, improved=False)
        if gate is not None and not gate.passed:
            withheld = replace(gate, withheld=released.score)
            return Scored(number, evaluation, best, improved=False, gate=withheld)
        return Scored(number, evaluation, released.score, improved=True, gate=gate)
